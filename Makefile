# Two doors: `make demo` and `make test`. Both install what they need into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := demo

.PHONY: demo test lint types unit clean

demo: $(VENV)/.base
	@mkdir -p $(DEMO)
	$(BIN)/railmap synth $(DEMO)/ortho.tif --truth $(DEMO)/truth.gpkg --seed 8 --kind junction --gsd 0.05 \
		--width 4000 --height 4000 --overwrite
	$(BIN)/railmap vectorize $(DEMO)/ortho.tif -o $(DEMO)/tracks.gpkg --overwrite
	$(BIN)/railmap evaluate $(DEMO)/tracks.gpkg $(DEMO)/truth.gpkg --picture $(DEMO)/evaluation.png \
		--image $(DEMO)/ortho.tif --overwrite
	$(BIN)/railmap preview $(DEMO)/tracks.gpkg $(DEMO)/ortho.tif -o $(DEMO)/map.png --overwrite
	@echo
	@echo "The map:     $(abspath $(DEMO))/tracks.gpkg  (open it in QGIS: it comes styled)"
	@echo "Its picture: $(abspath $(DEMO))/map.png"

test: $(VENV)/.dev lint types unit

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

unit: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto -q --ignore=tests/training
	# in a process of its own: torch's training beside other rooms' thread pools ended a worker now and then
	$(BIN)/python -m pytest -q tests/training

$(VENV)/.made:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip
	@touch $@

$(VENV)/.base: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install -q -e ".[synth]"
	@touch $@

$(VENV)/.dev: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install -q -e ".[dev]"
	@touch $@ $(VENV)/.base

clean:
	rm -rf $(VENV) $(DEMO) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

.PHONY: plugin
plugin:
	$(PYTHON) qgis_plugin/build.py
