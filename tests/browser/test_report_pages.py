"""Reports in a real browser: they open from a file, fit and complain of nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recommender.api.reports.segments import page
from recommender.service import segments, training
from recommender.service.workspace import Workspace

pytestmark = pytest.mark.browser


def level(n: int) -> int:
    """The n-th learner's: two kinds of people."""
    return 30 + 40 * (n % 2) + n % 7


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_report_of_segments_fits_and_asks_nobody(
    browser: Any, workspace: Workspace, tmp_path: Path, lang: str, width: int
) -> None:
    from recommender.service import intake, people

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
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
    opened = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(file.as_uri())
    assert opened.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert opened.locator("svg.chart").count() == 2 * len(leaves)
    assert (said, asked) == ([], [file.as_uri()])
    context.close()
