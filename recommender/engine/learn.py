"""Fit a version: profiles and gains in turns, then what people take up.

Later evidence holds what modules earned, and gains are learnt from states that hold the profiles: the
mixture is fitted, evidence is replayed, beta is learnt from the replay, and once more with what modules
had earned taken off the evidence after them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from recommender.affinity.finish import carried_on
from recommender.affinity.fit import fit_affinity, group_uptake
from recommender.engine.hearing import Heard, Rehearsal, hear, rules_of
from recommender.engine.layout import Parts
from recommender.engine.replay import Rules, Tap, follow
from recommender.evidence import Evidence
from recommender.framework import NO_JOB, Catalogue, Job
from recommender.gains.fit import Learning, quiz_errors
from recommender.gains.lessons import lessons_of
from recommender.gains.serve import SPREAD, GainModel, bare
from recommender.profiles.blocks import Step
from recommender.profiles.cells import Cells, cells_of, marks
from recommender.profiles.fit import ProfileMixture
from recommender.profiles.marks import edges_of
from recommender.profiles.serve import DAY, Array, ProfileModel

Progress = Callable[[str, float], None]
ROUNDS = 2
"""Turns between profiles and gains; a third moves nothing that is printed."""
DRIFTS = (0.0, 0.25 / 365, 0.5 / 365, 1.0 / 365, 2.0 / 365)
"""Candidates for the share of the covariance that a profile widens by in a day."""
CLEAR_DRIFT = 3.0
"""Log-likelihood by which a drift must beat none."""
SPREADS = tuple(x**2 for x in (0.08, 0.12, 0.18, 0.27, 0.4, 0.6))
"""Candidates for the variance of learners' own gains, in squared units, evenly spaced in logarithms."""
SPREAD_SURE = 0.5
"""Standard deviation, in logarithms, of that spread around the literature's (judgement)."""
DAYS_APART = 30.0
MOST_PAIRS = 1_000_000


@dataclass(frozen=True)
class Switches:
    """Rooms that a fit may leave out, so that it can be measured what each earns (docs/worlds.md)."""

    segments: bool = True
    """False: everybody is of one kind."""
    segment_gains: bool = True
    """False: a method suits all segments alike."""


EVERYTHING = Switches()


def refit_gains(parts: Parts, evidence: Evidence, seed: int = 0, switches: Switches = EVERYTHING) -> Parts:
    """Learn gains anew and leave the profiles as they are: what a night between two trainings may bring."""
    heard = hear(evidence, seed)
    gains = _reshaped(parts.gains, parts.gains.segments, _measured_modules(evidence))
    rehearsal = Rehearsal.of(parts.profile, evidence.catalogue, gains, heard)
    with threadpool_limits(1):
        return replace(parts, gains=learn_gains(rehearsal, gains, heard.now, switches))


def fit_parts(
    evidence: Evidence,
    previous: Parts | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    switches: Switches = EVERYTHING,
    first_segment: int = 1,
) -> Parts:
    """Fit all models to evidence.

    Parameters
    ----------
    evidence : Evidence
    previous : Parts, optional
        The version before; segments keep their ids.
    seed : int
    progress : function of (str, float), optional
        Told what is being done and the share done.
    switches : Switches, optional
        Rooms to leave out.
    first_segment : int
        No segment gets a new number below this.
    """
    tell = progress or (lambda _what, _share: None)
    tell("affinity", 0.0)
    affinity, finish = fit_affinity(evidence, seed=seed)
    with threadpool_limits(1):  # many small matrices only get in each other's way on more
        cells, mixture, gains = _fit_measured(evidence, previous, seed, tell, switches, first_segment)
    profile = mixture.model_
    named = tuple(s.segment_id for s in profile.segments)
    affinity = replace(
        affinity, groups=group_uptake(affinity, evidence, cells.learners, named, mixture.membership_)
    )
    carry_on = carried_on(evidence.interactions)
    return Parts(profile, gains, affinity, finish, carry_on, evidence.catalogue)


def _fit_measured(
    evidence: Evidence, previous: Parts | None, seed: int, tell: Progress, switches: Switches,
    first_segment: int,
) -> tuple[Cells, ProfileMixture, GainModel]:  # fmt: skip
    """Profiles and gains, in turns, and how fast profiles drift."""
    tell("profiles", 0.3)
    names = {c.competency_id: (c.name("en"), c.name("zh")) for c in evidence.catalogue.competencies}
    cells = cells_of(evidence)
    before = previous.profile if previous else None
    mixture = ProfileMixture(seed=seed) if switches.segments else ProfileMixture(max_segments=1, seed=seed)
    profile = mixture.fit(cells, names, previous=before, first_segment=first_segment).model_
    heard = hear(evidence, seed)
    modules = _measured_modules(evidence)
    gains = previous.gains if previous else bare(())
    for turn in range(ROUNDS if modules else 1):
        tell("gains", 0.5 + 0.2 * turn)
        gains = _reshaped(gains, tuple(s.segment_id for s in profile.segments), modules)
        rehearsal = Rehearsal.of(profile, evidence.catalogue, gains, heard)
        if turn:
            lift = lifts(cells, rehearsal, gains)
            profile = mixture.fit(cells, names, lift=lift, previous=profile).model_
            gains = _reshaped(gains, tuple(s.segment_id for s in profile.segments), modules)
            rehearsal = Rehearsal.of(profile, evidence.catalogue, gains, heard)
        gains = learn_gains(rehearsal, gains, heard.now, switches)
        if not turn:
            gains = choose_spread(rehearsal, gains, heard.sample, heard.now, switches)
    tell("drift", 0.9)
    drift = choose_drift(profile, gains, evidence.catalogue, heard)
    edges = {scale: edges_of(values, scale[1]) for scale, values in marks(evidence).items()}
    mixture.model_ = replace(profile, drift=drift, edges=edges)
    tell("fitted", 1.0)
    return cells, mixture, gains


def _measured_modules(evidence: Evidence) -> tuple[str, ...]:
    """Modules that get a coefficient of their own: those somebody finished, that train a competency."""
    frame = evidence.interactions
    finished = set(frame.loc[frame["status"] == "completed", "module_id"].astype(str))
    return tuple(
        m.module_id for m in evidence.catalogue.modules if m.module_id in finished and m.competencies
    )


def _reshaped(gains: GainModel, segments: tuple[str, ...], modules: tuple[str, ...]) -> GainModel:
    """The same model over other segments and modules: what is known of those that stay is kept.

    Its doubt is that before data; a regression starts from there in any case.
    """
    if (gains.segments, gains.modules) == (segments, modules):
        return gains
    fresh = bare(segments, modules)
    beta, offset = fresh.beta.copy(), fresh.quiz_offset.copy()
    beta[: fresh.segment_at] = gains.beta[: gains.segment_at]
    for new, segment in enumerate(segments):
        if segment in gains.segments:
            old = gains.segments.index(segment)
            within = gains.beta[gains.segment_at + old : gains.module_at : len(gains.segments)]
            beta[fresh.segment_at + new : fresh.module_at : len(segments)] = within
    for new, module in enumerate(modules):
        if module in gains.column:
            beta[fresh.module_at + new] = gains.beta[gains.module_at + gains.column[module]]
            offset[new] = gains.quiz_offset[gains.column[module]]
    return replace(
        fresh, beta=beta, spread=gains.spread, match=gains.match, life=gains.life,
        quiz_offset=offset, quiz_bias=gains.quiz_bias, quiz_noise=gains.quiz_noise,
    )  # fmt: skip


def _given(gains: GainModel) -> GainModel:
    """The model as if its beta were certain: the regression brings its own doubt about it."""
    return replace(gains, covariance=np.zeros_like(gains.covariance))


def learn_gains(
    rehearsal: Rehearsal, gains: GainModel, now: int, switches: Switches = EVERYTHING
) -> GainModel:
    """One replay of learners' evidence, and what it teaches as of ``now`` (microseconds since 1970)."""
    taps = list(_enough(tap for _, tap in rehearsal.replay(_given(gains))))
    quizzes = [(int(own), s, v) for tap in taps for own, s, v in tap.quizzes]
    offset, bias, noise = quiz_errors(quizzes, len(gains.modules))
    learnt = _learning(rehearsal, gains, taps, now, switches).chosen()
    return replace(learnt, quiz_offset=offset, quiz_bias=bias, quiz_noise=noise)


def _enough(taps: Iterable[Tap]) -> Iterator[Tap]:
    """Taps until they hold as many pairs of a value and a module before it as memory should."""
    pairs = 0
    for tap in taps:
        pairs += sum(len(seen.reach) * len(seen.residual) for seen in tap.seen)
        yield tap
        if pairs > MOST_PAIRS:
            return


def _learning(
    rehearsal: Rehearsal, gains: GainModel, taps: Sequence[Tap], now: int, switches: Switches
) -> Learning:
    tab = rules_of(rehearsal.profile, gains, rehearsal.catalogue).gains
    c, k = rehearsal.profile.means.shape
    held = () if switches.segment_gains else ("segment",)
    return Learning(tab, lessons_of(taps, c, k), now, held)


def choose_spread(
    rehearsal: Rehearsal, gains: GainModel, sample: tuple[str, ...], now: int, switches: Switches = EVERYTHING
) -> GainModel:
    """How much learners differ in what one module gives them: the mean of what is believed of it after
    what was measured, as the likeliest alone would say nothing of how flat the likelihood is.
    """
    heard = tuple(who for who in sample if any(_completes(step) for step in rehearsal.starts[who][1]))
    if not heard:
        return gains

    def evidence(tried: GainModel) -> float:
        taps = [tap for _, tap in rehearsal.replay(_given(tried), heard)]
        learning = _learning(rehearsal, tried, taps, now, switches)
        return learning.fitted(tried.match, tried.life).regression.evidence_

    return replace(gains, spread=believed_spread([evidence(replace(gains, spread=s)) for s in SPREADS]))


def believed_spread(evidence: Sequence[float]) -> float:
    """Posterior mean of the spread, from the log evidence of each of ``SPREADS`` and the literature's."""
    heights = np.array(evidence) - 0.5 * (np.log(np.array(SPREADS) / SPREAD) / 2.0 / SPREAD_SURE) ** 2
    share = np.exp(heights - heights.max())
    return float(share @ SPREADS / share.sum())


def _completes(step: Step) -> bool:
    return not step.form and step.events[0]["status"] == "completed"


def lifts(cells: Cells, rehearsal: Rehearsal, gains: GainModel) -> Array:
    """(n,) points that modules had earned before each cell, in what the cell looks at."""
    by_form = np.zeros((len(cells.form_learner), len(rehearsal.profile.competencies)))
    where = {name: i for i, name in enumerate(cells.form_names)}
    for learner, tap in rehearsal.replay(gains):
        for form, lift in tap.lifts.items():
            at = where.get(f"{learner}\x1f{form}")
            if at is not None:
                by_form[at] = lift
    return np.asarray(np.einsum("nk,nk->n", by_form[cells.form], cells.patterns[cells.pattern]))


def choose_drift(profile: ProfileModel, gains: GainModel, catalogue: Catalogue, heard: Heard) -> float:
    """How fast a belief goes stale, from learners measured on several dates; 0 where the data have none.

    Candidates are tried in order for as long as the log-likelihood of every observation, each given those
    before, rises.
    """
    several = [
        (heard.jobs.get(who, NO_JOB), heard.steps[who])
        for who in heard.sample
        if _days_apart(heard.steps[who]) > DAYS_APART
    ]
    tried: list[float] = []
    for drift in DRIFTS:
        rules = rules_of(replace(profile, drift=drift), gains, catalogue)
        tried.append(_log_likelihood(rules, several))
        if len(tried) > 1 and tried[-1] <= tried[-2]:
            break
    best = int(np.argmax(tried))
    return DRIFTS[best if tried[best] - tried[0] > CLEAR_DRIFT else 0]


def _log_likelihood(rules: Rules, several: Sequence[tuple[Job, list[Step]]]) -> float:
    """Of every observation of these learners, each given the ones before it; a constant is left out."""
    total = 0.0
    for job, steps in several:
        tap = Tap.fresh(len(rules.profile.competencies))
        follow(rules, steps, tap, job=job)
        for residual, spread in tap.surprises:
            _, size = np.linalg.slogdet(spread)
            total -= 0.5 * float(size + residual @ np.linalg.solve(spread, residual))
        total += sum(float(np.log(chance)) for _, _, chance in tap.answers)
    return total


def _days_apart(steps: list[Step]) -> float:
    times = [step.order[0] for step in steps if step.form]
    return (max(times) - min(times)) / DAY if times else 0.0
