"""An empty workbook for an organisation's data: one sheet a table, written from ``evidence.TABLES``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from recommender.evidence import TABLES, Column, Kind, Table

_ROWS = 10_000
"""Rows that get drop-downs."""
_WIDEST = 30

_TEXTS: dict[str, dict[str, Any]] = {
    "en": {
        "sheet": "Read me",
        "title": "Data for training recommendations",
        "lines": (
            "One sheet holds one table. Fill in the sheets you have data for; leave the others empty.",
            "Dark headers are required, light ones optional. A note on each header says what it holds.",
            "Needed to train: the learners and one kind of evidence: assessments, feedback or interactions.",
            "Keep the header row and the names of the sheets. More rows than the drop-downs reach are fine.",
            "Then: recommender import FILE.xlsx. Rows that cannot be used come back in a set-aside file.",
        ),
        "head": ("sheet", "required columns", "further columns"),
        "required": "Required.",
        "optional": "Optional.",
        "choices": "One of: {}.",
        "default": "Empty means {}.",
        "range": "From {} to {}.",
        "from": "{} or more.",
        "wrong": "Not one of the choices",
        "flags": ("1", "0"),
        "join": ", ",
    },
    "zh": {
        "sheet": "说明",
        "title": "培训推荐所需数据",
        "lines": (
            "每个工作表对应一张数据表。有数据的填写，没有的留空。",
            "深色表头为必填列，浅色为选填列；表头上的批注说明该列填什么。",
            "训练模型至少需要：学员，以及测评、反馈、学习记录三者之一。",
            "请保留表头行和工作表名称。行数可以超过下拉框所及的范围。",
            "填好后运行：recommender import 文件.xlsx。",
            "无法使用的行会写入一个 set-aside 文件，改好后可再次导入。",
        ),
        "head": ("工作表", "必填列", "选填列"),
        "required": "必填。",
        "optional": "选填。",
        "choices": "可选值：{}。",
        "default": "留空即为{}。",
        "range": "取值{}到{}。",
        "from": "不小于{}。",
        "wrong": "不在可选值之内",
        "flags": ("是", "否"),
        "join": "、",
    },
}
_KINDS: dict[str, dict[Kind, str]] = {
    "en": {
        "number": "A number.",
        "integer": "A whole number.",
        "flag": "1 or 0.",
        "time": "A date or a date with time, such as 2026-03-05 14:00.",
        "date": "A date, such as 2026-03-05.",
        "period": "A month, 2026-03, or a date.",
        "weights": "Competency ids with weights: listening:0.7;feedback:0.3",
        "ids": "Ids, separated by semicolons: m1;m2",
    },
    "zh": {
        "id": "编号，同一对象在各表中写法一致。",
        "text": "文字。",
        "number": "数字。",
        "integer": "整数。",
        "flag": "是或否。",
        "time": "日期或日期加时间，如 2026-03-05 14:00。",
        "date": "日期，如 2026-03-05。",
        "period": "月份，如 2026-03，或日期。",
        "choice": "从下拉框中选择。",
        "weights": "能力编号与权重，如 listening:0.7;feedback:0.3",
        "ids": "编号，用分号隔开，如 m1;m2",
    },
}
_NUMBER_FORMATS: dict[Kind, str] = {
    "id": "@",
    "text": "@",
    "period": "@",
    "weights": "@",
    "ids": "@",
    "time": "yyyy-mm-dd hh:mm",
    "date": "yyyy-mm-dd",
}


def write_template(path: str | Path, lang: str = "en") -> None:
    """Write the workbook.

    Parameters
    ----------
    path : path
        The ``.xlsx`` file; one that is there is replaced.
    lang : str
        "en" or "zh": the language of sheets' names, headers, notes and choices.

    Raises
    ------
    OSError
        It cannot be written; what was there stays.
    """
    path = Path(path)
    aside = path.with_name(f".{path.stem}.{os.getpid()}.xlsx")
    try:
        with xlsxwriter.Workbook(str(aside)) as book:
            _explain(book, lang)
            for table in TABLES.values():
                _sheet(book, table, lang)
        os.replace(aside, path)
    except FileCreateError as error:
        raise _refused(error) from error
    finally:
        aside.unlink(missing_ok=True)


def _refused(error: FileCreateError) -> OSError:
    """What the operating system said, which xlsxwriter wraps."""
    refused: OSError = error.args[0]
    return refused


def _title(thing: Table | Column, lang: str) -> str:
    return thing.zh[0] if lang == "zh" else thing.name


def _explain(book: Any, lang: str) -> None:
    texts = _TEXTS[lang]
    sheet = book.add_worksheet(texts["sheet"])
    bold = book.add_format({"bold": True})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 2, 60)
    sheet.write(0, 0, texts["title"], book.add_format({"bold": True, "font_size": 14}))
    for row, line in enumerate(texts["lines"], 2):
        sheet.write(row, 0, line)
    top = len(texts["lines"]) + 3
    for place, text in enumerate(texts["head"]):
        sheet.write(top, place, text, bold)
    for row, table in enumerate(TABLES.values(), top + 1):
        sheet.write(row, 0, _title(table, lang), wrap)
        for place, required in ((1, True), (2, False)):
            names = [_title(c, lang) for c in table.columns if c.required == required]
            sheet.write(row, place, texts["join"].join(names), wrap)


def _sheet(book: Any, table: Table, lang: str) -> None:
    sheet = book.add_worksheet(_title(table, lang))
    sheet.freeze_panes(1, 0)
    required = book.add_format({"bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF"})
    optional = book.add_format({"bg_color": "#E8EDF3", "font_color": "#1A1A1A"})
    for place, column in enumerate(table.columns):
        title = _title(column, lang)
        held = book.add_format({"num_format": _NUMBER_FORMATS.get(column.kind, "General")})
        width = min(_WIDEST, max(12, len(title.encode("gb18030")) + 4))
        sheet.set_column(place, place, width, held)
        sheet.write_string(0, place, title, required if column.required else optional)
        sheet.write_comment(0, place, " ".join(_note(column, lang)), {"x_scale": 2, "visible": False})
        rule = _validation(column, lang)
        if rule is not None:
            sheet.data_validation(1, place, _ROWS, place, rule)


def _note(column: Column, lang: str) -> Iterator[str]:
    """What a header's note says, sentence by sentence."""
    texts = _TEXTS[lang]
    yield texts["required" if column.required else "optional"]
    if lang == "en":
        yield column.doc[0].upper() + column.doc[1:] + "."
    if column.kind in _KINDS[lang]:
        yield _KINDS[lang][column.kind]
    if column.choices:
        yield texts["choices"].format(texts["join"].join(_choices(column, lang)))
    if column.low is not None and column.high is not None:
        yield texts["range"].format(f"{column.low:g}", f"{column.high:g}")
    elif column.low is not None:
        yield texts["from"].format(f"{column.low:g}")
    if column.default not in (None, ""):
        yield texts["default"].format(_default(column, lang))


def _choices(column: Column, lang: str) -> list[str]:
    return [column.words.get(c, c) if lang == "zh" else c for c in column.choices]


def _default(column: Column, lang: str) -> str:
    if column.kind == "flag":
        return str(_TEXTS[lang]["flags"][0 if column.default else 1])
    words = column.words if lang == "zh" else {}
    return words.get(str(column.default), str(column.default))


def _validation(column: Column, lang: str) -> dict[str, Any] | None:
    """A drop-down for choices, limits for numbers that have them."""
    texts = _TEXTS[lang]
    if column.choices or column.kind == "flag":
        choices = _choices(column, lang) or list(texts["flags"])
        return {"validate": "list", "source": choices, "error_title": texts["wrong"]}
    if column.low is None:
        return None
    kind = "integer" if column.kind == "integer" else "decimal"
    if column.high is None:
        return {"validate": kind, "criteria": ">=", "value": column.low}
    return {"validate": kind, "criteria": "between", "minimum": column.low, "maximum": column.high}
