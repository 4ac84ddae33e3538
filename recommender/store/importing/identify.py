"""Ids of rows that have none, and which rows of a file speak of the same thing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recommender.evidence import Table
from recommender.store.identity import canonical, id_column, text_id

Hashes = NDArray[np.uint64]


class Identifier:
    """Gives rows of one file their ids, chunk after chunk; the n-th identical row counts as its own.

    Keeps eight bytes a row, and a count of what occurs more than once.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._seen: Hashes = np.zeros(0, np.uint64)
        self._counts: dict[int, int] = {}

    def fill(self, columns: Mapping[str, pa.Array]) -> pa.Array:
        """The id column, with ids from content where the file has none."""
        own = id_column(self._table.name)
        ids = columns[own]
        if not ids.null_count:
            return ids
        bare = pc.is_null(ids)
        texts = self._texts({name: values.filter(bare) for name, values in columns.items()})
        made = self._made(texts)
        return pc.replace_with_mask(ids, bare, pa.array(made, pa.string()))

    def _texts(self, columns: Mapping[str, pa.Array]) -> pa.Array:
        own = id_column(self._table.name)
        parts = [_canonical(c.kind, columns[c.name]) for c in self._table.columns if c.name != own]
        return pc.binary_join_element_wise(*parts, "\0", null_handling="replace", null_replacement="")

    def _made(self, texts: pa.Array) -> list[str]:
        name = self._table.name
        hashes = hash_texts(texts)
        again = _among(hashes, self._seen)
        values, counts = np.unique(hashes, return_counts=True)
        repeated = _among(hashes, values[counts > 1]) | again
        out = [text_id(name, text) for text in texts.to_pylist()]
        for i in np.flatnonzero(repeated).tolist():
            key = int(hashes[i])
            n = self._counts.get(key, 1 if again[i] else 0)
            self._counts[key] = n + 1
            if n:
                out[i] = text_id(name, texts[i].as_py(), n)
        # Two sorted runs: a stable sort merges them in one pass.
        self._seen = np.sort(np.concatenate([self._seen, values]), kind="stable")
        return out


def _among(hashes: Hashes, others: Hashes) -> NDArray[np.bool_]:
    """Which hashes are among sorted others."""
    if not len(others):
        return np.zeros(len(hashes), bool)
    where = np.searchsorted(others, hashes).clip(max=len(others) - 1)
    return np.asarray(others[where] == hashes)


def hash_texts(texts: pa.Array) -> Hashes:
    """A 64-bit hash of each text; five million differ with a probability of 1 - 10^-6."""
    objects = texts.fill_null("").to_numpy(zero_copy_only=False)
    return np.asarray(pd.util.hash_array(objects, categorize=False), np.uint64)


def hash_keys(table: Table, columns: Mapping[str, pa.Array]) -> Hashes:
    """A hash of what identifies each row."""
    parts = [columns[name] for name in table.key]
    return hash_texts(
        pc.binary_join_element_wise(*parts, "\0", null_handling="replace", null_replacement="")
        if len(parts) > 1
        else parts[0]
    )


def last_of_each(hashes: Hashes) -> NDArray[np.bool_] | None:
    """Which rows are the last of their key in the file; None where all are."""
    _, last = np.unique(hashes[::-1], return_index=True)
    if len(last) == len(hashes):
        return None
    keep = np.zeros(len(hashes), bool)
    keep[len(hashes) - 1 - last] = True
    return keep


def _canonical(kind: str, values: pa.Array) -> pa.Array:
    """The texts of ``identity.canonical``, each distinct number written once."""
    if kind == "number":
        encoded = values.dictionary_encode()
        texts = [canonical("number", v) for v in encoded.dictionary.to_pylist()]
        return pa.array(texts, pa.string()).take(encoded.indices)
    return values.cast(pa.string())
