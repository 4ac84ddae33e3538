"""What the literature says before an organisation has data of its own: weak, and meant to be replaced.

Every number is the centre of a wide prior. V: read in an abstract or excerpt; M: from memory; J: our
judgement, no source gives it; C: computed from InstEval (ETH Zurich; 73,421 ratings, raters and ratees
crossed). ``data/README.md`` tells what rests on which.

Gain of a whole programme by method, d on a behaviour-like outcome (all J, leaning on):
role play on behaviour modelling (Taylor, Russ-Eft & Chan 2005, V, 117 studies); simulation on
Sitzmann 2011 (V); workshop on McEwan et al. 2017 (V, 72 interventions, N 8,439); coaching on Jones,
Woods & Guillaume 2016 and Theeboom, Beersma & van Vianen 2014 (V), trials only on Burt & Talati 2017
(V); case study and group discussion on Arthur, Bennett, Edens & Bell 2003 (V, overall); e-learning and
blended on Sitzmann, Kraiger, Stewart & Wisher 2006 (V); seminar on Lacerenza et al. 2017 (V).
"Learning styles" are no basis for more.

Raters: reliabilities of one manager .50, peer .37, report .30 (Conway & Huffcutt 1997, V; Viswesvaran,
Ones & Schmidt 1996, V), internal customer .25 (J; .155 for one item in InstEval, C); self-ratings agree
with others about .2 and run high by .32 (Conway & Huffcutt 1997, Heidemeier & Moser 2009, V), in Taiwan
low (Farh, Dobbins & Cheng 1991, V): hence their wide prior.
"""

from __future__ import annotations

from typing import NamedTuple

METHOD_GAIN: dict[str, tuple[float, float]] = {
    "role_play": (0.55, 0.25),
    "simulation": (0.55, 0.30),
    "workshop": (0.50, 0.25),
    "coaching": (0.45, 0.25),
    "case_study": (0.40, 0.25),
    "group_discussion": (0.40, 0.25),
    "e_learning": (0.35, 0.25),
    "seminar": (0.30, 0.25),
}
"""Of each method: mean d of a whole programme, and the sd between modules of that method (J)."""

UNKNOWN_METHOD = (0.44, 0.25)
"""Mean d and sd where the method is not told: the mean of the methods (J)."""

METHOD_TOLD = 0.2
"""Share of the table's differences between methods that is believed: their spread (sd .09) is smaller than
the .20 by which each mean may be off, and were the true spread .10, so much of a difference would be
true (shrinkage of Efron & Morris 1975, JASA 70:311; J)."""

BLENDED = 0.10
"""Added to d for blended delivery (V in direction, J in size)."""

SD_THETA = 12.0
"""Standard deviation of true competency between people, in points (J): the unit of all d."""

FULL_MINUTES = 480.0
"""Programmes behind those d last a day or more; a shorter module gets the root of its share (J)."""

NOISE_SD: dict[str, float] = {
    "test": 0.65 * SD_THETA,
    "self": 2.0 * SD_THETA,
    "manager": 1.0 * SD_THETA,
    "peer": 1.3 * SD_THETA,
    "report": 1.5 * SD_THETA,
    "internal_customer": 1.7 * SD_THETA,
}
"""Error sd of one rater's score of one competency, severity and halo included, in points.

sqrt(1/r - 1) of the reliabilities above; a test of ten items or so counts as r = .70 (J).
"""

OFFSET_D: dict[str, tuple[float, float]] = {
    "test": (0.1, 0.3),
    "self": (0.32, 0.3),
    "manager": (0.0, 0.2),
    "peer": (0.1, 0.0),
    "report": (0.1, 0.2),
    "internal_customer": (0.0, 0.2),
}
"""Mean and sd of a source's offset in observed standard deviations, managers being the reference there.

Conway & Huffcutt 1997 (V) for self; the rest J, a test's chosen to sit with the peers.
"""


def _offset(source: str) -> tuple[float, float]:
    mean, sd = OFFSET_D[source]
    unit = float((SD_THETA**2 + NOISE_SD["manager" if source == "self" else source] ** 2) ** 0.5)
    return round((mean - OFFSET_D["peer"][0]) * unit, 1), round(sd * unit, 1)


OFFSET: dict[str, tuple[float, float]] = {source: _offset(source) for source in OFFSET_D}
"""Mean and sd of a source's offset in points, with the peers as the model's reference (0).

One observed standard deviation is sqrt(SD_THETA^2 + NOISE_SD^2); self-ratings were compared with managers'.
"""

SEVERITY_SD = 0.6 * SD_THETA
"""Between raters (C: InstEval .326 against .523 between ratees; plausible .4-.8)."""

HALO_SD = 1.0 * SD_THETA
"""Of what one rater thinks of one learner in all competencies alike: about as much as learners differ
(J, from the idiosyncratic variance in Scullen, Mount & Goff 2000)."""

RANDOM_SHARE = 0.2
"""Random part of a rater's error variance: .11 of .73 and .18 of .71 in Scullen et al. 2000 (V)."""


class ErrorParts(NamedTuple):
    """Standard deviations, in points, whose squares add up to ``NOISE_SD``'s."""

    severity: float
    halo: float
    random: float


def duration_factor(minutes: float) -> float:
    """Share of a whole programme's d that a module of so many minutes gets: 30 .25, 120 .50, 480 1."""
    return float((min(minutes, FULL_MINUTES) / FULL_MINUTES) ** 0.5)


def method_gain(method: str | None) -> float:
    """Mean d of a whole programme of a method, as far as the literature can tell methods apart."""
    usual = UNKNOWN_METHOD[0]
    told, _ = METHOD_GAIN.get(method or "", UNKNOWN_METHOD)
    return usual + METHOD_TOLD * (told - usual)


def error_parts(source: str) -> ErrorParts:
    """A source's error in parts: the rater's severity, his halo over one learner, and chance.

    Nobody but the learner rates as ``self``, so severity is part of the halo there; a test has neither.
    """
    total = NOISE_SD[source] ** 2
    if source == "test":
        return ErrorParts(0.0, 0.0, total**0.5)
    severity = 0.0 if source == "self" else SEVERITY_SD**2
    chance = RANDOM_SHARE * total
    return ErrorParts(severity**0.5, (total - severity - chance) ** 0.5, chance**0.5)
