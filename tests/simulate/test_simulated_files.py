"""What is written fits the import's declared columns, whatever the size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from worlds import World, frames, make

from recommender.errors import BadInput
from recommender.evidence import SCALES, TABLES
from recommender.framework import cycle
from recommender.shipped import questionnaire, shipped_catalogue
from recommender.simulate import simulate


def check_columns(name: str, frame: pd.DataFrame) -> None:
    """Every column is declared, required ones are filled, choices, bounds, times and keys hold."""
    table = TABLES[name]
    declared = {c.name: c for c in table.columns}
    assert set(frame) <= set(declared), name
    for column_name, column in declared.items():
        if column_name not in frame:
            assert not column.required, f"{name} lacks {column_name}"
            continue
        cells = frame[column_name]
        known = cells.dropna()
        assert not column.required or len(known) == len(cells), f"{name}.{column_name}"
        if column.choices:
            assert set(known) <= set(column.choices), f"{name}.{column_name}"
        if column.low is not None:
            assert (known >= column.low).all(), f"{name}.{column_name}"
        if column.high is not None:
            assert (known <= column.high).all(), f"{name}.{column_name}"
        if column.kind == "time":
            assert pd.to_datetime(known, utc=True, format="ISO8601").notna().all()
    present = [key for key in table.key if key in frame]
    assert not frame.duplicated(present).any(), f"{name}: {present}"


def check_scales(name: str, frame: pd.DataFrame) -> None:
    low_name, high_name, values = SCALES[name]
    low = frame[low_name] if low_name in frame else TABLES[name][low_name].default
    high = frame[high_name] if high_name in frame else TABLES[name][high_name].default
    for value in values:
        cells = frame[value].astype(float)
        assert (cells.isna() | ((cells >= low) & (cells <= high))).all(), f"{name}.{value}"


@pytest.mark.parametrize("which", ["world", "own"])
def test_every_table_passes_its_declared_columns(which: str, request: pytest.FixtureRequest) -> None:
    made: World = request.getfixturevalue(which)
    expected = set(TABLES) - ({"competencies", "modules"} if which == "world" else set())
    assert set(made.files) == set(made.counts) == expected
    for name, frame in made.files.items():
        assert len(frame) == made.counts[name] > 0, name
        check_columns(name, frame)
    for name in SCALES:
        check_scales(name, made.files[name])


@pytest.mark.parametrize("which", ["world", "own"])
def test_what_is_referred_to_exists(which: str, request: pytest.FixtureRequest) -> None:
    made: World = request.getfixturevalue(which)
    learners = set(made.files["learners"]["learner_id"])
    departments = set(made.files["departments"]["department_id"])
    if which == "world":
        catalogue = shipped_catalogue()
        competencies, modules = set(catalogue.competency), set(catalogue.module)
    else:
        competencies = set(made.files["competencies"]["competency_id"])
        modules = set(made.files["modules"]["module_id"])
    for name in ("assessments", "feedback", "interactions"):
        assert set(made.files[name]["learner_id"]) <= learners
    assert set(made.files["assessments"]["competency_id"]) <= competencies
    assert set(made.files["feedback"]["competency_id"]) <= competencies
    assert set(made.files["interactions"]["module_id"]) <= modules
    assert set(made.files["learners"]["department_id"]) == departments
    assert set(made.files["learners"]["manager_id"].dropna()) <= learners
    assert set(made.files["outcomes"]["department_id"]) == departments


def test_questions_are_the_shipped_ones_and_reversed_where_they_are(world: World) -> None:
    items = {i.item_id: i for i in questionnaire("self", "en").items}
    asked = world.files["assessments"].query("source == 'self'")
    assert set(asked["item_id"]) == set(items)
    assert (asked["reversed"] == asked["item_id"].map(lambda i: int(items[i].reversed))).all()
    assert (asked["competency_id"] == asked["item_id"].map(lambda i: items[i].competency_id)).all()
    counts = asked.groupby(["learner_id", "session_id"])["occurred_at"].nunique()
    assert (counts == 1).all()


def test_items_are_right_or_wrong(world: World) -> None:
    drilled = world.files["assessments"].query("source == 'test' and item_id.notna()")
    assert set(drilled["score"]) == {0, 1}
    assert (drilled["scale_max"] == 1).all()


def test_an_own_catalogue_is_whole(own: World) -> None:
    modules = own.files["modules"]
    assert len(modules) == 500
    assert len(own.files["competencies"]) == 9
    needs = {
        m: str(p).split(";")
        for m, p in zip(modules["module_id"], modules["prerequisites"].fillna(""), strict=True)
    }
    assert cycle({m: [p for p in before if p] for m, before in needs.items()}) is None
    weights = [sum(float(pair.split(":")[1]) for pair in text.split(";")) for text in modules["competencies"]]
    assert weights == pytest.approx(np.ones(500))


@pytest.mark.parametrize("learners", [1, 2, 3, 9, 41])
def test_any_size_works(learners: int, tmp_path: Path) -> None:
    made = make(tmp_path, learners=learners, own_modules=learners % 4, silent=0.0)
    assert made.counts["learners"] == learners
    assert made.counts["modules"] == learners % 4
    for name, frame in made.files.items():
        check_columns(name, frame)


def test_the_same_arguments_write_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        simulate(tmp_path / folder, learners=40, seed=9, truth=tmp_path / f"{folder}-truth")
    simulate(tmp_path / "c", learners=40, seed=10)

    def contents(folder: str) -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in (tmp_path / folder).iterdir()}

    assert contents("a") == contents("b") != contents("c")
    assert contents("a-truth") == contents("b-truth")


def test_truth_does_not_touch_the_files(tmp_path: Path) -> None:
    simulate(tmp_path / "a", learners=30, seed=1)
    simulate(tmp_path / "b", learners=30, seed=1, truth=tmp_path / "t")
    assert {p.name: p.read_bytes() for p in (tmp_path / "a").iterdir()} == {
        p.name: p.read_bytes() for p in (tmp_path / "b").iterdir()
    }
    assert "segment" not in frames(tmp_path / "b")["learners"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"learners": 0}, "learners is 0; give 1 or more."),
        ({"waves": 0}, "waves is 0; give 1 or more."),
        ({"departments": 301}, "departments is 301; give 1 to the number of learners."),
        ({"unrated": 1.0}, "unrated and silent are shares; give numbers from 0 to 1."),
    ],
)
def test_settings_out_of_range_are_refused(options: dict[str, float], message: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        simulate(tmp_path, **options)  # type: ignore[arg-type]
    assert str(refused.value) == message
