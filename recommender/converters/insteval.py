"""InstEval (R package lme4): students of ETH Zurich rate lecturers, 1 to 5.

The lecturer is the learner and the student the rater. A lecturer has one department in the set. A
student's own is where they heard lectures not marked ``service``; all of one student's such lectures
are of one department. ``service`` = 1 marks a rating from outside it: by an internal customer. Students
inside it are no relation the contract knows; they come as ``peer``, the one without rank.

The set has no dates, only how many half-years before the survey a lecture was held (``lectage``).
Half-years are counted back from a made-up day.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from recommender.converters.folders import Tables, competencies, read

if TYPE_CHECKING:
    import pandas as pd

SURVEY = "2020-01-01"
HALF_YEAR_DAYS = 182
COMPETENCY = "teaching"


def tables(folder: Path) -> Tables:
    """Of a folder that holds InstEval.csv (s, d, studage, lectage, service, dept, y)."""
    import pandas as pd

    ratings = read(folder, "InstEval.csv", ("s", "d", "lectage", "service", "dept", "y"))
    home = ratings[ratings["service"] != "1"].drop_duplicates("s").set_index("s")["dept"]
    from_department = ratings["s"].map(home)
    lecturers = ratings.drop_duplicates("d").sort_values("d")
    departments = pd.DataFrame({"department_id": sorted(ratings["dept"].unique(), key=int)})
    return {
        "departments.csv": departments.assign(name="Department " + departments["department_id"]),
        "services.csv": _services(ratings, from_department),
        "learners.csv": pd.DataFrame(
            {"learner_id": "D" + lecturers["d"], "department_id": lecturers["dept"]}
        ),
        "competencies.csv": competencies([COMPETENCY], ["Teaching"], ["教学"]),
        "feedback.csv": _feedback(ratings, from_department),
    }


def _feedback(ratings: pd.DataFrame, from_department: pd.Series) -> pd.DataFrame:
    """The ratings, dated by the half-years since the lecture."""
    import pandas as pd

    age = pd.to_timedelta(ratings["lectage"].astype(int) * HALF_YEAR_DAYS, unit="D")
    return pd.DataFrame(
        {
            "feedback_id": "F" + pd.Series(range(1, len(ratings) + 1)).astype(str),
            "learner_id": "D" + ratings["d"],
            "competency_id": COMPETENCY,
            "rating": ratings["y"],
            "occurred_at": (pd.Timestamp(SURVEY) - age).dt.strftime("%Y-%m-%d"),
            "rater_id": "S" + ratings["s"],
            "rater_department_id": from_department,
            "relation": ratings["service"].map({"1": "internal_customer"}).fillna("peer"),
            "scale_min": 1,
            "scale_max": 5,
        }
    )


def _services(ratings: pd.DataFrame, from_department: pd.Series) -> pd.DataFrame:
    """Which departments teach the students of which others."""
    import pandas as pd

    served = pd.DataFrame(
        {
            "supplier_department_id": ratings["dept"],
            "customer_department_id": from_department,
            "service": "lectures",
        }
    )
    elsewhere = from_department.notna() & (from_department != ratings["dept"])
    served = served[(ratings["service"] == "1") & elsewhere].drop_duplicates()
    return served.sort_values(list(served.columns))
