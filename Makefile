# Thin on purpose: each target says what it runs, and CI calls the same ones.
PYTHON ?= python3
PORT ?= 8000
export PORT

# For make compare: few photos and epochs, so that it ends on a laptop; SUBSET= EPOCHS= for all.
# JUDGE=N: judged on N photos of each data set alone.
RUNS ?= runs
SUBSET ?= 1000
EPOCHS ?= 2
JUDGE ?=

BIN := .venv/bin
VERSION := $(shell $(PYTHON) --version 2>&1)
# A stamp's name holds the hash of what was installed: nothing is done twice, a change is never missed.
hash = $(shell echo "$(VERSION)" | cat - $(1) 2>/dev/null | sha256sum | cut -c1-16)
RUNTIME := .venv/.runtime-$(call hash,requirements.txt)
DEVELOPMENT := .venv/.development-$(call hash,requirements.txt requirements-dev.txt)
PIP := $(BIN)/python -m pip install --disable-pip-version-check --require-hashes --quiet --progress-bar off

.DEFAULT_GOAL := help
.PHONY: help run install test lint bench compare assets

help:
	@echo "make run      start everything (PORT=8000, STATE_DIR=var)"
	@echo "make test     run every test on servers of their own"
	@echo "make lint     check style, types, import rules and settings"
	@echo "make bench    measure, and print one table"
	@echo "make compare  train and judge the studies' networks (DATA=DIR INIT=DIR RUNS=runs)"
	@echo "make install  what those need, nothing started"

run: $(RUNTIME) assets
	@$(BIN)/python manage.py up

install: $(DEVELOPMENT) assets

test: install
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(TESTS)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

bench: install
	$(BIN)/python -m tests.bench

compare: install
	@test -n "$(DATA)" || { echo "Name the folder of the photos: make compare DATA=DIR"; exit 2; }
	$(BIN)/python -m training.compare --data "$(DATA)" --runs "$(RUNS)" $(if $(INIT),--init "$(INIT)") \
	  $(if $(SUBSET),--subset $(SUBSET)) $(if $(EPOCHS),--epochs $(EPOCHS)) \
	  $(if $(JUDGE),--judge $(JUDGE))

assets: $(RUNTIME)
	@$(BIN)/python assets/build.py

$(RUNTIME):
	@$(PYTHON) deploy/check_python.py
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "Making .venv ..."; $(PYTHON) -m venv --clear .venv; }
	@echo "Installing Python packages (several hundred megabytes, some minutes) ..."
	@rm -f .venv/.runtime-*
	@$(PIP) -r requirements.txt
	@touch $@

$(DEVELOPMENT): $(RUNTIME)
	@echo "Installing the development tools ..."
	@rm -f .venv/.development-*
	@$(PIP) -r requirements-dev.txt
	@touch $@
