"""Small layers with known scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import geopandas as gpd
import pytest
from shapely import LineString, Point

Coordinates = Sequence[tuple[float, float]]
EAST, NORTH = 500_000.0, 5_700_000.0


@pytest.fixture
def tracks() -> Callable[..., gpd.GeoDataFrame]:
    """Make a frame of lines from local metres, in UTM 32."""

    def make(*lines: Coordinates, crs: Any = "EPSG:25832", **columns: Any) -> gpd.GeoDataFrame:
        shapes = [LineString([(EAST + x, NORTH + y) for x, y in line]) for line in lines]
        return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)

    return make


@pytest.fixture
def points() -> Callable[..., gpd.GeoDataFrame]:
    """Make a frame of nodes from local metres, in UTM 32."""

    def make(*xy: tuple[float, float], **columns: Any) -> gpd.GeoDataFrame:
        shapes = [Point(EAST + x, NORTH + y) for x, y in xy]
        return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:25832")

    return make
