# The commands of the back office. GNU make and Python 3.11 with venv are all they need; `make` lists them.

.NOTPARALLEL:
.DEFAULT_GOAL := help

# The first Python that is new enough. Nothing before the set-up may need more than this.
PYTHON ?= $(shell for one in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$one" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$one" && break; done)

VENV := .venv/bin
# What follows the name of the tests' command, for example: make test ARGS="tests/posts -k slug"
ARGS ?=

.PHONY: help setup run test check format bench bench-i18n bench-large bench-mail messages docs services clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install everything into .venv; seconds when nothing changed
	@test -n "$(PYTHON)" || { echo "This needs Python 3.11 or newer; none was found." >&2; exit 1; }
	@"$(PYTHON)" tools/setup.py

run: setup ## Bring the database up to date and serve on HOST and PORT
	@exec $(VENV)/python run.py

test: setup ## Pass the tests (some: ARGS="tests/posts"; with the branches they cover: COVERAGE=1)
	$(VENV)/python -m pytest --numprocesses=auto $(ARGS) $(if $(COVERAGE),--cov --cov-report=term --cov-fail-under=95)

check: setup ## Lint, formatting, types
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy

format: setup ## Put the code into its form
	$(VENV)/ruff check --fix .
	$(VENV)/ruff format .

bench: setup ## Measure the lists and the desk with a million comments, and what trust costs
	$(VENV)/python -m benchmarks.lists $(ARGS)
	$(VENV)/python -m benchmarks.trust --entries 1000000 $(ARGS)
	$(VENV)/python -m benchmarks.desk $(ARGS)
	$(VENV)/python -m benchmarks.i18n
	$(VENV)/python -m benchmarks.mail --mails 2000 --kills 5

bench-i18n: setup ## Measure what saving a translation changes, and how quick it is
	$(VENV)/python -m benchmarks.i18n $(ARGS)

bench-mail: setup ## Measure how quick mail is, and whether any is lost when processes are killed
	$(VENV)/python -m benchmarks.mail $(ARGS)

bench-large: setup ## The same with ten million; takes long
	$(VENV)/python -m benchmarks.lists --large $(ARGS)
	$(VENV)/python -m benchmarks.trust $(ARGS)

messages: setup ## Collect new texts into the catalogs
	$(VENV)/flask i18n extract
	$(VENV)/flask i18n update

docs: setup ## Write the documents that come from the code anew
	$(VENV)/flask docs checks
	$(VENV)/flask docs jobs
	$(VENV)/flask docs permissions
	$(VENV)/flask docs routes

services: ## Install what all tests need on Debian: browser, databases, brokers
	@test -n "$(PYTHON)" || { echo "This needs Python 3.11 or newer; none was found." >&2; exit 1; }
	@"$(PYTHON)" tools/services.py

clean: ## Remove what tools have made; databases, files and .venv stay
	rm -rf .mypy_cache .pytest_cache .ruff_cache .coverage .coverage.* htmlcov build
	find . -name __pycache__ -type d -not -path './.venv/*' -not -path './node_modules/*' -prune -exec rm -rf {} +
