# Everything sets itself up: the first call makes .venv and installs what its target needs, the next ones start at once.
#
#   make demo    LeNet-5, analysed            make lint    ruff, mypy --strict, the one-way street
#   make test    the tests                    make bench   the benchmarks
#   make slow    the tests that take long     make zoo     the published networks, beside torchvision's
#   make prove   receptive fields of random programs, beside autograd's: MINUTES=5
#   make fuzz    random inputs through every command: MINUTES=5
#   make pictures   those of the README, anew
#   make clean   removes what was made, .venv too
#
# PYTHON=python3.12 chooses the interpreter, TORCH=torch==2.9.1 another build of torch, ARGS="-k lenet" goes to pytest.

PYTHON ?= python3
# Exactly this: torch stays a CPU build where one is offered, anything looser may bring gigabytes of CUDA.
TORCH ?= torch==2.13.0
TORCHVISION ?= torchvision==0.28.0
ARGS ?=
MINUTES ?= 5

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq --no-input
STAMP := $(VENV)/.stamps

.DEFAULT_GOAL := demo
.PHONY: demo test slow zoo prove fuzz lint format bench pictures clean dot chromium
.DELETE_ON_ERROR:

demo: $(STAMP)/package
	@$(BIN)/cnndsl analyze examples/lenet.cnn

# One thread each: pytest-xdist already has a process for each core.
test: $(STAMP)/dev $(STAMP)/torchvision dot chromium
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 8 --dist worksteal $(ARGS) </dev/null

slow: $(STAMP)/dev $(STAMP)/torchvision dot chromium
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m slow $(ARGS) </dev/null

zoo: $(STAMP)/dev $(STAMP)/torchvision
	@OMP_NUM_THREADS=1 $(BIN)/python -m tests.specs $(ARGS)

prove: $(STAMP)/dev | $(STAMP)/torch
	@OMP_NUM_THREADS=1 $(BIN)/python -m tests.sight.prove $(MINUTES)

fuzz: $(STAMP)/dev | $(STAMP)/torch
	@OMP_NUM_THREADS=1 $(BIN)/python -m tests.fuzz $(MINUTES) $(ARGS)

lint: $(STAMP)/dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q --no-header -p no:cacheprovider tests/test_street.py </dev/null

format: $(STAMP)/dev
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

pictures: $(STAMP)/dev dot
	@$(BIN)/python -m tests.pictures $(ARGS)

# Compiled before it is timed, also where PYTHONDONTWRITEBYTECODE is set.
bench: $(STAMP)/bench
	@$(BIN)/python -m compileall -q cnndsl grammar specs
	@$(BIN)/python -m tests.benchmarks $(ARGS)

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- set-up -----------------------------------------------------------------

$(STAMP)/venv:
	@command -v $(PYTHON) >/dev/null || { echo "cnndsl needs Python 3.11 or later, and there is no '$(PYTHON)'; install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "cnndsl needs Python 3.11 or later, and '$(PYTHON)' is $$($(PYTHON) -V 2>&1); name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { apt-get update -qq; apt-get install -y -qq python3-venv; } >/dev/null </dev/null; } || true
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "'$(PYTHON)' cannot make virtual environments: install its venv package (Debian, Ubuntu: sudo apt-get install python3-venv)" >&2; exit 1; }
	@echo "making $(VENV) with $$($(PYTHON) -V)"
	@$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMP) && touch $@

$(STAMP)/package: pyproject.toml | $(STAMP)/venv
	@echo "installing cnndsl"
	@$(PIP) -e .
	@touch $@

# torch goes first where both are wanted, so that nothing else chooses its build.
$(STAMP)/torch: | $(STAMP)/venv
	@echo "installing $(TORCH) (the largest download)"
	@$(PIP) $(TORCH)
	@touch $@

# Without what it depends on: its torch would be another one. Where it is not to be had, the tests beside it are skipped.
$(STAMP)/torchvision: $(STAMP)/dev | $(STAMP)/torch
	@echo "installing $(TORCHVISION), which the published networks are held against"
	@$(PIP) pillow && $(PIP) --no-deps $(TORCHVISION) || echo "$(TORCHVISION) is not to be had: the tests beside it are skipped" >&2
	@touch $@

$(STAMP)/dev: pyproject.toml | $(STAMP)/venv $(if $(filter test slow zoo prove fuzz bench,$(MAKECMDGOALS)),$(STAMP)/torch)
	@echo "installing cnndsl with the tools of development"
	@$(PIP) -e '.[dev]'
	@touch $@ $(STAMP)/package

$(STAMP)/bench: $(STAMP)/torchvision
	@echo "installing torchinfo, which the benchmarks run"
	@$(PIP) torchinfo
	@touch $@

dot:
	@command -v dot >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "installing graphviz" && { apt-get update -qq; apt-get install -y -qq --no-install-recommends graphviz; } >/dev/null </dev/null; } || true
	@command -v dot >/dev/null || echo "graphviz's 'dot' is missing: the tests that draw are skipped (sudo apt-get install graphviz, or brew install graphviz)" >&2

# The browser that Debian and Ubuntu pack; Playwright's own would be a second download.
chromium:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "installing chromium" && { apt-get update -qq; apt-get install -y -qq --no-install-recommends chromium; } >/dev/null </dev/null; } || true
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || echo "chromium is missing: the tests of the page are skipped (sudo apt-get install chromium)" >&2
