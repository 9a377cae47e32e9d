# Every target is one command of dev.py, which also works alone where there is no make.
#   make test ARGS="tests/plan -k duals"     PYTHON=python3.12 make demo
PYTHON ?= python3
ARGS ?=
TARGETS := demo test lint types layers slow bench docs lock locks clean

.DEFAULT_GOAL := help
.PHONY: help $(TARGETS)

help $(TARGETS):
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { \
	  echo "orebook: '$(PYTHON)' was not found; it needs Python 3.11 or newer." >&2; \
	  echo "  Debian, Ubuntu: apt install python3 python3-venv" >&2; \
	  echo "  another name:   make $@ PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" dev.py $@ $(ARGS)
