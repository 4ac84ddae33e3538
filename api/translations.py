"""Every word of the pages, in Chinese and English, in one table.

A text may hold ``{names}``. An English text that counts holds its two forms as ``one|several`` and
is chosen by ``n``. ``check`` holds that no language lacks a text or a name; it runs at import, so
that a server with half a language does not start.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from recommender.evidence import FEWEST_RATERS, NOT_NOW_DAYS
from recommender.framework import LANGUAGES

HTML_LANG = {"zh": "zh-Hans", "en": "en"}
"""What a page says of its language."""


class Text(NamedTuple):
    """One text in every language."""

    zh: str
    en: str


TEXTS: dict[str, Text] = {
    # the frame of every page
    "product": Text("学习路径", "Learning path"),
    "product.join": Text("｜", " | "),
    "skip": Text("跳到正文", "Skip to content"),
    "tabs": Text("页面", "Pages"),
    "tab.path": Text("我的路径", "My path"),
    "tab.profile": Text("我的画像", "My profile"),
    "other_language": Text("EN", "中文"),
    "switch": Text("Switch to English", "切换到中文"),
    "footer": Text(
        "分数来自测评与多方评价。谁说了什么，不会显示。",
        "Scores come from tests and several raters. Who said what is never shown.",
    ),
    # the next module
    "carry_on": Text("接着学", "Carry on with"),
    "in_all": Text("全程{minutes}分钟", "{minutes} min in all"),
    "resume": Text("继续", "Resume"),
    "next": Text("下一步", "Next for you"),
    "start": Text("开始学习", "Start"),
    "minutes": Text("{minutes}分钟", "{minutes} min"),
    "module": Text("《{title}》", "“{title}”"),
    "suits": Text("这门课适合{low}–{high}分", "Module suits {low}–{high}"),
    "you_about": Text("你：约{mean}分", "You, about {mean}"),
    "fit_said": Text(
        "{name}：这门课适合{low}–{high}分，你约{mean}分，九成可能在{lo}–{hi}分之间。",
        "{name}: the module suits {low}–{high}; you are at about {mean}, nine in ten between {lo} and {hi}.",
    ),
    "why": Text("为什么推荐这门", "Why this one"),
    "why.evidence": Text("依据", "Evidence"),
    "why.gap_said": Text(
        "“{name}”最可能在{mean}分，九成可能在{lo}–{hi}分之间。这门课适合{low}–{high}分的人。",
        "{name} is most likely at {mean}, nine in ten between {lo} and {hi}. "
        "The module suits people at {low}–{high}.",
    ),
    "why.model": Text(
        "这是模型的建议，不是考核。不认同就选“不适合我”，推荐会跟着改。",
        "A model recommended this; it is not an appraisal. "
        "If you disagree, choose “Not for me” and it will change.",
    ),
    # not for me
    "not_for_me": Text("不适合我", "Not for me"),
    "not.title": Text("哪里不适合？", "What does not suit you?"),
    "not.known": Text("已经会了", "I know this"),
    "not.known.then": Text("不再推荐这门", "Not recommended again"),
    "not.not_now": Text("现在不合适", "Not now"),
    "not.not_now.then": Text(f"{NOT_NOW_DAYS}天后再提", f"Comes back in {NOT_NOW_DAYS} days"),
    "not.too_easy": Text("太简单", "Too easy"),
    "not.too_easy.then": Text("换一门，这门不再推荐", "Another one instead; this one not again"),
    "not.too_hard": Text("太难", "Too hard"),
    "not.too_hard.then": Text("换一门，这门不再推荐", "Another one instead; this one not again"),
    "not.not_my_job": Text("和我的工作无关", "Not my job"),
    "not.not_my_job.then": Text("不再推荐这门", "Not recommended again"),
    "not.wrong_level": Text("难度不合适", "Wrong level"),
    "not.save": Text("移开这门", "Set it aside"),
    "not.cancel": Text("算了，留着", "Keep it"),
    "not.choose": Text("先选一个原因，再移开。", "Choose a reason first."),
    "set_aside": Text("已移开{module}。", "{module} set aside."),
    "next_is": Text("下一步换成{module}。", "Next is now {module}."),
    "undo": Text("撤销", "Undo"),
    "put_back": Text("放回来", "Put back"),
    "put_back_said": Text("放回来：{title}", "Put back: {title}"),
    "restored": Text("{module}放回来了。", "{module} is back."),
    "started": Text(
        "已记下：你开始学{module}了。学完后，这里会跟着更新。",
        "Noted: you have started {module}. This page follows when you finish.",
    ),
    "opening": Text("正在打开{module}", "Opening {module}"),
    "opening.if_not": Text("没有自动打开？", "Nothing happening?"),
    "open_module": Text("打开课程", "Open the module"),
    # time and the rail
    "time": Text("我有多少时间", "How much time do I have?"),
    "time.15": Text("15分钟", "15 min"),
    "time.15.when": Text("今天", "today"),
    "time.120": Text("2小时", "2 h"),
    "time.120.when": Text("本周", "this week"),
    "time.480": Text("8小时", "8 h"),
    "time.480.when": Text("本季度", "this quarter"),
    "rail.above": Text("上面这门", "The one above"),
    "rail.end.15": Text("今天15分钟到这里", "Your 15 minutes today end here"),
    "rail.end.120": Text("本周2小时到这里", "Your 2 hours this week end here"),
    "rail.end.480": Text("本季度8小时到这里", "Your 8 hours this quarter end here"),
    "rail.spare": Text("，还余{minutes}分钟", ", {minutes} min to spare"),
    "rail.more": Text("再往后还有{n}门", "{n} more after that"),
    "rail.nothing": Text("{minutes}分钟内没有合适的课。", "Nothing fits {minutes} minutes."),
    "rail.shortest": Text(
        "{minutes}分钟内没有合适的课，最短的要{shortest}分钟。",
        "Nothing fits {minutes} minutes; the shortest takes {shortest}.",
    ),
    # what changed in the path
    "changed": Text("路径有什么变化", "What changed in your path"),
    "changed.added": Text("新加", "New"),
    "changed.removed": Text("不再排", "Gone"),
    "changed.after": Text("最近的新记录之后：", "Since the latest news about you:"),
    "changed.after.assessment": Text("{day}的测评之后：", "Since the assessment of {day}:"),
    "changed.after.completed": Text("学完{module}之后：", "Since you finished {module}:"),
    "changed.after.started": Text("开始学{module}之后：", "Since you started {module}:"),
    "changed.after.enrolled": Text("报名{module}之后：", "Since you enrolled in {module}:"),
    "changed.after.dropped": Text("中途放下{module}之后：", "Since you left {module} unfinished:"),
    "changed.after.dismissed": Text("移开{module}之后：", "Since you set {module} aside:"),
    "all_done": Text("这一轮学完了。", "You have finished this round."),
    "all_done.then": Text(
        "有新的课或新的评价时，这里会再推荐。", "New modules or new evidence will bring new suggestions here."
    ),
    # the profile
    "profile": Text("我现在的样子", "Where I stand"),
    "profile.key": Text(
        "点是最可能的位置，色带是可能的范围。色带越短，看得越准。",
        "The dot is the likeliest place, the band where it may be. The shorter the band, the surer.",
    ),
    "profile.first_day": Text(
        "还没有测评或评价。先画出同事们的大致范围，有了你的数据就会变窄。",
        "No test or rating yet. The bands show where colleagues usually are; "
        "they narrow once there is evidence about you.",
    ),
    "about": Text("约{mean}分", "about {mean}"),
    "sure.clear": Text("看得较准", "clear"),
    "sure.rough": Text("大致看清", "rough"),
    "sure.early": Text("还看不准", "too early"),
    "sure.unknown": Text("还不知道", "not known yet"),
    "band_said": Text(
        "{name}：约{mean}分，九成可能在{lo}–{hi}分之间，{sure}。",
        "{name}: about {mean}, nine in ten between {lo} and {hi}, {sure}.",
    ),
    "band_unknown_said": Text(
        "{name}：还没有测过，多半在{lo}–{hi}分之间。",
        "{name}: not measured yet; probably between {lo} and {hi}.",
    ),
    "points": Text("{n}分", "{n}"),
    "profile.more": Text("看每项的依据", "What each rests on"),
    "profile.title": Text("我的画像", "My profile"),
    "profile.competency": Text("能力", "Competency"),
    "profile.rests_on": Text("依据", "Rests on"),
    "profile.covers": Text("每项能力看什么", "What each competency covers"),
    "rests_on": Text("依据：{list}。", "Rests on {list}."),
    "rests_on.row": Text("{list}。", "{list}."),
    "rests_on_nothing": Text("还没有依据。", "Nothing yet."),
    "from.test": Text("{n}次测评", "{n} test score|{n} test scores"),
    "from.self": Text("{n}次自评", "{n} self-rating|{n} self-ratings"),
    "from.manager": Text("{n}位上级", "{n} manager|{n} managers"),
    "from.peer": Text("{n}位同事", "{n} peer|{n} peers"),
    "from.report": Text("{n}位下属", "{n} report|{n} reports"),
    "from.internal_customer": Text("{n}位内部客户", "{n} internal customer|{n} internal customers"),
    "few.peer": Text(
        f"同事评价不足{FEWEST_RATERS}人，不单独显示。",
        f"Fewer than {FEWEST_RATERS} peers answered; not shown separately.",
    ),
    "few.report": Text(
        f"下属评价不足{FEWEST_RATERS}人，不单独显示。",
        f"Fewer than {FEWEST_RATERS} reports answered; not shown separately.",
    ),
    "few.internal_customer": Text(
        f"内部客户评价不足{FEWEST_RATERS}人，不单独显示。",
        f"Fewer than {FEWEST_RATERS} internal customers answered; not shown separately.",
    ),
    # what was done and set aside
    "history": Text("学过的，和移开的", "Done, and set aside"),
    "history.nothing": Text("还没有学完或移开的课。", "Nothing finished or set aside yet."),
    "history.done": Text("{day}完成", "done {day}"),
    "history.said": Text("你说“{reason}”", "you said: {reason}"),
    "history.begun": Text("还没学完", "not finished"),
    "history.set_aside": Text("已移开", "set aside"),
    # when something is in the way
    "not_saved": Text("没存上。", "Not saved."),
    "not_saved.title": Text("没有存上", "Not saved"),
    "not_saved.kept": Text("你的选择还在这一页。", "Your choice is still here."),
    "try_again": Text("再试一次", "Try again"),
    "stale": Text(
        "这一页放得太久了，没有记下。请再选一次。",
        "This page was open for too long; nothing was saved. Please choose again.",
    ),
    "link.title": Text("链接打不开", "Link refused"),
    "link.refused": Text(
        "链接已用过或已过期，请从学习平台重新打开。", "Link used or expired; reopen it from your LMS."
    ),
    "error.title": Text("暂时打不开", "Not available just now"),
    "error.busy": Text(
        "系统正忙，你的记录都在。请过一会儿再试。",
        "The system is busy; your records are safe. Please try again in a moment.",
    ),
    "missing.title": Text("没有这一页", "No such page"),
    "missing": Text(
        "地址不对，或者这门课已经下线。", "The address is wrong, or the module has been withdrawn."
    ),
    "back": Text("回到我的路径", "Back to my path"),
    # words of the catalogue
    "method.group_discussion": Text("小组讨论", "group discussion"),
    "method.role_play": Text("角色扮演", "role play"),
    "method.simulation": Text("情景模拟", "simulation"),
    "method.case_study": Text("案例分析", "case study"),
    "method.workshop": Text("工作坊", "workshop"),
    "method.seminar": Text("研讨会", "seminar"),
    "method.e_learning": Text("在线课程", "e-learning"),
    "method.coaching": Text("辅导", "coaching"),
    "delivery.online": Text("线上", "online"),
    "delivery.in_person": Text("线下", "in person"),
    "delivery.blended": Text("线上加线下", "blended"),
    "level.1": Text("入门", "entry level"),
    "level.2": Text("进阶", "intermediate"),
    "level.3": Text("高阶", "advanced"),
}

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NAMES = re.compile(r"{(\w+)}")


def check(texts: Mapping[str, Text] = TEXTS) -> None:
    """Hold that every text says the same with the same names in both languages.

    Raises
    ------
    ValueError
        Naming the first text that does not.
    """
    for key, text in texts.items():
        for lang in LANGUAGES:
            if not getattr(text, lang).strip():
                raise ValueError(f"{key} has no text in {lang}; write one in api/translations.py")
        if set(_NAMES.findall(text.zh)) != set(_NAMES.findall(text.en)):
            raise ValueError(f"{key} names other values in zh than in en; mend it in api/translations.py")


check()


def translate(lang: str, key: str, **values: Any) -> str:
    """The text of a key in a language, its names filled in; ``n`` chooses singular or plural."""
    return told(TEXTS[key], lang, **values)


def told(text: Text, lang: str, **values: Any) -> str:
    """A text in a language, its names filled in; ``n`` chooses singular or plural."""
    words: str = getattr(text, lang)
    if "|" in words:
        one, several = words.split("|")
        words = one if values.get("n") == 1 else several
    return words.format(**values)


def told_day(lang: str, day: date, today: date) -> str:
    """A day as people say it; the year only where it is not this one's."""
    if lang == "zh":
        return (f"{day.year}年" if day.year != today.year else "") + f"{day.month}月{day.day}日"
    return f"{day.day} {MONTHS[day.month - 1]}" + (f" {day.year}" if day.year != today.year else "")


def told_list(lang: str, parts: list[str]) -> str:
    """Parts of a sentence, joined as the language joins them."""
    return ("、" if lang == "zh" else ", ").join(parts)
