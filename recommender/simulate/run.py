"""The year of an organisation from its first day to its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from recommender.framework import Catalogue
from recommender.shipped import questionnaire, shipped_catalogue
from recommender.simulate import measuring, results, training
from recommender.simulate.courses import courses
from recommender.simulate.own import OWN_COMPETENCIES, own_catalogue
from recommender.simulate.people import organisation, profiles, roster
from recommender.simulate.settings import Ints, Settings, timetable
from recommender.simulate.tables import Labels, Tables
from recommender.simulate.truth import write_truth

OWN_ITEMS, OWN_REVERSED = 8, (6, 7)
"""A questionnaire of one's own has eight items a competency, the last two reversed."""


def simulate(
    output: Path,
    *,
    learners: int = 300,
    seed: int = 0,
    truth: Path | None = None,
    own_modules: int | None = None,
    own_competencies: int = OWN_COMPETENCIES,
    parquet: bool = False,
    **settings: Any,
) -> dict[str, int]:
    """Write a synthetic organisation as the files of the contract's first section.

    Parameters
    ----------
    output : Path
        The folder for the files; made if need be.
    learners, seed : int
        Size, and what makes it this organisation: the same arguments write the same bytes.
    truth : Path, optional
        Another folder, for what is really so (see ``docs/simulate.md``).
    own_modules, own_competencies : int, optional
        Make a framework and a catalogue of this size and write them too; without ``own_modules`` the
        shipped ones are used and not written.
    parquet : bool
        Write assessments, feedback and interactions as Parquet.
    **settings
        Further fields of `Settings`.

    Returns
    -------
    dict of str to int
        Rows by table.

    Raises
    ------
    BadInput
        Where a setting is out of its range.
    """
    chosen = Settings(learners=learners, seed=seed, **settings)
    own = own_modules is not None
    catalogue = (
        shipped_catalogue() if own_modules is None else own_catalogue(chosen, own_modules, own_competencies)
    )
    people = organisation(chosen)
    segment, theta, means = profiles(chosen, people, len(catalogue.leaves))
    taught = courses(chosen, catalogue, means)
    eyes = measuring.eyes(chosen, people, len(catalogue.leaves))
    items, reverse = _items(catalogue, own)
    state = training.begin(chosen, theta, segment, len(catalogue.modules))
    labels = Labels(people, catalogue, measuring.rater_ids(people, eyes), items)
    tables = Tables(output, labels, parquet)
    spans = timetable(chosen)
    looks = np.array([catalogue.looks_at[k] for k in labels.looked_at])
    for span in spans:
        if span.kind == "wave":
            tables.feedback.append(measuring.feedback(chosen, people, eyes, state.theta, span))
            tables.tests.append(measuring.tests(chosen, people, looks, state.theta, span))
            tables.drills.append(measuring.drills(chosen, people, state.theta, span))
            tables.surveys.append(measuring.survey(chosen, people, eyes, reverse, state.theta, span))
        else:
            tables.interactions += training.round_of_training(chosen, people, taught, state, span)
        training.wander(chosen, state, span)
    counts = tables.write(roster(chosen, people), results.outcomes(chosen, people, spans), own)
    if truth is not None:
        write_truth(truth, chosen, people, taught, eyes, labels, spans, means, (theta, state))
    return counts


def _items(catalogue: Catalogue, own: bool) -> tuple[list[list[str]], Ints]:
    """Questionnaire items of each leaf, and (K, items) which of them are reversed."""
    if not own:
        asked = sorted(questionnaire("self", "en").items, key=lambda item: item.item_id)
        found = [[i for i in asked if i.competency_id == k] for k in catalogue.leaves]
        width = min(map(len, found))
        return [[i.item_id for i in row] for row in found], np.array(
            [[int(i.reversed) for i in row[:width]] for row in found]
        )
    reverse = np.zeros((len(catalogue.leaves), OWN_ITEMS), dtype=np.int64)
    reverse[:, OWN_REVERSED] = 1
    return [[f"{k}-{i + 1:02d}" for i in range(OWN_ITEMS)] for k in catalogue.leaves], reverse
