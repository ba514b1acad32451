from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest
from affine import Affine
from rasterio.crs import CRS

from railmap.errors import OutputError
from railmap.pipeline.output import check_space
from railmap.raster.types import Grid

Usage = namedtuple("Usage", "total used free")


def test_a_full_disk_is_told_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Affine(0.1, 0, 500_000, 0, -0.1, 5_700_000)
    grid = Grid(CRS.from_epsg(25832), step, 50_000, 50_000)
    check_space(tmp_path / "m.gpkg", grid)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(9e9, 9e9, 6 * 2**20))
    with pytest.raises(OutputError, match=r"m\.gpkg: 6 MB are free .* at least 9 MB"):
        check_space(tmp_path / "m.gpkg", grid)
    small = Grid(grid.crs, step, 1000, 1000)
    check_space(tmp_path / "m.gpkg", small)
