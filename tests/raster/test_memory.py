"""Peak memory does not depend on the size of a raster."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.windows import Window

PROGRAM = """
import resource, sys
from railmap.raster import open_probability
open_probability(sys.argv[1]).close()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
open_probability(sys.argv[2]).close()
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def write_foreign(path: Path, side: int) -> Path:
    """A probability of another program, without overviews; every block has data."""
    with rasterio.open(
        path, "w", driver="GTiff", width=side, height=side, count=1, dtype="uint8", tiled=True,
        compress="deflate", nodata=255, crs="EPSG:25832",
        transform=Affine(0.1, 0, 5e5, 0, -0.1, 5.7e6),
    ) as data:  # fmt: skip
        for row in range(0, side, 2048):
            data.write(np.zeros((1, 2048, side), np.uint8), window=Window(0, row, side, 2048))
    return path


def test_opening_a_foreign_probability_takes_the_same_memory_at_any_size(tmp_path: Path) -> None:
    small = write_foreign(tmp_path / "small.tif", 2048)
    large = write_foreign(tmp_path / "large.tif", 10240)  # 105 MB of pixels
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(small), str(large)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert float(done.stdout) < 60
