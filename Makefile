# Set-up, chat, tests and checks. Every target may be run again: what is done is not done twice.
#   make chat     set up, then talk about an example case      make test    set up, then the whole test suite
#   make setup    set up only                                  make check   lint, types and the fast tests
#   make bench-index   how fast an index is built and searched, beside the usual route

PYTHON ?= python3
VENV ?= .venv
CASE ?= examples/chest-pain.txt
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# The version whose CPU build is known to work; the package itself asks only for a range.
TORCH ?= 2.13.0
# On a terminal pip shows its progress; in a log it is silent.
QUIET := $(shell test -t 2 || echo --quiet)

.PHONY: chat setup test check bench-index format clean

chat: setup
	@$(BIN)/wardround chat $(CASE)

setup: $(VENV)/.package
	@$(BIN)/wardround models get >&2
	@$(BIN)/wardround index add --starter >&2

test: setup $(VENV)/.extras
	WARDROUND_TEST_INDEX="$$($(BIN)/python -c 'from assistant.settings import load_settings as s; print(s().index_folder)')" \
		$(BIN)/python -m pytest

check: $(VENV)/.extras
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -m "not real and not slow"

# Building beside the usual LangChain route on the same passages, then searching as the index grows.
bench-index: setup $(VENV)/.bench
	$(BIN)/python -m index.benchmarks build --passages 1000 --rounds 3 --model "$$($(BIN)/python -c \
		'from assistant.settings import load_settings as s; print(s().models_folder / "all-minilm-l6-v2" / "source")')"
	$(BIN)/python -m index.benchmarks scale

format: $(VENV)/.extras
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Without a GPU the CPU build saves gigabytes: it is asked for by its local version first, which needs an index or a file
# that has it (PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS); failing that, the ordinary build works just as well.
$(VENV)/.torch:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Wardround needs Python 3.11 or newer; run make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Creating the environment in $(VENV)" >&2
	@$(PYTHON) -m venv $(VENV)
	@if command -v nvidia-smi >/dev/null 2>&1; then \
		echo "GPU found: installing torch with CUDA" >&2; $(PIP) install $(QUIET) torch; \
	else \
		echo "No GPU found: installing torch $(TORCH) for the CPU" >&2; \
		$(PIP) install $(QUIET) "torch==$(TORCH)+cpu" 2>/dev/null || $(PIP) install $(QUIET) "torch==$(TORCH)"; \
	fi
	@touch $@

$(VENV)/.package: $(VENV)/.torch pyproject.toml
	@echo "Installing Wardround and what it needs (one to three minutes)" >&2
	@$(PIP) install $(QUIET) --editable .
	@touch $@

$(VENV)/.extras: $(VENV)/.package
	@echo "Installing what the tests need" >&2
	@$(PIP) install $(QUIET) --editable ".[test]"
	@touch $@

$(VENV)/.bench: $(VENV)/.package
	@echo "Installing what the benchmarks compare with" >&2
	@$(PIP) install $(QUIET) --editable ".[bench]"
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache
