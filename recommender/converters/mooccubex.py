"""MOOCCubeX (THU-KEG, CIKM 2021): who enrolled in which course, in order, on XuetangX.

The set tells the order of a user's enrolments, no times. Times are made up: a user enrols once a day,
and the last time on a day of ``YEAR`` that a hash of the user id draws, so that a split by time cuts
through some histories and leaves others whole.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from recommender.converters.folders import Tables, read

YEAR = "2020-01-01"
DAYS = 365
STATUSES = ("completed", "enrolled")


def last_day(user_id: str) -> int:
    """The made-up day of a user's last enrolment, from the beginning of the year."""
    return int.from_bytes(hashlib.sha256(f"day:{user_id}".encode()).digest()[:8]) % DAYS


def tables(folder: Path, *, status: str = STATUSES[0]) -> Tables:
    """Of a folder that holds enrolments.parquet (user_id, position, course_id) and courses.csv.

    Parameters
    ----------
    folder : Path
    status : str
        What an enrolment counts as. The set does not say who finished. ``completed``: what a user
        enrolled in is done, recommendations are other courses. ``enrolled``: all of it is still open,
        and is what gets recommended first.
    """
    import pandas as pd

    enrolments = read(folder, "enrolments.parquet", ("user_id", "position", "course_id"))
    courses = read(folder, "courses.csv", ("course_id", "name", "fields", "schools"))
    users = pd.Series(enrolments["user_id"].unique())
    last = dict(zip(users, users.map(last_day), strict=True))
    position = enrolments["position"]
    day = enrolments["user_id"].map(last) - (
        enrolments.groupby("user_id")["position"].transform("max") - position
    )
    interactions = pd.DataFrame(
        {
            "interaction_id": enrolments["user_id"] + ":" + position.astype(str),
            "learner_id": enrolments["user_id"],
            "module_id": enrolments["course_id"],
            "status": status,
            "occurred_at": pd.Timestamp(YEAR, tz="UTC") + pd.to_timedelta(day, unit="D"),
        }
    )
    about = courses[["schools", "fields"]].fillna("").agg(" ".join, axis=1).str.replace("|", "、").str.strip()
    modules = pd.DataFrame(
        {
            "module_id": courses["course_id"],
            "title_zh": courses["name"],
            "description_zh": about,
            "delivery": "online",
            "language": "zh",
        }
    )
    return {
        "learners.csv": pd.DataFrame({"learner_id": users}),
        "modules.csv": modules,
        "interactions.parquet": interactions,
    }
