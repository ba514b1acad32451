from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.repository import REPOSITORY
from tests.helpers.tiny_models import PROPS, write_model

JOB = """
import sys
import numpy as np
sys.path.insert(0, sys.argv[1])
from tests.helpers.array_rasters import ArraySource
from railmap.inference import segment
from railmap.models.package import load_model
from railmap.raster.types import Grid, Patch

class Endless(ArraySource):
    # Pixels are computed on request, so that only the sliding window takes memory.
    def __init__(self, height, width):
        super().__init__(np.zeros((3, 1, 1), np.uint8))
        self.grid = Grid(self.grid.crs, self.grid.transform, width, height)
    def _valid(self, w):
        rows = np.arange(w.row, w.row + w.height)[:, None]
        cols = np.arange(w.col, w.col + w.width)
        return (rows < self.grid.height) & (cols < self.grid.width)
    def read(self, w):
        mask = self._valid(w)
        pixels = np.broadcast_to((np.arange(w.width) % 251).astype(np.uint8), (3, *mask.shape))
        return Patch(pixels * mask, mask, self.grid.transform, self.grid.crs)
    def has_data(self, w):
        return True

height, width = int(sys.argv[4]), int(sys.argv[5])
segment(Endless(height, width), load_model(sys.argv[2]), sys.argv[3], threads=2)
status = open("/proc/self/status").read().splitlines()
print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


def peak_kilobytes(model: Path, output: Path, height: int, width: int) -> int:
    arguments = [str(REPOSITORY), str(model), str(output), str(height), str(width)]
    run = subprocess.run(
        [sys.executable, "-c", JOB, *arguments], capture_output=True, text=True, check=True
    )
    return int(run.stdout)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
@pytest.mark.parametrize("size", [(8192, 8192), (4096, 16384), (4096, 40960)])
def test_memory_is_flat(tmp_path: Path, size: tuple[int, int]) -> None:
    props = {**PROPS, "tile_size": 512}
    model = write_model(tmp_path / "m.onnx", tile=512, props=props)
    small = peak_kilobytes(model, tmp_path / "small.tif", size[0] // 2, size[1] // 2)
    large = peak_kilobytes(model, tmp_path / "large.tif", *size)
    assert large <= 1.1 * small
