"""Matrices worked on together come out as one by one, whatever their size and number."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.profiles.batches import SMALL, TOGETHER, across, inverses


@pytest.mark.parametrize(("n", "k"), [(0, 3), (5, 1), (500, 3), (7, SMALL), (7, SMALL + 1)])
def test_inverses_and_determinants_are_those_of_single_matrices(n: int, k: int) -> None:
    rng = np.random.default_rng(k)
    root = rng.standard_normal((n, k, k + 2))
    matrices = root @ root.swapaxes(1, 2) + np.diag(np.arange(1.0, k + 1))
    kept = matrices.copy()
    inverse, log_det = inverses(matrices)
    np.testing.assert_allclose(inverse @ matrices, np.broadcast_to(np.eye(k), (n, k, k)), atol=1e-9)
    np.testing.assert_allclose(log_det, np.linalg.slogdet(matrices)[1], rtol=1e-10)
    np.testing.assert_array_equal(matrices, kept)


def test_each_row_meets_the_covariance_of_its_own_learner() -> None:
    rng = np.random.default_rng(0)
    n, k = TOGETHER // 4 + 3, 2
    covariance, of = rng.standard_normal((9, k, k)), rng.integers(9, size=n)
    rows = rng.standard_normal((n, k))
    expected = np.array([covariance[i] @ row for i, row in zip(of, rows, strict=True)])
    np.testing.assert_allclose(across(rows, covariance, of), expected)
