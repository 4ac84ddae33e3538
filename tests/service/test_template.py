"""The workbook that people fill in goes through the import as it is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest

from recommender.evidence import TABLES, Column
from recommender.service.importing import import_paths
from recommender.service.template import write_template
from recommender.store import Store

ROWS: dict[str, dict[str, Any]] = {
    "departments": {"department_id": "D1", "name": "Sales"},
    "services": {"supplier_department_id": "D1", "customer_department_id": "D2", "service": "contracts"},
    "learners": {"learner_id": "7", "name": "张三", "hired_on": datetime(2020, 3, 5), "active": 1},
    "competencies": {"competency_id": "listening", "name_zh": "倾听"},
    "modules": {"module_id": "m1", "competencies": "listening:0.7", "level": 2, "method": "role_play"},
    "assessments": {
        "learner_id": "7",
        "competency_id": "listening",
        "score": 1,
        "occurred_at": datetime(2026, 3, 5, 14),
        "scale_max": 1,
        "source": "test",
        "reversed": 0,
    },
    "feedback": {
        "learner_id": "7",
        "competency_id": "listening",
        "rating": 4.5,
        "occurred_at": datetime(2026, 3, 5),
        "relation": "internal_customer",
    },
    "interactions": {
        "learner_id": "7",
        "module_id": "m1",
        "status": "dismissed",
        "reason": "not_now",
        "occurred_at": datetime(2026, 3, 5),
    },
    "targets": {"competency_id": "listening", "target": 80},
    "outcomes": {
        "department_id": "D1",
        "metric": "m",
        "period": "2026-03",
        "value": 1.5,
        "direction": "higher_is_better",
    },
}


def _title(thing: Any, lang: str) -> str:
    return str(thing.zh[0] if lang == "zh" else thing.name)


def _shown(column: Column, value: Any, lang: str) -> Any:
    if lang == "zh" and column.kind == "flag":
        return "是" if value else "否"
    return column.words.get(value, value) if lang == "zh" and column.choices else value


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_filled_in_template_goes_in(store: Store, tmp_path: Path, lang: str) -> None:
    path = tmp_path / "data.xlsx"
    write_template(path, lang)
    book = openpyxl.load_workbook(path)
    for table, values in ROWS.items():
        sheet = book[_title(TABLES[table], lang)]
        headers = {cell.value: cell.column for cell in sheet[1]}
        for name, value in values.items():
            column = TABLES[table][name]
            sheet.cell(2, headers[_title(column, lang)], _shown(column, value, lang))
    book.save(path)
    report = import_paths(SimpleNamespace(store=store), [path])  # type: ignore[arg-type]
    counts = {f["table"]: (f["new"], f["reasons"], f["unknown_columns"], f["error"]) for f in report["files"]}
    assert counts == dict.fromkeys(ROWS, (1, [], [], None))
    again = import_paths(SimpleNamespace(store=store), [path])  # type: ignore[arg-type]
    assert {f["table"]: f["unchanged"] for f in again["files"]} == dict.fromkeys(ROWS, 1)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_headers_have_notes_marks_and_choices(tmp_path: Path, lang: str) -> None:
    path = tmp_path / "data.xlsx"
    write_template(path, lang)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == [
        "说明" if lang == "zh" else "Read me",
        *(_title(t, lang) for t in TABLES.values()),
    ]
    for table in TABLES.values():
        sheet = book[_title(table, lang)]
        assert [cell.value for cell in sheet[1]] == [_title(c, lang) for c in table.columns]
        for cell, column in zip(sheet[1], table.columns, strict=True):
            note = cell.comment.text
            assert note.startswith(
                {
                    ("zh", True): "必填",
                    ("zh", False): "选填",
                    ("en", True): "Required",
                    ("en", False): "Optional",
                }[lang, column.required]
            )
            assert bool(cell.font.bold) == column.required
        listed = [v for v in sheet.data_validations.dataValidation if v.type == "list"]
        assert len(listed) == sum(bool(c.choices) or c.kind == "flag" for c in table.columns)
    reasons = book[_title(TABLES["interactions"], lang)].data_validations.dataValidation
    shown = "现在不合适" if lang == "zh" else "not_now"
    assert any(shown in str(v.formula1) for v in reasons)
