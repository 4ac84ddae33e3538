"""Training: versions, states, and who may go in service."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_organisation import DAY, START, fill, measure_again, workspace

from recommender.errors import NothingToTrain, TrainingUnderWay, UnknownVersion
from recommender.evaluation import splits
from recommender.evaluation.comparison import Difference
from recommender.service import advice, gate, intake, training
from recommender.service.gate import Verdict
from recommender.service.workspace import Workspace
from recommender.store import Store, events, people, states
from recommender.store.frames import read_evidence

VERDICT = Verdict(
    {"measurement": Difference(9.5, 9.0, 0.5, 0.34, 0.66, 40)}, "2026-03-01T00:00:00Z", unseen=True
)


@pytest.fixture
def ws(store: Store) -> Workspace:
    fill(store)
    return workspace(store)


def test_an_empty_store_says_what_to_import(store: Store) -> None:
    empty = workspace(store)
    with pytest.raises(NothingToTrain) as caught:
        training.train(empty)
    assert str(caught.value) == (
        "The store holds no learners. Import learners and one of assessments, feedback or interactions: "
        "recommender import PATH"
    )
    with store.write() as conn:
        people.put_learners(conn, [{"learner_id": "e1"}])
    with pytest.raises(NothingToTrain, match="holds learners but nothing about them"):
        training.train(empty)
    assert empty.registry.versions() == []


def test_from_the_first_version_to_rollback(ws: Workspace) -> None:
    first = training.train(ws)
    assert not first["promoted"]
    assert first["verdict"] is None
    assert first["message"].endswith(f"To put it in service: recommender models promote {first['version']}")
    assert ws.engine().version is None

    second = training.train(ws, promote=True)
    assert second["version"] == first["version"], "the same data, seed and start make no second version"
    assert second["promoted"]
    assert second["message"].endswith("It is in service.")
    assert ws.engine().version == first["version"]
    assert advice.recommend(ws, "e001")["model_version"] == first["version"]

    measure_again(ws.store, days=60)
    third = training.train(ws, promote=True)
    assert third["promoted"]
    assert third["verdict"]["unseen"]
    assert third["verdict"]["learners"] == 40
    assert ws.engine().version == third["version"] != first["version"]
    listed = training.models(ws)
    assert [item["in_service"] for item in listed["items"]] == [False, True]
    assert training.rollback(ws)["version"] == first["version"]
    assert ws.engine().version == first["version"]
    assert training.promote(ws, third["version"])["in_service"]
    shown = training.show(ws, third["version"])
    assert shown["card"].startswith(f"# Model {third['version']}\n")
    assert "the version in service on 40 learners' evidence" in shown["card"]
    assert "The new version is worse" not in shown["card"]
    assert shown["manifest"]["parameters"] == {"seed": 0, "previous": first["version"]}
    assert shown["manifest"]["metrics"]["learners"] == 40
    with pytest.raises(UnknownVersion):
        training.show(ws, "v1")


def test_states_of_the_new_version_are_there_before_it_serves(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    training.train(ws, promote=True)

    def never(*_: object) -> None:
        raise AssertionError("replayed")

    monkeypatch.setattr("recommender.service.states.replayed", never)
    for n in range(40):
        assert advice.recommend(ws, f"e{n:03}")["items"]


def test_states_of_what_serves_stay_while_no_version_is_in_service(ws: Workspace) -> None:
    intake.rebuild(ws)
    kept = ws.engine().state_key
    training.train(ws)
    with ws.store.read() as conn:
        assert len(states.get_many(conn, [f"e{n:03}" for n in range(40)], kept)) == 40
    training.train(ws, promote=True)
    with ws.store.read() as conn:
        assert states.get_many(conn, ["e000"], kept) == {}


def test_a_worse_version_is_kept_out_unless_there_is_a_reason(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = training.train(ws, promote=True)["version"]
    measure_again(ws.store, days=60)
    monkeypatch.setattr(gate, "judge", lambda *_, **__: VERDICT)
    kept_out = training.train(ws, promote=True)
    assert not kept_out["promoted"]
    assert ws.registry.in_service() == served
    assert kept_out["message"].split("segments). ")[1] == (
        "The new version is worse than the version in service on 40 learners' evidence since "
        "2026-03-01T00:00:00Z: foretelling ratings and scores, error 9.50 against 9.00 points, a difference "
        "of +0.50 (90 % interval +0.34 to +0.66), worse. Not promoted. "
        "To put it in service all the same: recommender train --promote --force --reason TEXT"
    )
    forced = training.train(ws, promote=True, force=True, reason="the scale has changed")
    assert forced["promoted"]
    assert ws.registry.in_service() == forced["version"]
    assert ws.registry.record()["log"][-1]["reason"] == "the scale has changed"


def test_a_damaged_version_in_service_does_not_stop_the_next(ws: Workspace) -> None:
    served = training.train(ws, promote=True)["version"]
    (ws.registry.folder / served / "profile.joblib").write_bytes(b"x")
    following = training.train(ws, promote=True, seed=1)
    assert following["promoted"]
    assert (
        f"It is in service. It could not be compared with the version that was in service: Version {served}"
        in following["message"]
    )
    assert "profile.joblib differs" in following["message"]
    assert [("damaged" in item) for item in training.models(ws)["items"]] == [True, False]


def test_a_second_training_says_so(ws: Workspace) -> None:
    with ws.registry.training(), pytest.raises(TrainingUnderWay):
        training.train(ws)


def test_the_slice_is_what_the_version_in_service_has_not_seen(ws: Workspace) -> None:
    with ws.store.read() as conn:
        evidence = read_evidence(conn)
    since, unseen = splits.newest(evidence, START + 2 * DAY)
    assert (since, unseen) == (START + 2 * DAY + 1, True)
    newest = max(int(f["occurred_at"].max()) for f in (evidence.assessments, evidence.interactions))
    since, unseen = splits.newest(evidence, newest)
    assert not unseen
    before, after = splits.part(evidence, before=since), splits.part(evidence, since=since)
    assert before.assessments["occurred_at"].max() < since <= after.interactions["occurred_at"].min()
    for name in ("assessments", "feedback", "interactions"):
        assert len(getattr(before, name)) + len(getattr(after, name)) == len(getattr(evidence, name))
    assert (
        0
        < len(after.assessments) + len(after.interactions)
        <= 0.21 * (len(evidence.assessments) + len(evidence.interactions))
    )


def test_the_gate_sees_a_model_that_foretells_badly(ws: Workspace) -> None:
    from recommender.engine import Engine

    measure_again(ws.store, days=60)
    with ws.store.read() as conn:
        evidence = read_evidence(conn)
    seen = START + 30 * DAY
    good = Engine.fit(splits.part(evidence, before=seen))
    profile = good.layout.parts.profile
    offset = profile.offset.copy()
    offset[0] += 25.0
    bad = Engine.from_parts({**good.parts(), "profile": replace(profile, offset=offset)}, "bad")
    improved = gate.judge(evidence, bad, seen, seed=0, progress=lambda *_: None)
    assert not improved.worse
    assert improved.word == "better"
    told = improved.differences["measurement"]
    assert told.ours < told.theirs
    assert told.high < 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Engine, "fit", lambda *_, **__: bad)
        verdict = gate.judge(evidence, replace(good, version="good"), seen, seed=0, progress=lambda *_: None)
    assert verdict.worse
    assert verdict.learners == 40
    assert verdict.unseen


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (["better", "worse"], "worse"),
        (["better", "not distinguishable"], "better"),
        (["not distinguishable", "cannot be told"], "not distinguishable"),
        ([], "cannot be told"),
    ],
)
def test_what_is_worse_in_anything_is_worse(words: list[str], verdict: str) -> None:
    told = {
        "better": Difference(8.0, 9.0, -1.0, -1.2, -0.8, 40),
        "worse": Difference(10.0, 9.0, 1.0, 0.8, 1.2, 40),
        "not distinguishable": Difference(9.0, 9.0, 0.0, -0.2, 0.2, 40),
        "cannot be told": Difference(19.0, 9.0, 10.0, 9.0, 11.0, 4),
    }
    found = replace(
        VERDICT, differences=dict(zip(("measurement", "rank"), map(told.get, words), strict=False))
    )
    assert found.word == verdict
    assert found.worse is (verdict == "worse")
    assert ("cannot be told" in found.sentence()) is (verdict == "cannot be told")
    assert found.as_dict()["verdict"] == verdict


def test_raters_who_cannot_be_compared_are_counted_and_told(ws: Workspace) -> None:
    def rated(learner: str, *raters: str) -> list[dict[str, object]]:
        given = {"competency_id": "communication", "rating": 4.0, "scale_min": 1.0, "scale_max": 5.0,
                 "occurred_at": START, "relation": "peer", "learner_id": learner}  # fmt: skip
        return [given | {"rater_id": who} for who in raters]

    rows = [*rated("e001", "e002", "e003"), *rated("e004", "e005"), *rated("e006", "e005")]
    with ws.store.write() as conn:
        events.add(conn, "feedback", rows)
    done = training.train(ws)
    assert (done["metrics"]["raters"], done["metrics"]["raters_unconnected"]) == (3, 1)
    assert "1 of 3 raters share no learner with another rater" in done["message"]
    assert "1 of 3 raters" in training.show(ws, done["version"])["card"]
