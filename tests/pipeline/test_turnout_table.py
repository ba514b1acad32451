"""The catalogue of turnouts goes by the place of the raster."""

from __future__ import annotations

import pytest
from affine import Affine
from rasterio.crs import CRS

from railmap.pipeline.lines import _turnouts
from railmap.raster import Grid

LOCAL = (
    'LOCAL_CS["site",UNIT["metre",1]]',
    'ENGCRS["site",EDATUM["d"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],'
    'LENGTHUNIT["metre",1]]',
)


def grid(crs: CRS, x: float, y: float) -> Grid:
    return Grid(crs, Affine(0.1, 0, x, 0, -0.1, y), 100, 100)


@pytest.mark.parametrize(
    ("epsg", "x", "y", "table"),
    [
        (32610, 550_000.0, 4_180_000.0, "arema"),
        (32614, 400_000.0, 2_000_000.0, "arema"),
        (25832, 500_000.0, 5_700_000.0, "uic"),
        (2056, 2_600_000.0, 1_200_000.0, "uic"),
        (32723, 330_000.0, 7_390_000.0, "uic"),
    ],
)
def test_by_place(epsg: int, x: float, y: float, table: str) -> None:
    assert _turnouts(grid(CRS.from_epsg(epsg), x, y)) == table


@pytest.mark.parametrize("wkt", LOCAL)
def test_a_local_crs_has_no_place(wkt: str) -> None:
    assert _turnouts(grid(CRS.from_wkt(wkt), 0.0, 0.0)) == "uic"
