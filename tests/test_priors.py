"""The priors hold together: declared for every method and source, and derived as they say."""

from math import hypot

import pytest

from recommender import priors
from recommender.evidence import SOURCES
from recommender.framework import METHODS


def test_every_method_has_a_prior_and_the_unknown_one_is_their_mean() -> None:
    assert set(priors.METHOD_GAIN) == set(METHODS)
    mean = sum(d for d, _ in priors.METHOD_GAIN.values()) / len(METHODS)
    assert priors.UNKNOWN_METHOD[0] == pytest.approx(mean, abs=0.005)


@pytest.mark.parametrize(("minutes", "share"), [(30, 0.25), (120, 0.5), (240, 0.707), (480, 1), (2000, 1)])
def test_a_short_module_gets_the_root_of_its_share(minutes: float, share: float) -> None:
    assert priors.duration_factor(minutes) == pytest.approx(share, abs=5e-4)


def test_every_source_has_noise_and_an_offset_and_peers_are_the_reference() -> None:
    assert set(priors.NOISE_SD) == set(priors.OFFSET) == set(SOURCES)
    assert priors.OFFSET["peer"] == (0.0, 0.0)


@pytest.mark.parametrize("source", SOURCES)
def test_the_parts_of_an_error_add_up_to_it(source: str) -> None:
    parts = priors.error_parts(source)
    assert hypot(*parts) == pytest.approx(priors.NOISE_SD[source])
    assert parts.random > 0


def test_a_peers_halo_is_about_what_was_declared() -> None:
    assert priors.error_parts("peer").halo == pytest.approx(priors.HALO_SD, rel=0.05)


@pytest.mark.parametrize(
    ("source", "offset"),
    [
        ("self", (3.7, 5.1)),
        ("manager", (-1.7, 3.4)),
        ("report", (0.0, 4.3)),
        ("internal_customer", (-2.4, 4.7)),
    ],
)
def test_offsets_are_told_in_points_against_the_peers(source: str, offset: tuple[float, float]) -> None:
    assert priors.OFFSET[source] == offset
