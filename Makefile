# `make run` and `make test` need nothing but Python 3.11 or newer: they set up .venv themselves.
# The first of these commands that is Python 3.11 or newer and can make an environment.
first_python = $(shell for python in $$(which -a $(1) 2>/dev/null); do $$python -c \
	'import ensurepip, sqlite3, ssl, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && \
	echo $$python && break; done)
# On 3.13 a forward takes four fifths of the CPU that it takes on 3.11.
PYTHON ?= $(or $(call first_python,python3.13 python3.12 python3.11 python3),python3)
OLDEST = $(call first_python,python3.11)
VENV ?= .venv
PORT ?= 8080
HOST ?= 127.0.0.1
DATA ?= ./data
DURATION ?= 3600
# tests/conftest.py says how many processes; PARALLEL= runs all tests in one.
PARALLEL ?= -n auto --dist=worksteal
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CATALOGUES := $(VENV)/.catalogues
EDITOR := web/static/vendor/.built
SITE := web/help.zip
READY = $(CATALOGUES) $(EDITOR)
# Some images say that Python is to keep no byte code. Then every start compiles 630 modules, and every
# process of the tests compiles all tests.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help run test test-long oldest test-oldest test-deep previews test-dates test-faults canary test-mutants soak check lint fix \
	types imports golden-update editor docs screenshots texts intents lock release audit bench profile bar clean

help: ## Say what each target does.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# Exactly the versions of the lock file; `make lock` takes newer ones in.
$(STAMP): pyproject.toml requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one: make run PYTHON=python3.12"; exit 1; }
	@echo "Setting up $(VENV) (once) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# The languages of the pages and commands, compiled from the texts in web/locale.
$(CATALOGUES): $(STAMP) $(wildcard web/locale/*/LC_MESSAGES/*.po)
	@$(BIN)/python -m web.catalogues compile
	@touch $@

# The bundle of the rule editor, from the packages that web/package-lock.json names. Node is taken from
# the PATH, or brought for the time of the build; without it the page has a plain text field.
$(EDITOR): web/package.json web/package-lock.json $(wildcard web/editor/*.js) | $(STAMP)
	@$(BIN)/python -m web.frontend

# The documentation, which the wheel carries. A server in a checkout shows its texts without it.
$(SITE): docs/build.py requirements-dev.txt $(shell find docs -name makers -prune -o -name __pycache__ -prune -o -type f -print) | $(STAMP)
	@$(BIN)/python -m docs.build
	@touch $@

run: $(READY) ## Start the server: with automator.yaml, or as a demo with simulated senders (PORT=…, DATA=…).
	@$(BIN)/automator serve --host $(HOST) --port $(PORT) --data $(DATA)

test: $(READY) $(SITE) ## Run the tests that take minutes, several at once; names the slowest twenty.
	@$(BIN)/python -m pytest -q $(PARALLEL) --durations=20 -m "not long" $(ARGS)

test-long: $(READY) ## Run the tests that take longer: faults in small, the engine on PostgreSQL, many examples.
	@HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -q $(PARALLEL) --durations=20 -m "long or property" $(ARGS)

oldest: ## Set up the environment of test-oldest.
	@$(if $(OLDEST),$(MAKE) .venv/oldest/.installed VENV=.venv/oldest PYTHON=$(OLDEST),true)

# What the property tests find depends on no version.
test-oldest: $(READY) ## Run the unit tests on the oldest Python that is supported, where it is installed.
	@$(if $(OLDEST),$(MAKE) test VENV=.venv/oldest PYTHON=$(OLDEST) \
		ARGS="$(or $(ARGS),tests/unit) -m 'not long and not property'",\
		echo "skipped: there is no python3.11")

test-deep: $(READY) ## Run the property tests with 2,000 examples each.
	@HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest -q tests/unit $(ARGS)

previews: $(READY) ## Compare tries, tests, simulations and backtests with the live engine in EXAMPLES=… random stories a database.
	@EXAMPLES="$(or $(EXAMPLES),1000)" $(BIN)/python -m pytest -q tests/integration/simulation/test_same_as_live.py $(ARGS)

test-dates: $(READY) ## Run the tests of `make test` at six dates that have broken programs, or at MOMENT=… of them.
	@MOMENT="$(MOMENT)" $(BIN)/python -m tests.dates -q $(PARALLEL) -m "not long" $(ARGS)

test-faults: $(READY) ## Kill, cut, stop and starve the server until a promise breaks; prints figures.
	@TMPDIR="$${TMPDIR:-/tmp}" FAULTS=full $(BIN)/python -m pytest -q tests/faults $(ARGS)

canary: $(READY) ## Attack the server in every way that is known, beside a good sender; prints how long that one waited.
	@TMPDIR="$${TMPDIR:-/tmp}" FAULTS=full $(BIN)/python -m pytest -q tests/faults/test_hostile_input.py $(ARGS)

test-mutants: $(READY) ## Plant bugs into a copy of the program; each must turn its test red.
	@$(BIN)/python -m tests.mutants.run $(ARGS)

soak: $(READY) ## Run the server under a mixed load for DURATION seconds; nothing may be lost or grow.
	@$(BIN)/python -m tests.soak.run --duration $(DURATION) $(ARGS)

lint: $(STAMP) ## Check style.
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

fix: $(STAMP) ## Mend style where that can be done without thinking.
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

types: $(STAMP) ## Check types.
	@$(BIN)/mypy

imports: $(STAMP) ## Check the layers.
	@$(BIN)/lint-imports

check: lint types imports test test-long ## Everything that CI checks.

golden-update: $(READY) ## Write the golden files anew; review the difference.
	@GOLDEN_UPDATE=1 $(BIN)/python -m pytest -q tests/golden

editor: $(STAMP) ## Build the rule editor's bundle anew, and take its SHA-256 as the expected one.
	@$(BIN)/python -m web.frontend --accept

docs: $(SITE) ## Build the documentation, which the server shows under /help/.

screenshots: $(CATALOGUES) ## Take a picture of every screen in both themes, languages and widths.
	@$(BIN)/python -m tests.screenshots $(ARGS)

texts: $(STAMP) ## Take new texts into the catalogues of web/locale; translate what is empty there.
	@$(BIN)/python -m web.catalogues update

intents: $(STAMP) ## Print how well asks() finds intents in labelled texts (ARGS="--wrong development").
	@$(BIN)/python -m tests.intents.measure $(ARGS)

lock: $(STAMP) ## Take newer versions of all packages into requirements.txt and requirements-dev.txt.
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--all-extras --group dev --custom-compile-command "make lock" pyproject.toml -o requirements-dev.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --all-extras \
		--constraint requirements-dev.txt --custom-compile-command "make lock" pyproject.toml -o requirements.txt

# Of the newest commit, whatever else is in the folder; with npm 10 or newer, and with its own time in
# the archives, so that whoever builds the commit again gets the same bytes.
release: $(STAMP) ## Build dist/: the wheel, the sources, what is in them (SBOM), and the SHA-256 of all.
	@rm -rf dist build/release && mkdir -p dist build/release/source
	@git archive HEAD | tar -x -C build/release/source
	@cd build/release/source && CI=true SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) \
		$(abspath $(BIN))/python -m hatchling build -d $(abspath dist)
	@cp build/release/source/requirements.txt dist
	@$(BIN)/uv venv --quiet build/release/installed
	@$(BIN)/uv pip install --quiet --python build/release/installed --require-hashes -r dist/requirements.txt
	@$(BIN)/uv pip install --quiet --python build/release/installed --no-deps dist/automator-*.whl
	@$(BIN)/cyclonedx-py environment --output-reproducible --pyproject build/release/source/pyproject.toml \
		-o dist/server.cdx.json build/release/installed
	@cd build/release/source/web && npm sbom --sbom-format cyclonedx --package-lock-only --omit optional \
		>$(abspath dist)/editor.cdx.json
	@cd dist && sha256sum * >SHA256SUMS && cat SHA256SUMS

audit: $(STAMP) ## Look for known vulnerabilities in the packages of the lock files, where OSV and npm can be reached.
	@$(BIN)/python -m pytest -q tests/integration/test_release.py -k vulnerab $(ARGS)

bench: $(READY) ## Measure this machine: acknowledged and forwarded events beside bare Starlette.
	@$(BIN)/python -m benchmarks.ingest && $(BIN)/python -m benchmarks.forward

profile: $(READY) ## Print the CPU that an event costs, by part: at saturation and at 200 a second.
	@$(BIN)/python -m benchmarks.cost $(ARGS)

bar: $(READY) ## Fail if an event costs more CPU than it may, as a multiple of a bare request.
	@$(BIN)/python -m benchmarks.bar $(ARGS)

clean: ## Remove .venv and caches; never the data.
	@rm -rf .venv web/static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info
