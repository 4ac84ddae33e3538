"""ASSISTments 2009-10, skill builder (split of Piech et al. 2015): right or wrong answers by skill.

The set names no exercises, only the skill of each, and tells the order of a student's answers, no times.
A skill is a competency with one item. Times are made up: a student answers once a minute.
"""

from __future__ import annotations

from pathlib import Path

from recommender.converters.folders import read, write

FIRST = "2009-09-01"
PARTS = ("train", "test")
ITEM = "exercise"


def convert(folder: Path, output: Path) -> dict[str, int]:
    """Write learners.csv, competencies.csv and assessments.parquet.

    Parameters
    ----------
    folder : Path
        Holds train.parquet and test.parquet (student, position, skill, correct).
    output : Path
        Folder for the files; made where missing.

    Returns
    -------
    dict
        Rows by file name.
    """
    import pandas as pd

    parts = {
        part: read(folder, f"{part}.parquet", ("student", "position", "skill", "correct")) for part in PARTS
    }
    answers = pd.concat([frame.assign(group=part) for part, frame in parts.items()], ignore_index=True)
    learner = answers["group"].str[:2] + answers["student"].astype(str)
    position = answers["position"].astype(int)
    skills = sorted(answers["skill"].astype(int).unique())
    learners = pd.DataFrame({"learner_id": learner, "group": answers["group"]}).drop_duplicates()
    competencies = pd.DataFrame(
        {
            "competency_id": [f"skill{s}" for s in skills],
            "name_en": [f"Skill {s}" for s in skills],
            "name_zh": [f"技能 {s}" for s in skills],
        }
    )
    assessments = pd.DataFrame(
        {
            "assessment_id": learner + ":" + position.astype(str),
            "learner_id": learner,
            "competency_id": "skill" + answers["skill"].astype(int).astype(str),
            "score": answers["correct"].astype(int),
            "occurred_at": pd.Timestamp(FIRST, tz="UTC") + pd.to_timedelta(position, unit="min"),
            "scale_min": 0,
            "scale_max": 1,
            "source": "test",
            "item_id": ITEM,
        }
    )
    return write(
        output,
        {
            "learners.csv": learners,
            "competencies.csv": competencies,
            "assessments.parquet": assessments,
        },
    )
