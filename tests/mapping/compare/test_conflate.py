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
# Two tracks 2 m from their position in OpenStreetMap, and one that is only in OpenStreetMap.
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
def tracks(tmp_path: Path) -> Path:
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
        tags = "".join(
            f'<tag k="{key}" v="{value.replace(chr(34), "&quot;")}"/>'
            for key, value in tags.items()
        )
        ways.append(f'<way id="{way}" version="1">{"".join(refs)}{tags}</way>')
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
def test_links_take_tags(tracks: Path, tmp_path: Path, name: str) -> None:
    other = write_osm(tmp_path / name) if name == "x.osm" else write_frame(tmp_path / name)
    before = read_map(tracks).links
    found = conflate_map(tracks, other)
    links = read_map(tracks).links
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
    issues = read_map(tracks).layers["qa_issue"]
    there = issues[issues["rule"] == "only_in_other_map"]
    assert len(there) == 1
    assert "tram" in there["message"].iloc[0]
    # The images end at -20 and +320: tracks beyond are not missing.
    assert there.geometry.iloc[0].length == pytest.approx(300.0, abs=1.0)
    assert found.only_there_m == pytest.approx(300.0, abs=1.0)
    here = issues[issues["rule"] == "only_here"]
    assert set(links["link_id"].iloc[[6, 7]]) <= set(here["object_id"])
    assert links["link_id"].iloc[1] not in set(here["object_id"])
    assert [entry.name for entry in read_licences(tracks)] == ["ODbL-1.0"]
    assert not [issue for issue in check_map(tracks) if issue.rule == "domain"]


def test_conflating_twice_changes_nothing_and_values_are_kept(tracks: Path, tmp_path: Path) -> None:
    from railmap.mapping.store.editing import edit_map

    other = write_osm(tmp_path / "x.osm")
    with edit_map(tracks) as sql:
        sql.execute("UPDATE railway_link SET name = 'mine' WHERE fid = 2")
    conflate_map(tracks, other)
    first = read_map(tracks)
    assert first.links["name"].iloc[1] == "mine"
    again = conflate_map(tracks, other)
    assert sum(again.taken.values()) == 0
    second = read_map(tracks)
    assert len(first.layers["qa_issue"]) == len(second.layers["qa_issue"])
    conflate_map(tracks, other, replace=True)
    assert read_map(tracks).links["name"].iloc[1] == 'Köln "Öst"'
    assert read_licences(tracks) == [ODBL]


def test_data_without_licence(tracks: Path, tmp_path: Path) -> None:
    conflate_map(tracks, write_frame(tmp_path / "x.gpkg"), licence=None)
    assert read_licences(tracks) == []


def test_lines_with_m_are_read_without_a_warning(tracks: Path, tmp_path: Path) -> None:
    """Another railmap map, for which pyogrio warns that it drops M."""
    other = Path(shutil.copy(tracks, tmp_path / "other.gpkg"))
    with edit_map(other) as sql:
        sql.execute("UPDATE railway_link SET name = 'Taken'")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        conflate_map(tracks, other, licence=None)
    assert set(read_map(tracks).links["name"]) == {"Taken"}


def test_same_input_same_bytes(tracks: Path, tmp_path: Path) -> None:
    other = write_osm(tmp_path / "x.osm")
    copy = Path(shutil.copy(tracks, tmp_path / "copy.gpkg"))
    conflate_map(tracks, other)
    conflate_map(copy, other)
    assert tracks.read_bytes() == copy.read_bytes()


@pytest.mark.parametrize("kind", ["missing", "text", "points", "no railway", "far"])
def test_bad_maps_change_nothing(tracks: Path, tmp_path: Path, kind: str) -> None:
    before = tracks.read_bytes()
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
        conflate_map(tracks, other)
    assert tracks.read_bytes() == before


def test_one_way_that_stands_for_two_tracks(tracks: Path, tmp_path: Path) -> None:
    """The track beside it has no way of its own, and is no track that OpenStreetMap lacks."""
    back = pyproj.Transformer.from_crs(25832, 4326, always_xy=True)

    def only_here(count: int) -> tuple[float, str]:
        ends = [back.transform(X + x, Y + y) for x, y in ((-50, 2.0), (350, 2.7))]
        nodes = "".join(
            f'<node id="{i}" lat="{lat:.9f}" lon="{lon:.9f}" version="1"/>'
            for i, (lon, lat) in enumerate(ends, 1)
        )
        tags = f'<tag k="railway" v="rail"/><tag k="tracks" v="{count}"/>'
        way = f'<way id="1" version="1"><nd ref="1"/><nd ref="2"/>{tags}</way>'
        path = tmp_path / f"{count}.osm"
        path.write_text(f'<osm version="0.6">{nodes}{way}</osm>')
        found = conflate_map(tracks, path)
        return found.only_here_m, found.summary()

    one, two = only_here(1), only_here(2)
    assert two[0] < one[0] - 100
    assert "several" not in one[1]
    assert "1 of its lines stand for several tracks each" in two[1]


@pytest.mark.parametrize("layer", ["inf", "nan", "1e400", "9" * 30, "1;2", "-"])
def test_numbers_that_are_none_are_left_out(tracks: Path, tmp_path: Path, layer: str) -> None:
    ways = write_osm(tmp_path / "x.osm").read_text()
    (tmp_path / "x.osm").write_text(
        ways.replace('<tag k="railway"', f'<tag k="layer" v="{layer}"/><tag k="railway"')
    )
    conflate_map(tracks, tmp_path / "x.osm")
    assert read_map(tracks).links["layer"].isna().all()
