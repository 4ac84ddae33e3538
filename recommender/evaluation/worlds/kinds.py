"""The worlds, declared as data: each changes one thing of ``BASE`` and says what that breaks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, slots=True)
class Kind:
    """What an organisation with known truth is made of. Scores are in points of the 0-100 scale.

    Parameters
    ----------
    name, breaks : str
        Its name, and which of the models' assumptions does not hold in it.
    segments : int
        Kinds of people there truly are; 1 means none.
    shape : str
        How profiles scatter around their segment's mean.
    apart, within : float
        Standard deviations of segments' means around the centre, and of learners around their segment's.
    unrated : float
        Share of (learner, competency) cells that nobody rates.
    raters : int
        Colleagues who rate a learner.
    severity, halo, noise : float
        Standard deviations of a rater's severity, of what one form has in common, and of one rating.
    self_offset, self_noise : float
        How far above the others' ratings people put themselves, and the spread of that.
    level_match : bool
        Whether a module teaches most where its level lies just above the learner's.
    wander : float
        Standard deviation, in logarithms, by which each module's effect moves from cohort to cohort.
    prerequisites : float
        Share of modules that ask for another to be done before.
    seats : float or None
        Seats of a module in a cohort, as a multiple of what an even spread would fill; None: no limit.
    """

    name: str
    breaks: str
    segments: int = 5
    shape: Literal["normal", "skewed", "heavy"] = "normal"
    apart: float = 10.0
    within: float = 7.5
    unrated: float = 0.4
    raters: int = 4
    severity: float = 6.0
    halo: float = 3.0
    noise: float = 10.0
    self_offset: float = 8.0
    self_noise: float = 14.0
    level_match: bool = True
    wander: float = 0.0
    prerequisites: float = 0.0
    seats: float | None = None

    @property
    def in_family(self) -> bool:
        """Whether true profiles are a mixture of Gaussians that share one covariance."""
        return self.shape == "normal"


BASE = Kind("base", "nothing: Gaussian segments, plain raters, level matters")

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        BASE,
        replace(BASE, name="skewed", shape="skewed", breaks="Gaussian scatter: long tails upward"),
        replace(BASE, name="heavy tails", shape="heavy", breaks="Gaussian scatter: some far from all"),
        replace(BASE, name="well rated", unrated=0.1, breaks="nothing, more is seen: 10 % of cells unrated"),
        replace(BASE, name="hardly rated", unrated=0.7, breaks="plenty of evidence: 70 % of cells unrated"),
        replace(BASE, name="few raters", raters=2, breaks="plenty of evidence: two colleagues each"),
        replace(BASE, name="many raters", raters=10, breaks="nothing, more is seen: ten colleagues each"),
        replace(BASE, name="three segments", segments=3, breaks="nothing, fewer kinds of people"),
        replace(BASE, name="eight segments", segments=8, breaks="nothing, more kinds than data tell apart"),
        replace(BASE, name="no segments", segments=1, breaks="that there are kinds of people"),
        replace(BASE, name="level free", level_match=False, breaks="that a module's level matters"),
        replace(BASE, name="drifting effects", wander=0.35, breaks="that a module's effect stays"),
        replace(BASE, name="bounded", prerequisites=0.35, seats=1.3,
                breaks="free choice: prerequisites and seats"),
        replace(BASE, name="modest", self_offset=-8.0,
                breaks="that self-ratings run high: here they lie below others'"),
    )
}  # fmt: skip
"""All worlds by name."""
