"""Imports on another thread."""

import subprocess
import sys

import pytest

from railmap.pipeline.prefetch import imported_meanwhile


def test_modules_are_there_after_the_block() -> None:
    sys.modules.pop("colorsys", None)
    with imported_meanwhile("no_such_module_of_railmap"):
        pass
    with imported_meanwhile("colorsys"):
        pass
    assert "colorsys" in sys.modules


def test_the_error_of_the_block_comes_through() -> None:
    with pytest.raises(ZeroDivisionError), imported_meanwhile("json"):
        _ = 1 / 0


def test_a_new_map_is_written_without_pandas() -> None:
    code = (
        "import sys, railmap.raster, railmap.inference, railmap.pipeline.images as images;"
        "[__import__(name) for name in images._LINES_AND_MAP];"
        "print([name for name in ('pandas', 'geopandas', 'pyogrio') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
