"""中文的理由：先有中文，再有英文。每句话都带上这门课自己的东西。"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from recommender.evidence import TABLES
from recommender.priors import FULL_MINUTES
from recommender.reasons.scene import NO_TARGET, SHORT_MINUTES, WIDE, Scene, points, span, told

Values = Mapping[str, Any]
Wordings = tuple[str, ...]

METHODS = TABLES["modules"]["method"].words
COUNTED = {
    "test": "{n}次测验得分",
    "manager": "{n}位上级",
    "peer": "{n}位同事",
    "report": "{n}位下属",
    "internal_customer": "{n}位内部客户",
    "self": "{n}次自评",
}
FIT = {
    "right": (
        "{t}的难度正合适",
        "这时候学{t}，难度正好",
        "{t}的深浅和你对得上",
        "{t}正是为这个水平准备的",
    ),
    "stretch": (
        "{t}比你现在高出一截，要踮一踮脚",
        "{t}对你偏难，学的时候多留点力气",
        "{t}走在你前面一步，会有些吃力",
    ),
    "easy": (
        "{t}对你不算难，当作巩固",
        "{t}不难，用来把这一项练扎实",
        "{t}对你偏容易，学起来轻松",
    ),
    None: ("{t}练的就是这一项", "{t}里会练到它", "{t}正好用得上"),
}
PRIORS: dict[str | None, Wordings] = {
    "role_play": (
        "别处的研究里，有示范、有演练的课练得出本事，回到岗位上的变化要小一些",
        "一百多项行为示范训练合起来看，学会的多，用到岗位上的少一些",
        "按文献，先看示范再动手演，本事留得住，知识点会淡",
    ),
    "simulation": (
        "别处的研究里，情景模拟比只听讲学得多一点，只是公开发表的结果可能偏乐观",
        "按文献，情景模拟对操作和信心都有好处，拿来补充别的课更好",
        "文献里，情景模拟胜过只听不练，却不如别的动手练法",
    ),
    "workshop": (
        "别处关于团队的七十多项训练，平均效果中等",
        "文献里，团队一起练的课，对配合有中等的好处",
        "别处有八千多人参加过团队训练，平均看有用，程度中等",
    ),
    "coaching": (
        "别处的研究里，一对一辅导平均有用，对本事的作用中等",
        "按文献，辅导对心气的作用比对本事的大一些",
        "随机分组的辅导研究合起来，平均效果略低于中等",
    ),
    "case_study": (
        "案例分析没有单独的研究可依，估得比一般培训低些",
        "还没有谁把案例分析单独算清过，先照培训的总体水平往下放一点",
    ),
    "group_discussion": (
        "小组讨论没有干净的研究数据，估得比一般培训保守",
        "讨论式的课在文献里没有单列，只能参照培训的总体水平再低一些",
    ),
    "e_learning": (
        "别处的研究里，在线课讲道理不比面授差，练和人打交道就少了对手，所以估得低",
        "文献里，教法一样时线上线下没有差别，只是缺一个对练的人",
    ),
    "seminar": (
        "别处的研究里，有练习的培训比只讲的强，研讨会因此估得低",
        "按文献，领导力培训里带练习的更好，以讲为主的先估低些",
    ),
    None: ("先按各类课程的平均水平估", "没有标明怎么上课，取各类课的平均"),
}


def title(name: str) -> str:
    """A module's title."""
    return f"《{name}》"


def day(date: dt.date) -> str:
    """A date."""
    return f"{date.year}年{date.month}月{date.day}日"


def joined(parts: list[str]) -> str:
    """甲、乙和丙。"""
    return parts[0] if len(parts) == 1 else "、".join(parts[:-1]) + "和" + parts[-1]


def gap(scene: Scene, v: Values) -> str:
    """你在哪里、凭什么这样说、这门课合不合适。"""
    k = v["competency_id"]
    fit = scene.vary(FIT[v["fit"]], "fit").format(t=title(scene.short))
    if not scene.trains_mainly(k) and scene.main:
        fit += f"；它以“{scene.competency(scene.main)}”为主，这一项也在里面"
    if v["hi"] - v["lo"] > WIDE and v["fit"]:
        fit = f"看样子{fit}"
    return f"{_standing(scene, v)}{_evidence(scene, v['sources'])}，{fit}。"


def _standing(scene: Scene, v: Values) -> str:
    name, mean, target = scene.competency(v["competency_id"]), points(v["mean"]), points(v["target"])
    lo, hi = span(v)
    if v["hi"] - v["lo"] > WIDE:
        wordings: Wordings = (
            "你的“{name}”还看不准，多半在{lo}到{hi}分之间",
            "“{name}”眼下只能估个大概：{lo}到{hi}分",
            "说到“{name}”，先按{mean}分上下估，还不准",
        )
    elif v["target"] >= NO_TARGET:
        wordings = (
            "你的“{name}”大约{mean}分，九成可能在{lo}–{hi}分之间",
            "你在“{name}”上约{mean}分，还有提升空间",
            "“{name}”这一项，你现在约{mean}分",
        )
    elif mean >= target:
        wordings = (
            "你的“{name}”约{mean}分，已经够到目标{target}分",
            "“{name}”的目标是{target}分，你约{mean}分，已经到了",
        )
    else:
        wordings = (
            "你在“{name}”上约{mean}分，离目标{target}分还差{left}分",
            "“{name}”的目标是{target}分，你现在约{mean}分",
            "你的“{name}”约{mean}分，距{target}分的目标还有{left}分",
        )
    return scene.vary(wordings, "standing").format(
        name=name, mean=mean, lo=lo, hi=hi, target=target, left=target - mean
    )


def _evidence(scene: Scene, sources: Mapping[str, int | None]) -> str:
    parts = [COUNTED[source].format(n=n) for source, n in told(sources)]
    if parts:
        return f"（{scene.vary(('依据', '看的是', '来自'), 'evidence')}{joined(parts)}）"
    return "（评价的人还不够多，不单列）" if sources else "（没有直接测过，由别的能力推算）"


def _course(scene: Scene) -> str:
    """这门课，不报课名：主要练什么、多长、什么方式。"""
    if scene.main is None:
        return title(scene.short)
    name = scene.competency(scene.main)
    about = f"以“{name}”为主" if len(scene.module.competencies) > 1 else f"专练“{name}”"
    length = f"{scene.minutes}分钟" if scene.minutes else ""
    return f"这门{about}的{length}{METHODS.get(scene.module.method or '', '课')}"


def effect(scene: Scene, v: Values) -> str:
    """学过的同事变了多少。"""
    gain, (lo, hi) = points(v["gain"]), span(v)
    who = "" if v["segment_id"] == "all" else "和你画像相近的"
    sure = f"九成可能在{lo}–{hi}分之间" if lo >= 0 else f"也可能没什么变化，最多约{hi}分"
    wordings = (
        "{who}{n}位同事学完{course}，平均提高约{gain}分（{sure}）。",
        "已有{n}位{who}同事学完{course}，估计平均提高{gain}分，{sure}。",
        "{course}，{who}{n}位同事学完后平均高了约{gain}分，{sure}。",
    )
    return scene.vary(wordings, "effect").format(
        who=who,
        n=v["learners"],
        course=_course(scene),
        gain=gain,
        sure=sure,
    )


def unlocks(scene: Scene, v: Values) -> str:
    """学完开了哪几门。"""
    names = scene.titles(v["module_ids"])
    if not names:
        return ""
    listed = joined([title(n) for n in names])
    more = f"等{len(v['module_ids'])}门" if len(v["module_ids"]) > len(names) else ""
    wordings = (
        "学完{t}，就能接着学{listed}{more}。",
        "{listed}{more}要先学过{t}才开放。",
        "{t}是{listed}{more}的先修课，学完就解锁。",
    )
    return scene.vary(wordings, "unlocks").format(t=title(scene.short), listed=listed, more=more)


def carry_on(scene: Scene, v: Values) -> str:
    """已经报名或开始的。"""
    t, since = title(scene.short), day(v["since"])
    if v["status"] == "started":
        return scene.vary(
            (f"{t}你从{since}学起，还没学完。", f"你{since}开始的{t}还没学完，接着学就行。"), "continue"
        )
    return scene.vary((f"{t}你{since}报了名，还没开始。", f"你在{since}报名的{t}还没动。"), "continue")


def uptake(scene: Scene, v: Values) -> str:
    """同事接着学了什么。"""
    t, after = title(scene.short), scene.titles([v["after_module_id"]] if v["after_module_id"] else [])
    if not after or v["learners"] is None:
        return scene.vary(
            (
                f"{t}没有标注训练哪项能力，是按同事的选课先后排上来的。",
                f"把{t}排在这里，看的是大家的选课记录。",
            ),
            "uptake",
        )
    wordings: Wordings = (
        "有{n}位同事选了{a}以后，又选了{t}。",
        "你选过{a}；{n}位同事也是从它走到{t}的。",
        "{t}接在{a}后面，这样走的同事有{n}位。",
    )
    return scene.vary(wordings, "uptake").format(t=t, a=title(after[0]), n=v["learners"])


def prior(scene: Scene, v: Values) -> str:
    """这里还没有数据，别处知道什么。"""
    known = scene.vary(PRIORS.get(v["method"], PRIORS[None]), "known")
    minutes, length = scene.minutes, ""
    if minutes and minutes < SHORT_MINUTES:
        length = f"；只有{minutes}分钟，比整天的课估得低"
    elif minutes and minutes < FULL_MINUTES:
        length = f"；{minutes}分钟，按整天的课打了折"
    wordings = (
        "{t}在这里的效果数据还不够：{known}{length}。",
        "{t}的效果这里还说不准，暂时借用文献：{known}{length}。",
        "{known}；{t}在这里的数据还少，先这样估{length}。",
    )
    return scene.vary(wordings, "prior").format(t=title(scene.short), known=known, length=length)


def explore(scene: Scene, v: Values) -> str:
    """知道得少，试过才知道。"""
    wordings = (
        "{t}在这里的效果我们知道得还少，有人学过，估计才会准。",
        "对{t}我们还拿不准，所以给它一次机会。",
        "{t}不一定是估得最高的，排上来是为了看看它到底行不行。",
    )
    return scene.vary(wordings, "explore").format(t=title(scene.short))


def cold_start(scene: Scene, v: Values) -> str:
    """什么都还没测过。"""
    t = title(scene.short)
    about = [f"练“{scene.competency(scene.main)}”"] if scene.main else []
    about += [f"{scene.minutes}分钟"] if scene.minutes else []
    what = "，" + "，".join(about) if about else ""
    if scene.module.level == 1:
        wordings: Wordings = (
            "还没有你的测评，先放一门入门课{t}{what}。",
            "你的情况还没测过，从{t}入门{what}。",
            "{t}是入门课{what}；等有了测评，推荐会更贴近你。",
        )
    else:
        wordings = (
            "还没有你的测评，{t}先列在这里{what}。",
            "{t}先排上{what}；还不知道难度合不合适，做过测评再调。",
        )
    return scene.vary(wordings, "cold").format(t=t, what=what)


def returns(scene: Scene, v: Values) -> str:
    """说过现在不合适的，又回来了。"""
    t, since = title(scene.short), day(v["dismissed_on"])
    return scene.vary(
        (f"{since}你说{t}现在不合适，隔了一阵，再问你一次。", f"{t}你在{since}先移开了，现在重新放回来。"),
        "returns",
    )


def prerequisite(scene: Scene, v: Values) -> str:
    """先学它，后面的才学得了。"""
    after = scene.titles([v["before_module_id"]])
    if not after:
        return ""
    wordings = (
        "路径里的{a}要先学过{t}，所以它排在前面。",
        "先学{t}，再学{a}，次序不能倒。",
        "{a}以{t}为先修，因此先走这一步。",
    )
    return scene.vary(wordings, "before").format(a=title(after[0]), t=title(scene.short))


WRITERS: dict[str, Callable[[Scene, Values], str]] = {
    "gap": gap,
    "effect": effect,
    "unlocks": unlocks,
    "continue": carry_on,
    "uptake": uptake,
    "prior": prior,
    "explore": explore,
    "cold_start": cold_start,
    "returns": returns,
    "prerequisite": prerequisite,
}
