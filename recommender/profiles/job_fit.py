"""How departments and roles differ, learnt in the same EM as the mixture.

theta = the mixture + shift of the department + shift of the role + what is one's own. Shifts are draws
around 0 with one variance for departments and one for roles, the likeliest given what is believed of
everybody (random effects; Laird & Ware 1982, Biometrics 38:963). It is 0 where groups do not differ.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from recommender.evidence import ANONYMOUS, FEWEST_RATERS, SOURCES
from recommender.profiles.cells import Cells
from recommender.profiles.errors import Information
from recommender.profiles.jobs import Shifts, no_shifts
from recommender.profiles.mixture import Beliefs, Mixture
from recommender.profiles.serve import Array, ProfileModel

VARIANCES = np.concatenate([[0.0], np.geomspace(0.2, 20.0, 60) ** 2])
"""Candidates for the variance between groups, in squared points, evenly spaced in logarithms; under a fifth
of a point nobody would notice it."""


FEWEST_PEOPLE = 5
"""Measured people without whom a department or role is as one never seen."""


class Groups:
    """The departments, or the roles, of a fit's learners.

    Attributes
    ----------
    shifts : Shifts
        As known so far.
    moved : float
        How far the last step moved a shift, in points.
    """

    def __init__(self, told: NDArray[np.object_], cells: Cells) -> None:
        competencies = len(cells.competencies)
        self.place, names = pd.factorize(_of_enough(told, cells), sort=True)
        self.shifts, self.moved = no_shifts(competencies), 0.0
        groups = len(names)
        self.several = groups > 1
        if not self.several:
            return
        self._names = tuple(str(name) for name in names)
        known = np.flatnonzero(self.place >= 0)
        self._owner = sparse.csr_matrix(
            (np.ones(len(known)), (self.place[known], known)), (groups, len(self.place))
        )
        self._size = np.bincount(self.place[known], minlength=groups)
        self.shifts = Shifts(self._names, np.zeros((groups, competencies)), np.zeros(groups), 0.0)

    def go_on(self, learnt: Shifts) -> None:
        """Start from what some of the learners taught."""
        known = [learnt.of(name) for name in self._names]
        by = np.stack([np.broadcast_to(shift, self.shifts.by.shape[1]) for shift, _ in known])
        self.shifts = Shifts(self._names, by, np.array([doubt for _, doubt in known]), learnt.between)

    def learn(self, found: Beliefs, mixture: Mixture) -> None:
        """Shifts anew, profiles integrated out and memberships as found.

        Parameters
        ----------
        found : Beliefs
            Under ``mixture``, of profiles less today's shifts.
        """
        n, _, k = found.means.shape
        root = np.linalg.cholesky(np.linalg.inv(mixture.covariance))
        own = np.einsum("nc,nck->nk", found.membership, found.means) - found.membership @ mixture.means
        unseen = np.asarray(self._owner @ found.covariance.reshape(n, k * k)).reshape(-1, k, k)
        precise = root @ (self._size[:, None, None] * np.eye(k) - root.T @ unseen @ root) @ root.T
        score = np.asarray(self._owner @ own) @ root @ root.T
        score += np.einsum("gkl,gl->gk", precise, self.shifts.by)
        told, axes = np.linalg.eigh(precise)
        told, along = np.maximum(told, 0.0), np.einsum("gkl,gk->gl", axes, score)
        between = likeliest(told, along)
        by = np.einsum("gkl,gl->gk", axes, between * along / (1.0 + between * told))
        by -= self._size @ by / self._size.sum()
        self.moved = float(np.abs(by - self.shifts.by).max())
        doubt = (between / (1.0 + between * told)).mean(1)
        self.shifts = Shifts(self._names, by, doubt, between)

    def on_learners(self) -> Array:
        """(N, K) shifts of the learners."""
        return _taken(self.shifts.by, self.place)

    def doubts(self) -> Array:
        """(N,) variances of those; of who is in no group that is known, between groups."""
        return np.append(self.shifts.doubt, self.shifts.between)[self.place]


def _of_enough(told: NDArray[np.object_], cells: Cells) -> NDArray[np.object_]:
    """The same without groups whose shift would tell what one person, or one or two raters, said."""
    place, names = pd.factorize(told)
    hidden = np.isin(cells.form_source, [SOURCES.index(source) for source in ANONYMOUS])
    forms = np.flatnonzero(hidden & (place[cells.form_learner] >= 0))
    rater = cells.form_rater[forms]
    who = np.where(rater >= 0, rater, len(cells.raters) + forms)
    pairs = np.unique(np.stack([place[cells.form_learner[forms]], who]), axis=1)
    raters = np.bincount(pairs[0], minlength=len(names))
    people = np.bincount(place[place >= 0], minlength=len(names))
    enough = (people >= FEWEST_PEOPLE) & ((raters == 0) | (raters >= FEWEST_RATERS))
    out = told.copy()
    out[~np.append(enough, False)[place]] = None
    return out


def likeliest(told: Array, along: Array) -> float:
    """The likeliest of ``VARIANCES``.

    Parameters
    ----------
    told, along : (G, K) arrays
        Of each group along its own axes: the precision of what its people say of its shift, and that
        times the shift they say.
    """
    grown = 1.0 + VARIANCES[:, None, None] * told
    fit = VARIANCES[:, None, None] * along**2 / grown - np.log(grown)
    return float(VARIANCES[int(fit.sum((1, 2)).argmax())])


class Jobs:
    """Departments and roles of a fit's learners. Nothing is learnt of them before ``begin``: raters'
    severities come first, so that a severe rater's department is not taken for a weak one.

    Parameters
    ----------
    cells : Cells
    begun : Jobs, optional
        Learnt from some of the learners.
    """

    def __init__(self, cells: Cells, begun: Jobs | None = None) -> None:
        self.departments, self.roles = Groups(cells.department, cells), Groups(cells.role, cells)
        self._turns: list[Groups] = []
        if begun is not None:
            self.begin()
            for groups, learnt in ((self.departments, begun.departments), (self.roles, begun.roles)):
                if groups.several:
                    groups.go_on(learnt.shifts)

    @property
    def any(self) -> bool:
        """Whether there is anything to be learnt of them."""
        return self.departments.several or self.roles.several

    @property
    def moved(self) -> float:
        """How far the last step of either moved a shift, in points."""
        return max((groups.moved for groups in self._turns), default=0.0)

    def begin(self) -> None:
        """From now on they are learnt."""
        self._turns = [groups for groups in (self.departments, self.roles) if groups.several]
        for groups in self._turns:
            groups.moved = np.inf

    def on_learners(self) -> Array:
        """(N, K) shifts of the learners."""
        return self.departments.on_learners() + self.roles.on_learners()

    def widened(self, found: Beliefs, mixture: Mixture, *, whole: bool = False) -> Beliefs:
        """Beliefs with the doubt about shifts in them; the ``whole``: of profiles, not of what is one's own.

        The more a learner's evidence tells, the more of a wrong shift is made up for by one's own.
        """
        doubt = self.departments.doubts() + self.roles.doubts()
        if not doubt.any():
            return found
        kept = found.covariance @ np.linalg.inv(mixture.covariance)
        passed = kept if whole else np.eye(kept.shape[1]) - kept
        passed *= np.sqrt(doubt)[:, None, None]
        return found._replace(covariance=found.covariance + passed @ passed.swapaxes(1, 2))

    def learn(self, found: Beliefs, mixture: Mixture) -> None:
        """One of the two anew, the other next time: who works where may be all of one role."""
        if self._turns:
            self._turns[0].learn(found, mixture)
            self._turns.append(self._turns.pop(0))


def beside(info: Information, by: Array) -> Information:
    """What evidence says of profiles less (N, K) shifts."""
    return info.less(np.einsum("nkl,nl->nk", info.precision, by)) if by.any() else info


def known_shifts(model: ProfileModel, cells: Cells) -> Array:
    """(N, K) shifts of the learners under a model learnt elsewhere."""
    out = np.zeros((len(cells.learners), len(model.competencies)))
    for shifts, told in ((model.departments, cells.department), (model.roles, cells.role)):
        if shifts.names:
            out += _taken(shifts.by, pd.Index(shifts.names, dtype=object).get_indexer(pd.Index(told)))
    return out


def _taken(by: Array, place: NDArray[np.intp]) -> Array:
    """Rows of ``by``; zeros where the place is -1."""
    return np.asarray(np.vstack([by, np.zeros((1, by.shape[1]))])[place])
