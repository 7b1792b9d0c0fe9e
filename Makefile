PORT ?= 8443
SIZE ?= small
DEMO_DIR ?= instance/demo$(if $(filter large,$(SIZE)),-large)
PYTHON ?= python3
UV = 0.13.9
BIN = .venv/bin
LOCK = .cache/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url pyproject.toml

# Programs start dozens of times in the tests: each would compile the whole application anew.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL = help
.PHONY: help demo demo-nginx edge test crash check bench lock

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

demo: .venv/ready ## the whole site on this machine, with python3 alone: PORT=8443 DEMO_DIR=instance/demo SIZE=large
	@exec $(BIN)/python -m demo.run --port $(PORT) --dir "$(DEMO_DIR)" --size $(SIZE)

demo-nginx: .venv/ready ## the same behind a real nginx (Debian: nginx-light)
	@exec $(BIN)/python -m demo.run --port $(PORT) --dir "$(DEMO_DIR)" --size $(SIZE) --front nginx

edge: ## what testssl.sh, sslyze and gixy-ng say of a running demo-nginx: PORT=8443 DEMO_DIR=instance/demo
	@tools/edge-check $(PORT) "$(DEMO_DIR)"

test: .venv/ready-dev ## every test, with real nginx, PostgreSQL, Redis, SMTP and Chromium
	@tools/system-packages
	@tools/html-checker
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

crash: .venv/ready-dev ## the long form of the tests that kill programs
	@CRASH_ROUNDS=50 $(BIN)/python -m pytest tests/base/test_mail_crashes.py tests/auth/test_a_year_of_mornings.py tests/rights/test_moves_at_once.py tests/rights/test_a_half_year.py tests/rights/inventory/test_at_once.py

check: .venv/ready-dev ## formatting, lint, types, translations
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/python tools/translations.py

bench: .venv/ready-dev ## measure: pages, logins and mail, against bare Flask, the hash and smtp-source
	@tools/bench-packages
	@$(BIN)/python -m bench

lock: .cache/uv/bin/uv ## requirements.txt and requirements-dev.txt from pyproject.toml
	$(LOCK) --output-file requirements.txt
	$(LOCK) --extra dev --constraint requirements.txt --output-file requirements-dev.txt

.venv/bin/python:
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/ready: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/ready-dev: requirements.txt requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ .venv/ready

.cache/uv/bin/uv:
	$(PYTHON) -m venv .cache/uv
	.cache/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
