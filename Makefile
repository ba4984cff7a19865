# The commands of a fresh machine; each makes the virtual environment it needs. ARGS goes to oaihub or pytest.
#   make run        install, start everything in one process tree with a small demonstration repository
#   make test       every test that this machine can serve, long proofs left out
#   make test-slow  the long proofs alone          make test-all  both in one run
#   make check      format, lint, import arrows, types

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(firstword $(shell for name in python3.11 python3.12 python3.13 python3.14 python3; do \
	command -v $$name >/dev/null && $$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	2>/dev/null && echo $$name; done))

.PHONY: run test test-slow test-all check clean

run: $(VENV)/installed
	@echo "Starting oaihub with its demonstration; it says which page to open. Ctrl-C ends everything."
	@exec $(BIN)/oaihub run --demo $(ARGS)

test: $(VENV)/installed-dev
	@exec $(BIN)/pytest $(ARGS)

test-slow: $(VENV)/installed-dev
	@exec $(BIN)/pytest -m slow $(ARGS)

test-all: $(VENV)/installed-dev
	@exec $(BIN)/pytest -m "" $(ARGS)

check: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

clean:
	rm -rf $(VENV)

# Stamps: pip runs again only when what it installs has changed. The code itself is used in place (-e).
$(VENV)/made:
	@test -n "$(PYTHON)" || { echo "oaihub needs Python 3.11 or newer with venv (Debian: apt install python3-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed: pyproject.toml $(VENV)/made
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/installed-dev: pyproject.toml $(VENV)/made
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/installed
