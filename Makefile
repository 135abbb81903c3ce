# What the README and CI call. PYTHON chooses the interpreter for the virtual environment.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: setup build check demo test accept bench clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt templates/package/pyproject.toml
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	$(BIN)/runcomfy-codegen build
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable "generated[cli]"
	touch $@

build: setup
	$(BIN)/runcomfy-codegen build

check: setup
	$(BIN)/runcomfy-codegen check

demo: build
	$(BIN)/python examples/demo.py

test: setup
	$(BIN)/python -m pytest -n auto --dist worksteal

accept: setup
	$(BIN)/python -m pytest tests/test_cases.py tests/diagnostics --accept

bench: setup
	$(BIN)/python -m benchmarks generator
	$(BIN)/python -m benchmarks imports
	$(BIN)/python -m benchmarks client

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .hypothesis
