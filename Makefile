# Works with GNU make 3.81 and newer. Needs Python >= 3.11 with its venv module, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BROWSER := $(VENV)/.browser

.PHONY: help venv demo test proofs acceptance shapes lint audit constraints dictionary bench clean
.DEFAULT_GOAL := help

help:
	@echo "make venv        installs everything into $(VENV)"
	@echo "make demo        a week of simulated marketplaces, from plan to report"
	@echo "make test        the tests"
	@echo "make proofs      the tests that take longest: whole simulated homes, many repetitions"
	@echo "make acceptance  the tests on the real data in ../shared"
	@echo "                 CAPTURES=DIR: and on a bundle of pantau pilot bundle, unpacked there"
	@echo "make shapes      the shapes of known pages anew, after a change of pages or spiders"
	@echo "make lint        ruff, mypy --strict, import contracts"
	@echo "make audit       known weaknesses of the pinned packages (pip-audit)"
	@echo "make constraints pinned packages anew, pins kept unless UPGRADE=--upgrade (uv)"
	@echo "make dictionary  docs/data-dictionary.md anew, after a change of tables or views"
	@echo "make bench       measurements, one JSON object a line"

venv: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@echo "== Installing Pantau and what it needs into $(VENV); the first time takes some minutes"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r constraints.txt
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# A Chromium for the tests and the PDF; without one they say so and the rest goes on.
$(BROWSER): $(STAMP)
	@echo "== Looking for a Chromium; where there is none, one is downloaded"
	@$(BIN)/pantau doctor --install-browser | grep '^browser: ' || true
	@touch $@

demo: $(STAMP)
	@echo "== Simulating a week of marketplaces, from plan to report, in ./demo"
	$(BIN)/pantau demo --out demo

test: $(BROWSER)
	@echo "== Running the tests on all cores"
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder \
	  -m "not acceptance and not long" --durations=40 --durations-min=5

proofs: $(BROWSER)
	$(BIN)/python -m pytest -n auto --dist loadfile -m long --durations=20

acceptance: $(BROWSER)
	PANTAU_CAPTURES="$(CAPTURES)" $(BIN)/python -m pytest -n auto --dist loadfile -m acceptance \
	  $$(grep -rl --include="test_*.py" mark.acceptance tests)

shapes: $(STAMP)
	$(BIN)/python -m tests.shapes

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# pip-audit in an environment of its own; its data come from the network.
audit:
	@test -x .audit/bin/pip-audit || { $(PYTHON) -m venv .audit && \
	  .audit/bin/python -m pip install --disable-pip-version-check --quiet pip-audit==2.10.1; } || \
	  { echo "pip-audit cannot be installed here: nothing was checked"; exit 1; }
	@.audit/bin/pip-audit --strict --require-hashes --disable-pip --requirement constraints.txt \
	  2>.audit/log || { cat .audit/log; ! grep -qE 'ERROR|Error' .audit/log || \
	  echo "the data on known weaknesses cannot be had here: nothing was proven"; exit 1; }

# Pinned packages with the hashes of their files for every system and Python that we support: all of
# them in constraints.txt, those that Pantau runs on, and PostgreSQL's, in requirements.txt.
COMPILE := .audit/bin/uv pip compile pyproject.toml --universal --python-version 3.11 \
  --generate-hashes --no-annotate --no-header --quiet
constraints:
	@test -x .audit/bin/uv || { $(PYTHON) -m venv .audit && \
	  .audit/bin/python -m pip install --disable-pip-version-check --quiet uv==0.13.9; }
	$(COMPILE) --all-extras $(UPGRADE) --output-file constraints.txt
	$(COMPILE) --extra build --extra postgresql --constraint constraints.txt --upgrade \
	  --output-file requirements.txt

dictionary: $(STAMP)
	$(BIN)/python -c 'from pathlib import Path; from monitor.store import dictionary; \
	  Path("docs/data-dictionary.md").write_text(dictionary.markdown(), encoding="utf-8")'

bench: $(STAMP)
	@$(BIN)/python -m tests.bench

clean:
	rm -rf $(VENV) .audit demo data .mypy_cache .pytest_cache .ruff_cache
