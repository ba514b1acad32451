"""Labels that disagree with the image are found, with their shift."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString

from railmap.training.data.label_check import CheckLimits, check_labels, issues_frame

CRS = "EPSG:25832"


def curve(offset: float = 0.0, length: float = 200.0) -> LineString:
    """An arc of radius 500 m, `offset` metres to its right."""
    angle = np.arange(0, length, 2.0) / 500
    radius = 500 - offset
    return LineString(np.column_stack((radius * np.sin(angle), 500 - radius * np.cos(angle))))


def frame(*lines: LineString, **columns: list[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(lines), crs=CRS)


def test_right_labels_have_no_issue() -> None:
    tracks = [curve(), curve(4.0)]
    labels = frame(curve(0.2), curve(3.9), LineString([(0, 50), (0.4, 50)]))
    assert check_labels(labels, tracks, judged=shapely.box(-50, -20, 300, 40)) == []


@pytest.mark.parametrize("shift", [-1.5, -0.6, 0.8, 1.7])
def test_a_shifted_label_is_reported_with_its_shift(shift: float) -> None:
    # curve(offset) lies to the left of the arc's direction (its centre is there).
    issues = check_labels(frame(curve(shift)), [curve(), curve(6.0)])
    first, missing = issues
    assert (first.kind, first.label) == ("shifted", 0)
    assert first.shift_m == pytest.approx(shift, abs=0.03)
    assert np.hypot(first.shift_east_m, first.shift_north_m) == pytest.approx(abs(shift), abs=0.05)
    moved = shapely.affinity.translate(
        shapely.LineString(first.line.coords[:3]), first.shift_east_m, first.shift_north_m
    )
    assert moved.distance(curve()) < shapely.LineString(first.line.coords[:3]).distance(curve())
    assert first.line.length > 190
    assert missing.kind == "missing"  # the second track
    assert missing.line.length == pytest.approx(curve(6.0).length, abs=1)
    assert f"{abs(first.shift_m):.2f} m off the track" in first.message()


def test_a_part_that_drifts_off_is_cut_out() -> None:
    x = np.arange(0.0, 201.0)
    y = np.where((x > 80) & (x < 130), 1.0, 0.0)
    issues = check_labels(
        frame(LineString(np.column_stack((x, y)))), [LineString([(0, 0), (200, 0)])]
    )
    assert [issue.kind for issue in issues] == ["shifted"]
    assert issues[0].line.bounds[0] == pytest.approx(80, abs=3)
    assert issues[0].line.bounds[2] == pytest.approx(130, abs=3)
    assert issues[0].shift_m == pytest.approx(1.0)  # southwards, to the right of eastwards
    assert (issues[0].shift_east_m, issues[0].shift_north_m) == pytest.approx((0, -1), abs=0.01)


def test_labels_without_track_and_tracks_without_label() -> None:
    label, track = LineString([(0, 0), (100, 0)]), LineString([(0, 30), (60, 30)])
    issues = check_labels(frame(label), [track])
    assert [issue.kind for issue in issues] == ["no_track", "missing"]
    assert issues[0].line.length == pytest.approx(100)
    assert issues[1].line.equals(track)
    # Hidden, or where nothing is judged: no issue.
    assert not check_labels(frame(label, occluded=[True]), [])
    assert not check_labels(frame(label), [track], judged=shapely.box(0, 5, 100, 25))
    # Too short to tell.
    assert not check_labels(frame(label), [track], limits=CheckLimits(min_length=150))


def test_a_crossing_track_is_not_the_labels() -> None:
    label = LineString([(0, 0), (100, 0)])
    crossing = LineString([(50, -60), (50, 60)])
    issues = check_labels(frame(label), [crossing])
    assert [issue.kind for issue in issues] == ["no_track", "missing"]
    assert issues[0].line.length == pytest.approx(100)


def test_the_layer_has_every_issue(tmp_path) -> None:
    issues = check_labels(frame(curve(1.0)), [curve(), curve(6.0)])
    layer = issues_frame(issues, CRS)
    layer.to_file(tmp_path / "issues.gpkg", layer="label_issue")
    again = gpd.read_file(tmp_path / "issues.gpkg", layer="label_issue")
    assert again["kind"].tolist() == ["shifted", "missing"]
    assert again["message"][1].endswith("of track without a label")
