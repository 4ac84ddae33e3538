"""The reasons in English: every sentence carries something of its own module."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from recommender.priors import FULL_MINUTES
from recommender.reasons.scene import NO_TARGET, SHORT_MINUTES, WIDE, Scene, points, span, told

Values = Mapping[str, Any]
Wordings = tuple[str, ...]

COUNTED = {
    "test": ("{n} test score", "{n} test scores"),
    "manager": ("{n} manager", "{n} managers"),
    "peer": ("{n} peer", "{n} peers"),
    "report": ("{n} report", "{n} reports"),
    "internal_customer": ("{n} internal customer", "{n} internal customers"),
    "self": ("{n} answer of your own", "{n} answers of your own"),
}
FIT = {
    "right": (
        "{t} is at the right level",
        "{t} meets you where you are",
        "the level of {t} suits you",
        "{t} is pitched about right for you",
    ),
    "stretch": (
        "{t} is a step above you",
        "{t} will be a stretch",
        "{t} asks for more than you have yet",
    ),
    "easy": (
        "{t} is on the easy side and will make it firm",
        "{t} should come easily to you",
        "{t} lies a little below you, good for practice",
    ),
    None: ("{t} trains just that", "{t} works on it", "{t} has you practise it"),
}
# each says no more than the sources named in ``recommender.priors``
PRIORS: dict[str | None, Wordings] = {
    "role_play": (
        "elsewhere, showing an act and practising it built the skill, less so the change on the job",
        "over a hundred studies of modelled behaviour found people learn it well and use it at work less",
        "research says that what is shown and then acted out stays as a skill, while facts fade",
    ),
    "simulation": (
        "elsewhere, simulations taught somewhat more than listening alone, in print at least",
        "research finds simulations good for procedure and confidence, best beside other teaching",
        "in published studies simulations beat passive teaching but not other active kinds",
    ),
    "workshop": (
        "some seventy team trainings elsewhere had a medium effect on average",
        "research on training whole teams finds a medium effect on how they work together",
        "over eight thousand people in team trainings elsewhere gained, to a medium degree on average",
    ),
    "coaching": (
        "elsewhere, coaching helped on average, with a medium effect on skills",
        "research finds that coaching does more for how people feel about a task than for skill",
        "in randomised trials coaching came out with an effect just under medium",
    ),
    "case_study": (
        "no study isolates case work, so it is put below the average of training",
        "case work has not been measured on its own; the average of training, less a little, stands in",
    ),
    "group_discussion": (
        "group discussion has no clean figures, so its estimate is cautious",
        "studies do not single out discussion, so it is put somewhat under training in general",
    ),
    "e_learning": (
        "elsewhere, online courses taught facts as well as classrooms did, but gave no partner",
        "taught the same way, online or not made no difference in research; only a partner is missing",
    ),
    "seminar": (
        "elsewhere, training with practice did better than talks alone",
        "research on leadership courses favours those with practice, so a talk is put lower",
    ),
    None: ("the average of all methods stands in", "its method is not named, so the mean of all serves"),
}


def title(name: str) -> str:
    """A module's title in running text, with inner quotation marks turned into single ones."""
    return "“" + name.replace("“", "‘").replace("”", "’") + "”"


def day(date: dt.date) -> str:
    """A date."""
    return f"{date.day} {date:%B} {date.year}"


def joined(parts: list[str]) -> str:
    """a, b and c."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def sentence(text: str) -> str:
    """With a capital first and one stop last."""
    at = next((i for i, ch in enumerate(text) if ch.isalnum() or ch == "“"), 0)
    stop = "" if text.endswith((".", "?", "!")) else "."
    return text[:at] + text[at].upper() + text[at + 1 :] + stop


def small(name: str) -> str:
    """A competency's name inside a sentence."""
    return name[:1].lower() + name[1:] if name[1:2].islower() or "-" in name else name


def gap(scene: Scene, v: Values) -> str:
    """Where you stand, what that rests on, how the module's level meets it."""
    k = v["competency_id"]
    fit = scene.vary(FIT[v["fit"]], "fit").format(t=title(scene.short))
    if not scene.trains_mainly(k) and scene.main:
        fit += f"; it is mainly about {small(scene.competency(scene.main))} and takes this in"
    if v["hi"] - v["lo"] > WIDE and v["fit"]:
        fit = f"as far as one can tell, {fit}"
    return sentence(f"{_standing(scene, v)} ({_evidence(scene, v['sources'])}); {fit}")


def _standing(scene: Scene, v: Values) -> str:
    name = small(scene.competency(v["competency_id"]))
    mean, target = points(v["mean"]), points(v["target"])
    lo, hi = span(v)
    if v["hi"] - v["lo"] > WIDE:
        wordings: Wordings = (
            "in {name} it is too early to say more than {lo} to {hi}",
            "your level in {name} is still a guess, about {mean}",
            "where you stand in {name} is only roughly known, between {lo} and {hi}",
        )
    elif v["target"] >= NO_TARGET:
        wordings = (
            "you have room to grow in {name}, at about {mean}",
            "in {name} you are at about {mean}, nine chances in ten between {lo} and {hi}",
            "your standing in {name} is about {mean} now",
        )
    elif mean >= target:
        wordings = (
            "in {name} you have reached the target of {target}, at about {mean}",
            "at about {mean}, you are up to the target of {target} in {name}",
        )
    else:
        wordings = (
            "in {name} you are at about {mean}, {left} short of the target of {target}",
            "the target for {name} is {target} and you are at about {mean}",
            "you stand at about {mean} in {name}, with {left} to go to {target}",
        )
    return scene.vary(wordings, "standing").format(
        name=name, mean=mean, lo=lo, hi=hi, target=target, left=target - mean
    )


def _evidence(scene: Scene, sources: Mapping[str, int | None]) -> str:
    parts = [COUNTED[source][n != 1].format(n=n) for source, n in told(sources)]
    if parts:
        return f"{scene.vary(('from', 'going by', 'based on'), 'evidence')} {joined(parts)}"
    return "too few raters to show" if sources else "inferred from other competencies"


def _course(scene: Scene) -> str:
    """The module without its title: length, method, what it mostly trains."""
    if scene.main is None:
        return title(scene.short)
    method = (scene.module.method or "module").replace("e_learning", "online course").replace("_", " ")
    if method == "coaching":
        method = "coaching series"
    length = f"{scene.minutes}-minute " if scene.minutes else ""
    mostly = "mainly on" if len(scene.module.competencies) > 1 else "on"
    return f"this {length}{method} {mostly} {small(scene.competency(scene.main))}"


def effect(scene: Scene, v: Values) -> str:
    """How much colleagues who finished it rose."""
    gain, (lo, hi) = points(v["gain"]), span(v)
    who = "colleagues" if v["segment_id"] == "all" else "colleagues with a similar profile"
    sure = f"nine chances in ten between {lo} and {hi}" if lo >= 0 else f"perhaps nothing, at most about {hi}"
    wordings = (
        "{n} {who} finished {course} and gained about {gain} {unit}, {sure}",
        "after {course}, {n} {who} stood about {gain} {unit} higher ({sure})",
        "for {n} {who}, {course} came with a gain of about {gain} {unit}, {sure}",
    )
    text = scene.vary(wordings, "effect").format(
        n=v["learners"],
        who=who,
        course=_course(scene),
        gain=gain,
        unit="point" if gain == 1 else "points",
        sure=sure,
    )
    return sentence(text)


def unlocks(scene: Scene, v: Values) -> str:
    """What it opens."""
    names = scene.titles(v["module_ids"])
    if not names:
        return ""
    rest = len(v["module_ids"]) - len(names)
    listed = joined([title(n) for n in names] + ([f"{rest} more"] if rest else []))
    wordings = (
        "once you have done {t}, {listed} will be open to you",
        "{t} is what stands before {listed}",
        "{listed} can follow after {t}",
    )
    return sentence(scene.vary(wordings, "unlocks").format(t=title(scene.short), listed=listed))


def carry_on(scene: Scene, v: Values) -> str:
    """Enrolled in or begun."""
    t, since = title(scene.short), day(v["since"])
    if v["status"] == "started":
        wordings: Wordings = (
            f"you began {t} on {since} and have not finished it",
            f"{t}, begun on {since}, is not finished yet",
        )
    else:
        wordings = (
            f"you enrolled in {t} on {since}",
            f"{t} has waited for you since you enrolled on {since}",
        )
    return sentence(scene.vary(wordings, "continue"))


def uptake(scene: Scene, v: Values) -> str:
    """What colleagues took next."""
    t, after = title(scene.short), scene.titles([v["after_module_id"]] if v["after_module_id"] else [])
    if not after or v["learners"] is None:
        wordings: Wordings = (
            f"{t} names no competency, so it is placed by what colleagues enrol in",
            f"the place of {t} comes from enrolments alone",
        )
        return sentence(scene.vary(wordings, "uptake"))
    wordings = (
        "{n} colleagues took {t} after {a}",
        "you took {a}, and {n} colleagues went on from there to {t}",
        "{t} is where {n} colleagues went after {a}",
    )
    return sentence(scene.vary(wordings, "uptake").format(t=t, a=title(after[0]), n=v["learners"]))


def prior(scene: Scene, v: Values) -> str:
    """No data here yet; what is known elsewhere."""
    known = scene.vary(PRIORS.get(v["method"], PRIORS[None]), "known")
    minutes, length = scene.minutes, ""
    if minutes and minutes < SHORT_MINUTES:
        length = f"; at {minutes} minutes it is put below a full day"
    elif minutes and minutes < FULL_MINUTES:
        length = f"; its {minutes} minutes count for part of a day's course"
    wordings = (
        "what {t} does here is not known well yet: {known}{length}",
        "for {t} our own figures are too few, so research stands in: {known}{length}",
        "{known}; {t} has little data of its own here yet{length}",
    )
    return sentence(scene.vary(wordings, "prior").format(t=title(scene.short), known=known, length=length))


def explore(scene: Scene, v: Values) -> str:
    """Little known; trying tells."""
    wordings = (
        "we know little yet about what {t} does here; each person who takes it makes the estimate better",
        "{t} is uncertain, so it gets a chance",
        "{t} may not have the highest estimate: it is here to find out how good it is",
    )
    return sentence(scene.vary(wordings, "explore").format(t=title(scene.short)))


def cold_start(scene: Scene, v: Values) -> str:
    """Nothing measured yet."""
    about = [f"on {small(scene.competency(scene.main))}"] if scene.main else []
    about += [f"{scene.minutes} minutes"] if scene.minutes else []
    what = f" ({', '.join(about)})" if about else ""
    if scene.module.level == 1:
        wordings: Wordings = (
            "nothing of yours has been measured yet, so {t}{what} begins at entry level",
            "{t}{what} is for beginners; once something is measured, the list will fit you better",
            "a first step while nothing of yours is measured: {t}{what}",
        )
    else:
        wordings = (
            "nothing of yours has been measured yet; {t}{what} stands here for the time being",
            "whether the level of {t}{what} suits you is not known before you have been measured",
        )
    return sentence(scene.vary(wordings, "cold").format(t=title(scene.short), what=what))


def returns(scene: Scene, v: Values) -> str:
    """Not now, said a while ago."""
    t, since = title(scene.short), day(v["dismissed_on"])
    wordings = (
        f"on {since} you said “not now” to {t}; here it is again",
        f"{t} is back, set aside on {since}",
    )
    return sentence(scene.vary(wordings, "returns"))


def prerequisite(scene: Scene, v: Values) -> str:
    """It comes first, so that another can follow."""
    after = scene.titles([v["before_module_id"]])
    if not after:
        return ""
    wordings = (
        "{a} on this path needs {t} first",
        "{t} comes first because {a} builds on it",
        "without {t} the path could not go on to {a}",
    )
    return sentence(scene.vary(wordings, "before").format(a=title(after[0]), t=title(scene.short)))


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
