"""The house rules: who may import whom, what serving may load, and how long things may be."""

from __future__ import annotations

import ast
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from recommender.framework import cycle

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "recommender"

NOUNS = {"framework", "errors", "evidence", "state"}
MODELS = {"profiles", "gains", "affinity", "policy", "paths", "seats", "cohorts", "reasons", "priors"}

MAY_IMPORT = {
    "framework": set(),
    "errors": set(),
    "state": set(),
    "evidence": {"framework"},
    "shipped": {"framework", "evidence", "errors"},
    **dict.fromkeys(MODELS, NOUNS | MODELS),
    "engine": NOUNS | MODELS,
    "evaluation": NOUNS | MODELS | {"engine"},
    "simulate": {"framework", "evidence", "errors", "shipped"},
    "converters": {"errors"},
    "registry": {"errors"},
    "store": {"framework", "evidence", "errors", "shipped"},
    "service": NOUNS
    | MODELS
    | {"engine", "evaluation", "store", "registry", "shipped", "simulate", "converters"},
    "api": {"service", "errors", "evidence", "framework"},
    "cli": {"service", "errors", "evidence", "framework", "converters", "api"},
}
"""Of each room, the other rooms it may import."""

HEAVY = ("pandas", "sklearn", "scipy", "pyarrow")
"""What serving must not load: seconds of start-up and hundreds of megabytes."""

OUTSIDE_THE_MODELS = {"sqlalchemy", "sqlite3", "flask", "apiflask", "time", "os", "pathlib", "io", "random"}
NO_CLOCK = {"now", "utcnow", "today"}

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
LONGEST_OF_TESTS = 80


@cache
def sources(*folders: str) -> list[Path]:
    """Every Python file of the package (through its two symlinks) or of the folders."""
    found = []
    for start in folders or (str(PACKAGE),):
        for folder, inner, names in os.walk(start, followlinks=True):
            inner[:] = [name for name in inner if name != "__pycache__"]
            found += [Path(folder) / name for name in names if name.endswith(".py")]
    return sorted(found)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Full names of what a file imports, also inside functions; type-only imports are left out."""
    package = path.parent.relative_to(ROOT).parts if path.is_relative_to(PACKAGE) else ()
    skipped = {
        inner
        for node in ast.walk(tree(path))
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree(path)):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def room(path: Path) -> str:
    """The room a file of the package stands in."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def roomed() -> list[Path]:
    return [path for path in sources() if room(path) not in ("__init__", "__main__")]


def rooms_imported(path: Path) -> set[str]:
    parts = (name.split(".") for name in imports(path))
    return {name[1] for name in parts if name[0] == "recommender" and len(name) > 1} - {room(path)}


def test_every_room_imports_only_what_it_may() -> None:
    wrong = {
        f"{path.relative_to(ROOT)} -> {other}"
        for path in roomed()
        for other in rooms_imported(path) - MAY_IMPORT.get(room(path), set())
        if room(path) != "data"
    }
    assert not wrong, "\n".join(sorted(wrong))


def test_rooms_import_each_other_in_one_direction() -> None:
    edges: dict[str, set[str]] = {}
    for path in roomed():
        edges.setdefault(room(path), set()).update(rooms_imported(path))
    assert cycle(edges) is None


def test_models_know_no_sql_no_web_no_clock_and_no_files() -> None:
    wrong = []
    for path in roomed():
        if room(path) not in MODELS | {"engine"}:
            continue
        wrong += [f"{path.relative_to(ROOT)} imports {name}" for name in imports(path)
                  if name.split(".")[0] in OUTSIDE_THE_MODELS]  # fmt: skip
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                called = node.func
                if isinstance(called, ast.Attribute) and called.attr in NO_CLOCK:
                    wrong.append(f"{path.relative_to(ROOT)} asks the clock")
                if isinstance(called, ast.Name) and called.id == "open":
                    wrong.append(f"{path.relative_to(ROOT)} opens a file")
    assert not wrong, "\n".join(wrong)


def test_nothing_imports_the_symlinks_targets_by_their_own_names() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(str(PACKAGE), str(ROOT / "tests"))
        for name in imports(path)
        if name.split(".")[0] in ("api", "data")
    ]
    assert not wrong, "\n".join(wrong)


def test_the_package_holds_api_and_data_by_relative_links() -> None:
    assert os.readlink(PACKAGE / "api") == "../api"
    assert os.readlink(PACKAGE / "data") == "../data"


SERVE = """
import sys
import recommender.api.app, recommender.service.advice, recommender.service.intake
from recommender.service import people
from recommender.service.workspace import open_workspace
from recommender.api.app import create_app

ws = open_workspace("sqlite:///store.db", "models")
people.put_learners(ws, [{"learner_id": "e1"}])
recommended = recommender.service.advice.recommend(ws, "e1")
assert recommended["items"], recommended
create_app(ws).test_client().get("/readyz")
print(sorted({name.split(".")[0] for name in sys.modules} & set(%r)))
"""


def test_serving_loads_neither_pandas_nor_scikit_learn(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SERVE % (HEAVY,)], capture_output=True, text=True, cwd=tmp_path, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_the_command_line_starts_without_heavy_libraries() -> None:
    late = {*HEAVY, "numpy", "sqlalchemy", "rich"}
    code = f"import sys, recommender.cli; print(sorted(set(sys.modules) & {late}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


def test_files_stay_small() -> None:
    lines = {
        path: len(path.read_text("utf-8").splitlines()) for path in sources(str(PACKAGE), str(ROOT / "tests"))
    }
    long = [f"{path.relative_to(ROOT)}: {n} lines" for path, n in lines.items() if n > LONGEST_FILE]
    assert not long, "\n".join(long)
    assert statistics.median(n for path, n in lines.items() if path.is_relative_to(PACKAGE)) <= 150


def test_functions_fit_a_screen() -> None:
    long = []
    for path in sources(str(PACKAGE), str(ROOT / "tests")):
        if path.parent.name == "versions":  # a migration spells a whole schema out, once and for good
            continue
        longest = LONGEST_FUNCTION if path.is_relative_to(PACKAGE) else LONGEST_OF_TESTS
        for node in ast.walk(tree(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
                length = (node.end_lineno or 0) - body[0].lineno + 1
                if length > longest:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {length} lines")
    assert not long, "\n".join(long)


def test_every_public_thing_says_what_it_is() -> None:
    silent = []
    for path in sources():
        if not ast.get_docstring(tree(path)) and path.read_text("utf-8").strip():
            silent.append(str(path.relative_to(ROOT)))
        for node in tree(path).body:
            if (
                isinstance(node, (ast.FunctionDef, ast.ClassDef))
                and not node.name.startswith("_")
                and not ast.get_docstring(node)
            ):
                silent.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert not silent, "\n".join(silent)


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git clone")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_file_names_a_place_on_one_machine() -> None:
    place = re.compile(r"(?<![\w.:/-])/(work|root|home|Users)/\w")
    wrong = []
    for path in tracked():
        if path.is_symlink() or not path.is_file():
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        wrong += [f"{path.relative_to(ROOT)}: {found.group()}" for found in place.finditer(text)]
    assert not wrong, "\n".join(wrong)


def test_the_locks_name_no_registry_and_no_place() -> None:
    for lock in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / lock).read_text("utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"https?://|file:|--index|--find-links|@ ", text)
