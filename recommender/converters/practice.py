"""Personalized practice 2021: scores of single questions in one course on computer systems, 0 to 1.

The set names neither topics nor dates. A question is a competency of its own below that of the course:
what it asks for is all that is known, and which questions go together is for the fit to find. Most
scores are 0 or 1 but many lie between, so that all of them are scores, not right or wrong answers. All
are dated on one made-up day. Rows without a score are left out.
"""

from __future__ import annotations

from pathlib import Path

from recommender.converters.folders import SCORES, Tables, competencies, read

DAY = "2021-09-01"
COURSE = "computer_systems"


def tables(folder: Path) -> Tables:
    """Of a folder that holds scores_2021.csv (User ID, Question ID, Score)."""
    import pandas as pd

    scores = read(folder, "scores_2021.csv", ("User ID", "Question ID", "Score")).dropna()
    questions = sorted(scores["Question ID"].unique(), key=lambda q: int(q.lstrip("Q")))
    named = competencies(
        [COURSE, *questions],
        ["Computer systems", *(f"Question {q}" for q in questions)],
        ["计算机系统", *(f"题目 {q}" for q in questions)],
    ).assign(parent_id=["", *[COURSE] * len(questions)])
    assessments = pd.DataFrame(
        {
            "assessment_id": "A" + (scores.index + 1).astype(str),
            "learner_id": scores["User ID"],
            "competency_id": scores["Question ID"],
            "score": scores["Score"],
            "occurred_at": DAY,
            **SCORES,
            "instrument": "practice",
        }
    )
    return {
        "learners.csv": pd.DataFrame({"learner_id": sorted(scores["User ID"].unique())}),
        "competencies.csv": named,
        "assessments.csv": assessments,
    }
