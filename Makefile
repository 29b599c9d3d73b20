# Bare `make` prints what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

KEYWORDS := say count:1,2 mark UserError InvalidInputError NotFoundError RefusedError
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --upgrade --generate-hashes --universal --python-version 3.11 \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help install demo test bench-summaries bench-pleas bench-extraction bench-intake bench-inbox bench-digests bench-sources bench-search bench-transport bench-delivery chaos format texts language lock clean

help:  ## print these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 26

install: $(STAMP)  ## make .venv with the locked dependencies

$(STAMP): pyproject.toml requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Comeback needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up $(VENV): this takes a minute or two, once."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $(STAMP)

demo: install  ## try Comeback in a local sandbox (ARGS="--fresh --port 8091")
	@$(BIN)/comeback demo $(ARGS)

test: install  ## lint, types, import law, and all tests on SQLite and PostgreSQL
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -n 3 $(ARGS)

bench-summaries: install  ## ROUGE, faults and time of our summaries against others (needs ../shared)
	$(BIN)/python -m tests.load.bench_summaries $(ARGS)

bench-pleas: install  ## precision and recall of pleas and help sentences (needs ../shared)
	$(BIN)/python -m tests.load.bench_pleas $(ARGS)

bench-extraction: install  ## what we read out of real pages against other extractors (needs ../shared)
	$(BIN)/python -m tests.load.bench_extraction $(ARGS)

bench-sources: install  ## what 500 sources cost
	$(BIN)/python -m tests.load.bench_sources $(ARGS)

bench-search: install  ## how long a search takes in many stories (needs ../shared)
	$(BIN)/python -m tests.load.bench_search $(ARGS)

bench-intake: install  ## does the bot answer while 1,000 stories are taken in (needs ../shared)
	$(BIN)/python -m tests.load.bench_intake $(ARGS)

bench-inbox: install  ## are readers answered while 1,000 letters, 50 slow links and a flooded group wait
	$(BIN)/python -m tests.load.bench_inbox $(ARGS)

bench-digests: install  ## a quarter of 1.2 million due at 8:00, and all of them held at night
	$(BIN)/python -m tests.load.bench_digests $(ARGS)

bench-transport: install  ## our HTTP transport against python-telegram-bot's own
	$(BIN)/python -m tests.load.bench_transport $(ARGS)

bench-delivery: install  ## messages/s, CPU and memory beside other libraries, and growth to 1.2 million (about 20 minutes)
	@test -x .venv-bench/bin/python || { $(PYTHON) -m venv .venv-bench && .venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock; } || { echo "The other libraries cannot be installed: ours alone is measured."; rm -rf .venv-bench; }
	$(BIN)/python -m tests.load.bench_delivery $(ARGS)

chaos: install  ## kill -9, a frozen worker, a frozen database: who is missed, what comes twice (about half an hour)
	$(BIN)/python -m tests.load.chaos $(ARGS)

format: install  ## put the code into its one form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

texts: install  ## bring every language's catalogue up to the sentences in the code
	$(BIN)/pybabel -q extract -F babel.cfg --no-default-keywords --no-location $(foreach word,$(KEYWORDS),-k $(word)) -o .texts.pot .
	$(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -D comeback -i .texts.pot -d bot/locales
	@rm .texts.pot

language: install  ## begin the catalogue of a further language: make language L=xx
	$(BIN)/pybabel -q extract -F babel.cfg --no-default-keywords --no-location $(foreach word,$(KEYWORDS),-k $(word)) -o .texts.pot .
	$(BIN)/pybabel -q init -D comeback -i .texts.pot -d bot/locales -l $(L)
	@rm .texts.pot

lock: install  ## pin the newest dependencies that fit, with their hashes
	$(LOCK) -o requirements.lock
	$(LOCK) --group dev -c requirements.lock -o requirements-dev.lock
	$(subst pyproject.toml,tests/load/contenders.in,$(LOCK)) -o requirements-bench.lock

clean:  ## remove .venv and what tests and demo left
	rm -rf $(VENV) .venv-bench .demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache tests/load/results
