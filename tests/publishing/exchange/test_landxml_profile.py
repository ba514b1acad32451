"""LandXML of a map with heights: profiles, parabolas, heights of switches, the vertical CRS."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from railmap.mapping import read_map
from railmap.mapping.referencing.lines import add_line
from railmap.mapping.store.editing import edit_map
from railmap.pipeline.drape import drape_map
from railmap.publishing import export_map
from tests.helpers import heights
from tests.helpers.heights import LENGTH, PROFILE, TOE
from tests.publishing.exchange.test_landxml import LANDXML, valid


def written(path: Path) -> ET.Element:
    export_map(path, path.with_suffix(".xml"), overwrite=True)
    valid(path.with_suffix(".xml"))
    return ET.parse(path.with_suffix(".xml")).getroot()


def drawn_heights(line: ET.Element, stations: np.ndarray) -> np.ndarray:
    """Heights of a ProfAlign as a reader computes them."""
    points: list[tuple[float, float, float]] = []
    for one in line:
        station, height = map(float, (one.text or "").split())
        points.append((station, height, float(one.get("length", 0.0))))
    s, z, length = np.array(points).T
    out = np.interp(stations, s, z)
    slopes = np.diff(z) / np.diff(s)
    for i in range(1, len(s) - 1):
        half = length[i] / 2
        inside = (np.abs(stations - s[i]) < half) & (length[i] > 0)
        u = stations[inside] - (s[i] - half)
        begin = z[i] - slopes[i - 1] * half
        out[inside] = begin + slopes[i - 1] * u + (slopes[i] - slopes[i - 1]) / length[i] * u**2 / 2
    return out


@pytest.fixture
def draped(tmp_path: Path) -> Any:
    tracks = heights.write_tracks(tmp_path / "tracks.gpkg")

    def with_model(**model: Any) -> Path:
        drape_map(tracks, heights.write_dem(tmp_path / "dem.tif", **model))
        return tracks

    return with_model


def test_a_line_has_one_profile_over_its_links(draped: Any) -> None:
    tracks = draped(crs="EPSG:25832+7837")
    nodes = read_map(tracks).nodes["node_id"].tolist()
    add_line(tracks, ref="6185", name="", start=nodes[0], end=nodes[2])
    root = written(tracks)
    system = root.find(f"{LANDXML}CoordinateSystem")
    assert system is not None
    assert system.get("verticalCoordinateSystemName") == "EPSG:7837"
    alignment = root.find(f"{LANDXML}Alignments/{LANDXML}Alignment[@name='6185']")
    assert alignment is not None
    [line] = alignment.findall(f"{LANDXML}Profile/{LANDXML}ProfAlign")
    kinds = [one.tag.removeprefix(LANDXML) for one in line]
    # the crest over the switch is one parabola
    assert kinds == ["PVI", "ParaCurve", "ParaCurve", "PVI"]
    assert [float(one.get("length", 0)) for one in line] == pytest.approx([0, 120, 100, 0], abs=1)
    stations = np.arange(0.0, LENGTH, 1.0)
    assert np.abs(drawn_heights(line, stations) - PROFILE.heights(stations)).max() < 0.005


def test_a_switch_has_the_height_of_the_track(draped: Any) -> None:
    root = written(draped())
    point = root.find(f"{LANDXML}CgPoints/{LANDXML}CgPoint")
    assert point is not None
    values = [float(value) for value in (point.text or "").split()]
    assert len(values) == 3
    assert values[2] == pytest.approx(float(PROFILE.heights(np.array([TOE]))[0]), abs=0.005)
    system = root.find(f"{LANDXML}CoordinateSystem")
    assert system is not None
    assert system.get("verticalCoordinateSystemName") is None


def test_stretches_without_heights_are_left_out(draped: Any) -> None:
    root = written(draped(void=(700, 1300)))
    link = root.findall(f"{LANDXML}Alignments/{LANDXML}Alignment")[1]
    lines = link.findall(f"{LANDXML}Profile/{LANDXML}ProfAlign")
    spans = [[float((one.text or "").split()[0]) for one in (line[0], line[-1])] for line in lines]
    # drawn from 1500 to 500
    assert np.allclose(spans, [[0, 200], [800, 1000]], atol=8)


def test_values_that_are_no_numbers_are_left_out(draped: Any) -> None:
    tracks = draped()
    with edit_map(tracks) as sql:
        sql.execute("UPDATE vertical_segment SET start_height_m = 9e999 WHERE fid = 1")
        sql.execute("UPDATE vertical_segment SET end_gradient_permille = -9e999 WHERE fid = 3")
        sql.execute("UPDATE track_height SET height_m = 9e999")
    text = ET.tostring(written(tracks), encoding="unicode").lower()
    assert "profalign" in text
    assert not any(bad in text for bad in (" inf", "-inf", ">inf"))
    assert "nan" not in text
