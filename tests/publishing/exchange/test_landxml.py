"""LandXML: alignments by line, kilometre posts, switches, licences; valid and read by others."""

from __future__ import annotations

import os
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import shapely

from railmap.mapping import read_map
from railmap.mapping.referencing.lines import add_line
from railmap.mapping.referencing.milestones import add_milestones
from railmap.mapping.store.editing import edit_map
from railmap.progress import NullReporter
from railmap.publishing import export_map
from tests.helpers import published, railway

LANDXML = "{http://www.landxml.org/schema/LandXML-1.2}"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return railway.write_railway(tmp_path_factory.mktemp("landxml") / "plain.gpkg")


@pytest.fixture
def tracks(plain: Path, tmp_path: Path) -> Path:
    """The railway with a line whose last link is drawn against it."""
    path = Path(shutil.copy(plain, tmp_path / "tracks.gpkg"))
    add_line(path, ref="6185", name="Süd", start=railway.node(0), end=railway.node(3))
    return path


# Metres along the south track and text of the posts: a long kilometre, a jump, one by the metre.
POSTS = [(100.0, "1.0"), (200.0, "1.1"), (400.0, "1,2504"), (600.0, "2.9"), (900.0, "3.2003")]


@pytest.fixture
def posted(tracks: Path, tmp_path: Path) -> Path:
    """The line with kilometre posts."""
    rows = [(*railway.along_south(s), text) for s, text in POSTS]
    table = "".join(f'{x},{y},"{text}"\n' for x, y, text in rows)
    (tmp_path / "posts.csv").write_text(f"x,y,position_text\n{table}", encoding="utf-8")
    add_milestones(tracks, tmp_path / "posts.csv", ref="6185")
    return tracks


def written(path: Path, folder: Path) -> Any:
    etree = pytest.importorskip("lxml.etree")
    export_map(path, folder / "x.xml", overwrite=True)
    return etree.parse(str(folder / "x.xml")).getroot()


def alignments(root: Any) -> dict[str, Any]:
    found = root.findall(f"{LANDXML}Alignments/{LANDXML}Alignment")
    named = {item.get("name"): item for item in found}
    assert len(named) == len(found)
    return named


def point(element: Any, tag: str) -> np.ndarray:
    """x and y of a point; the file has northing before easting."""
    return np.array([float(value) for value in element.findtext(f"{LANDXML}{tag}").split()])[::-1]


def ends(alignment: Any) -> np.ndarray:
    """``(elements, 2, 2)``: start and end of each element, x/y."""
    elements = alignment.find(f"{LANDXML}CoordGeom")
    return np.array([[point(one, "Start"), point(one, "End")] for one in elements])


def test_a_line_is_one_alignment_with_its_name(line_map: Path, tmp_path: Path) -> None:
    root = written(line_map, tmp_path)
    system = root.find(f"{LANDXML}CoordinateSystem")
    assert (system.get("epsgCode"), system.get("name")) == ("25832", "ETRS89 / UTM zone 32N")
    assert root.find(f"{LANDXML}Units/{LANDXML}Metric").get("linearUnit") == "meter"
    found = alignments(root)
    # Links 1 and 2 are the line; link 6 has a ref, but isn't of the line.
    links = [f"link {number}" for number in (3, 4, 5, 7, 8, 9)]
    assert list(found) == ["6185 Köln–Öst", *links[:3], "6185, link 6", *links[3:]]
    frame = read_map(line_map).links
    ids = [published.LINE_ID, *frame["link_id"].iloc[2:]]
    assert [item.get("oID") for item in found.values()] == ids
    whole = shapely.line_merge(shapely.MultiLineString(list(frame.geometry.iloc[:2])))
    lines = [whole, *frame.geometry.iloc[2:]]
    for item, line in zip(found.values(), lines, strict=True):
        places = ends(item)
        assert np.array_equal(places[1:, 0], places[:-1, 1])
        corners = shapely.get_coordinates(line)[[0, -1]]
        assert np.allclose([places[0, 0], places[-1, 1]], corners, atol=1e-5)
        elements = list(item.find(f"{LANDXML}CoordGeom"))
        lengths = [float(element.get("length")) for element in elements]
        assert float(item.get("length")) == pytest.approx(sum(lengths), abs=1e-4)
        # The arc of the fixture isn't that of its drawn line.
        assert float(item.get("length")) == pytest.approx(line.length, abs=0.01)
        stations = [float(element.get("staStart")) for element in elements]
        assert stations[0] == pytest.approx(float(item.get("staStart")), abs=1e-6)
        for (before, after), length in zip(pairwise(stations), lengths, strict=False):
            assert after - before == pytest.approx(length, abs=2e-6)
    elements = found["6185 Köln–Öst"][0]
    kinds = [element.tag.removeprefix(LANDXML) for element in elements]
    assert kinds[:4] == ["Line", "Spiral", "Curve", "Line"]
    curve = elements[2]
    centre, end = point(curve, "Center"), point(curve, "End")
    assert np.hypot(*(centre - end)) == pytest.approx(400.0, abs=1e-4)
    assert curve.get("rot") == "cw"
    assert centre[1] < end[1]  # a right turn heading east has its centre in the south


def test_links_against_the_line_are_turned(tracks: Path, tmp_path: Path) -> None:
    with edit_map(tracks) as sql:
        link = sql.execute("SELECT link_id FROM railway_link WHERE fid = 3").fetchone()[0]
        sql.executemany(
            "INSERT INTO alignment_segment (link_id, seq, type, m_from, length_m, start_radius_m,"
            " end_radius_m) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (link, 0, "CIRCULARARC", 0.0, 100.0, -2000.0, -2000.0),
                (link, 1, "CLOTHOID", 100.0, 80.0, -2000.0, None),
                (link, 2, "LINE", 180.0, 130.0, None, None),
            ],
        )
    item = alignments(written(tracks, tmp_path))["6185 Süd"]
    places = ends(item)
    assert np.array_equal(places[1:, 0], places[:-1, 1])
    line = shapely.get_coordinates(read_map(tracks).layers["railway_line"].geometry.iloc[0])
    assert np.allclose([places[0, 0], places[-1, 1]], line[[0, -1]], atol=1e-5)
    last, spiral, arc = list(item.find(f"{LANDXML}CoordGeom"))[-3:]
    assert last.tag == f"{LANDXML}Line"
    assert (spiral.get("radiusStart"), spiral.get("radiusEnd")) == ("INF", "2000.000000")
    assert spiral.get("rot") == arc.get("rot") == "ccw"
    assert np.hypot(*(point(arc, "Center") - point(arc, "Start"))) == pytest.approx(2000, abs=1e-4)
    # The line turns left, so the centre is to the left, north of a track that heads east.
    assert point(arc, "Center")[1] > point(arc, "Start")[1]


def station_at(alignment: Any, place: np.ndarray) -> float:
    """Station of a place on an alignment of lines, as LandXML defines it."""
    places = ends(alignment)
    corners = np.vstack([places[:1, 0], places[:, 1]])
    metres = shapely.LineString(corners).project(shapely.Point(place))
    internal = station = float(alignment.get("staStart")) + metres
    for step in alignment.findall(f"{LANDXML}StaEquation"):
        if float(step.get("staInternal")) <= internal + 1e-3:
            station = float(step.get("staAhead")) + internal - float(step.get("staInternal"))
    return station


def test_stations_are_those_of_the_posts(posted: Path, tmp_path: Path) -> None:
    item = alignments(written(posted, tmp_path))["6185 Süd"]
    assert item.get("desc") == "Stations are the chainage of the kilometre posts."
    for s, text in POSTS:
        found = station_at(item, np.array(railway.along_south(s)))
        assert found == pytest.approx(1000 * float(text.replace(",", ".")), abs=2e-3), text
    # 100 m before the first post, and between posts by the metre.
    assert float(item.get("staStart")) == pytest.approx(900.0, abs=1e-3)
    assert station_at(item, np.array(railway.along_south(150.0))) == pytest.approx(1050, abs=2e-3)
    line = read_map(posted).layers["railway_line"].iloc[0]
    length = float(item.get("length"))
    assert 3200.3 + length - 900 == pytest.approx(line["m_max"], abs=2e-3)
    steps = item.findall(f"{LANDXML}StaEquation")
    assert [step.get("desc") for step in steps] == ["km 1,2504", "km 2.9", "km 3.2003"]
    sizes = [float(step.get("staAhead")) - float(step.get("staBack")) for step in steps]
    assert sizes == pytest.approx([-49.6, 1449.6, 0.3], abs=3e-3)
    internal = [float(step.get("staInternal")) - 900 for step in steps]
    assert internal == pytest.approx([400.0, 600.0, 900.0], abs=2e-3)
    # After the first post a station is reached by metres from the one before.
    for before, after in pairwise(steps):
        gone = float(after.get("staInternal")) - float(before.get("staInternal"))
        reached = float(before.get("staAhead")) + gone
        assert float(after.get("staBack")) == pytest.approx(reached, abs=2e-6)


def test_posts_at_the_ends_and_none(tracks: Path, tmp_path: Path) -> None:
    item = alignments(written(tracks, tmp_path))["6185 Süd"]
    assert item.get("desc") == "Stations are metres from the start of the line."
    assert float(item.get("staStart")) == 0
    assert item.find(f"{LANDXML}StaEquation") is None
    length = float(item.get("length"))
    start, end = (",".join(map(str, railway.along_south(s))) for s in (0.0, length))
    # Chainage rises against the links: the line is turned.
    (tmp_path / "p.csv").write_text(f"x,y,position_km\n{start},8.0\n{end},7.0\n")
    add_milestones(tracks, tmp_path / "p.csv", ref="6185")
    with edit_map(tracks) as sql:
        sql.execute("UPDATE milestone SET position_text = NULL")
    item = alignments(written(tracks, tmp_path))["6185 Süd"]
    assert float(item.get("staStart")) == pytest.approx(7000.0, abs=1e-3)
    assert np.allclose(ends(item)[-1, 1], railway.along_south(0.0), atol=1e-5)
    (step,) = item.findall(f"{LANDXML}StaEquation")
    assert float(step.get("staInternal")) == pytest.approx(7000 + length, abs=1e-4)
    assert (float(step.get("staAhead")), step.get("desc")) == (8000.0, "km 8")


def test_names_are_unique_and_one_line(tracks: Path, tmp_path: Path) -> None:
    add_line(tracks, ref="7", start=railway.node(4), end=railway.node(6))
    with edit_map(tracks) as sql:
        sql.execute("UPDATE railway_line SET ref = '6185', name = 'Süd'")
        sql.execute("UPDATE railway_link SET ref = ?, name = ' ', track_ref = '2'", ["a\tb\x07"])
    found = alignments(written(tracks, tmp_path))
    assert list(found) == ["6185 Süd", "6185 Süd (2)", "a b\ufffd, track 2, link 6"]
    with edit_map(tracks) as sql:
        sql.execute("UPDATE railway_line SET ref = NULL, name = NULL WHERE fid = 1")
        sql.execute("UPDATE railway_line SET name = ref WHERE fid = 2")
    assert list(alignments(written(tracks, tmp_path)))[:2] == ["line 1", "6185"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("DELETE FROM railway_link WHERE fid = 2", "has lost links"),
        ("DELETE FROM railway_line_link WHERE seq = 1 AND {own}", "no longer follows its links"),
        (
            "UPDATE railway_line_link SET reversed = 1 WHERE seq = 1 AND {own}",
            "is broken before link",
        ),
    ],
)
def test_a_line_that_no_longer_fits_is_told(
    tracks: Path, tmp_path: Path, change: str, reason: str
) -> None:
    add_line(tracks, ref="7", start=railway.node(4), end=railway.node(6))
    with edit_map(tracks) as sql:
        own = "line_id = (SELECT line_id FROM railway_line WHERE ref = '6185')"
        sql.execute(change.format(own=own))
    reporter = NullReporter()
    export_map(tracks, tmp_path / "x.xml", reporter=reporter)
    (text,) = reporter.warnings
    assert "line 6185" in text
    assert reason in text
    assert text.endswith("its links are alignments of their own")
    found = alignments(written(tracks, tmp_path))
    assert "7" in found
    assert {"link 1", "link 3", "link 6"} <= set(found)


def test_half_a_circle_and_opposite_radii(plain: Path, tmp_path: Path) -> None:
    """LandXML can't tell a long arc by its ends, nor a spiral that turns both ways."""
    path = Path(shutil.copy(plain, tmp_path / "tracks.gpkg"))
    length = read_map(path).links["length_m"].iloc[0]
    with edit_map(path) as sql:
        ids = [row[0] for row in sql.execute("SELECT link_id FROM railway_link ORDER BY fid")]
        sql.executemany(
            "INSERT INTO alignment_segment (link_id, seq, type, m_from, length_m, start_radius_m,"
            " end_radius_m) VALUES (?, 0, ?, 0, ?, ?, ?)",
            [
                (ids[0], "CIRCULARARC", length, 100.0, 100.0),
                (ids[1], "CLOTHOID", 400.0, 300.0, -100.0),
                (ids[2], "CLOTHOID", 300.0, None, None),
            ],
        )
    found = alignments(written(path, tmp_path))
    arcs = found["link 1"].findall(f".//{LANDXML}Curve")
    assert len(arcs) == 2
    assert np.array_equal(point(arcs[0], "End"), point(arcs[1], "Start"))
    one, other = found["link 2"].findall(f".//{LANDXML}Spiral")
    assert [one.get("radiusStart"), one.get("radiusEnd"), one.get("rot")] == [
        "300.000000", "INF", "ccw"
    ]  # fmt: skip
    assert [other.get("radiusStart"), other.get("radiusEnd"), other.get("rot")] == [
        "INF", "100.000000", "cw"
    ]  # fmt: skip
    # Each is as long as a clothoid of these radii is between its ends.
    for spiral, k0, k1 in ((one, 1 / 300, 0.0), (other, 0.0, -1 / 100)):
        size = float(spiral.get("length"))
        s = (np.arange(20_000) + 0.5) / 20_000 * size
        heading = k0 * s + (k1 - k0) * s**2 / (2 * size)
        chord = size * np.hypot(np.cos(heading).mean(), np.sin(heading).mean())
        ends = point(spiral, "End") - point(spiral, "Start")
        assert chord == pytest.approx(np.hypot(*ends), abs=1e-4)
    assert [element.tag for element in found["link 3"][0]] == [f"{LANDXML}Line"]


def test_switches_and_crossings_are_points(line_map: Path, tmp_path: Path) -> None:
    root = written(line_map, tmp_path)
    points = root.findall(f"{LANDXML}CgPoints/{LANDXML}CgPoint")
    told = [(one.get("name"), one.get("code"), one.get("desc")) for one in points]
    assert told == [
        ("switch 2", "switch", "1:9.0 right"),
        ("switch 5", "switch", "1:12.0 left"),
        ("crossing 9", "railway_crossing", None),
    ]
    nodes = read_map(line_map).nodes.loc[[2, 5, 9]]
    assert [one.get("oID") for one in points] == list(nodes["node_id"])
    found = [[float(value) for value in one.text.split()][::-1] for one in points]
    assert np.allclose(found, shapely.get_coordinates(nodes.geometry.to_numpy()), atol=1e-5)
    assert np.allclose(found[0], ends(alignments(root)["link 3"])[0, 0], atol=1e-5)


def test_a_map_without_switches_and_with_broken_nodes(plain: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(plain, tmp_path / "tracks.gpkg"))
    with edit_map(path) as sql:
        sql.execute("UPDATE railway_node SET geom = NULL WHERE fid = 2")
    (point,) = written(path, tmp_path).findall(f"{LANDXML}CgPoints/{LANDXML}CgPoint")
    assert point.get("name") == "switch 6"
    with edit_map(path) as sql:
        sql.execute("UPDATE railway_node SET railway = 'level_crossing'")
    assert written(path, tmp_path).find(f"{LANDXML}CgPoints") is None
    valid(tmp_path / "x.xml")


# What LandXML-1.2.xsd requires of the elements that we write, and what they may hold.
_REQUIRED = {
    "LandXML": ({"version", "date", "time"}, {"Units", "CoordinateSystem", "Application",
                                              "Alignments", "CgPoints", "Project"}),
    "Project": ({"name"}, {"Feature"}),
    "Feature": (set(), {"Property"}),
    "Property": ({"label", "value"}, set()),
    "Units": (set(), {"Metric"}),
    "Metric": ({"linearUnit", "areaUnit", "volumeUnit", "temperatureUnit", "pressureUnit"}, set()),
    "CoordinateSystem": (set(), set()),
    "Application": ({"name"}, set()),
    "Alignments": (set(), {"Alignment"}),
    "CgPoints": (set(), {"CgPoint"}),
    "CgPoint": (set(), set()),
    "Alignment": ({"name", "length", "staStart"}, {"CoordGeom", "StaEquation", "Profile"}),
    "StaEquation": ({"staAhead", "staInternal"}, set()),
    "Profile": (set(), {"ProfAlign"}),
    "ProfAlign": ({"name"}, {"PVI", "ParaCurve"}),
    "PVI": (set(), set()),
    "ParaCurve": ({"length"}, set()),
    "CoordGeom": (set(), {"Line", "Curve", "Spiral"}),
    "Line": (set(), {"Start", "End"}),
    "Curve": ({"rot"}, {"Start", "Center", "End"}),
    "Spiral": ({"length", "radiusStart", "radiusEnd", "rot", "spiType"}, {"Start", "PI", "End"}),
    **dict.fromkeys(("Start", "Center", "PI", "End"), (set(), set())),
}  # fmt: skip
_OPTIONAL = {
    "Metric": {"angularUnit", "directionUnit"},
    "CoordinateSystem": {"name", "epsgCode", "ogcWktCode", "verticalCoordinateSystemName"},
    "Alignment": {"desc", "oID"},
    "StaEquation": {"staBack", "staIncrement", "desc"},
    "Feature": {"name"},
    "Profile": {"name"},
    "CgPoints": {"name"},
    "CgPoint": {"name", "desc", "code", "oID"},
    "Line": {"staStart", "length"},
    "Curve": {"staStart", "radius", "chord", "length"},
    "Spiral": {"staStart"},
}


def valid(path: Path) -> None:
    """Check the rules of the schema that bear on us; all, where the schema itself is at hand."""
    for element in ET.parse(path).iter():
        kind = element.tag.removeprefix(LANDXML)
        required, children = _REQUIRED[kind]
        assert required <= set(element.keys()) <= required | _OPTIONAL.get(kind, set())
        assert {child.tag.removeprefix(LANDXML) for child in element} <= children
    if schema := os.environ.get("RAILMAP_LANDXML_XSD"):
        etree = pytest.importorskip("lxml.etree")
        etree.XMLSchema(etree.parse(schema)).assertValid(etree.parse(str(path)))


def test_landxml_is_valid_against_its_schema(line_map: Path, posted: Path, tmp_path: Path) -> None:
    for path in (line_map, posted):
        export_map(path, tmp_path / "x.xml", overwrite=True)
        valid(tmp_path / "x.xml")
