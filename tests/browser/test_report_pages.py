"""Reports in a real browser: they open from a file, fit and complain of nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from recommender.api.reports import cohorts
from recommender.api.reports.segments import page
from recommender.service import intake, people, segments, training
from recommender.service.cohorts import cohorts as planned
from recommender.service.workspace import Workspace

pytestmark = pytest.mark.browser


@contextmanager
def alone(browser: Any, file: Path, width: int) -> Iterator[Any]:
    """A file in a browser so wide without a network: it fits, complains of nothing and asks nobody."""
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
    opened = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(file.as_uri())
    assert opened.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    yield opened
    assert (said, asked) == ([], [file.as_uri()])
    context.close()


def level(n: int) -> int:
    """The n-th learner's: two kinds of people."""
    return 30 + 40 * (n % 2) + n % 7


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_report_of_segments_fits_and_asks_nobody(
    browser: Any, workspace: Workspace, tmp_path: Path, lang: str, width: int
) -> None:
    people.put_learners(workspace, [{"learner_id": f"p{n}"} for n in range(40)])
    leaves = workspace.engine().catalogue.leaves
    common = {"type": "assessment", "occurred_at": "2026-05-04T09:00:00Z"}
    events = [
        common | {"id": f"p{n}{k}", "learner_id": f"p{n}", "competency_id": k, "score": level(n)}
        for n in range(40)
        for k in leaves
    ]
    assert intake.take_in(workspace, events)["rejected"] == []
    training.train(workspace, promote=True)
    file = tmp_path / "report.html"
    file.write_text(page(segments.segments(workspace), lang), "utf-8")
    with alone(browser, file, width) as opened:
        assert opened.locator("svg.chart").count() == 2 * len(leaves)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_plan_of_sessions_fits_and_asks_nobody(
    browser: Any, workspace: Workspace, tmp_path: Path, lang: str, width: int
) -> None:
    named = "Somebody-With-A-Long-Double-Barrelled-Name"
    people.put_learners(
        workspace,
        [{"learner_id": f"p{n}", "name": f"{named} {n}", "department_id": f"d{n % 3}"} for n in range(12)],
    )
    module = next(m for m in workspace.engine().catalogue.modules if not m.prerequisites)
    file = tmp_path / "plan.html"
    file.write_text(cohorts.page(planned(workspace, module.module_id, sessions=2, seats=4), lang), "utf-8")
    with alone(browser, file, width) as opened:
        assert opened.locator("table.seated tbody tr").count() == 8
