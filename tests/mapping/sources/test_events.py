"""Positions of events: as spreadsheets write them, and the CRS that the user gives."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from railmap.errors import InputError
from railmap.mapping.sources.events import read_events

CRS = pyproj.CRS.from_epsg(25832)
X, Y = 500_010.5, 5_699_978.9


def place(path: Path) -> list[float]:
    events, left = read_events(path, CRS)
    assert not left
    return shapely.get_coordinates(events.geometry)[0].tolist()


@pytest.mark.parametrize(
    "content",
    [
        "sep=;\r\nid;x;y\r\n1;500010,5;5699978,9\r\n",
        "id\tx\ty\n1\t500010,5\t5699978,9\n",
        "id;x;y\n1;500.010,5;5.699.978,9\n",
        "id;x;y\r\n1;500010,5;5699978,9\r\n;;\r\n;;\r\n",
        'id,x,y\n1,"500,010.5","5,699,978.9"\n',
        'id,x,y\n1,"500010,5","5699978,9"\n',
        "id;X;Y\n1;500 010,5;5 699 978,9\n",
        "id,easting,northing\n1,500'010.5,5'699'978.9\n",
    ],
)
def test_coordinates_of_spreadsheets(tmp_path: Path, content: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(content, newline="")
    assert place(path) == [X, Y]


def test_whole_thousands_by_what_the_other_cells_show(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x;y\n500.010;5.699.978\n")
    assert place(tmp_path / "t.csv") == [500_010.0, 5_699_978.0]


@pytest.mark.parametrize(
    "content",
    ["lat,lon\n51°26'59.5\"N,9°00'00.5\"E\n", "lat;lon\nN 51 26 59,5;E 9 0 0,5\n",
     "lon,lat\n9.000138888888889,51.44986111111111\n"],
)  # fmt: skip
def test_degrees_with_minutes(tmp_path: Path, content: str) -> None:
    (tmp_path / "t.csv").write_text(content)
    move = pyproj.Transformer.from_crs(4326, CRS, always_xy=True)
    expected = move.transform(9 + 0.5 / 3600, 51 + 26 / 60 + 59.5 / 3600)
    assert np.allclose(place(tmp_path / "t.csv"), expected, atol=1e-3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('x,y\n"500,010",1\n', 'row 2 has the x "500,010", which is no number'),
        ("x;y\n1;2\n500.010.5;1\n", 'row 3 has the x "500.010.5", which is no number'),
        ("lat,lon\n51°N,9°O\n", 'row 2 has the lon "9°O", which is no angle in degrees'),
        ("line;km;offset_m\n6185;1;left\n", 'row 2 has the offset_m "left", which is no number'),
        ("a;b\n1;2\n", r"no position columns.*\(it has a, b\)"),
    ],
)
def test_what_is_not_understood_is_quoted(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(InputError, match=message):
        read_events(tmp_path / "t.csv", CRS)


def test_the_users_crs_is_taken_and_said(tmp_path: Path) -> None:
    feature = {"type": "Feature", "properties": {},
               "geometry": {"type": "Point", "coordinates": [X, Y]}}  # fmt: skip
    path = tmp_path / "t.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    events, _ = read_events(path, CRS, events_crs="EPSG:25832")
    assert shapely.get_coordinates(events.geometry)[0].tolist() == [X, Y]
    assert events.notes == (
        "the file says EPSG:4326; its positions are taken as EPSG:25832, as given",
    )


def test_a_crs_that_cannot_be_right_is_refused(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(X, Y)], crs=CRS)
    with pytest.raises(InputError, match=r"says EPSG:25832.*500010\.5, 5699978\.9\) are in metres"):
        read_events(frame, CRS, events_crs="EPSG:4326")
    with pytest.raises(InputError, match=r"says EPSG:4326.* are in degrees"):
        read_events(frame.to_crs(4326), CRS, events_crs="EPSG:25832")
    (tmp_path / "t.csv").write_text("lon,lat\n9,51\n")
    with pytest.raises(InputError, match=r"lon and lat are degrees, and crs=.*is not in degrees"):
        read_events(tmp_path / "t.csv", CRS, events_crs="EPSG:25832")
