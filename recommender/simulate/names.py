"""Names for people who do not exist, and the departments they work in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.simulate.settings import Flags

SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马胡朱郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
)
GIVEN = (
    "伟 芳 娜 敏 静 丽 强 磊 洋 艳 勇 军 杰 娟 涛 超 霞 平 刚 桂英 文博 雨桐 子涵 梓萱 "
    "浩然 欣怡 思远 佳怡 俊杰 晓明 海燕 建国 雪梅 "
    "志强 晨曦 一鸣 书瑶 嘉豪 若溪 明轩 婉清 天佑 诗涵 国庆 春梅 立新 慧敏 振华 秀兰 宇航"
)
FIRST = (
    "Amelia Ben Chiara Daniel Elena Farid Grace Hannah Ivan Julia Kamal Laura Marek Nadia Oliver Priya "
    "Quentin Rosa Samuel Tara Umar Vera William Yara Zoe Aisha Bruno Clara David Emma Felix Gita Henrik "
    "Ingrid James Karin Liam Maya Noah Olga Peter Ruth Sofia Thomas Ursula Victor"
)
LAST = (
    "Adams Bauer Costa Dubois Evans Fischer Garcia Hughes Ito Jensen Kowalski Lopez Murphy Novak Okafor "
    "Patel Quinn Rossi Schmidt Tan Ueda Varga Walsh Young Zhang Ahmed Brown Chen Davies Eriksson Ferrari "
    "Gupta Hall Ivanova Jones Kaur Lim Martin Nilsson Owen Park Reed Santos Taylor Unger Vogel Wong"
)

DEPARTMENTS = (
    ("sales", "销售部 Sales"),
    ("finance", "财务部 Finance"),
    ("it", "信息技术部 IT"),
    ("hr", "人力资源部 Human Resources"),
    ("production", "生产部 Production"),
    ("logistics", "仓储物流部 Logistics"),
    ("rd", "研发部 R&D"),
    ("service", "客户服务部 Customer Service"),
)
SERVICES = (
    (0, 1, "signed contracts"),
    (0, 4, "sales forecast"),
    (1, 0, "invoices and credit checks"),
    (1, 3, "payroll"),
    (2, 1, "service desk"),
    (2, 7, "ticket system"),
    (2, 0, "customer database"),
    (3, 4, "hiring"),
    (3, 2, "hiring"),
    (4, 5, "finished goods"),
    (4, 0, "delivery dates"),
    (5, 4, "material supply"),
    (5, 0, "deliveries"),
    (6, 4, "drawings and changes"),
    (6, 7, "technical answers"),
    (7, 6, "complaint reports"),
    (7, 0, "customer history"),
)
"""(supplier, customer, service) by position in ``DEPARTMENTS``."""

COMMENTS = {
    "zh": {
        "low": ("催了三次才有答复。", "交来的东西和说好的不一样。", "改了日期没有告诉我们。"),
        "middle": ("按时交了，细节还要再问一遍。", "态度不错，有时忘了回告。"),
        "high": (
            "先问清用途再动手，省了我们返工。",
            "赶不上会提前说，靠得住。",
            "交完第二天还来问用得怎么样。",
        ),
    },
    "en": {
        "low": (
            "I had to ask three times for an answer.",
            "What arrived was not what we agreed.",
            "The date moved and nobody told us.",
        ),
        "middle": ("On time, but I had to ask about details.", "Friendly; sometimes forgets to report back."),
        "high": (
            "Asked what it was for first and saved us rework.",
            "Warns early when a date will slip.",
            "Came back the next day to see whether it worked.",
        ),
    },
}


def people(rng: np.random.Generator, zh: Flags) -> NDArray[np.str_]:
    """(N,) full names: Chinese ones where ``zh``, else European ones."""
    n = len(zh)
    surname, given, first, last = (
        rng.choice(texts, n) for texts in (list(SURNAMES), GIVEN.split(), FIRST.split(), LAST.split())
    )
    chinese = np.char.add(surname, given)
    other = np.char.add(np.char.add(first, " "), last)
    return np.where(zh, chinese, other)


def departments(count: int) -> tuple[list[str], list[str]]:
    """Ids and names of ``count`` departments; past eight the same ones again, numbered by site."""
    ids, names = [], []
    for i in range(count):
        (department_id, name), site = DEPARTMENTS[i % len(DEPARTMENTS)], i // len(DEPARTMENTS) + 1
        ids.append(department_id if site == 1 else f"{department_id}-{site}")
        names.append(name if site == 1 else f"{name} {site}")
    return ids, names


def services(count: int) -> list[tuple[int, int, str]]:
    """(supplier, customer, service) between ``count`` departments, within each site."""
    found = []
    for site in range(-(-count // len(DEPARTMENTS))):
        shift = site * len(DEPARTMENTS)
        found += [(s + shift, c + shift, what) for s, c, what in SERVICES]
    return [(s, c, what) for s, c, what in found if s < count and c < count]
