"""A learner's posterior by one dense Gaussian solve over all evidence, sharing no filter with the engine.

Everything unknown is a latent: the first profile, every drift, every module's move, what the forms of a
source share on one day, every form's shared error, every module test's offset. Each observation is linear
in them. Per component the joint Gaussian is conditioned at once; components are weighed by the marginal
likelihood of all observations.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.engine import Engine
from recommender.evidence import percent
from recommender.gains.serve import design
from recommender.profiles.blocks import score_of, source_of, steps_of
from recommender.profiles.serve import DAY, SOURCE_INDEX, Posterior, moments


class Dense:
    """The joint Gaussian of latents and observations, by component."""

    def __init__(self, engine: Engine) -> None:
        self.profile = engine.layout.parts.profile
        self.table = engine.layout.gains
        self.rows = engine.layout.rules.rows
        self.k = len(self.profile.competencies)
        self.mean = [m.copy() for m in self.profile.means]
        self.cov = [self.profile.covariance]
        self.theta = np.eye(self.k)
        self.design: list[np.ndarray] = []
        self.value: list[float] = []
        self.noise: list[float] = []
        self.at = 0
        self.days: dict[tuple[int, int], int] = {}

    def latent(self, means: np.ndarray, covariance: np.ndarray) -> np.ndarray:
        """Add latents with (C, n) prior means; returns their (n, all) selector."""
        old = sum(c.shape[0] for c in self.cov)
        self.cov.append(covariance)
        self.mean = [np.concatenate([m, extra]) for m, extra in zip(self.mean, means, strict=True)]
        self.theta = np.pad(self.theta, ((0, 0), (0, covariance.shape[0])))
        self.design = [np.pad(row, (0, covariance.shape[0])) for row in self.design]
        selector = np.zeros((covariance.shape[0], old + covariance.shape[0]))
        selector[:, old:] = np.eye(covariance.shape[0])
        return selector

    def observe(self, row: np.ndarray, value: float, noise: float) -> None:
        """Add an observation."""
        self.design.append(row)
        self.value.append(value)
        self.noise.append(noise)

    def solve(self) -> Posterior:
        """Posterior of the profile now: covariance, means and log weights of the components."""
        size = sum(c.shape[0] for c in self.cov)
        prior, at = np.zeros((size, size)), 0
        for block in self.cov:
            prior[at : at + len(block), at : at + len(block)] = block
            at += len(block)
        if not self.design:
            return Posterior(
                self.theta @ prior @ self.theta.T,
                np.array([self.theta @ m for m in self.mean]),
                np.log(self.profile.weights),
                self.at,
            )
        a, y = np.array(self.design), np.array(self.value)
        spread = a @ prior @ a.T + np.diag(self.noise)
        means, logs = [], []
        for c, m in enumerate(self.mean):
            gap = y - a @ m
            means.append(self.theta @ (m + prior @ a.T @ np.linalg.solve(spread, gap)))
            logs.append(np.log(self.profile.weights[c]) - 0.5 * gap @ np.linalg.solve(spread, gap))
        covariance = self.theta @ (prior - prior @ a.T @ np.linalg.solve(spread, a @ prior)) @ self.theta.T
        return Posterior(covariance, np.array(means), np.array(logs), self.at)


def solve(engine: Engine, events: list[dict[str, Any]]) -> Posterior:
    """The posterior after all of one learner's events."""
    return taken_in(engine, events).solve()


def expect(engine: Engine, events: list[dict[str, Any]], other: dict[str, Any]) -> tuple[float, float]:
    """Mean and variance of a rating that is not among the events, what its day is known for included."""
    d = taken_in(engine, events)
    p, source = d.profile, SOURCE_INDEX[source_of(other)]
    severity, variance = p.severity_of(other["rater_id"])
    variance += p.halo[source] + p.noise[source, 1 if other.get("item_id") else 0]
    row = p.looks_at[other["competency_id"]] @ d.theta
    day = d.days.get((other["occurred_at"] // DAY, source))
    if day is None:
        variance += p.occasion[source]
    else:
        row[day] = 1.0
    d.theta = row[None]
    found = d.solve()
    mean, spread = moments(found)
    return float(mean[0] + p.offset[source] + severity), float(spread[0, 0] + variance)


def taken_in(engine: Engine, events: list[dict[str, Any]]) -> Dense:
    """The joint Gaussian of all of one learner's events."""
    d = Dense(engine)
    p = d.profile
    components = len(p.weights)
    done: set[str] = set()
    for step in steps_of(events):
        if not _tells(d, step.events[0], done):
            continue
        at = step.order[0]
        if d.at and p.drift:
            share = min(p.drift * (at - d.at) / DAY, 1.0)
            d.theta = _add(d, np.zeros((components, d.k)), share * p.covariance)
        d.at = at
        first = step.events[0]
        if first["type"] == "interaction":
            _module(d, first, done)
            continue
        source = SOURCE_INDEX[source_of(first)]
        mean, variance = (
            p.severity_of(first.get("rater_id"))
            if first["type"] == "feedback" and source_of(first) != "self"
            else (0.0, 0.0)
        )
        day = (at // DAY, source)
        if day not in d.days:
            d.days[day] = d.theta.shape[1]
            d.latent(np.zeros((components, 1)), np.array([[p.occasion[source]]]))
        shared = d.latent(np.full((components, 1), mean), np.array([[p.halo[source] + variance]]))
        shared[0, d.days[day]] = 1.0
        for event in step.events:
            looked = p.looks_at[event["competency_id"]]
            d.observe(
                looked @ d.theta + shared[0],
                score_of(event) - p.offset[source],
                float(p.noise[source, 1 if event.get("item_id") else 0]),
            )
    return d


def _tells(d: Dense, event: dict[str, Any], done: set[str]) -> bool:
    if event["type"] != "interaction":
        return True
    finished = event["status"] == "completed" and event["module_id"] not in done
    return finished and bool(d.table.known[d.rows[event["module_id"]]])


def _add(d: Dense, means: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    selector = d.latent(means, covariance)
    return d.theta + selector


def _module(d: Dense, event: dict[str, Any], done: set[str]) -> None:
    row = d.rows[event["module_id"]]
    if event["status"] != "completed" or event["module_id"] in done or not d.table.known[row]:
        return
    done.add(event["module_id"])
    before = d.solve()
    model, w = d.table.model, d.table.weights[row]
    columns, z = design(d.table, row, before)
    share = np.exp(before.log_weights - before.log_weights.max())
    share /= share.sum()
    z_mean = np.einsum("c,cka->ka", share, z)
    beta, cov = model.beta[columns], model.covariance[np.ix_(columns, columns)]
    variance = w**2 * (np.einsum("ka,ab,kb->k", z_mean, cov, z_mean) + model.spread * d.table.units[row] ** 2)
    earlier = d.theta
    d.theta = _add(d, w * (z @ beta), np.diag(variance))
    earlier = np.pad(earlier, ((0, 0), (0, d.k)))
    weight = w / w.sum()
    given = [n for n in ("pre_score", "post_score") if event[n] is not None]
    if given:
        offset = model.quiz_offset[d.table.columns[row]]
        test = d.latent(np.full((len(d.mean), 1), offset), np.array([[model.quiz_bias]]))
        earlier = np.pad(earlier, ((0, 0), (0, 1)))
        for name in given:
            side = earlier if name == "pre_score" else d.theta
            value = float(percent(event[name], event["score_min"], event["score_max"]))
            d.observe(weight @ side + test[0], value, model.quiz_noise)
