"""Imports on another thread."""

import subprocess
import sys
from pathlib import Path

import pytest

import railmap
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


def test_an_image_is_mapped_without_pandas(tmp_path: Path) -> None:
    image = tmp_path / "ortho.tif"
    railmap.synth(image, seed=16, kind="junction", gsd=0.2, width=500, height=500)
    code = (
        "import sys, railmap;"
        "found = railmap.vectorize(sys.argv[1], sys.argv[2]);"
        "print(found.links > 1);"
        "print([name for name in ('pandas', 'geopandas', 'pyogrio') if name in sys.modules])"
    )
    words = [sys.executable, "-c", code, str(image), str(tmp_path / "tracks.gpkg")]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["True", "[]"]
