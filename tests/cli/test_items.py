"""What stands around recommendations is in the language of their reasons."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from recommender.cli import main
from recommender.cli.items import WORDS, show_items
from recommender.service import people
from recommender.service.workspace import open_workspace

ITEM = {
    "title": "积极倾听",
    "module_id": "m1",
    "expected_gain": 2.34,
    "interval": [-0.5, 5.0],
    "reasons": [{"text": "这是原因。"}],
}
ANSWER: dict[str, Any] = {
    "learner_id": "ada",
    "model_version": "v1",
    "segment": {"label": "倾听者"},
    "items": [ITEM],
}


@pytest.fixture(autouse=True)
def _ada() -> None:
    ws = open_workspace()
    people.put_learners(ws, [{"learner_id": "ada"}, {"learner_id": "bo", "language": "zh"}])
    ws.close()


def test_the_frame_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    ws: Any = SimpleNamespace()
    show_items(ws, ANSWER, "zh")
    assert capsys.readouterr().out == (
        "ada（模型：v1，群体：倾听者）\n\n"
        "1. 积极倾听 [m1]：预计变化+2.3分（90%区间：-0.5至5.0）\n   这是原因。\n"
    )
    show_items(ws, ANSWER, "en")
    assert capsys.readouterr().out == (
        "ada (model v1, segment: 倾听者)\n\n"
        "1. 积极倾听 [m1]: +2.3 points expected (90 %: -0.5 to 5.0)\n   这是原因。\n"
    )
    assert WORDS["en"].keys() == WORDS["zh"].keys()


def test_without_a_language_it_is_the_learner_s() -> None:
    assert CliRunner().invoke(main, ["recommend", "ada"]).stdout.startswith("ada (model none, segment: ")
    assert CliRunner().invoke(main, ["recommend", "bo"]).stdout.startswith("bo（模型：无，群体：")
    assert (
        CliRunner()
        .invoke(main, ["path", "bo", "--lang", "en"])
        .stdout.startswith("bo (model none, segment: ")
    )


def test_no_time_at_all_is_said() -> None:
    result = CliRunner().invoke(main, ["path", "ada", "--minutes", "0"])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:] == [
        "Nothing to lay out: no module that is open to this learner fits into 0 minutes."
    ]
