from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from railmap.mapping import read_map
from railmap.mapping.attach.attach import attach_events
from tests.helpers import published


@pytest.fixture(scope="session")
def line_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map with a line, a post, defects and a scene; not to be changed."""
    return published.make_map(tmp_path_factory.mktemp("published") / "Gleise öst.gpkg")


@pytest.fixture
def user_layers(line_map: Path, tmp_path: Path) -> Path:
    """The map with two layers of events that aren't the schema's: points, and mixed geometry."""
    path = Path(shutil.copy(line_map, tmp_path / "own.gpkg"))
    a, b = shapely.get_coordinates(read_map(path).links.geometry.iloc[0])[:2]
    at, up = (a + b) / 2, np.array([0.0, 0.5])
    tables = {
        "Schrauben öst": {"kind": ["lose", "fehlt"], "x": ["left", "right"], "ok": [True, False],
                          "geometry": [shapely.Point(at), shapely.Point(at + up)]},
        "walk": {"kind": ["seen", "dug"],
                 "geometry": [shapely.Point(at), shapely.LineString([at, at + up])]},
    }  # fmt: skip
    for name, columns in tables.items():
        events = tmp_path / f"{name}.gpkg"
        gpd.GeoDataFrame(columns, crs=25832).to_file(events, layer=name, mode="w")
        attach_events(path, events, layer=name)
    return path
