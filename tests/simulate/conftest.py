"""Two synthetic organisations, made once: one as it comes, one that brings its own catalogue."""

from __future__ import annotations

import pytest
from worlds import World, make


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make(tmp_path_factory.mktemp("world"), learners=1500, seed=5)


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("own")
    return make(folder, learners=120, seed=2, own_modules=500, own_competencies=9, parquet=True)
