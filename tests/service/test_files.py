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
    pd.testing.assert_frame_equal(READ[ending](path), frame, check_dtype=False)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


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
