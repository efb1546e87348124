# `make run` starts the hub, `make test` tests it. Works with GNU make 3.81, which is macOS's.
# Settings may stand on the command line (`make run PORT=9000`): make hands them on in the environment.
.PHONY: help run install test test-sqlite test-postgres test-clients chaos bench bench-workflows docs lint format types architecture checks lock

PYTHON = .venv/bin/python
CHAOS_ROUNDS = 20
CHAOS_DECLARES = 300
CHAOS_RUNS = 1000

help: ## Say what there is to make
	@sed -n 's/^\([a-z-]*\):.*## /make \1|/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

run: install ## Start the hub: web and background worker, until Ctrl-C
	@$(PYTHON) manage.py serve

install: ## Make .venv and install what requirements.lock names, where that is not so already
	@bin/install

test: install ## Test on SQLite and PostgreSQL, public clients apart; ARGS go to pytest
	@$(PYTHON) -m tests $(ARGS)

test-sqlite: install ## Test on SQLite alone
	@$(PYTHON) -m tests --only sqlite $(ARGS)

test-postgres: install ## Test on PostgreSQL alone
	@$(PYTHON) -m tests --only postgresql $(ARGS)

test-clients: install ## Let the public clients talk to the hub on a real socket
	@$(PYTHON) -m tests --only sqlite -n 0 tests/clients $(ARGS)

chaos: install ## Kill processes in mid-work, over CHAOS_RUNS runs of workflows, on both databases
	@CHAOS_ROUNDS=$(CHAOS_ROUNDS) CHAOS_DECLARES=$(CHAOS_DECLARES) CHAOS_RUNS=$(CHAOS_RUNS) \
		$(PYTHON) -m tests -n 0 -m chaos -rP $(ARGS)

bench: install ## Compare with the leanest server there is (some minutes); ARGS: --rounds, --seconds
	@$(PYTHON) -m benchmarks $(ARGS)

bench-workflows: install ## Ask 200 workflows about 10,000 events, and see how soon a first step is done
	@$(PYTHON) -m benchmarks.conditions
	@$(PYTHON) -m benchmarks.workflows

docs: install ## Write the tables of docs/ anew from the API's document and the tests
	$(PYTHON) -m tests.contract
	$(PYTHON) -m tests.integrations

lint: install ## Look for mistakes and for untidiness
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check

format: install ## Tidy
	$(PYTHON) -m ruff check --fix
	$(PYTHON) -m ruff format

types: install ## Check types
	$(PYTHON) -m mypy

architecture: install ## Check who imports whom
	.venv/bin/lint-imports

checks: install ## Check migrations, and the settings of production
	@bin/checks

lock: install ## Write requirements.lock anew from pyproject.toml
	$(PYTHON) -m pip install --quiet uv
	.venv/bin/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --group dev pyproject.toml --output-file requirements.lock
