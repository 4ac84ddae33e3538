"""ASSISTments 2009-10, skill builder (split of Piech et al. 2015): right or wrong answers by skill.

The set names no exercises, only the skill of each, and tells the order of a student's answers, no times.
A skill is a competency with one item. Times are made up: a student answers once a minute.
"""

from __future__ import annotations

from pathlib import Path

from recommender.converters.folders import SCORES, Tables, competencies, read

FIRST = "2009-09-01"
PARTS = ("train", "test")
ITEM = "exercise"


def tables(folder: Path) -> Tables:
    """Of a folder that holds train.parquet and test.parquet (student, position, skill, correct)."""
    import pandas as pd

    parts = {
        part: read(folder, f"{part}.parquet", ("student", "position", "skill", "correct")) for part in PARTS
    }
    answers = pd.concat([frame.assign(group=part) for part, frame in parts.items()], ignore_index=True)
    learner = answers["group"].str[:2] + answers["student"].astype(str)
    position = answers["position"].astype(int)
    skills = sorted(answers["skill"].astype(int).unique())
    learners = pd.DataFrame({"learner_id": learner, "group": answers["group"]}).drop_duplicates()
    named = [[f"{word}{s}" for s in skills] for word in ("skill", "Skill ", "技能 ")]
    assessments = pd.DataFrame(
        {
            "assessment_id": learner + ":" + position.astype(str),
            "learner_id": learner,
            "competency_id": "skill" + answers["skill"].astype(int).astype(str),
            "score": answers["correct"].astype(int),
            "occurred_at": pd.Timestamp(FIRST, tz="UTC") + pd.to_timedelta(position, unit="min"),
            **SCORES,
            "item_id": ITEM,
        }
    )
    return {
        "learners.csv": learners,
        "competencies.csv": competencies(*named),
        "assessments.parquet": assessments,
    }
