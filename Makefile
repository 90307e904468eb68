# The workshop. Every target does its own set-up; `make maps` and `make test` need Python 3.11, git and make.
#
#   make maps     render the default brief into outputs/ (no network after the install)
#   make test     all tests (FAST=1 leaves out the slow ones)
#   make lint     formatting, rules, types, floors, docstrings
#   make bench    the benchmarks, as ratios to the peers in the same run
#   make layers   build layers/ again from the registry packages (needs a network and Debian's apt-get)
#   make wheel    the wheel and the sdist in dist/

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
BRIEF  ?= scripts/briefs/default.toml
OUT    ?= outputs

.PHONY: maps test lint format bench layers wheel clean help

help:
	@sed -n '3,9s/^# *//p' Makefile

# The stamps depend on what states the dependencies, so an unchanged environment is not installed again.
$(VENV)/run.stamp: pyproject.toml constraints.txt hatch_build.py src/geoops/corridors/kernels.c
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("geoops needs Python 3.11 or newer; PYTHON=... names one")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp
	$(PIP) install --quiet --constraint constraints.txt --requirement requirements-dev.txt
	@touch $@

maps: $(VENV)/run.stamp
	$(BIN)/geoops render $(BRIEF) --out $(OUT)

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest $(if $(FAST),-m "not slow",) --cov --cov-report=term:skip-covered --cov-fail-under=95

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check src tests scripts hatch_build.py
	$(BIN)/ruff check src tests scripts hatch_build.py
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev.stamp
	$(BIN)/ruff format src tests scripts hatch_build.py
	$(BIN)/ruff check --fix src tests scripts hatch_build.py

# Peers that cannot share geoops's environment have one of their own. Where it cannot be made, the benchmarks say what stands in.
.venv-rivals/stamp: requirements-rivals.txt
	$(PYTHON) -m venv .venv-rivals
	.venv-rivals/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt --requirement $< \
	    && touch $@ || echo "the peers of requirements-rivals.txt could not be installed" >&2

bench: $(VENV)/dev.stamp .venv-rivals/stamp
	$(PIP) install --quiet --constraint constraints.txt --requirement requirements-bench.txt
	$(BIN)/python -m tests.bench

layers: $(VENV)/dev.stamp
	$(PIP) install --quiet --constraint constraints.txt --editable '.[build]'
	$(BIN)/python scripts/build_layers.py
	$(BIN)/python scripts/build_gazetteer.py
	$(BIN)/python scripts/data_licences.py

wheel: $(VENV)/dev.stamp
	$(PIP) wheel --quiet --no-deps --wheel-dir dist .

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
