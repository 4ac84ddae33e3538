"""What reports say, in Chinese and English."""

from __future__ import annotations

from typing import Any

from recommender.api.translations import Text, check, told

WORDS: dict[str, Text] = {
    "title": Text("人群", "Segments"),
    "lead": Text(
        "{n}人分成{parts}个人群。",
        "{n} learner falls into {parts} segments.|{n} learners fall into {parts} segments.",
    ),
    "lead.one": Text(
        "{n}人中没有分出不同的人群。",
        "No segments: {n} learner is of one kind.|No segments: {n} learners are of one kind.",
    ),
    "lead.nobody": Text(
        "还没有人被测评过，分不出人群。", "Nobody has been measured yet, so there are no segments."
    ),
    "lead.torn": Text(
        "其中{n}人归属不明，只作参考。",
        "Of them {n} belongs to none for sure.|Of them {n} belong to none for sure.",
    ),
    "about": Text("模型{version}，截至{day}", "Model {version}, as of {day}"),
    "about.none": Text("尚无模型，截至{day}", "No model yet, as of {day}"),
    "stable": Text("分得稳不稳", "Do they hold?"),
    "stable.number": Text(
        "把{learners}人重抽{n}次、重新分群：{found}。",
        "Refit {n} times on {learners} learners drawn anew, the number of segments was {found}.",
    ),
    "stable.found": Text("{n}次分成{number}群", "{number} in {n}"),
    "stable.found.one": Text("{n}次没有分群", "none in {n}"),
    "stable.agreement": Text(
        "与现在的分法吻合度{mean}（{low}–{high}；1为完全相同，0为碰巧）。",
        "Agreement with these segments {mean} ({low}–{high}; 1 is the same, 0 chance).",
    ),
    "stable.unknown": Text(
        "这个版本没有检验过分群是否稳定。重新训练即可得到：recommender train",
        "Whether these segments hold was not examined for this version. Train anew to find "
        "out: recommender train",
    ),
    "word.stable": Text("稳定", "Holds"),
    "word.doubtful": Text("有这个趋势，但谁属于它说不准", "A pattern, but who belongs is doubtful"),
    "word.not_found_again": Text("不可信，重抽后找不到", "Not to be trusted: not found again"),
    "word.none": Text("人数不足3人，不单独显示", "Fewer than 3 people; not shown"),
    "word.unknown": Text("未检验", "Not examined"),
    "segment": Text("人群", "Segment"),
    "learners": Text("人数", "Learners"),
    "share": Text("占比", "Share"),
    "certainty": Text("归属把握", "Certainty"),
    "kept": Text("重抽后仍在一起", "Kept together"),
    "verdict": Text("结论", "Verdict"),
    "profile": Text("与全体相差多少", "How far from everybody"),
    "profile.key": Text(
        "竖线是全体平均，点是这个人群，色带是90%区间。实心表示确有差别（超过{leas"
        "t}分），空心表示看不出这样的差别。",
        "The line is everybody's average, the dot this segment, the band its 90 % interval. "
        "Filled: a sure difference of more than {least} points. Hollow: no such difference can be told.",
    ),
    "profile.key.book": Text(
        "“确有差别”表示与全体平均相差超过{least}分，且90%区间全在这之外。",
        "A sure difference is one whose whole 90 % interval lies more than {least} points from everybody's "
        "average.",
    ),
    "competency": Text("能力", "Competency"),
    "mean": Text("平均", "Average"),
    "by": Text("与全体相差", "From everybody"),
    "interval": Text("90%区间", "90 % interval"),
    "low": Text("90%区间下限", "90 % from"),
    "high": Text("90%区间上限", "90 % to"),
    "named": Text("确有差别", "Sure difference"),
    "hidden": Text("评价者不足3人，不显示", "Fewer than 3 raters; not shown"),
    "works": Text("学什么有效", "What works"),
    "works.key": Text(
        "这个人群里学完并再次测评过的人，按模型平均提高的分数；3人以下不显示。这里不比较"
        "人群之间谁提高得更多。",
        "What members who finished a module and were measured again gained on average, by the "
        "model; nothing that rests on fewer than 3. It does not say that one segment gains "
        "more than another.",
    ),
    "works.none": Text(
        "还没有一门课有3人以上学完并再次测评。",
        "No module has been finished by three members who were measured again.",
    ),
    "module": Text("课程", "Module"),
    "gain": Text("提高", "Gain"),
    "rests_on": Text("依据人数", "Rests on"),
    "people": Text("{n}人", "{n} learner|{n} learners"),
    "between": Text("（{low}–{high}）", " ({low}–{high})"),
    "from_to": Text("（{low}至{high}）", " ({low} to {high})"),
    "chart": Text(
        "{name}：与全体相差{value}分，90%区间{low}至{high}",
        "{name}: {value} points from everybody, 90 % interval {low} to {high}",
    ),
    "chart.gain": Text(
        "{name}：提高{value}分，90%区间{low}至{high}",
        "{name}: {value} points gained, 90 % interval {low} to {high}",
    ),
    "note": Text(
        "分数为0–100分制。人群只用于推荐课程，不是对人的评价。人群编号（如s1）在每"
        "次训练之间保持不变，可与以往的报告对照。",
        "Points are of the 0-100 scale. Segments serve to recommend modules; they appraise "
        "nobody. A segment's number, such as s1, stays the same from one training to the next, "
        "so that reports can be read side by side.",
    ),
    "terminal.profile": Text(
        "平均分（90%区间）；*表示与全体确有差别",
        "Average (90 % interval); * a sure difference from everybody",
    ),
    "about.sheet": Text("说明", "About"),
    "yes": Text("是", "yes"),
    "no": Text("否", "no"),
    "members": Text("成员", "Members"),
    "learner_id": Text("员工编号", "learner_id"),
    "segment_id": Text("人群编号", "segment_id"),
    "label": Text("名称", "Label"),
    "probability": Text("归属概率", "Probability"),
    "cohorts.title": Text("《{title}》分场名单", "Who sits with whom in “{title}”"),
    "cohorts.lead": Text(
        "{n}个座位安排了{seated}人，可以参加的有{eligible}人。",
        "{seated} of {n} seat filled from {eligible} who may come.|"
        "{seated} of {n} seats filled from {eligible} who may come.",
    ),
    "cohorts.rests": Text("名单依据什么", "What the plan rests on"),
    "cohorts.sessions": Text("场次", "Sessions"),
    "cohorts.seats": Text("每场座位", "Seats in each"),
    "cohorts.eligible": Text("可以参加", "May come"),
    "cohorts.seated": Text("已安排", "Seated"),
    "cohorts.gap": Text("离最优多远", "How far from the best"),
    "cohorts.gap.none": Text("没有更好的安排", "No better plan exists"),
    "cohorts.gap.most": Text("更好的安排至多再高{share}", "A better one lies at most {share} above"),
    "cohorts.gap.unknown": Text("不清楚离最优有多远", "How far the best lies is not known"),
    "cohorts.rules": Text(
        "座位给最有用的人：离目标近了多少分，乘以学完的可能。每人只占一个座位；任何部门的人数都"
        "不超过与它有服务往来的部门；没有人与自己的上级同场。",
        "Seats go where they are worth most: points towards the learner's target, times the chance that the "
        "module is finished. Everybody has one place, nobody's department outnumbers those it serves or is "
        "served by, and nobody sits with their own manager.",
    ),
    "cohorts.session": Text("第{number}场", "Session {number}"),
    "cohorts.session.gain": Text(
        "{n}人，合计预计提高{gain}分",
        "{n} learner, {gain} points in all|{n} learners, {gain} points in all",
    ),
    "cohorts.empty": Text("没有人", "Nobody"),
    "cohorts.number": Text("场次编号", "Session"),
    "cohorts.person": Text("姓名", "Name"),
    "cohorts.department": Text("部门", "Department"),
    "cohorts.department_id": Text("部门编号", "department_id"),
    "cohorts.gain": Text("预计提高", "Expected gain"),
    "cohorts.meets": Text("同场的往来部门", "Meets"),
    "cohorts.met": Text("{name}（{n}人）", "{name} ({n})"),
    "cohorts.sheet": Text("名单", "Plan"),
    "cohorts.note": Text(
        "预计提高以0–100分制计，括号内为90%区间。“同场的往来部门”指与本部门有服务往来、又有人同场的部门，"
        "括号内为人数。名单只为学习而排，不是对人的评价。",
        "Gains are points of the 0-100 scale, with their 90 % interval. “Meets” names the departments in the "
        "room that one's own serves or is served by, and how many of them are there. The plan serves "
        "learning; it appraises nobody.",
    ),
}

check(WORDS)


def say(lang: str, key: str, **values: Any) -> str:
    """The text of a key in a language."""
    return told(WORDS[key], lang, **values)
