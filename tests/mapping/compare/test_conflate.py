"""Attributes from an OpenStreetMap extract."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import geopandas as gpd
import pyproj
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from railmap.errors import InputError
from railmap.mapping import SourceImage, check_map, read_map, write_map
from railmap.mapping.compare.conflate import conflate_map
from railmap.mapping.store.editing import edit_map
from railmap.mapping.store.licences import ODBL, read_licences
from tests.helpers import networks

X, Y = networks.X0, networks.Y0
# Two of our tracks 2 m beside where OpenStreetMap has them, and one that we don't have.
WAYS = [
    ({"railway": "rail", "usage": "main", "name": "Köln \"Öst\"", "ref": "6185", "gauge": "1435",
      "electrified": "contact_line", "railway:track_ref": "2", "bridge": "yes",
      "maxspeed": "160"},
     [(-50, 2), (350, 2.7)]),
    ({"railway": "disused", "service": "siding", "electrified": "weird", "gauge": "1435;1000"},
     [(30, 31.2), (125, 37), (220, 32)]),
    ({"railway": "tram"}, [(0, 50), (300, 50)]),
    ({"railway": "rail"}, [(10_000, 0), (10_100, 0)]),
    ({"highway": "track", "name": "Weg"}, [(0, 1), (100, 1)]),
]  # fmt: skip


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    path = tmp_path / "m.gpkg"
    image = SourceImage("o.tif", box(X - 20, Y - 40, X + 320, Y + 60), 0.05, "EPSG:25832")
    write_map(path, networks.junction(), networks.CRS, images=[image], run=networks.run_record())
    return path


def write_osm(path: Path) -> Path:
    back = pyproj.Transformer.from_crs(25832, 4326, always_xy=True)
    rows, ways, number = [], [], 0
    for way, (tags, xy) in enumerate(WAYS, 1):
        refs = []
        for x, y in xy:
            number += 1
            lon, lat = back.transform(X + x, Y + y)
            rows.append(f'<node id="{number}" lat="{lat:.9f}" lon="{lon:.9f}" version="1"/>')
            refs.append(f'<nd ref="{number}"/>')
        told = "".join(
            f'<tag k="{key}" v="{value.replace(chr(34), "&quot;")}"/>'
            for key, value in tags.items()
        )
        ways.append(f'<way id="{way}" version="1">{"".join(refs)}{told}</way>')
    path.write_text(f'<osm version="0.6">{"".join(rows)}{"".join(ways)}</osm>')
    return path


def write_frame(path: Path) -> Path:
    keys = sorted({key for tags, _ in WAYS for key in tags})
    data = {key: [tags.get(key) for tags, _ in WAYS] for key in keys}
    lines = [LineString([(X + x, Y + y) for x, y in xy]) for _, xy in WAYS]
    frame = gpd.GeoDataFrame(data, geometry=lines, crs=25832)
    (frame.to_crs(4326) if path.suffix == ".geojson" else frame).to_file(path)
    return path


@pytest.mark.parametrize("name", ["x.osm", "x.gpkg", "x.geojson"])
def test_tags_come_to_our_links(ours: Path, tmp_path: Path, name: str) -> None:
    other = write_osm(tmp_path / name) if name == "x.osm" else write_frame(tmp_path / name)
    before = read_map(ours).links
    found = conflate_map(ours, other)
    links = read_map(ours).links
    main = links.iloc[1]
    assert (main["usage"], main["name"], main["ref"]) == ("main", 'Köln "Öst"', "6185")
    assert (main["electrified"], main["track_ref"], main["gauge_source"]) == (
        "contact_line", "2", "tag",
    )  # fmt: skip
    assert main["bridge"]
    assert main["maxspeed"] == "160"
    # What was measured stays measured.
    assert links.iloc[0]["gauge_source"] == "measured"
    # The neighbour 4.5 m away is within reach of the way too, but the way is nearer to its own.
    assert links.iloc[3]["name"] is None
    assert links.iloc[4]["electrified"] is None
    side = links.iloc[8]
    assert (side["railway"], side["service"], side["gauge_source"]) == (
        "disused", "siding", "default",
    )  # fmt: skip
    assert side["electrified"] is None
    assert all(a.equals(b) for a, b in zip(before.geometry, links.geometry, strict=True))
    issues = read_map(ours).layers["qa_issue"]
    there = issues[issues["rule"] == "only_in_other_map"]
    assert len(there) == 1
    assert "tram" in there["message"].iloc[0]
    # The images end at -20 and +320: what lies beyond isn't missing.
    assert there.geometry.iloc[0].length == pytest.approx(300.0, abs=1.0)
    assert found.only_there_m == pytest.approx(300.0, abs=1.0)
    here = issues[issues["rule"] == "only_here"]
    assert set(links["link_id"].iloc[[6, 7]]) <= set(here["object_id"])
    assert links["link_id"].iloc[1] not in set(here["object_id"])
    assert [entry.name for entry in read_licences(ours)] == ["ODbL-1.0"]
    assert not [issue for issue in check_map(ours) if issue.rule == "domain"]


def test_twice_is_as_once_and_what_is_set_stays(ours: Path, tmp_path: Path) -> None:
    from railmap.mapping.store.editing import edit_map

    other = write_osm(tmp_path / "x.osm")
    with edit_map(ours) as sql:
        sql.execute("UPDATE railway_link SET name = 'mine' WHERE fid = 2")
    conflate_map(ours, other)
    first = read_map(ours)
    assert first.links["name"].iloc[1] == "mine"
    again = conflate_map(ours, other)
    assert sum(again.taken.values()) == 0
    second = read_map(ours)
    assert len(first.layers["qa_issue"]) == len(second.layers["qa_issue"])
    conflate_map(ours, other, replace=True)
    assert read_map(ours).links["name"].iloc[1] == 'Köln "Öst"'
    assert read_licences(ours) == [ODBL]


def test_own_data_names_no_licence(ours: Path, tmp_path: Path) -> None:
    conflate_map(ours, write_frame(tmp_path / "x.gpkg"), licence=None)
    assert read_licences(ours) == []


def test_lines_with_m_are_read_without_a_word(ours: Path, tmp_path: Path) -> None:
    """Another map of ours; pyogrio would warn that it drops M."""
    other = Path(shutil.copy(ours, tmp_path / "other.gpkg"))
    with edit_map(other) as sql:
        sql.execute("UPDATE railway_link SET name = 'Taken'")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        conflate_map(ours, other, licence=None)
    assert set(read_map(ours).links["name"]) == {"Taken"}


def test_same_input_same_bytes(ours: Path, tmp_path: Path) -> None:
    other = write_osm(tmp_path / "x.osm")
    copy = Path(shutil.copy(ours, tmp_path / "copy.gpkg"))
    conflate_map(ours, other)
    conflate_map(copy, other)
    assert ours.read_bytes() == copy.read_bytes()


@pytest.mark.parametrize("kind", ["missing", "text", "points", "no railway", "far"])
def test_bad_maps_leave_ours_untouched(ours: Path, tmp_path: Path, kind: str) -> None:
    before = ours.read_bytes()
    other = tmp_path / "x.gpkg"
    if kind == "text":
        other.write_text("x")
    elif kind == "points":
        gpd.GeoDataFrame({"railway": ["switch"]}, geometry=[Point(X, Y)], crs=25832).to_file(other)
    elif kind == "no railway":
        line = shapely.LineString([(X, Y), (X + 9, Y)])
        gpd.GeoDataFrame({"a": [1]}, geometry=[line], crs=25832).to_file(other)
    elif kind == "far":
        line = shapely.LineString([(X, Y + 9e4), (X + 9, Y + 9e4)])
        gpd.GeoDataFrame({"railway": ["rail"]}, geometry=[line], crs=25832).to_file(other)
    with pytest.raises(InputError):
        conflate_map(ours, other)
    assert ours.read_bytes() == before
