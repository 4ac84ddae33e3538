"""Bring an organisation's files into the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from recommender.errors import BadInput
from recommender.service.workspace import Workspace
from recommender.store.importing.mapping import Mapping, read_mapping
from recommender.store.importing.run import Progress, import_files


def import_paths(
    ws: Workspace,
    paths: Sequence[str | Path],
    mapping: str | Path | None = None,
    dry_run: bool = False,
    timezone: str = "UTC",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Import files, folders and workbooks; each file wholly or not at all.

    Parameters
    ----------
    ws : Workspace
    paths : sequence of path
    mapping : path, optional
        A TOML file that renames headers (see ``store.importing.mapping``).
    dry_run : bool
        Check and count only: nothing is stored, no file is written.
    timezone : str
        IANA name of the zone of times that say none.
    progress : callable, optional
        Called with a file's name and the share of it that is done.

    Returns
    -------
    dict
        ``dry_run``; ``files``, each with ``file``, ``sheet``, ``table``, ``rows``, ``new``, ``corrected``,
        ``unchanged``, ``erased``, ``set_aside``, ``set_aside_file``, ``replaced_shipped`` (rows that came
        with the program and gave way), ``unknown_columns``, ``reasons`` (the commonest: ``column``,
        ``reason``, ``rows``) and ``error``; ``passed_over``, the names of files and sheets that are none
        of the tables.

    Raises
    ------
    BadInput
        A path, the mapping or the zone does not exist.
    StoreBusy, StoreFull
        Nothing of the file at hand was kept; the files before it are in.
    """
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(f"There is no timezone {timezone!r}. Name one such as Asia/Shanghai.") from error
    report = import_files(
        ws.store,
        [Path(p) for p in paths],
        mapping=Mapping() if mapping is None else read_mapping(Path(mapping)),
        timezone=timezone,
        dry_run=dry_run,
        progress=progress or (lambda stage, share: None),
    )
    return asdict(report)
