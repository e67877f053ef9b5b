# make demo         a clip made from a portrait, and the main job on it
# make web          the app's pages, for `emopoi serve` (needs Node.js)
# make test         all tests
# make check        style, types, import contracts, tests with coverage
# make device-test  the main job in an environment without TensorFlow and mediapipe
# make docs         the documentation as a site in build/site, strictly
# make soak         the app under load for five minutes, and its end in mid-job
# make clean        removes environments, build leftovers and caches; results in out/ stay
#
# PYTHON=/path/to/python3.11 names the interpreter. Environments are made once and kept.

SHELL := /bin/bash
export PYTHON

VENV := .venv
DEVICE_VENV := build/device-venv
BIN := $(VENV)/bin
OUT ?= out
TESTS ?=
MINIMUM_COVERAGE := 85

.PHONY: help demo web docs test check device-test soak environment docs-environment test-environment device-environment clean

help:
	@sed -n 's/^# //p' Makefile | head -n 8

demo: environment
	$(BIN)/emopoi demo --out $(OUT)

web:
	@scripts/make_web.sh

docs: docs-environment
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --clean
	@echo "build/site/index.html"

test: test-environment
	@scripts/make_web.sh --if-possible
	$(BIN)/python -m pytest $(TESTS)

check: test-environment
	@scripts/make_web.sh --if-possible
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy emopoi recommender scripts emotion_age_gender_recognition.py
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest --cov --cov-report=term --cov-fail-under=$(MINIMUM_COVERAGE) $(TESTS)

device-test: environment device-environment
	scripts/device_test.sh $(VENV) $(DEVICE_VENV)

soak: test-environment
	$(BIN)/python scripts/soak.py

environment:
	@scripts/make_environment.sh $(VENV) requirements.txt

docs-environment:
	@scripts/make_environment.sh $(VENV) requirements.txt requirements-docs.txt

test-environment:
	@scripts/make_environment.sh $(VENV) requirements.txt requirements-test.txt requirements-track.txt \
	  requirements-batch.txt requirements-docs.txt

device-environment:
	@scripts/make_environment.sh --no-project $(DEVICE_VENV) requirements-device.txt

clean:
	rm -rf web/node_modules web/build emopoi/serve/pages
	rm -rf $(VENV) build dist *.egg-info .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
