# What README, CONTRIBUTING and CI call. PYTHON chooses the interpreter for the virtual environment.
PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
STAMP := $(VENV)/.ready
LOWEST := .venv-lowest
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal
# Tests within one process: of the client against scripted servers, and of the generator's phases
FAST := tests/runtime tests/stages tests/diagnostics tests/test_cases.py tests/architecture tests/ingest
KILLS := tests/stages/test_files.py::test_a_kill_at_any_time_leaves_the_old_tree_or_the_new_one
# These measure what tracing multiplies
UNTRACED := --deselect tests/runtime/test_time_to_result.py::test_polls_go_to_the_jobs_that_are_most_likely_done \
	--deselect tests/behaviour/test_run_all.py::test_a_job_takes_little_memory \
	--deselect tests/behaviour/test_kill_points.py::test_fifty_interrupts_lose_no_job
# The tests of the client that need neither the generator nor PyInstaller
CLIENT := tests/runtime tests/behaviour tests/batch tests/cli tests/simulator tests/agreement \
	--ignore tests/agreement/test_composed.py --ignore tests/agreement/test_bounded_urls.py --ignore tests/cli/test_pyinstaller.py
COVERED := $(FAST) tests/simulator tests/behaviour tests/agreement tests/commands tests/tools
SOURCES := codegen templates/package tests benchmarks examples docs scripts

.DEFAULT_GOAL := help
.PHONY: help setup build check demo lint format types test test-fast test-lowest coverage accept bench dist docs clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## make .venv with the generator, the client and the development tools

$(STAMP): pyproject.toml constraints.txt templates/package/pyproject.toml
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	$(BIN)/runcomfy-codegen build
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable "generated[cli,playground]"
	$(BIN)/python -c 'from pathlib import Path; Path("$@").touch()'

build: setup ## make generated/ from schemas/ and templates/
	$(BIN)/runcomfy-codegen build

check: setup ## fail if generated/ is not what schemas/ and templates/ give
	$(BIN)/runcomfy-codegen check

demo: build ## run a job against the simulator: no token, no network, no cost
	$(BIN)/python examples/demo.py

lint: setup ## ruff and black, without changing a file
	$(BIN)/python -m ruff check
	$(BIN)/python -m black --check --quiet --diff $(SOURCES)

format: setup ## let ruff and black change the files
	$(BIN)/python -m ruff check --fix
	$(BIN)/python -m black --quiet $(SOURCES)

types: setup ## mypy --strict and pyright
	$(BIN)/python -m mypy
	$(BIN)/python -m pyright --pythonpath $(BIN)/python

test: lint types ## everything: lint, types, and all tests
	$(PYTEST)

test-fast: setup ## the tests of the client and of the generator that run in one process
	$(PYTEST) $(FAST) --deselect $(KILLS)

coverage: setup ## branch coverage of the tests that run in one process
	$(PYTEST) --cov --cov-report=term:skip-covered $(COVERED) --deselect $(KILLS) $(UNTRACED)

test-lowest: setup ## the client's tests with the lowest versions that it declares
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)$(BIN:$(VENV)%=%)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(LOWEST)$(BIN:$(VENV)%=%)/python -m pip install --quiet --constraint constraints-lowest.txt --editable "generated[cli]" --group lowest
	$(LOWEST)$(BIN:$(VENV)%=%)/python -m pytest -n auto --dist worksteal $(CLIENT)

accept: setup ## take over what the generator makes now: tests/cases, tests/diagnostics, docs/diagnostics.md
	$(BIN)/python -m pytest tests/test_cases.py tests/diagnostics --accept

screenshots: setup ## make the pictures of the playground in docs/ from a real run, with a browser of this machine
	$(BIN)/python docs/make_playground_screenshots.py

bench: setup ## measure the generator, the client at work, how soon results are there, batches and the tool
	$(BIN)/python -m benchmarks generator
	$(BIN)/python -m benchmarks imports
	$(BIN)/python -m benchmarks client
	$(BIN)/python -m benchmarks polling
	$(BIN)/python -m benchmarks batch
	$(BIN)/python -m benchmarks fleet
	$(BIN)/python -m benchmarks cli

dist: build ## make wheel and sdist of the client and of the generator, and check them in empty environments
	$(BIN)/python -m scripts.dist

docs: build ## make the site of the documentation in site/
	$(BIN)/python -m scripts.docs

clean: ## remove everything that make and the tools have made
	rm -rf $(VENV) $(LOWEST) build dist site refresh htmlcov .cache .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
