# Works with GNU make 3.81 and newer. Needs Python >= 3.11 with its venv module, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help demo test acceptance lint bench clean
.DEFAULT_GOAL := help

help:
	@echo "make demo        a week of simulated marketplaces, from plan to report"
	@echo "make test        the tests"
	@echo "make acceptance  the tests on the real data in ../shared"
	@echo "make lint        ruff, mypy --strict, import contracts"
	@echo "make bench       measurements, one JSON object a line"

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,lint]'
	touch $@

demo: $(STAMP)
	$(BIN)/pantau demo --out demo

test: $(STAMP)
	$(BIN)/python -m pytest -m "not acceptance"

acceptance: $(STAMP)
	$(BIN)/python -m pytest -m acceptance

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)
	@$(BIN)/python -m tests.bench

clean:
	rm -rf $(VENV) demo data .mypy_cache .pytest_cache .ruff_cache
