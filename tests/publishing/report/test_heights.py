"""The report of a map with heights: extremes, vertical elements, profiles, the elevation model."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from railmap.mapping import read_map
from railmap.mapping.referencing.lines import add_line
from railmap.pipeline.drape import drape_map
from tests.helpers import heights
from tests.helpers.heights import LENGTH, PROFILE
from tests.publishing.report.test_report import report

SECTION = "Heights and gradients"


def over_a_river(x: np.ndarray) -> np.ndarray:
    """A valley 9 m deep, 44 m wide, whose sides are too steep for a track."""
    return PROFILE.heights(x) - 9 * np.clip(1 - np.maximum(np.abs(x - 730) - 22, 0) / 8, 0, 1)


@pytest.fixture
def tracks(tmp_path: Path) -> Path:
    path = heights.write_tracks(tmp_path / "tracks.gpkg")
    nodes = read_map(path).nodes["node_id"].tolist()
    add_line(path, ref="6185", name="", start=nodes[0], end=nodes[2])
    return path


def drape(path: Path, **model: object) -> None:
    drape_map(path, heights.write_dem(path.with_name("dem.tif"), **model))  # type: ignore[arg-type]


def values(row: list[str]) -> list[float]:
    found = [re.sub(r"[\u202f ]", "", cell).replace("−", "-") for cell in row]
    return [float(re.findall(r"-?[\d.]+", cell)[0]) for cell in found if re.search(r"\d", cell)]


def test_extremes_of_each_line(tracks: Path) -> None:
    drape(tracks, crs="EPSG:25832+7837")
    page = report(tracks)
    (row,) = [row for row in page.rows(SECTION, "6185") if len(row) == 8]
    z = PROFILE.heights(np.linspace(0, LENGTH, 2001))
    _, _, low, high, up, down, crest, sag = values(row)
    assert (low, high) == pytest.approx((z.min(), z.max()), abs=0.01)
    assert (up, down) == pytest.approx((17.0, 8.0), abs=0.1)
    assert (crest, sag) == pytest.approx((6000, 4000), rel=0.01)
    assert len([row for row in page.rows(SECTION, "all") if len(row) == 8]) == 1
    assert "Heights are metres in DHHN2016 height." in page.texts[SECTION]


def test_vertical_elements_of_a_line_go_on_over_nodes(tracks: Path) -> None:
    drape(tracks)
    rows = [row for row in report(tracks).rows(SECTION, "6185") if len(row) == 6]
    assert [row[4].replace("−", "-") for row in rows] == [
        "12.0", "12.0 to -8.0", "-8.0", "-8.0 to 17.0", "17.0",
    ]  # fmt: skip
    assert [row[5].split()[-1] for row in rows if row[5] != "–"] == ["crest", "sag"]
    starts = [float(row[1].split()[-1]) for row in rows]
    assert starts == pytest.approx([0.0, 0.45, 0.57, 1.05, 1.15], abs=0.003)


def test_profiles_show_track_ground_and_what_is_bridged(tracks: Path) -> None:
    drape(tracks, height=over_a_river)
    page = report(tracks)
    figures = re.findall(r'<figure class="profile">.*?</figure>', page.raw)
    assert len(figures) == 2
    assert all(re.search('class="(track)" d="M', one) for one in figures)
    line = next(one for one in figures if "6185" in one)
    bridged = re.search(r'class="bridged" d="M([^"]*)"', line)
    assert bridged
    x = [float(step.split()[0]) for step in bridged[1].split("L")]
    width = 1000 - 64 - 30
    assert 64 + width * 675 / LENGTH < x[0] < 64 + width * 712 / LENGTH
    assert 64 + width * 748 / LENGTH < x[-1] < 64 + width * 785 / LENGTH
    assert "−8.0 ‰" in line
    assert page.rows(SECTION, "bridged: ground too steep for a track")
    assert not re.search("nan|inf", line)


def test_the_elevation_model_is_a_source(tracks: Path) -> None:
    drape(tracks, crs="EPSG:25832+7837")
    page = report(tracks)
    (row,) = page.rows("Sources and licences", "dem.tif")
    assert row == ["dem.tif", "EPSG:25832", "DHHN2016 height", "2.00", "1.0000"]
    assert str(tracks.parent) not in page.raw


def test_stretches_without_heights(tracks: Path) -> None:
    drape(tracks, x_to=1000.0)
    page = report(tracks)
    assert page.rows(SECTION, "no height")
    assert "names no vertical CRS" in page.texts[SECTION]
    assert not re.search(r'd="[^"]*(nan|inf)', page.raw)


def test_a_map_without_heights_has_no_such_section(tracks: Path) -> None:
    page = report(tracks)
    assert SECTION not in page.sections
    assert "elevation model" not in page.raw


def test_links_edited_after_draping_do_not_break_the_report(tracks: Path) -> None:
    from railmap.mapping.store.editing import edit_map

    drape(tracks)
    with edit_map(tracks) as sql:
        sql.execute("UPDATE railway_link SET link_id = 'new' WHERE fid = 1")
        sql.execute("UPDATE track_height SET height_m = NULL WHERE seq > 3")
    assert not re.search(r'd="[^"]*(nan|inf)', report(tracks).raw)
