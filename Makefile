# `make demo`, `make check`, `make test`, `make docs`: each installs what it needs into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := demo

.PHONY: demo dev check test docs docs-check lint types programs unit light clean plugin audit licences wheel lock

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
	@echo "Beside the truth: $(abspath $(DEMO))/evaluation.png"

dev: $(VENV)/.dev

# Before every commit: 3 minutes on two cores, without PyTorch and QGIS.
check: lint types light

# Everything.
test: $(VENV)/.dev lint types programs unit

# The tests drive a real QGIS and real browsers, and compile the faults of the crash trials. On Debian,
# as root, these programs are installed; elsewhere those tests skip and say what is missing.
programs:
	@command -v qgis_process >/dev/null && command -v chromium >/dev/null && command -v xvfb-run >/dev/null \
	&& command -v WebKitWebDriver >/dev/null && command -v cc >/dev/null \
	|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq \
	&& DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	qgis python3-qgis qgis-providers xvfb xauth chromium webkit2gtk-driver gcc libc6-dev >/dev/null; } \
	|| echo "QGIS, Xvfb, Chromium, WebKit and gcc can't be installed here: tests that need them will skip"

lint: $(VENV)/.check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/vulture

types: $(VENV)/.check
	$(BIN)/mypy

light: $(VENV)/.check
	$(BIN)/python -m pytest --light -n 2 -q

unit: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto -q --ignore=tests/training --ignore=tests/benchmarks
	# in a process of its own: data loaders that fork next to other rooms' thread pools die now and then
	$(BIN)/python -m pytest -q tests/training tests/benchmarks

$(VENV)/.made:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip
	@touch $@

$(VENV)/.base: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install -q -e ".[synth]"
	@touch $@

$(VENV)/.check: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install -q -e ".[check]"
	@touch $@ $(VENV)/.base

$(VENV)/.audit: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install -q "pip-audit>=2.7,<3" "pip-licenses>=5,<6" "cyclonedx-bom>=5,<8" "uv<1"
	@touch $@

$(VENV)/.docs: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install -q -e ".[docs]"
	@touch $@

$(VENV)/.dev: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install -q -e ".[dev]"
	# for QGIS's own Python, which tests/qgis runs: next to this environment, not in it
	$(BIN)/python -m pip install -q --upgrade --target $(VENV)/qgis "pytest-qgis>=5"
	@touch $@ $(VENV)/.base $(VENV)/.check

# The site, in build/site. Pages that are written from the program are written again.
docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "The site: $(abspath build/site)/index.html"

# Runs the tutorial and compares; a slow test of `make test` does the same.
docs-check: docs $(VENV)/.base
	$(BIN)/python docs/tutorial/run_tutorial.py

# Known vulnerabilities of what the engine is installed with; needs a network, and fails without an answer.
audit: $(VENV)/.audit
	$(BIN)/pip-audit --strict -r qgis_plugin/railmap/engine-requirements.txt --require-hashes --disable-pip

licences: $(VENV)/.base $(VENV)/.audit
	@mkdir -p dist
	$(BIN)/pip-licenses --python $(BIN)/python --format=markdown --with-urls --order=license > dist/licences.md
	@echo "The licences: $(abspath dist)/licences.md"

# The wheel and, beside it, the list of all parts that it is installed with (CycloneDX).
wheel: $(VENV)/.audit
	$(BIN)/python -m pip wheel -q --no-deps -w dist .
	$(BIN)/cyclonedx-py requirements qgis_plugin/railmap/engine-requirements.txt --pyproject pyproject.toml \
		--output-reproducible -o dist/railmap-gis.cdx.json

# The versions and hashes with which the plugin installs the engine; after a change of dependencies.
lock: $(VENV)/.audit
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
		--python-version 3.11 --upgrade -q -o qgis_plugin/railmap/engine-requirements.txt pyproject.toml

clean:
	rm -rf $(VENV) $(DEMO) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

plugin:
	$(PYTHON) qgis_plugin/build.py
