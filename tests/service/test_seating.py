"""Cohorts are planned from the store: who may come, ties between departments, managers, seats."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_organisation import START, fill, workspace

from recommender.cli import main
from recommender.errors import BadInput
from recommender.service import intake, people
from recommender.service.cohorts import cohorts
from recommender.service.workspace import Workspace
from recommender.store import Store
from recommender.store.tables import departments, services


@pytest.fixture
def ws(store: Store) -> Workspace:
    fill(store)
    with store.write() as conn:
        conn.execute(departments.insert(), [{"department_id": d} for d in ("top", "d2")])
        conn.execute(departments.insert(), [{"department_id": "d1", "name": "<i>Sales</i> & Co"}])
        conn.execute(departments.insert(), [{"department_id": "d0", "parent_id": "top"}])
        conn.execute(
            services.insert(),
            [{"supplier_department_id": "top", "customer_department_id": "d1", "service": ""}],
        )
    return workspace(store)


def open_module(ws: Workspace) -> str:
    """A module with seats that everybody may take."""
    return next(
        m.module_id
        for m in ws.engine().catalogue.modules
        if m.capacity and m.capacity >= 12 and not m.prerequisites and m.level == 2
    )


def test_departments_that_depend_on_each_other_are_mixed_and_managers_sit_apart(ws: Workspace) -> None:
    module = open_module(ws)
    people.put_learners(ws, [{"learner_id": f"e{n:03}", "manager_id": "e000"} for n in range(3, 40, 3)])
    found = cohorts(ws, module, sessions=3, seats=4)
    seated = [p for s in found["sessions"] for p in s["learners"]]
    assert len({p["learner_id"] for p in seated}) == len(seated) == found["seated"] == 12
    assert found["gap"] < 1e-6
    assert found["departments"] == {"d1": "<i>Sales</i> & Co"}
    assert found["title"] == {lang: ws.engine().catalogue.module[module].title(lang) for lang in ("en", "zh")}
    for session in found["sessions"]:
        of = [p["department_id"] for p in session["learners"]]
        assert of.count("d0") == of.count("d1")  # each must not outnumber the other
        assert of.count("d2") <= len(of) - of.count("d2")
        ids = {p["learner_id"] for p in session["learners"]}
        assert "e000" not in ids or not ids & {f"e{n:03}" for n in range(3, 40, 3)}
        for p in session["learners"]:
            other = {"d0": "d1", "d1": "d0"}.get(p["department_id"])
            assert p["meets"] == ([other] if other else [])
            assert p["interval"][0] < p["expected_gain"] < p["interval"][1]
            assert sum(p["interval"]) / 2 == pytest.approx(p["expected_gain"])
        assert session["expected_gain"] == pytest.approx(sum(p["expected_gain"] for p in session["learners"]))


def test_who_has_done_it_or_left_is_not_seated(ws: Workspace) -> None:
    module = open_module(ws)
    before = cohorts(ws, module, seats=4)
    first, second = (p["learner_id"] for p in before["sessions"][0]["learners"][:2])
    event = {"type": "interaction", "learner_id": first, "module_id": module, "status": "completed"}
    intake.take_in(ws, [event | {"occurred_at": START + 9 * 86_400_000_000}])
    people.put_learners(ws, [{"learner_id": second, "active": 0}])
    after = cohorts(ws, module, seats=4)
    ids = {p["learner_id"] for p in after["sessions"][0]["learners"]}
    assert not ids & {first, second}
    assert after["eligible"] == before["eligible"] - 2
    then = cohorts(ws, module, seats=4, as_of=dt.date(2025, 10, 1))  # before anything had happened
    assert then["eligible"] == 39  # all but who has left
    assert then["as_of"] == "2025-10-01"


def test_what_cannot_be_planned_says_what_to_do(ws: Workspace) -> None:
    with pytest.raises(BadInput, match="no module 'nothing'"):
        cohorts(ws, "nothing", seats=3)
    with pytest.raises(BadInput, match="--seats 20"):
        cohorts(ws, "customer-map")
    people.put_learners(ws, [{"learner_id": f"e{n:03}", "active": 0} for n in range(40)])
    with pytest.raises(BadInput, match="Nobody may take"):
        cohorts(ws, open_module(ws))


def test_the_command_prints_a_plan_and_refuses_in_a_sentence(ws: Workspace) -> None:
    url = ws.store.engine.url.render_as_string(hide_password=False)
    at = ["--database", url, "--models", os.getcwd()]
    run = CliRunner().invoke(
        main, ["cohorts", open_module(ws), "--seats", "3", "--sessions", "2", "--json", *at]
    )
    assert run.exit_code == 0, run.output
    assert [s["session"] for s in json.loads(run.stdout)["sessions"]] == [1, 2]
    table = CliRunner().invoke(main, ["cohorts", open_module(ws), "--seats", "3", *at])
    assert table.stdout.split()[:3] == ["session", "learner_id", "name"]
    assert "No better plan exists" in table.stderr
    wrong = CliRunner().invoke(main, ["cohorts", "nothing", *at])
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert "Import or PUT it first" in wrong.stderr


@pytest.mark.parametrize(
    ("lang", "heading"),
    [("en", "Who sits with whom in"), ("zh", "分场名单"), (None, "Who sits with whom in")],
)
def test_the_plan_is_written_and_its_ending_says_its_kind(
    ws: Workspace, tmp_path: Path, lang: str | None, heading: str
) -> None:
    url = ws.store.engine.url.render_as_string(hide_password=False)
    told = ["cohorts", open_module(ws), "--sessions", "2", "--seats", "8"]
    told += ["--database", url, "--models", os.getcwd(), *(["--lang", lang] if lang else [])]
    for name, start in (("plan.html", b"<!DOCTYPE html>"), ("plan.xlsx", b"PK")):
        run = CliRunner().invoke(main, [*told, "--output", str(tmp_path / name)])
        assert (run.exit_code, run.stdout) == (0, ""), run.output
        assert (tmp_path / name).read_bytes().startswith(start)
    text = (tmp_path / "plan.html").read_text("utf-8")
    assert heading in text
    assert "&lt;i&gt;Sales&lt;/i&gt; &amp; Co" in text
    assert "<i>" not in text
    both = CliRunner().invoke(main, [*told, "--output", str(tmp_path / "plan.html"), "--json"])
    assert json.loads(both.stdout)["seated"] == 16
    refused = CliRunner().invoke(main, [*told, "--output", str(tmp_path / "plan.pdf")])
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert ".html, .xlsx" in refused.stderr
    assert not (tmp_path / "plan.pdf").exists()
