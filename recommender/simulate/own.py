"""A framework and a catalogue of any size, for organisations that bring their own."""

from __future__ import annotations

import numpy as np

from recommender.framework import DELIVERIES, METHODS, Catalogue, Competency, Module
from recommender.simulate.settings import Settings

OWN_COMPETENCIES = 7
LENGTHS = (30, 45, 60, 90, 120, 180, 240)
NEEDS_ANOTHER = 0.35


def own_catalogue(settings: Settings, modules: int, competencies: int = OWN_COMPETENCIES) -> Catalogue:
    """``modules`` modules over ``competencies`` competencies, with levels, methods and prerequisites."""
    rng = settings.stream("catalogue")
    leaves = [f"c{i + 1:02d}" for i in range(competencies)]
    made: list[Module] = []
    level = 1 + rng.choice(3, modules, p=[0.35, 0.4, 0.25])
    first = rng.integers(0, competencies, modules)
    for j in range(modules):
        trained = _weights(rng, leaves, int(first[j]))
        lower = [i for i in range(j) if first[i] == first[j] and level[i] == level[j] - 1]
        needs = (made[int(rng.choice(lower))].module_id,) if lower and rng.random() < NEEDS_ANOTHER else ()
        made.append(
            Module(
                module_id=f"m{j + 1:04d}",
                title_en=f"Module {j + 1}: {trained[0][0]}, level {level[j]}",
                title_zh=f"课程{j + 1}：{trained[0][0]}，{level[j]}级",
                competencies=trained,
                level=int(level[j]),
                method=str(rng.choice(METHODS)),
                delivery=str(rng.choice(DELIVERIES)),
                minutes=float(rng.choice(LENGTHS)),
                prerequisites=needs,
            )
        )
    return Catalogue(
        tuple(Competency(k, f"Competency {i + 1}", f"能力{i + 1}") for i, k in enumerate(leaves)), tuple(made)
    )


def _weights(rng: np.random.Generator, leaves: list[str], first: int) -> tuple[tuple[str, float], ...]:
    """One to three competencies, the first with most of the weight."""
    others = [k for i, k in enumerate(leaves) if i != first]
    count = min(int(rng.choice(3, p=[0.25, 0.45, 0.3])), len(others))
    extra = [str(k) for k in rng.choice(others, count, replace=False)] if count else []
    shares = {0: (1.0,), 1: (0.7, 0.3), 2: (0.5, 0.3, 0.2)}[count]
    return tuple(zip([leaves[first], *extra], shares, strict=True))
