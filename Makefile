# Everything a newcomer and CI run. `make demo` and `make test` set up what they need, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo serve test check lint types format translations clean help

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

demo: $(VENV)/.app  ## set up, match the sample directory, write the report
	$(BIN)/roundtable demo

serve: $(VENV)/.app  ## open the pages on this machine
	$(BIN)/roundtable serve

test: $(VENV)/.tests  ## set up what the tests need and run them
	$(BIN)/python -m pytest

check: lint types test  ## what CI runs

lint: $(VENV)/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.tests
	$(BIN)/mypy

format: $(VENV)/.tests
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

translations: $(VENV)/.tests  ## collect new sentences and compile the Korean ones
	$(BIN)/pybabel -q extract -F web/babel.cfg --no-location --sort-by-file --no-wrap -o /tmp/roundtable.pot .
	$(BIN)/pybabel -q update -i /tmp/roundtable.pot -d web/translations -l ko --no-wrap --no-fuzzy-matching --ignore-obsolete
	$(BIN)/pybabel -q compile -d web/translations

# torch is bounded in pyproject.toml: within the bounds pip takes the CPU build.
$(VENV)/.app: pyproject.toml
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@echo "installing (a few minutes and about 2 GB the first time)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --progress-bar off -e .
	@touch $@

$(VENV)/.tests: $(VENV)/.app pyproject.toml
	@echo "installing what the tests need"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --progress-bar off -e ".[test]"
	@sh tests/install_browser.sh
	@touch $@

clean:  ## forget the environment and what was built
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
