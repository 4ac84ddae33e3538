# One sentence a chore. `make install` and `make run` are all that a new machine needs
# (Python 3.11 or later with venv, and make).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help install run test test-all bench lint format docs lock clean

help: ## list the chores
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

install: $(VENV)/.installed ## put the program and exact, checked versions of what it needs into .venv

run: install ## the sample organisation, trained and served on http://127.0.0.1:8000
	$(BIN)/recommender demo

test: $(VENV)/.tests lint ## lint and every test but the slow ones
	$(BIN)/pytest -n 2 -m "not slow"

test-all: $(VENV)/.tests lint ## everything, with the slow tests
	$(BIN)/pytest -n 2

bench: $(VENV)/.tests ## measure: the worlds' table, then each script of tests/bench prints its figures
	@echo "== recommender evaluate --worlds"; $(BIN)/recommender evaluate --worlds
	@set -e; for script in tests/bench/bench_*.py; do echo "== $$script"; $(BIN)/python $$script; done
	@if [ -n "$$RECOMMENDER_SHARED_DATA" ]; then $(BIN)/recommender benchmark mooccubex "$$RECOMMENDER_SHARED_DATA/mooccubex_dev"; \
	else echo "No public data: RECOMMENDER_SHARED_DATA names no folder (docs/real-data.md)."; fi

lint: $(VENV)/.tests ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.tests ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.installed ## write docs/commands.md from the program
	$(BIN)/python -m recommender.cli.reference > docs/commands.md

lock: $(VENV)/.tests ## choose the newest versions that pyproject.toml allows
	echo "setuptools>=77" | $(COMPILE) --upgrade pyproject.toml - --extra postgres -o requirements.lock
	$(COMPILE) --upgrade pyproject.toml --extra dev -c requirements.lock -o requirements-test.lock

clean: ## remove what can be made again
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes --requirement requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.tests: requirements-test.lock $(VENV)/.installed
	$(PIP) install --require-hashes --requirement requirements-test.lock
	@touch $@
