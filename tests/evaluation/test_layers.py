"""Valid and invalid files and frames."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from shapely import LineString, MultiLineString, Point, Polygon, box

from railmap.errors import GeoreferenceError, InputError
from railmap.evaluation import evaluate_lines
from railmap.evaluation.layers import metric_crs, read_tracks


def one_line(error):
    return "\n" not in str(error.value)


def test_railmap_map_is_recognised(tmp_path, tracks, points):
    path = tmp_path / "Gleis ä.gpkg"
    tracks([(0, 0), (100, 0)]).to_file(path, layer="railway_link", driver="GPKG")
    points((50, 0), railway=["switch"]).to_file(path, layer="railway_node", driver="GPKG")
    tracks([(0, 9), (100, 9)]).to_file(path, layer="alignment_segment", driver="GPKG")
    layer = read_tracks(path, "prediction")
    assert len(layer.lines) == 1
    assert list(layer.nodes["railway"]) == ["switch"]
    assert layer.ignore is None
    assert layer.area is None


def test_measured_lines_are_read_without_a_warning(tmp_path, tracks, recwarn):
    path = tmp_path / "map.gpkg"
    frame = tracks([(0, 0), (100, 0)])
    measured = shapely.from_wkt(["LINESTRING M (500000 5700000 0, 500100 5700000 100)"])
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(measured, flavor="iso"),
        field_data=[],
        fields=np.array([], object),
        geometry_type="Measured LineString",
        crs="EPSG:25832",
        layer="railway_link",
        driver="GPKG",
    )
    assert evaluate_lines(path, frame).at(0.1).quality == 1.0
    assert not [w for w in recwarn if "Measured" in str(w.message)]


def test_rendered_truth_is_recognised_with_its_area(tmp_path, tracks):
    path = tmp_path / "truth.gpkg"
    line = tracks([(0, 0), (60, 0)], [(60, 0), (100, 0)], occluded=[False, True])
    line.to_file(path, layer="centreline", driver="GPKG")
    x, y = line.geometry.iloc[0].coords[0]
    area = gpd.GeoDataFrame(geometry=[box(x, y - 5, x + 80, y + 5)], crs=line.crs)
    area.to_file(path, layer="area", driver="GPKG")
    assert list(read_tracks(path, "truth").lines["occluded"]) == [False, True]
    scores = evaluate_lines(tracks([(0, 0), (60, 0)]), path)
    assert scores.truth_m == pytest.approx(80)
    assert scores.visible_truth_m == pytest.approx(60)


def test_geojson_with_ignore_polygons_like_the_real_scenes(tmp_path):
    path = tmp_path / "scene.geojson"
    line = LineString([(5e5, 57e5), (5e5 + 100, 57e5)])
    ignored = box(5e5, 57e5 - 1, 5e5 + 40, 57e5 + 1)
    frame = gpd.GeoDataFrame(
        {"track": [0, None], "occluded": [False, None], "ignore": [None, True]},
        geometry=[line, ignored],
        crs="EPSG:25832",
    )
    frame.to_file(path, driver="GeoJSON")
    scores = evaluate_lines(path, path)
    assert scores.truth_m == pytest.approx(60)
    assert scores.at(0.25).quality == 1.0


@pytest.mark.real
def test_real_scenes_agree_with_themselves(real_data):
    scenes = sorted((real_data / "rail_dev").glob("*.geojson"))
    assert scenes
    for scene in scenes:
        scores = evaluate_lines(scene, scene)
        assert scores.truth_m > 1, scene.name
        assert scores.at(0.1).completeness == 1.0, scene.name
        assert scores.at(0.1).correctness == 1.0, scene.name


def test_named_layer_of_several(tmp_path, tracks):
    path = tmp_path / "osm.gpkg"
    tracks([(0, 0), (100, 0)]).to_file(path, layer="rails", driver="GPKG")
    tracks([(0, 50), (100, 50)]).to_file(path, layer="roads", driver="GPKG")
    with pytest.raises(InputError, match=r"several line layers.*\|layername=") as error:
        read_tracks(path, "truth")
    assert one_line(error)
    assert len(read_tracks(f"{path}|layername=roads", "truth").lines) == 1
    with pytest.raises(InputError, match="no layer 'rivers'"):
        read_tracks(f"{path}|layername=rivers", "truth")


def test_multilines_and_heights_become_plain_lines(tracks):
    frame = gpd.GeoDataFrame(
        geometry=[
            MultiLineString([[(5e5, 57e5, 3), (5e5 + 9, 57e5, 4)], [(5e5, 57e5 + 9), (5e5, 57e5)]]),
            LineString([(5e5, 57e5), (5e5, 57e5)]),
            LineString(),
            None,
        ],
        crs="EPSG:25832",
    )
    lines = read_tracks(frame, "truth").lines
    assert list(lines.geom_type) == ["LineString", "LineString"]
    assert not lines.has_z.any()


@pytest.mark.parametrize(
    ("crs", "kept"),
    [
        ("EPSG:25832", True),
        ("EPSG:28992", True),
        ("EPSG:4326", False),
        ("EPSG:2263", False),  # US feet
        ("EPSG:3857", False),
        ("EPSG:3395", False),
    ],
)
def test_metric_crs(tracks, crs, kept):
    frame = tracks([(0, 0), (100, 0)])
    if crs == "EPSG:2263":
        frame = tracks([(0, 0), (100, 0)], crs="EPSG:32618")
    frame = frame.to_crs(crs)
    found = metric_crs(frame)
    assert (found == frame.crs) == kept
    if not kept:
        assert "UTM" in found.name


def test_no_crs(tracks):
    bare = tracks([(0, 0), (100, 0)], crs=None)
    with pytest.raises(GeoreferenceError, match="no CRS") as error:
        evaluate_lines(bare, tracks([(0, 0), (100, 0)]))
    assert one_line(error)


def test_points_or_polygons_are_not_lines(points):
    with pytest.raises(InputError, match="has Point and no lines") as error:
        read_tracks(points((0, 0)), "prediction")
    assert one_line(error)
    shape = gpd.GeoDataFrame(geometry=[Polygon([(0, 0), (1, 0), (1, 1)])], crs="EPSG:25832")
    with pytest.raises(InputError, match="has Polygon"):
        read_tracks(shape, "truth")


def test_both_empty(tracks):
    with pytest.raises(InputError, match="give layers with track lines"):
        evaluate_lines(tracks(), tracks())


def test_broken_coordinates(tracks):
    frame = tracks([(0, 0), (100, 0)])
    frame.geometry = [LineString([(5e5, 57e5), (np.nan, 57e5)])]
    with pytest.raises(InputError, match="NaN or infinite") as error:
        read_tracks(frame, "truth")
    assert one_line(error)


def test_truth_far_outside_its_crs(tracks):
    wild = gpd.GeoDataFrame(geometry=[LineString([(0, 95), (1, 95)])], crs="EPSG:4326")
    with pytest.raises(GeoreferenceError, match="check its CRS") as error:
        evaluate_lines(wild, tracks([(0, 0), (100, 0)]))
    assert one_line(error)


def test_missing_file_and_file_of_another_format(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_tracks(tmp_path / "nothing.gpkg", "truth")
    text = tmp_path / "text.gpkg"
    text.write_text("no map\n")
    with pytest.raises(InputError, match="cannot be read as a vector file") as error:
        read_tracks(text, "truth")
    assert one_line(error)


def test_ignore_and_area_must_be_polygons(tmp_path, tracks, points):
    line = tracks([(0, 0), (100, 0)])
    with pytest.raises(InputError, match="no polygons"):
        evaluate_lines(line, line, ignore=points((0, 0)))
    with pytest.raises(InputError, match="no such file"):
        evaluate_lines(line, line, area=tmp_path / "nothing.gpkg")


def test_invalid_ignore_polygon_is_repaired(tracks):
    line = tracks([(0, 0), (100, 0)])
    x, y = line.geometry.iloc[0].coords[0]
    bow_tie = Polygon([(x, y - 5), (x + 20, y + 5), (x + 20, y - 5), (x, y + 5)])
    assert not bow_tie.is_valid
    scores = evaluate_lines(line, line, ignore=bow_tie)
    assert scores.truth_m == pytest.approx(80, abs=0.3)


def test_point_column_ignored_in_lines_layer(tracks):
    frame = tracks([(0, 0), (100, 0)], railway=["rail"])
    frame.loc[1] = ["switch", Point(500_050, 5_700_000)]
    layer = read_tracks(frame.set_crs("EPSG:25832"), "truth")
    assert (len(layer.lines), len(layer.nodes)) == (1, 1)
