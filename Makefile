# Works with GNU make 3.81 and newer. Needs Python >= 3.11 with its venv module, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BROWSER := $(VENV)/.browser

.PHONY: help demo test acceptance lint dictionary bench clean
.DEFAULT_GOAL := help

help:
	@echo "make demo        a week of simulated marketplaces, from plan to report"
	@echo "make test        the tests"
	@echo "make acceptance  the tests on the real data in ../shared"
	@echo "make lint        ruff, mypy --strict, import contracts"
	@echo "make dictionary  docs/data-dictionary.md anew, after a change of tables or views"
	@echo "make bench       measurements, one JSON object a line"

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,lint]'
	touch $@

# A Chromium for the tests and the PDF; without one they say so and the rest goes on.
$(BROWSER): $(STAMP)
	@$(BIN)/pantau doctor --install-browser >/dev/null || true
	@touch $@

demo: $(STAMP)
	$(BIN)/pantau demo --out demo

test: $(BROWSER)
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not acceptance"

acceptance: $(BROWSER)
	$(BIN)/python -m pytest -n auto --dist loadfile -m acceptance

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

dictionary: $(STAMP)
	$(BIN)/python -c 'from pathlib import Path; from monitor.store import dictionary; \
	  Path("docs/data-dictionary.md").write_text(dictionary.markdown(), encoding="utf-8")'

bench: $(STAMP)
	@$(BIN)/python -m tests.bench

clean:
	rm -rf $(VENV) demo data .mypy_cache .pytest_cache .ruff_cache
