"""Result files: the kind by the ending, text as text, all or nothing."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from recommender.errors import BadInput
from recommender.service.files import write_table

READ = {".csv": pd.read_csv, ".xlsx": partial(pd.read_excel, engine="calamine"), ".parquet": pd.read_parquet}


@pytest.mark.parametrize("ending", READ)
def test_a_table_comes_back(tmp_path: Path, ending: str) -> None:
    frame = pd.DataFrame({"learner_id": ["=1+1", "张三"], "mean": [1.5, None]})
    path = tmp_path / f"table{ending}"
    path.write_text("what stood there before")
    write_table(frame, path)
    shown = frame.replace("=1+1", "'=1+1") if ending == ".csv" else frame
    pd.testing.assert_frame_equal(READ[ending](path), shown, check_dtype=False)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_no_text_of_a_csv_runs_in_a_spreadsheet_and_numbers_stay_as_they_are(tmp_path: Path) -> None:
    texts = ["=1+1", "+cmd", "-x", "@a", "-5", "张三", None]
    frame = pd.DataFrame({"learner_id": texts, "mean": [-1.5, *range(6)], "n": pd.array([-1] * 7, "Int64")})
    write_table(frame, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text("utf-8").splitlines()[1:] == [
        "'=1+1,-1.5,-1",
        "'+cmd,0.0,-1",
        "'-x,1.0,-1",
        "'@a,2.0,-1",
        "-5,3.0,-1",
        "张三,4.0,-1",
        ",5.0,-1",
    ]


def test_an_unknown_ending_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    for name, told in (
        (
            "table.doc",
            "ends in none of .csv, .xlsx, .parquet. Name the file so that its ending says its kind.",
        ),
        ("no/table.csv", "does not exist. Make it first, or name another."),
    ):
        with pytest.raises(BadInput) as caught:
            write_table(pd.DataFrame({"a": [1]}), tmp_path / name)
        assert str(caught.value).endswith(told)
    assert not list(tmp_path.iterdir())
