# Two commands: `make run` and `make test`. `make help` lists the rest.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
MAKEFLAGS += --no-print-directory
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
# Property tests draw the same examples every time, and a busy machine is no failure.
export CI ?= true

# pytest is quiet by its settings; one -v gives back the usual closing line.
PYTEST := $(PY) -m pytest -v
SLOW := browser or faults or packaging or slow
WHOLE := tests/rehearsal tests/upgrade tests/properties tests/recognitions/test_whole_campaign.py
APT_FOR_TESTS := chromium chromium-l10n fonts-noto-cjk postgresql

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test check lint types contracts unit fast slow faults bench frontend lock migration \
        release-database format clean needs venv install install-test apt-for-tests axe

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: install ## Install, create database and demo, serve http://127.0.0.1:8000 (PORT, GREENGATE_DATA, GREENGATE_DATABASE_URL)
	@exec $(PY) -m server.cli run

test: install-test apt-for-tests axe ## Install what the tests need and run everything
	@$(MAKE) --keep-going lint types contracts fast slow faults

check: install-test ## Before every commit: lint, types, contracts, unit tests on SQLite
	@$(MAKE) --keep-going lint types contracts unit

# --- the parts of the tests -------------------------------------------------------------------------------------------

lint: install-test ## Style and format
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: install-test ## Types
	$(PY) -m mypy

contracts: install-test ## Who may import whom
	$(VENV)/bin/lint-imports --config setup.cfg --no-cache

unit: install-test ## Unit tests, SQLite only, without whole campaigns and upgrades
	$(PYTEST) -n 2 --dist loadfile $(addprefix --ignore=,$(WHOLE)) -m "not postgres and not ($(SLOW))"

fast: install-test ## Unit tests on SQLite and PostgreSQL
	$(PYTEST) -n 2 --dist loadfile -r s -m "not ($(SLOW))"

slow: install-test ## Browser, packaging, filled installations
	$(PYTEST) -n 2 --dist loadfile -r s --durations=5 -m "($(SLOW)) and not faults"

faults: install-test ## Killed processes, one test after the other
	$(PYTEST) -r s --durations=5 -m faults

# --- other work -------------------------------------------------------------------------------------------------------

bench: install-test ## Measure; bench/README.md says what
	$(PY) -m bench

format: install-test ## Put the code into its format
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

migration: install-test ## Write the next migration from the tables: make migration WORD=what_changes
	$(PY) -m server._migrations.new "$(WORD)"

release-database: install-test ## Keep a filled database of this release for the upgrade tests
	$(PY) -m tests.upgrade.keep_release $$(sed -n 's/^version = //p' setup.cfg)

frontend: ## Build browser files and the FEEL bundle again; fails when they differ from what is committed (needs npm)
	cd frontend && npm ci --ignore-scripts --no-audit --no-fund && npm run build
	cd frontend/feel && npm ci --ignore-scripts --no-audit --no-fund && npm run build
	git diff --exit-code -- server/static/dist server/engine/assets

lock: ## Resolve the dependencies of setup.cfg anew into requirements/*.txt
	@test -x build/lock/bin/uv || { $(PYTHON) -m venv build/lock && build/lock/bin/python -m pip install --quiet "uv>=0.13,<1"; }
	build/lock/bin/uv pip compile $(LOCKED) setup.cfg requirements/build.in -o requirements/run.txt
	build/lock/bin/uv pip compile $(LOCKED) --extra test -c requirements/run.txt setup.cfg requirements/build.in \
		-o requirements/test.txt
LOCKED := --quiet --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url $(UPGRADE)

clean: ## Remove what the tools made, keep data and virtualenv
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .hypothesis .import_linter_cache test-results

# --- installing -------------------------------------------------------------------------------------------------------

needs:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		&& $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "Python 3.11 or newer with venv is missing. On Debian 12 run:  apt-get install -y python3 python3-venv"; exit 1; }

# A virtualenv holds absolute paths: one that was moved, or half made, is made again.
venv: needs
	@test "$$(cat $(VENV)/.place 2>/dev/null)" = "$$(pwd)" && $(PY) -m pip --version >/dev/null 2>&1 \
		|| { echo "Making $(VENV)"; $(PYTHON) -m venv --clear $(VENV) && pwd > $(VENV)/.place; }

# Installed again only when the lock or setup.cfg differs from what was installed last.
install: venv
	@cmp -s requirements/run.txt $(VENV)/.lock-run || { echo "Installing dependencies"; \
		$(PY) -m pip install --quiet --require-hashes -r requirements/run.txt && cp requirements/run.txt $(VENV)/.lock-run; }
	@cmp -s setup.cfg $(VENV)/.setup || { \
		PYTHONWARNINGS=ignore $(PY) -m pip install --quiet --no-deps --no-build-isolation --editable . && cp setup.cfg $(VENV)/.setup; }

install-test: install
	@cmp -s requirements/test.txt $(VENV)/.lock-test || { echo "Installing what the tests need"; \
		$(PY) -m pip install --quiet --require-hashes -r requirements/test.txt && cp requirements/test.txt $(VENV)/.lock-test; }

# Chromium, its words, Chinese fonts and PostgreSQL: installed where that needs no password, else named.
apt-for-tests:
	@missing=; for package in $(APT_FOR_TESTS); do \
		dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null | grep -qx installed || missing="$$missing $$package"; done; \
	test -z "$$missing" && exit 0; \
	if test "$$(id -u)" = 0; then sudo=; elif sudo -n true 2>/dev/null; then sudo="sudo -n"; else sudo=none; fi; \
	if test "$$sudo" = none || ! command -v apt-get >/dev/null; then \
		echo "Some tests will be skipped. To run them all:  apt-get install -y$$missing"; exit 0; fi; \
	echo "Installing$$missing"; \
	$$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null \
		|| echo "Installing failed; some tests will be skipped. To run them all:  apt-get install -y$$missing"

# The accessibility checks read axe-core from frontend/node_modules; they say so when they are skipped.
axe:
	@test -f frontend/node_modules/axe-core/axe.min.js && exit 0; \
	command -v npm >/dev/null && (cd frontend && npm ci --ignore-scripts --no-audit --no-fund --silent) \
		|| echo "No axe-core: accessibility checks will be skipped. To run them: install npm, then  cd frontend && npm ci --ignore-scripts"
