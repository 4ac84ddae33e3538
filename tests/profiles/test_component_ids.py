"""Ids of segments stay with people, and never come back for others."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.profiles.identity import identify, overlap


def groups(*sizes: int, of: int | None = None) -> np.ndarray:
    """Memberships of people who stand group by group."""
    label = np.repeat(np.arange(len(sizes)), sizes)
    return np.eye(of or len(sizes))[label]


def test_overlap_is_jaccards_index_and_one_for_the_same_shares() -> None:
    a = groups(4, 6)
    assert overlap(a, a).tolist() == [[1, 0], [0, 1]]
    b = groups(6, 4)
    np.testing.assert_allclose(overlap(a, b), [[4 / 6, 0], [2 / 10, 4 / 6]])
    torn = np.tile([0.55, 0.45], (10, 1))
    np.testing.assert_allclose(np.diag(overlap(torn, torn)), 1)


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1]])
def test_components_in_another_order_keep_their_ids_and_stand_by_number(order: list[int]) -> None:
    before = groups(30, 20, 10)
    ids, places, upcoming = identify(before[:, order], before, ("s1", "s4", "s7"), 8)
    assert (ids, upcoming) == (["s1", "s4", "s7"], 8)
    np.testing.assert_array_equal(before[:, order][:, places], before)


def test_one_that_goes_and_one_that_comes_do_not_share_an_id() -> None:
    before = groups(60, 30, 10)
    after = np.column_stack([before[:, 0] + before[:, 2], before[:, 1], np.zeros(100)])
    after[:25, [0, 2]] = [0, 1]  # the third joined the first, and some of the first stand apart
    ids, _, upcoming = identify(after, before, ("s1", "s2", "s3"), 4)
    assert (ids, upcoming) == (["s1", "s2", "s4"], 5)


def test_the_larger_part_of_one_that_splits_keeps_its_id() -> None:
    before, after = groups(60, 40), groups(40, 20, 40)
    assert identify(after, before, ("s1", "s2"), 3)[0] == ["s1", "s2", "s3"]
    assert identify(groups(20, 40, 40), before, ("s1", "s2"), 3)[1].tolist() == [1, 2, 0]


def test_numbers_go_on_where_there_were_no_segments_for_a_while() -> None:
    assert identify(groups(5), groups(2, 3), ("s1", "s2"), 3)[::2] == (["all"], 3)
    assert identify(groups(2, 3), groups(5), ("all",), 3)[::2] == (["s3", "s4"], 5)
    assert identify(groups(2, 3), None, (), 1)[::2] == (["s1", "s2"], 3)
