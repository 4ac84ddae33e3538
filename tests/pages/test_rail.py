"""The path along the minutes one has."""

from __future__ import annotations

from recommender.api.pages.cards import Card
from recommender.api.pages.rail import clock, lay_out, shortest_open
from recommender.framework import Catalogue, Module

CATALOGUE = Catalogue(
    modules=(
        Module("a", minutes=25),
        Module("b", minutes=35),
        Module("c", minutes=45, prerequisites=("b",)),
        Module("d", minutes=60),
        Module("gone", minutes=5, active=False),
    )
)
NONE: frozenset[str] = frozenset()


def cards(ids: str) -> list[Card]:
    return [Card(i, i.upper(), round(CATALOGUE.module[i].minutes or 0), (), "") for i in ids]


def test_the_next_module_opens_the_rail_and_minutes_run() -> None:
    a, b, c = cards("abc")
    rail = lay_out(120, a, [b, a, c], NONE, CATALOGUE)
    assert [(r.card.module_id, r.at, r.above) for r in rail.rows] == [
        ("a", "0:00", True),
        ("b", "0:25", False),
        ("c", "1:00", False),
    ]
    assert (rail.end, rail.spare, rail.after, rail.more) == ("1:45", 15, (), 0)


def test_what_does_not_fit_comes_after() -> None:
    a, b, c, d = cards("abcd")
    rail = lay_out(60, a, [d, b, c], NONE, CATALOGUE)
    assert [r.card.module_id for r in rail.rows] == ["a", "b"]
    assert [r.card.module_id for r in rail.after] == ["d", "c"]


def test_nothing_is_laid_before_what_it_needs() -> None:
    _, b, c, d = cards("abcd")
    rail = lay_out(60, d, [c], NONE, CATALOGUE)
    assert [r.card.module_id for r in rail.rows] == ["d"]
    assert [r.card.module_id for r in lay_out(60, c, [b], frozenset("b"), CATALOGUE).rows] == ["c"]


def test_an_hour_has_sixty_minutes() -> None:
    assert [clock(m) for m in (0, 25, 60, 605)] == ["0:00", "0:25", "1:00", "10:05"]


def test_the_shortest_module_is_open_and_offered() -> None:
    assert shortest_open(CATALOGUE, NONE, NONE) == 25
    assert shortest_open(CATALOGUE, frozenset("abd"), NONE) is None
    assert shortest_open(CATALOGUE, frozenset("abd"), frozenset("b")) == 45
