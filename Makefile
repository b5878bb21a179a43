# `make run` and `make test` need nothing but Python 3.11 or newer: they set up .venv themselves.
PYTHON ?= python3
PORT ?= 8080
HOST ?= 127.0.0.1
DATA ?= ./data
DURATION ?= 3600
BIN := .venv/bin
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help run test test-deep test-faults test-mutants soak check lint types imports golden-update bench clean

help: ## Say what each target does.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one: make run PYTHON=python3.12"; exit 1; }
	@echo "Setting up .venv (once) …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $@

run: $(STAMP) ## Start the server with the example rules and a provider sandbox (PORT=…, DATA=…).
	@$(BIN)/automator serve --demo --host $(HOST) --port $(PORT) --data $(DATA)

test: $(STAMP) ## Run the tests.
	@$(BIN)/python -m pytest -q $(ARGS)

test-deep: $(STAMP) ## Run the property tests with 2,000 examples each.
	@HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest -q tests/unit $(ARGS)

test-faults: $(STAMP) ## Kill, cut, stop and starve the server until a promise breaks; prints figures.
	@FAULTS=full $(BIN)/python -m pytest -q tests/faults $(ARGS)

test-mutants: $(STAMP) ## Plant bugs into a copy of the program; each must turn its test red.
	@$(BIN)/python -m tests.mutants.run $(ARGS)

soak: $(STAMP) ## Run the server under a mixed load for DURATION seconds; nothing may be lost or grow.
	@$(BIN)/python -m tests.soak.run --duration $(DURATION) $(ARGS)

lint: $(STAMP) ## Check style.
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(STAMP) ## Check types.
	@$(BIN)/mypy

imports: $(STAMP) ## Check the layers.
	@$(BIN)/lint-imports

check: lint types imports test ## Everything that CI checks.

golden-update: $(STAMP) ## Write the golden files anew; review the difference.
	@GOLDEN_UPDATE=1 $(BIN)/python -m pytest -q tests/golden

bench: $(STAMP) ## Measure this machine: acknowledged and forwarded events beside bare Starlette.
	@$(BIN)/python -m benchmarks.ingest && $(BIN)/python -m benchmarks.forward

clean: ## Remove .venv and caches; never the data.
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info
