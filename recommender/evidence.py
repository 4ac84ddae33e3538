"""The evidence tables: every column of every table an organisation can bring, declared once.

The importer, the store's tables, the API's schema, the workbook template and the documentation all
derive from ``TABLES``. Nothing here reads a file or a database.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from recommender.framework import DELIVERIES, METHODS, Catalogue

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal[
    "id", "text", "number", "integer", "flag", "time", "date", "period", "choice", "weights", "ids"
]

RELATIONS = ("self", "manager", "peer", "report", "internal_customer")
SOURCES = ("test", *RELATIONS)
"""Who measured: a test, or a rater's relation. A self-assessment is the source ``self``."""
ANONYMOUS = ("peer", "report", "internal_customer")
"""Relations whose ratings are told only where three raters or more gave them."""
FEWEST_RATERS = 3
LONGEST_ID = 255
"""Characters an id may have."""
STATUSES = ("recommended", "viewed", "enrolled", "started", "completed", "dropped", "dismissed")
TAKEN = ("enrolled", "started", "completed")
"""Statuses by which a learner has taken a module up."""
REASONS = ("known", "not_now", "too_easy", "too_hard", "wrong_level", "not_my_job")
HELD_DAYS = 365
"""Who enrolled or began longer ago and neither finished nor left is waiting for no seat any more."""
NOT_NOW_DAYS = 30
EVENTS = {"assessment": "assessments", "feedback": "feedback", "interaction": "interactions"}
"""The API's event types, and the table each goes to."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, what it holds, and what people call it in a spreadsheet.

    ``zh`` holds the Chinese headers that are understood, the first being the template's; ``aliases``
    holds further English ones. ``low`` and ``high`` bound numbers. ``personal`` marks personal data.
    ``words`` maps a choice to the Chinese word a spreadsheet may hold instead.
    """

    name: str
    kind: Kind
    zh: tuple[str, ...]
    doc: str
    required: bool = False
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    default: float | str | None = None
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns in the contract's order and the columns that identify a row."""

    name: str
    zh: tuple[str, ...]
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def __getitem__(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns a file must have."""
        return tuple(c.name for c in self.columns if c.required)


def header(text: str) -> str:
    """A header as it is compared: width, case, spaces, ``_`` and ``-`` do not matter."""
    folded = unicodedata.normalize("NFKC", text).strip().lstrip("\ufeff").casefold()
    return "".join(ch for ch in folded if not ch.isspace() and ch not in "_-")


# fmt: off
_LEARNER = Column("learner_id", "id", ("员工编号", "学员编号", "工号", "员工号", "员工ID", "学员ID"),
                  "who", True, ("employee id", "employee number", "staff id", "user id"), personal=True)
_COMPETENCY = Column("competency_id", "id", ("能力编号", "能力", "能力项", "能力ID", "胜任力编号"),
                     "which competency", True, ("competency",))
_MODULE = Column("module_id", "id", ("课程编号", "模块编号", "课程ID", "课程模块编号", "课程代码"),
                 "which module", True, ("course id",))
_OCCURRED = Column("occurred_at", "time", ("发生时间", "时间", "日期", "发生日期"),
                   "when: ISO 8601 or a spreadsheet's date", True, ("date", "time", "timestamp"))
_ITEM = Column("item_id", "id", ("题目编号", "题号", "题目ID"), "which question of the form or test",
               aliases=("question id",))
_REVERSED = Column("reversed", "flag", ("反向题", "是否反向", "反向计分"),
                   "1: a reversed item; its score is turned", default=0)
_DEPARTMENT_ZH = ("部门编号", "部门ID", "所属部门编号", "部门")


def _scale(low: float, high: float, low_name: str, high_name: str) -> tuple[Column, Column]:
    return (
        Column(low_name, "number", ("量表下限", "最低分", "满分下限"), "lowest possible value", default=low),
        Column(high_name, "number", ("量表上限", "最高分", "满分"), "highest possible value", default=high),
    )


TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        Table("departments", ("部门", "部门表"), ("department_id",), (
            Column("department_id", "id", _DEPARTMENT_ZH, "id of the department", True, ("department",)),
            Column("name", "text", ("部门名称", "名称"), "its name", aliases=("department name",)),
            Column("parent_id", "id", ("上级部门编号", "上级部门", "上级编号"), "the department above it"),
        )),
        Table("services", ("服务关系", "内部服务", "服务"),
              ("supplier_department_id", "customer_department_id", "service"), (
            Column("supplier_department_id", "id", ("服务部门编号", "服务部门", "供方部门编号"),
                   "the department that serves", True, ("supplier",)),
            Column("customer_department_id", "id", ("内部客户部门编号", "客户部门编号", "被服务部门编号"),
                   "the department that is served: its internal customer", True, ("customer",)),
            Column("service", "text", ("服务", "服务内容", "服务名称"), "what is delivered", default=""),
        )),
        Table("learners", ("学员", "员工", "学员表", "员工表", "人员"), ("learner_id",), (
            _LEARNER,
            Column("name", "text", ("姓名", "员工姓名", "学员姓名"), "full name", personal=True,
                   aliases=("full name", "learner name")),
            Column("department_id", "id", _DEPARTMENT_ZH, "where they work", personal=True,
                   aliases=("department",)),
            Column("role", "text", ("岗位", "职位", "角色"), "role; targets may be set by role", personal=True,
                   aliases=("job role", "position")),
            Column("level", "text", ("职级", "级别"), "grade or seniority", personal=True, aliases=("grade",)),
            Column("location", "text", ("工作地点", "地点", "办公地点"), "place of work", personal=True),
            Column("language", "text", ("语言",), "en or zh: the language they read", personal=True),
            Column("manager_id", "id", ("上级编号", "直属上级编号", "经理编号", "主管编号"), "their manager",
                   personal=True, aliases=("manager",)),
            Column("hired_on", "date", ("入职日期", "入职时间"), "first day", personal=True, aliases=("hire date",)),
            Column("active", "flag", ("在职", "是否在职", "启用"), "0: has left", default=1, personal=True),
            Column("email", "text", ("邮箱", "电子邮箱", "邮件"), "e-mail address", personal=True,
                   aliases=("e-mail", "mail")),
            Column("group", "text", ("分组", "群组", "组别"),
                   "an attribute to audit fairness by; never an input to ranking", personal=True),
        )),
        Table("competencies", ("能力", "能力项", "能力框架", "能力表"), ("competency_id",), (
            _COMPETENCY,
            Column("name_en", "text", ("英文名称", "能力英文名"), "name in English"),
            Column("name_zh", "text", ("中文名称", "能力名称", "能力中文名"), "name in Chinese"),
            Column("parent_id", "id", ("上级能力编号", "上级能力", "父级编号"), "the competency it is part of"),
            Column("description_en", "text", ("英文说明", "英文描述"), "what it covers, in English"),
            Column("description_zh", "text", ("中文说明", "中文描述", "说明"), "what it covers, in Chinese"),
        )),
        Table("modules", ("课程", "模块", "课程模块", "课程表"), ("module_id",), (
            _MODULE,
            Column("title_en", "text", ("英文标题", "课程英文名"), "title in English", aliases=("title",)),
            Column("title_zh", "text", ("中文标题", "课程名称", "标题", "课程中文名"), "title in Chinese"),
            Column("description_en", "text", ("英文说明", "英文简介"), "description in English",
                   aliases=("description",)),
            Column("description_zh", "text", ("中文说明", "中文简介", "课程简介", "简介"), "description in Chinese"),
            Column("competencies", "weights", ("训练能力", "能力权重", "能力"),
                   "competencies trained, with weights: listening:0.7;feedback:0.3"),
            Column("level", "integer", ("难度", "难度级别", "级别"), "1 to 3", low=1, high=3),
            Column("method", "choice", ("方法", "教学方法", "培训方式"), "how it is taught", choices=METHODS, words={
                "group_discussion": "小组讨论", "role_play": "角色扮演", "simulation": "情景模拟",
                "case_study": "案例分析", "workshop": "工作坊", "seminar": "研讨会",
                "e_learning": "在线课程", "coaching": "辅导"}),
            Column("delivery", "choice", ("授课形式", "交付方式", "形式"), "where it takes place",
                   choices=DELIVERIES, words={"online": "线上", "in_person": "线下", "blended": "混合"}),
            Column("minutes", "number", ("时长", "时长（分钟）", "分钟", "课时"), "length in minutes", low=1,
                   aliases=("duration", "duration minutes")),
            Column("prerequisites", "ids", ("先修课程", "前置课程"), "modules to do before: m1;m2"),
            Column("capacity", "integer", ("名额", "容量"), "seats; empty: no limit", low=0, aliases=("seats",)),
            Column("url", "text", ("链接", "网址", "课程链接"), "where it starts", aliases=("link",)),
            Column("language", "text", ("语言", "授课语言"), "language it is taught in"),
            Column("active", "flag", ("启用", "是否启用", "有效"), "0: no longer offered", default=1),
        )),
        Table("assessments", ("测评", "测评结果", "评估", "测验"), ("assessment_id",), (
            _LEARNER,
            _COMPETENCY,
            Column("score", "number", ("得分", "分数", "成绩"), "the score on its scale", True, personal=True),
            _OCCURRED,
            Column("assessment_id", "id", ("测评编号", "测评ID", "记录编号"), "id of the row", aliases=("id",)),
            *_scale(0, 100, "scale_min", "scale_max"),
            Column("source", "choice", ("来源", "测评来源"), "a test, or the learner's own answer",
                   choices=("test", "self"), words={"test": "测验", "self": "自评"}, default="test"),
            Column("instrument", "text", ("量表", "工具", "测评工具"), "which test or questionnaire"),
            _ITEM,
            _REVERSED,
            Column("session_id", "id", ("场次编号", "会话编号", "答卷编号"), "which sitting"),
        )),
        Table("feedback", ("反馈", "评价", "360评价", "多方评价"), ("feedback_id",), (
            Column("learner_id", "id", ("被评人编号", *_LEARNER.zh), "who is rated", True,
                   ("ratee id", *_LEARNER.aliases), personal=True),
            _COMPETENCY,
            Column("rating", "number", ("评分", "打分", "得分", "分数"), "the rating on its scale", True,
                   ("score",), personal=True),
            _OCCURRED,
            Column("feedback_id", "id", ("反馈编号", "评价编号", "记录编号"), "id of the row", aliases=("id",)),
            Column("rater_id", "id", ("评价人编号", "评分人编号", "评价人", "评委编号"),
                   "who rates; need not be a learner", aliases=("rater",), personal=True),
            Column("rater_department_id", "id", ("评价人部门编号", "评价人部门"), "the rater's department",
                   aliases=("rater department",)),
            Column("relation", "choice", ("关系", "评价关系", "评价人关系"), "the rater's relation to the learner",
                   choices=RELATIONS, words={"self": "自评", "manager": "上级", "peer": "同事",
                                             "report": "下属", "internal_customer": "内部客户"}),
            *_scale(1, 5, "scale_min", "scale_max"),
            Column("form_id", "id", ("表单编号", "问卷编号", "答卷编号"), "which filled-in form"),
            _ITEM,
            _REVERSED,
            Column("comment", "text", ("评语", "意见", "备注"), "free text", personal=True),
        )),
        Table("interactions", ("学习记录", "互动", "课程记录", "培训记录"), ("interaction_id",), (
            _LEARNER,
            _MODULE,
            Column("status", "choice", ("状态", "学习状态"), "what happened", True, choices=STATUSES, words={
                "recommended": "已推荐", "viewed": "已浏览", "enrolled": "已报名", "started": "已开始",
                "completed": "已完成", "dropped": "已退出", "dismissed": "已移开"}, personal=True),
            _OCCURRED,
            Column("interaction_id", "id", ("记录编号", "互动编号"), "id of the row", aliases=("id",)),
            Column("reason", "choice", ("原因", "移开原因"), "why it was dismissed", choices=REASONS, words={
                "known": "已经会了", "not_now": "现在不合适", "too_easy": "太简单", "too_hard": "太难",
                "wrong_level": "难度不合适", "not_my_job": "和我的工作无关"}, personal=True),
            Column("pre_score", "number", ("前测成绩", "前测得分", "课前得分"), "score before", personal=True),
            Column("post_score", "number", ("后测成绩", "后测得分", "课后得分"), "score after", personal=True),
            *_scale(0, 100, "score_min", "score_max"),
            Column("satisfaction", "number", ("满意度",), "1 to 5", low=1, high=5, personal=True),
            Column("minutes", "number", ("学习时长", "时长", "分钟"), "minutes spent", low=0, personal=True),
        )),
        Table("targets", ("目标", "能力目标"), ("competency_id", "role"), (
            _COMPETENCY,
            Column("target", "number", ("目标值", "目标", "目标分"), "0 to 100", True, low=0, high=100),
            Column("role", "text", ("岗位", "角色", "职位"), "for which role; empty: everybody", default=""),
        )),
        Table("outcomes", ("成效", "部门指标", "指标"), ("department_id", "metric", "period"), (
            Column("department_id", "id", _DEPARTMENT_ZH, "which department", True, ("department",)),
            Column("metric", "text", ("指标", "指标名称"), "which indicator", True),
            Column("period", "period", ("期间", "月份", "周期"), "a month, 2026-03, or a date", True, ("month",)),
            Column("value", "number", ("数值", "值"), "its value", True),
            Column("direction", "choice", ("方向",), "which way is better",
                   choices=("higher_is_better", "lower_is_better"),
                   words={"higher_is_better": "越高越好", "lower_is_better": "越低越好"}),
            Column("kind", "choice", ("类型", "类别"), "a business indicator or the climate survey",
                   choices=("kpi", "climate"), words={"kpi": "指标", "climate": "氛围"}),
        )),
    )
}
# fmt: on

SCALES = {
    "assessments": ("scale_min", "scale_max", ("score",)),
    "feedback": ("scale_min", "scale_max", ("rating",)),
    "interactions": ("score_min", "score_max", ("pre_score", "post_score")),
}
"""Of each evidence table: the columns of the scale's ends, and those that lie on it."""


def percent(value: Any, low: Any, high: Any, reverse: Any = 0) -> Any:
    """A value on its scale as 0-100; a reversed item's is turned. Scalars or arrays alike."""
    share = (value - low) / (high - low) * 100.0
    return share + reverse * (100.0 - 2.0 * share)


def rfc3339(micros: int) -> str:
    """A time inside (microseconds since 1970 UTC) as it is told outside."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    finest = "microseconds" if moment.microsecond else "seconds"
    return moment.isoformat(timespec=finest).replace("+00:00", "Z")


@dataclass(frozen=True)
class Evidence:
    """Everything a fit may see: the catalogue, and frames of what is known about learners.

    ``learners``: learner_id, department_id, role, language, group, active.
    ``assessments``, ``feedback``, ``interactions``: the columns of ``TABLES`` with ``occurred_at`` as
    int64 microseconds since 1970 UTC and missing values as None or NaN; sorted by
    (learner_id, occurred_at, id).
    """

    catalogue: Catalogue
    learners: pd.DataFrame
    assessments: pd.DataFrame
    feedback: pd.DataFrame
    interactions: pd.DataFrame
