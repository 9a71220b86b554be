# Everything sets itself up: Python 3.11 or later, make and git are enough. Targets work in a path with a space in it.

PYTHON ?= python3
DISTRICT ?= lakeside
ARGS ?=
UV_VERSION := 0.13.9
BIN := .venv/bin
READY := .venv/.ready

# Compiled modules make Airflow's processes start three times faster.
export PYTHONDONTWRITEBYTECODE :=
unexport VIRTUAL_ENV PYTHONHOME

.PHONY: help demo up down test check bench moved

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile

demo: $(READY) ## The sample district from source systems to delivered alerts (DISTRICT=chicago for the real records)
	@$(BIN)/schoolward demo --district "$(DISTRICT)"

up: $(READY) ## Start the platform and leave it running
	@$(BIN)/schoolward up

down: $(READY) ## Stop the platform
	@$(BIN)/schoolward down

test: $(READY) ## All tests (ARGS="tests/unit -k clock" for some)
	@$(BIN)/python -m pytest --numprocesses 3 --dist loadgroup --no-loadscope-reorder $(ARGS)

check: $(READY) ## Lint, types, layering, SQL style, compose file
	$(BIN)/ruff check .
	$(BIN)/mypy --strict include dags plugins
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes 2 dbt_project
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

bench: $(READY) ## Every benchmark: a table and a line of JSON each
	@set -e; for file in benchmarks/*.py; do $(BIN)/python "$$file"; done

# The stamp holds the folder it was made in: scripts and the editable install name it, so a moved checkout starts anew.
ifneq ($(shell cat $(READY) 2>/dev/null),$(CURDIR))
$(READY): moved
endif
moved:

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is %d.%d: make PYTHON=/path/to/python3.11" % sys.version_info[:2])'
	@echo "Installing the Python packages into .venv"
	@rm -f $(READY)
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check "uv==$(UV_VERSION)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@printf '%s' "$(CURDIR)" > $(READY)
