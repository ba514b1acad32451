# Two doors: `make demo` and `make test`. Both install what they need into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := demo

.PHONY: demo test lint types programs unit clean

demo: $(VENV)/.base
	@mkdir -p $(DEMO)
	$(BIN)/railmap synth $(DEMO)/ortho.tif --truth $(DEMO)/truth.gpkg --seed 16 --kind junction --gsd 0.05 \
		--width 4000 --height 4000 --overwrite
	$(BIN)/railmap vectorize $(DEMO)/ortho.tif -o $(DEMO)/tracks.gpkg --overwrite
	$(BIN)/railmap evaluate $(DEMO)/tracks.gpkg $(DEMO)/truth.gpkg --picture $(DEMO)/evaluation.png \
		--image $(DEMO)/ortho.tif --overwrite
	$(BIN)/railmap preview $(DEMO)/tracks.gpkg $(DEMO)/ortho.tif -o $(DEMO)/map.png --overwrite
	@echo
	@echo "The map:     $(abspath $(DEMO))/tracks.gpkg  (open it in QGIS: it comes styled)"
	@echo "Its picture: $(abspath $(DEMO))/map.png"

test: $(VENV)/.dev lint types programs unit

# The tests drive a real QGIS and a real browser. On Debian, as root, they are installed; elsewhere
# those tests skip and say what is missing.
programs:
	@command -v qgis_process >/dev/null && command -v chromium >/dev/null && command -v xvfb-run >/dev/null \
	|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq \
	&& DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	qgis python3-qgis qgis-providers xvfb xauth chromium >/dev/null; } \
	|| echo "QGIS, Xvfb and Chromium can't be installed here: tests that need them will skip"

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: $(VENV)/.dev
	$(BIN)/mypy

unit: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto -q --ignore=tests/training --ignore=tests/benchmarks
	# in a process of its own: data loaders that fork beside other rooms' thread pools die now and then
	$(BIN)/python -m pytest -q tests/training tests/benchmarks

$(VENV)/.made:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip
	@touch $@

$(VENV)/.base: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install -q -e ".[synth]"
	@touch $@

$(VENV)/.dev: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install -q -e ".[dev]"
	# for QGIS's own Python, which tests/qgis runs: beside this environment, not in it
	$(BIN)/python -m pip install -q --upgrade --target $(VENV)/qgis "pytest-qgis>=5"
	@touch $@ $(VENV)/.base

clean:
	rm -rf $(VENV) $(DEMO) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

.PHONY: plugin
plugin:
	$(PYTHON) qgis_plugin/build.py
