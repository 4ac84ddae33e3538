"""The demo: the sample organisation in a store of its own, trained, with a key and a link that work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from recommender.errors import StoreUnusable
from recommender.service import importing, keys, people, training
from recommender.store import aggregates, catalogue, settings

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from recommender.service.workspace import Workspace

LEARNER = "E250"
"""Somebody with something of everything; ``data/sample/STORY.md`` tells who."""
KEY_NAME = "demo"
IMPORTED, TRAINED = "demo_imported", "demo_trained"
"""Settings of a demo's store: the digest of what was imported, and the version trained on it."""
BEGUN = "begun"


@dataclass(frozen=True, slots=True)
class Demo:
    """What one needs to look at the demo: a learner, a token for their page, an API key."""

    learner_id: str
    token: str
    key: str


def prepare(ws: Workspace, progress: Callable[[str, float], None]) -> Demo:
    """Import, train and promote what has not been yet; make a new key in place of the last start's.

    Raises
    ------
    StoreUnusable
        The store holds other data.
    """
    with ws.store.write() as conn:
        imported = settings.get(conn, IMPORTED)
        if imported is None:
            _insist_on_nothing(conn)
            settings.put(conn, IMPORTED, BEGUN)
    sample = sorted(sample_folder().glob("*.csv"))
    digest = sha256(b"".join(path.read_bytes() for path in sample)).hexdigest()
    if imported != digest:
        importing.import_paths(ws, sample, progress=progress)
        _remember(ws, IMPORTED, digest)
    with ws.store.read() as conn:
        trained = settings.get(conn, TRAINED)
    if imported != digest or trained not in ws.registry.versions():
        made = training.train(
            ws, promote=True, force=True, reason="The demo's store was made anew.", progress=progress
        )
        _remember(ws, TRAINED, made["version"])
    return Demo(LEARNER, people.link(ws, LEARNER), _new_key(ws))


def sample_folder() -> Path:
    """The folder of the sample organisation's files."""
    return Path(str(files("recommender") / "data" / "sample"))


def _insist_on_nothing(conn: Connection) -> None:
    rows = {t["table"]: t["rows"] for t in aggregates.tables(conn)}
    shipped = {"competencies", "modules"}
    own = any("own" in origins for origins in catalogue.origins(conn).values())
    if own or any(count for table, count in rows.items() if table not in shipped):
        raise StoreUnusable(
            "The store holds other data, and the demo would mix its made-up people into it. "
            "Give it a store of its own: recommender demo --database sqlite:///demo.db --models demo-models"
        )


def _remember(ws: Workspace, key: str, value: str) -> None:
    with ws.store.write() as conn:
        settings.put(conn, key, value)


def _new_key(ws: Workspace) -> str:
    for item in keys.list_keys(ws)["items"]:
        if item["name"] == KEY_NAME and item["revoked_at"] is None:
            keys.revoke_key(ws, item["key_id"])
    return keys.create_key(ws, tuple(keys.SCOPES), KEY_NAME)[1]
