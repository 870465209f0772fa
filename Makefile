# The verbs of this project. Git, make and Python 3.11 or 3.12 are all that must be there.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.12 >/dev/null 2>&1 && python3.12 -c 0 2>/dev/null && echo python3.12 || \
	{ command -v python3.11 >/dev/null 2>&1 && python3.11 -c 0 2>/dev/null && echo python3.11; } || echo python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip install --disable-pip-version-check
DATA ?= chorus
ONCE ?=
NAME ?=
ARGS ?=

.PHONY: help install demo up down status test test-slow lint types real bench docs clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(STAMP): requirements.lock pyproject.toml
	@if [ ! -x $(BIN)/python ]; then \
	  $(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if v in ((3, 11), (3, 12)) else f"Python 3.11 or 3.12 is needed; $(PYTHON) is %d.%d. Name one: make PYTHON=/path/to/python3.12" % v)' && \
	  $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "no environment: is the package python3-venv installed?" >&2; exit 1; }; fi
	@[ -e $@ ] || echo "installing the requirements into $(VENV): about 3 GB are fetched, once"
	@$(PIP) $$([ -e $@ ] && echo --quiet) --no-compile -r requirements.lock
	@$(PIP) --quiet --no-deps -e .
	@$(BIN)/python -m encoders.text.compiled
	@touch $@

install: $(STAMP) ## make the environment in .venv

demo: $(STAMP) ## the sample shop, from nothing to a page in the browser (ONCE=1: run through and exit)
	@$(BIN)/vitrine demo $(if $(ONCE),--once)

up: $(STAMP) ## start the local stack
	@$(BIN)/vitrine up

down: ## stop the local stack
	@[ ! -x $(BIN)/vitrine ] || $(BIN)/vitrine down

status: $(STAMP) ## what runs, and where
	@$(BIN)/vitrine status

test: lint types ## lint, types, layers and every test that is not slow
	@$(BIN)/python -m pytest -m "not slow" $(ARGS)

test-slow: $(STAMP) ## simulations and stress runs
	@$(BIN)/python -m pytest -m slow $(ARGS)

lint: $(STAMP) ## style, formatting and the layers contract
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

types: $(STAMP) ## mypy in its strict mode
	@$(BIN)/mypy

real: $(STAMP) ## index, enrich and evaluate a real catalogue (DATA=chorus, luma, grocery, eshop, movies or retail)
	@$(BIN)/python -m examples.real $(DATA) $(ARGS)

bench: $(STAMP) ## one benchmark (NAME=stack), or the list of them
	@if [ -n "$(NAME)" ]; then $(BIN)/python -m benchmarks.$(NAME) $(ARGS); \
	else echo "make bench NAME=… [ARGS=…], one of:"; \
	  grep -lE "^if __name__|def main" -r benchmarks --include='*.py' | sed 's#^benchmarks/##; s#\.py$$##; s#/#.#g' | sort | sed 's/^/  /'; fi

docs: $(STAMP) ## write the generated parts of docs/
	@$(BIN)/python -m docs.generate

clean: down ## stop the stack and remove everything that was made here, the environment too
	rm -rf $(VENV) .vitrine .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .screens dist
