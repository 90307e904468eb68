# The workshop. Every target does its own set-up; `make maps` and `make test` need Python 3.11, git and make.
#
#   make maps     render the default brief into outputs/ (no network after the install)
#   make gallery  each kind of figure, in other looks and regions, into outputs/gallery; every format into outputs/desk
#   make test     the tests, two at a time (WORKERS=2), but for the slow ones (ALL=1 takes these too, as .ci/run does)
#   make lint     formatting, rules, types, floors, docstrings
#   make faults   hostile files, names, servers and sudden ends, counted (an hour; SAMPLE=1 for minutes; SECTION=names)
#   make bench    the benchmarks, as ratios to the peers in the same run
#   make docs     the site of docs/ in build/docs; a warning is an error
#   make layers   build layers/ again from the registry packages (needs a network and Debian's apt-get)
#   make wheel    the wheel, the sdist and their bill of materials in dist/, the same bytes for the same commit
#   make audit    known vulnerabilities and licences of everything geoops needs
#   make oldest   a few minutes of tests against the oldest versions that pyproject.toml allows
#   make release-check  mutants, fuzzing (MINUTES=60), properties, faults, oldest and newest versions: hours (SAMPLE=150 mutants a room)

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
BRIEF  ?= scripts/briefs/default.toml
OUT    ?= outputs
WORKERS ?= 2

.PHONY: audit faults maps oldest release-check gallery test lint format bench docs layers wheel clean help

help:
	@sed -n '3,15s/^# *//p' Makefile

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

gallery: $(VENV)/run.stamp
	$(BIN)/python scripts/gallery.py $(OUT)/gallery
	$(BIN)/geoops render scripts/briefs/desk.toml --out $(OUT)/desk

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile $(if $(ALL),,-m "not slow") --cov --cov-report=term:skip-covered --cov-fail-under=95

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check src tests scripts docs hatch_build.py
	$(BIN)/ruff check src tests scripts docs hatch_build.py
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev.stamp
	$(BIN)/ruff format src tests scripts docs hatch_build.py
	$(BIN)/ruff check --fix src tests scripts docs hatch_build.py

# Peers that cannot share geoops's environment have one of their own. Where it cannot be made, the benchmarks say what stands in.
.venv-rivals/stamp: requirements-rivals.txt
	$(PYTHON) -m venv .venv-rivals
	.venv-rivals/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt --requirement $< \
	    && touch $@ || echo "the peers of requirements-rivals.txt could not be installed" >&2

bench: $(VENV)/dev.stamp .venv-rivals/stamp
	$(PIP) install --quiet --constraint constraints.txt --requirement requirements-bench.txt
	$(BIN)/python -m tests.bench

faults: $(VENV)/dev.stamp
	$(BIN)/python -m tests.faults $(if $(SAMPLE),--sample) $(SECTION)

docs: $(VENV)/run.stamp
	$(PIP) install --quiet --constraint constraints.txt --editable '.[docs]'
	$(BIN)/python -m sphinx -W --keep-going -q -b html -d build/docs-trees docs build/docs

layers: $(VENV)/dev.stamp
	$(PIP) install --quiet --constraint constraints.txt --editable '.[build]'
	$(BIN)/python scripts/build_layers.py
	$(BIN)/python scripts/build_gazetteer.py
	$(BIN)/python scripts/data_licences.py

wheel: $(VENV)/dev.stamp
	$(BIN)/python scripts/dist.py

# pip-audit has an environment of its own, so that it does not judge its own needs. Without it the licences are judged alone.
.venv-audit/stamp: requirements-audit.txt
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt --requirement $< \
	    && touch $@ || echo "pip-audit could not be installed; vulnerabilities will not be looked up" >&2

audit: $(VENV)/dev.stamp .venv-audit/stamp
	$(BIN)/python scripts/audit.py

.venv-oldest/stamp: constraints-oldest.txt pyproject.toml
	$(PYTHON) -m venv --clear .venv-oldest
	.venv-oldest/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints-oldest.txt --editable . \
	    $$($(PYTHON) scripts/self_check.py --tools)
	@touch $@

# pyproj asks an array of one number for a float, which NumPy 2.0 still gives it, with a warning; warnings are errors here.
oldest: .venv-oldest/stamp
	.venv-oldest/bin/python -m pytest -q -p no:cacheprovider -m "not slow" \
	    -W "ignore:Conversion of an array with ndim > 0 to a scalar:DeprecationWarning" $$($(PYTHON) scripts/self_check.py --list)

.venv-release/stamp: pyproject.toml constraints.txt requirements-dev.txt requirements-release.txt
	$(PYTHON) -m venv .venv-release
	.venv-release/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt --editable . \
	    --requirement requirements-dev.txt --requirement requirements-release.txt
	@touch $@

release-check: .venv-release/stamp .venv-audit/stamp
	PATH="$(CURDIR)/.venv-release/bin:$$PATH" .venv-release/bin/python -m tests.release --minutes $(or $(MINUTES),60) --sample $(or $(SAMPLE),0) $(STEPS)

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
