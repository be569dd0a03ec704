# Each target is one line of intent; the work is in `drift` (scripts/) and dbt.
PYTHON ?= python3
BIN := .venv/bin
ENGINES := .venv-engines/bin
QUIETLY := -m pip --disable-pip-version-check --quiet
PIP := $(BIN)/python $(QUIETLY)

.DEFAULT_GOAL := help
export LANDING VARS
.PHONY: help build test test-sql test-engines test-browser torture alarms bench lint format simulate engines dashboard screenshots docs lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

build: .venv/core ## build and publish every mart, then print the summary [LANDING=folder] [VARS='name: value']
	@$(BIN)/drift run $${LANDING:+--landing "$$LANDING"} $${VARS:+--vars "$$VARS"}

test: .venv/dev ## everything that must hold: lint, types, dbt unit and data tests, pytest
	@$(MAKE) --no-print-directory --jobs 2 --output-sync lint test-sql
	@$(BIN)/pytest

test-sql: .venv/dev ## dbt's unit and data tests, on the committed seeds
	@PORTFOLIO_DRIFT_DB=target/test/test.duckdb $(BIN)/dbt build --target-path target/test --quiet

test-engines: .venv-engines/done ## the other engines give the same rows as DuckDB (the lake needs PostgreSQL, Spark Java 17)
	@$(ENGINES)/python -m pytest tests/engines

test-browser: .venv/dev ## the dashboards in Debian's Chromium: flow, look, access, runs beside (skips where there is no chromium)
	@$(BIN)/pytest -n 0 tests/browser

torture: .venv/dev ## break runs on purpose: nothing wrong may be published [SEED=n COUNT=ci|slice|full|n CAMPAIGN=name]
	@$(BIN)/python -m tests.torture $(foreach option,SEED COUNT CAMPAIGN,$(if $($(option)),--$(shell echo $(option) | tr A-Z a-z) '$($(option))'))

alarms: .venv/dev ## the monitoring of the risk model: quiet on stable made-up books, ringing when a regime changes [SEEDS=20 CHANGED=3]
	@$(BIN)/python -m tests.alarms $(foreach option,SEEDS CHANGED,$(if $($(option)),--$(shell echo $(option) | tr A-Z a-z) '$($(option))'))

bench: .venv/bench ## how fast, beside others, on made-up books [WHAT=facts,build,day,seeds,simulator,history,dashboard SIZES=500,5000 CONTENDERS=names REPEATS=3]
	@$(BIN)/python -m tests.bench $(foreach option,WHAT SIZES CONTENDERS REPEATS,$(if $($(option)),--$(shell echo $(option) | tr A-Z a-z) '$($(option))'))

lint: .venv/dev ## ruff, mypy --strict, sqlfluff
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .
	@$(BIN)/mypy
	@PORTFOLIO_DRIFT_DB=target/lint/lint.duckdb $(BIN)/sqlfluff lint --processes 1 models tests/dbt

format: .venv/dev ## ruff and sqlfluff, mending what they can
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .
	@PORTFOLIO_DRIFT_DB=target/lint/lint.duckdb $(BIN)/sqlfluff fix models tests/dbt

simulate: .venv/core ## make up a book [PORTFOLIOS=540 DAYS=504 SEED=7 END=date OUT=seeds/raw FORMAT=csv|parquet DEFECTS=n]
	@$(BIN)/drift simulate $(foreach option,PORTFOLIOS DAYS SEED END OUT FORMAT DEFECTS,$(if $($(option)),--$(shell echo $(option) | tr A-Z a-z) '$($(option))'))

engines: .venv-engines/done ## an environment with Apache Spark and DuckLake, for `--target spark` (wants Java 17) and `--target lake`

dashboard: .venv/dashboard ## the dashboards on what was published, at an address of this machine [PORT=8501]
	@$(BIN)/drift dashboard $(if $(PORT),--port '$(PORT)')

screenshots: .venv/dev ## pictures of the dashboards on the committed seeds, into dashboards/screenshots (needs chromium)
	@$(BIN)/python -m tests.browser.screenshots

docs: .venv/dev ## the dbt docs site as one page, with the star schema drawn
	@$(BIN)/drift docs

lock: .venv/dev ## resolve the dependencies of pyproject.toml anew
	@$(PIP) install uv
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile $(LOCK) pyproject.toml --group dev -o requirements-dev.lock
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile $(LOCK) pyproject.toml -c requirements-dev.lock -o requirements.lock
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile $(LOCK) pyproject.toml -c requirements-dev.lock --group dashboard -o requirements-dashboard.lock
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile $(LOCK) pyproject.toml -c requirements-dev.lock --group bench -o requirements-bench.lock
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile $(LOCK) --group engines -o requirements-engines.lock

LOCK := --quiet --universal --generate-hashes --no-emit-index-url --no-strip-extras --python-version 3.11 --upgrade

clean: ## remove what builds and tools wrote; the warehouse stays
	@rm -rf target logs .mypy_cache .ruff_cache .pytest_cache .hypothesis

# the environment: core for a build, dev on top of it for everything else, bench for measuring; made again when a lock changes
.venv/core: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the core dependencies into .venv, once"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: requirements-dev.lock .venv/core
	@echo "Installing the development dependencies into .venv, once"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

.venv/dashboard: requirements-dashboard.lock .venv/core
	@echo "Installing what the dashboard needs into .venv, once"
	@$(PIP) install --require-hashes -r requirements-dashboard.lock
	@touch $@

# other versions of DuckDB and pandas than .venv has, hence apart from it (pyproject.toml says why)
.venv-engines/done: requirements-engines.lock
	@test -x $(ENGINES)/python || $(PYTHON) -m venv .venv-engines
	@echo "Installing Spark and DuckLake into .venv-engines, once"
	@$(ENGINES)/python $(QUIETLY) install --require-hashes -r requirements-engines.lock
	@touch $@

.venv/bench: requirements-bench.lock .venv/core
	@echo "Installing what the bench needs into .venv, once"
	@$(PIP) install --require-hashes -r requirements-bench.lock
	@touch $@
