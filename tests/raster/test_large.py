"""Memory does not grow with raster size; real images open."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray

from railmap.errors import RasterError
from railmap.raster import PixelWindow, describe, open_raster

Write = Callable[..., Path]
Image = Callable[..., NDArray[np.uint8]]

PEAK = """
import resource, sys
from railmap.raster import PixelWindow, open_raster
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open_raster(sys.argv[1], gsd=float(sys.argv[2])) as source:
    step = max(source.grid.height, source.grid.width) // 7
    for row in range(0, source.grid.height, step):
        for col in range(0, source.grid.width, step):
            window = PixelWindow(row, col, 512, 512)
            if source.has_data(window):
                source.read(window)
    source.read(PixelWindow(0, 0, 512, 512))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024)
"""


def sparse(path: Path, side: int) -> None:
    with rasterio.open(
        path, "w", driver="GTiff", width=side, height=side, count=3, dtype="uint8", tiled=True,
        blockxsize=512, blockysize=512, compress="deflate", SPARSE_OK=True, nodata=0,
        crs="EPSG:25832", transform=Affine(0.02, 0, 5e5, 0, -0.02, 5.7e6), interleave="pixel",
    ) as dataset:  # fmt: skip
        noise = np.random.default_rng(0).integers(1, 255, (3, 512, 512), np.uint8)
        for i in range(0, 4096, 512):
            dataset.write(noise, window=rasterio.windows.Window(i, i, 512, 512))


@pytest.mark.slow
@pytest.mark.parametrize("gsd", [0.02, 0.1])
def test_memory_is_flat(tmp_path: Path, gsd: float) -> None:
    peaks = []
    for side in (10_000, 40_000):
        sparse(tmp_path / f"{side}.tif", side)
        done = subprocess.run(
            [sys.executable, "-c", PEAK, str(tmp_path / f"{side}.tif"), str(gsd)],
            capture_output=True,
            text=True,
            check=True,
        )
        peaks.append(float(done.stdout))
    print(peaks)
    assert peaks[1] < peaks[0] * 1.1 + 30
    assert max(peaks) < 450


def test_description(write_raster: Write, image: Image) -> None:
    path = write_raster("a.tif", image(128, 128), overviews=[2], nodata=0)
    found = json.loads(json.dumps(describe(path)))
    assert found["driver"] == "GTiff"
    assert (found["width"], found["height"], found["bands"]) == (128, 128, 3)
    assert found["dtype"] == "uint8"
    assert found["crs"] == found["working_crs"] == "EPSG:25832"
    assert found["gsd_m"] == pytest.approx(0.1, rel=1e-3)
    assert found["overviews"] == [2]
    assert (found["mask"], found["nodata"]) == ("nodata", 0.0)
    assert found["bounds"] == pytest.approx([500000, 5699987.2, 500012.8, 5700000])
    assert found["hints"] == []


def test_hints(tmp_path: Path, write_raster: Write, image: Image) -> None:
    sparse(tmp_path / "big.tif", 5000)
    assert any("gdaladdo" in hint for hint in describe(tmp_path / "big.tif")["hints"])
    bare = write_raster("bare.tif", image(32, 32), crs=None)
    assert any("crs=" in hint for hint in describe(bare)["hints"])
    assert describe(bare)["gsd_m"] is None
    coarse = write_raster("coarse.tif", image(32, 32), gsd=5.0)
    assert any("too coarse" in hint for hint in describe(coarse)["hints"])
    with pytest.raises(RasterError, match="no such file"):
        describe(tmp_path / "none.tif")


@pytest.mark.real
def test_real_images_open(real_data: Path) -> None:
    paths = sorted((real_data / "geotiff").glob("*.tif"))
    assert len(paths) >= 8
    for path in paths:
        assert describe(path)["gsd_m"] > 0
        with open_raster(path, gsd=0.25, max_gsd=6) as source:
            grid = source.grid
            height, width = min(grid.height, 900), min(grid.width, 900)
            patch = source.read(PixelWindow(0, 0, height, width))
            assert patch.mask.mean() > 0.5, path.name
            assert patch.pixels[:, patch.mask].std() > 5, path.name
            tile = source.read(PixelWindow(20, 10, 30, 40))
            part = patch.pixels[:, 20:50, 10:50].astype(int)
            assert np.abs(tile.pixels - part).max() <= 1, path.name
