"""A version's models laid out over today's catalogue: what every request shares."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from recommender.affinity import serve as uptake
from recommender.affinity.kin import Kin, kin_of
from recommender.engine.replay import Rules
from recommender.framework import Catalogue
from recommender.gains.serve import GainModel, GainTable, Prospect, bare, table
from recommender.profiles.prior import EVERYBODY, bare_profile
from recommender.profiles.serve import ProfileModel, prior

EXPLORE = 0.1
"""Temperature of the policy as a share of the gains' own uncertainty; at .25 a first cohort earned a tenth
less in worlds whose truth is known."""
LEAST_TEMPERATURE = 0.005
"""Where no gain is known values are chances, and uptake teaches them without our help."""
TYPICAL_CHANCE = 0.5
CARRY_ON = 0.8
"""Chance that a module under way is finished, before data."""
SAMPLE = 100
"""Modules whose uncertainty sets the temperature."""


@dataclass(frozen=True)
class Parts:
    """What a fit returns and a version keeps."""

    profile: ProfileModel
    gains: GainModel
    affinity: uptake.AffinityModel
    finish: uptake.FinishModel
    carry_on: float
    """Chance that a module under way is finished."""
    catalogue: Catalogue
    """As it was at the fit; serving lays the version out over today's."""


def bare_parts(catalogue: Catalogue) -> Parts:
    """All parts before any data: every module as likely as the next to be taken up."""
    tree = tuple((c.competency_id, c.parent_id) for c in catalogue.competencies)
    nobody = uptake.AffinityModel(
        (), np.zeros(0, np.float32), np.zeros((2, 0, 0), np.float32), (0.4, 0.9), None, 0.0, 0
    )
    return Parts(
        bare_profile(catalogue.leaves, tree), bare((EVERYBODY.segment_id,)), nobody, uptake.FinishModel(),
        CARRY_ON, catalogue,
    )  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """Arrays over the catalogue's M modules.

    ``columns`` holds the affinity model's row of each, ``kin`` whom modules it does not know borrow from,
    ``prerequisites`` the rows each module needs, ``unlocks`` those it opens.
    """

    catalogue: Catalogue
    parts: Parts
    rules: Rules
    columns: NDArray[np.intp]
    kin: Kin | None
    active: NDArray[np.bool_]
    prerequisites: tuple[tuple[int, ...], ...]
    unlocks: tuple[tuple[int, ...], ...]
    temperature: float

    @property
    def gains(self) -> GainTable:
        """The gain model over the catalogue."""
        return self.rules.gains

    @cached_property
    def rules_digest(self) -> str:
        """Changes with whatever of the catalogue moves states: competencies, and what modules do to them."""
        tab, known = self.gains, self.gains.known
        ids = [m.module_id for m, trains in zip(self.catalogue.modules, known, strict=True) if trains]
        digest = blake2b(
            repr((self.parts.profile.competencies, self.parts.profile.tree, ids)).encode(), digest_size=6
        )
        for array in (tab.weights, tab.points, tab.units, tab.anchors, tab.methods):
            digest.update(np.ascontiguousarray(array[known]).tobytes())
        return digest.hexdigest()

    @cached_property
    def ids(self) -> NDArray[np.object_]:
        """(M,) ids of the modules."""
        return np.array([m.module_id for m in self.catalogue.modules], dtype=object)

    @cached_property
    def needs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows of modules and of what each needs, one pair a prerequisite."""
        pairs = [(j, p) for j, before in enumerate(self.prerequisites) for p in before]
        child, parent = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        return child, parent


def lay_out(parts: Parts, catalogue: Catalogue) -> Layout:
    """Lay a version out over a catalogue; cheap enough to do at every change of it."""
    tab = table(parts.gains, catalogue, parts.profile.competencies)
    index = catalogue.module_index
    needs = tuple(tuple(index[p] for p in m.prerequisites if p in index) for m in catalogue.modules)
    unlocks: list[list[int]] = [[] for _ in catalogue.modules]
    for j, before in enumerate(needs):
        for p in before:
            unlocks[p].append(j)
    columns = uptake.columns(parts.affinity, [m.module_id for m in catalogue.modules])
    return Layout(
        catalogue,
        parts,
        Rules(parts.profile, tab, index),
        columns,
        kin_of(catalogue.modules, columns),
        np.array([m.active for m in catalogue.modules], dtype=bool),
        needs,
        tuple(tuple(u) for u in unlocks),
        _temperature(parts.profile, tab),
    )


def _temperature(profile: ProfileModel, tab: GainTable) -> float:
    """A share of what is not known about gains: exploration fades as beta settles."""
    prospect = Prospect(tab, prior(profile))
    some = np.flatnonzero(tab.known)[:SAMPLE]
    typical = float(np.sqrt(prospect.doubt(some)).mean()) if len(some) else 0.0
    return max(EXPLORE * TYPICAL_CHANCE * typical, LEAST_TEMPERATURE)
