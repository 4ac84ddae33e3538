"""Where the marks of a 0-100 chart stand, and the word for how sure they are.

Positions are percentages of the chart's width, so that an SVG needs neither script nor style.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recommender.framework import LEVEL_ANCHORS

Sure = Literal["clear", "rough", "early", "unknown"]

Z90, Z50 = 1.645, 0.674
"""Half the width of a Gaussian's 90 % interval and of its 50 % core, in standard deviations."""
STEP = LEVEL_ANCHORS[2] - LEVEL_ANCHORS[1]
CLEAR, ROUGH = STEP / (2 * Z90), 1.5 * STEP / (2 * Z90)
"""A band narrower than the step from one level to the next is clear, than one and a half steps rough."""
EDGE = 25.0
"""A label this near to an end of the chart takes the place of the end's own label."""


def sureness(sd: float, measured: bool = True) -> Sure:
    """The word for a standard deviation in points; what nothing has measured is not known."""
    if not measured:
        return "unknown"
    return "clear" if sd < CLEAR else "rough" if sd < ROUGH else "early"


def _inside(value: float) -> float:
    return min(max(value, 0.0), 100.0)


@dataclass(frozen=True, slots=True)
class Band:
    """A posterior as a chart shows it; every number lies on 0-100.

    Parameters
    ----------
    mean, sd : float
        In points of the 0-100 scale.
    """

    mean: float
    sd: float

    @property
    def outer(self) -> tuple[float, float]:
        """Ends of the 90 % band."""
        return _inside(self.mean - Z90 * self.sd), _inside(self.mean + Z90 * self.sd)

    @property
    def core(self) -> tuple[float, float]:
        """Ends of the 50 % core."""
        return _inside(self.mean - Z50 * self.sd), _inside(self.mean + Z50 * self.sd)

    @property
    def dot(self) -> float:
        """Where the likeliest value stands."""
        return _inside(self.mean)

    @property
    def told(self) -> dict[str, int]:
        """Mean and the ends of the 90 % band, as words tell them: whole points."""
        lo, hi = self.outer
        return {"mean": round(self.dot), "lo": round(lo), "hi": round(hi)}


def text_anchor(at: float) -> Literal["start", "middle", "end"]:
    """How a label at this percentage is anchored so that it stays inside the chart."""
    return "start" if at < EDGE / 2 else "end" if at > 100 - EDGE / 2 else "middle"


def percentage(value: float) -> str:
    """A position as SVG writes it."""
    return f"{value:.2f}%"
