"""Fit: what people take next, and how likely they are to finish what they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from recommender.affinity.ease import Counted, Settings, counted, followers, settings
from recommender.affinity.finish import half, map_logistic, shown
from recommender.affinity.groups import Group, GroupUptake
from recommender.affinity.histories import Histories, histories, histories_of, of_taken, taken_up
from recommender.affinity.listwise import FEWEST, cut_short, learn, lists_of, untrained
from recommender.affinity.ranker import CANDIDATES, Ranker
from recommender.affinity.serve import AffinityModel, FinishModel, columns, log_ratio, next_shares

if TYPE_CHECKING:
    import pandas as pd

    from recommender.evidence import Evidence


class NextModule(BaseEstimator):  # type: ignore[misc]
    """Sequential EASE, and where there are learners enough a ranker that reorders its best candidates.

    What learners took before explains what they take next, in closed form.

    One row for each position of each history: two memories of what came before (of the last 8 and
    the last 60 modules, each losing with every newer one), and as the target what came next. Ridge
    regression of the one on the other, shrunk to plain EASE: W = (G + r I)^-1 (R + r [B/2; B/2]). To the
    slow memory's weights comes a little of what was taken nearby (``ease.nearby``). Where the order of
    histories tells nothing (``ease.order_tells``) it falls back to plain EASE.

    The ranker learns from what the same closed form, fitted without each learner's last module, proposed
    and the learner then took (``listwise``). It stays only where it ranks better on learners it has not
    seen.

    Parameters
    ----------
    settings : Settings, optional
        Decays, ridge and the rest; those that suit the number of learners where None.
    ease_ridge : float
        Ridge of the plain EASE that the weights are shrunk to.
    most_modules : int
        The most taken modules get item weights, which cost 8 H^2 bytes and a fit of order H^3; the
        rarer ones beyond are ranked by popularity.
    most_followers : int
        Up to so many modules the learners who took one after the other are counted, for reasons and
        for the ranker, which there is none of beyond.
    fewest : int
        Learners it takes for a ranker to be tried.
    seed : int
        Of the ranker's training.

    Attributes
    ----------
    model_ : AffinityModel
    """

    def __init__(
        self,
        *,
        settings: Settings | None = None,
        ease_ridge: float = 100.0,
        most_modules: int = 8_000,
        most_followers: int = 4_000,
        fewest: int = FEWEST,
        seed: int = 0,
    ) -> None:
        self.settings = settings
        self.ease_ridge = ease_ridge
        self.most_modules = most_modules
        self.most_followers = most_followers
        self.fewest = fewest
        self.seed = seed

    def fit(self, X: Histories | Iterable[Sequence[str]], y: None = None) -> NextModule:
        """Fit on histories, or on sequences of module ids, oldest first."""
        whole = X if isinstance(X, Histories) else histories(X)
        model, tables = self._closed_form(whole)
        ranker = self._ranker(whole)
        if ranker is not None:
            own = untrained(tables)
            ranker = replace(ranker, plain=own.plain, near=own.near, adjacent=own.adjacent, late=own.late)
        self.model_ = replace(model, ranker=ranker)
        return self

    def _closed_form(self, whole: Histories) -> tuple[AffinityModel, Counted]:
        counts = np.bincount(whole.items, minlength=len(whole.module_ids)).astype(np.float32)
        learners = int((whole.lengths > 0).sum())
        head = _head(whole, self.most_modules)
        tables = counted(head, self.settings or settings(learners), self.ease_ridge)
        model = AffinityModel(
            module_ids=whole.module_ids,
            counts=counts,
            weights=tables.weights,
            decays=tables.decays,
            followers=followers(head) if len(head.module_ids) <= self.most_followers else None,
            newcomer=float(np.quantile(counts, 0.25)) if counts.size else 0.0,
            learners=learners,
        )
        return model, tables

    def _ranker(self, whole: Histories) -> Ranker | None:
        """The network, learnt from each learner's last module with tables that have not seen it."""
        several = int((whole.lengths > 1).sum())
        if several < self.fewest or not CANDIDATES < len(whole.module_ids) <= self.most_followers:
            return None
        before, last = cut_short(whole)
        model, counted_before = self._closed_form(before)
        tables = untrained(counted_before)
        lists = lists_of(model, tables, before, last, self.seed)
        return learn(lists, tables, self.seed) if lists.place.size >= self.fewest else None

    def predict(self, X: Iterable[Sequence[str]]) -> NDArray[np.float64]:
        """(L, M) shares of the model's modules, in the order of ``model_.module_ids``."""
        everything = np.arange(len(self.model_.module_ids))
        rows = [next_shares(self.model_, taken, everything) for taken in X]
        return np.array(rows).reshape(len(rows), everything.size)


def _head(past: Histories, most: int) -> Histories:
    """The histories of the most taken modules only."""
    if len(past.module_ids) <= most:
        return past
    keep = past.items < most
    starts = np.append(0, np.cumsum(keep))[past.starts]
    return Histories(past.items[keep], starts, past.module_ids[:most])


def fit_finish(
    interactions: pd.DataFrame,
    *,
    seed: int = 0,
    module_ids: Sequence[str] | None = None,
    ranked: bool = False,
) -> FinishModel:
    """Chance of finishing what is shown, from what became of earlier recommendations.

    Logistic in log(q M), where q is the share of ``next_shares`` on what the learner had taken before
    the recommendation, by a model fitted on the other half of the learners, who tell nothing of this
    one's later choices. Shrunk to even odds and a slope of a half (``map_logistic``).

    Parameters
    ----------
    interactions : DataFrame
        learner_id, module_id, status and occurred_at in microseconds.
    seed : int
        For the order of what was taken at one moment, and which recommendations are used of many.
    module_ids : sequence of str, optional
        The catalogue's modules, over which shares are taken; those somebody took where None.
    ranked : bool
        Whether the shares served are a ranker's, as those learnt from must then be.

    Returns
    -------
    FinishModel
        The prior where nothing was recommended, or no recommendation is old enough to judge.
    """
    frame = shown(interactions, seed=seed)
    if not len(frame):
        return FinishModel()
    taken = taken_up(interactions, seed=seed)
    before = {
        k: (t["occurred_at"].to_numpy(), t["module_id"].tolist()) for k, t in taken.groupby("learner_id")
    }
    ratios, finished = [np.zeros(0)], [np.zeros(0)]
    for fold in (0, 1):
        estimator = NextModule(fewest=FEWEST // 2, seed=seed) if ranked else NextModule(most_followers=0)
        model = estimator.fit(of_taken(taken[half(taken) != fold])).model_
        today = {m: j for j, m in enumerate(module_ids or model.module_ids)}
        place = columns(model, tuple(today))
        for row in frame[(half(frame) == fold) & frame["module_id"].isin(today)].itertuples():
            times, modules = before.get(row.learner_id, (np.zeros(0), []))
            past = modules[: int(np.searchsorted(times, row.occurred_at))]
            ratios.append(log_ratio(next_shares(model, past, place))[[today[row.module_id]]])
            finished.append(np.array([row.finished], float))
    return map_logistic(np.concatenate(ratios), np.concatenate(finished))


def fit_affinity(evidence: Evidence, *, seed: int = 0) -> tuple[AffinityModel, FinishModel]:
    """What an engine needs of this room, from everything an organisation brought."""
    model = NextModule(seed=seed).fit(histories_of(evidence.interactions, seed=seed)).model_
    module_ids = [m.module_id for m in evidence.catalogue.modules]
    finish = fit_finish(
        evidence.interactions,
        seed=seed,
        module_ids=module_ids or None,
        ranked=model.ranker is not None,
    )
    return model, finish


def group_uptake(
    model: AffinityModel,
    evidence: Evidence,
    learners: NDArray[np.object_],
    segments: Sequence[str],
    membership: NDArray[np.float64],
) -> GroupUptake | None:
    """What was taken in every role and segment; None where there are neither roles nor several segments.

    Parameters
    ----------
    model : AffinityModel
        Whose modules are counted.
    evidence : Evidence
    learners : (N,) array of str
    segments : sequence of str
        Ids of the C segments.
    membership : (N, C) array
        How surely each of the learners belongs to each.
    """
    taken = taken_up(evidence.interactions)
    taken = taken[taken["module_id"].isin(model.row)]
    column = taken["module_id"].map(model.row).to_numpy(np.intp)
    m = len(model.module_ids)
    counts: dict[Group, NDArray[Any]] = {}
    if "role" in evidence.learners:
        role = taken["learner_id"].map(evidence.learners.set_index("learner_id")["role"])
        for name in sorted(role.dropna().unique()):
            counts["role", str(name)] = np.bincount(column[(role == name).to_numpy()], minlength=m)
    if len(segments) > 1:
        place = taken["learner_id"].map({who: i for i, who in enumerate(learners)})
        known = place.notna().to_numpy()
        surely = membership[place[known].to_numpy(np.intp)]
        for c, name in enumerate(segments):
            counts["segment", name] = np.bincount(column[known], surely[:, c], minlength=m)
    if not counts:
        return None
    return GroupUptake(tuple(counts), np.array([*counts.values()], np.float32))
