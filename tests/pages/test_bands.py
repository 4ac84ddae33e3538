"""Where the marks of a chart stand, and the words for how sure."""

from __future__ import annotations

import pytest

from recommender.api.pages.bands import Band, percentage, sureness, text_anchor


def test_a_band_holds_ninety_per_cent_and_a_core_of_fifty() -> None:
    band = Band(50.0, 10.0)
    assert band.outer == pytest.approx((33.55, 66.45))
    assert band.core == pytest.approx((43.26, 56.74))


def test_a_band_never_leaves_the_chart() -> None:
    assert Band(97.0, 10.0).outer[1] == 100.0
    assert Band(-3.0, 10.0).dot == 0.0


def test_words_tell_whole_points() -> None:
    assert Band(46.6, 3.7).told == {"mean": 47, "lo": 41, "hi": 53}


@pytest.mark.parametrize(
    ("sd", "measured", "word"),
    [
        (6.0, True, "clear"),
        (6.1, True, "rough"),
        (9.1, True, "rough"),
        (9.2, True, "early"),
        (3, False, "unknown"),
    ],
)
def test_a_band_narrower_than_a_level_is_clear(sd: float, measured: bool, word: str) -> None:
    assert sureness(sd, measured) == word


def test_a_label_near_an_end_is_anchored_inside() -> None:
    assert [text_anchor(at) for at in (3, 50, 96)] == ["start", "middle", "end"]
    assert percentage(100 / 3) == "33.33%"
