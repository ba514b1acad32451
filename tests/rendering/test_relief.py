"""Height models of rendered images fit the heights of their tracks."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

import railmap
from railmap.errors import OutputError, UsageError
from railmap.geometry.types import Link, Node, TrackNetwork
from railmap.mapping import read_map, write_map
from railmap.rendering.plan.kinds import make_plan
from railmap.rendering.plan.relief import Relief
from tests.helpers import networks

SIZE = {"gsd": 0.2, "width": 600, "height": 400}


def test_gradients_are_the_slope_of_the_heights() -> None:
    plan = make_plan(np.random.default_rng(1), 400.0, "double")
    relief = Relief.random(1, plan, 400.0)
    s = np.arange(-400, 400, 0.1)
    slope = np.gradient(relief.heights(s), s)
    assert np.abs(slope - relief.gradients(s)).max() < 1e-4
    assert np.abs(slope).max() <= 0.02 + 1e-6
    assert len(relief.starts) >= 2
    assert relief.heights(np.zeros(1))[0] == pytest.approx(relief.level)
    radii = relief.lengths / np.abs(relief.changes)
    assert ((radii > 1999) & (radii < 8001)).all()


def test_earthworks_are_no_steeper_than_their_slopes() -> None:
    plan = make_plan(np.random.default_rng(4), 100.0, "junction")
    relief = Relief.random(4, plan, 100.0)
    on = plan.tracks[0].xy[::7]
    assert (
        np.abs(relief.ground(on, plan.tracks) - relief.heights(plan.tracks[0].station[::7])).max()
        < 1e-3
    )
    x, y = np.meshgrid(np.arange(-100, 100, 1.0), np.arange(-100, 100, 1.0))
    z = relief.ground(np.column_stack([x.ravel(), y.ravel()]), plan.tracks).reshape(x.shape)
    steep = np.hypot(*np.gradient(z))
    assert np.quantile(steep, 0.999) < 0.75
    assert np.ptp(z) > 1


@pytest.mark.parametrize("kind", ["junction", "diamond"])
def test_the_model_has_the_heights_of_the_tracks(tmp_path: Path, kind: str) -> None:
    image, truth, dem = tmp_path / "s.tif", tmp_path / "t.gpkg", tmp_path / "d.tif"
    railmap.synth(image, truth, dem, seed=3, kind=kind, **SIZE)
    frame = gpd.read_file(truth, layer="track_height")
    with rasterio.open(dem) as data, rasterio.open(image) as picture:
        assert data.crs.to_string().startswith("COMPD_CS") or "3855" in data.crs.to_wkt()
        assert data.bounds.left == picture.bounds.left - 10
        assert data.bounds.top == picture.bounds.top + 10
        assert data.bounds.right >= picture.bounds.right + 10
        z = np.array(
            [v[0] for v in data.sample(np.column_stack([frame.geometry.x, frame.geometry.y]))]
        )
    off = z - frame["height_m"]
    assert abs(off.mean()) < 0.005
    assert off.std() < 0.04  # errors of the pixels, and up to 0.7 m from their centre
    lines = gpd.read_file(truth, layer="centreline")
    assert frame.distance(lines.union_all()).max() < 0.01
    one = frame[frame["track"] == 0]
    steps = np.hypot(np.diff(one.geometry.x), np.diff(one.geometry.y))
    rise = np.diff(one["height_m"])[steps < 1.01] / steps[steps < 1.01]
    assert np.abs(1000 * rise - one["gradient_permille"].to_numpy()[:-1][steps < 1.01]).max() < 0.5


def test_the_image_of_a_seed_stays_the_same(tmp_path: Path) -> None:
    size = {"gsd": 0.2, "width": 100, "height": 80}
    railmap.synth(tmp_path / "a.tif", tmp_path / "a.gpkg", seed=7, **size)
    for name in "bc":
        railmap.synth(tmp_path / f"{name}.tif", None, tmp_path / f"{name}_dem.tif", seed=7, **size)
    pixels = [rasterio.open(tmp_path / f"{name}.tif").read() for name in "abc"]
    assert np.array_equal(pixels[0], pixels[1])
    models = [rasterio.open(tmp_path / f"{name}_dem.tif").read() for name in "bc"]
    assert np.array_equal(*models)
    layers = gpd.list_layers(tmp_path / "a.gpkg")["name"].tolist()
    assert "track_height" not in layers


def test_ground_without_railway(tmp_path: Path) -> None:
    truth, dem = tmp_path / "t.gpkg", tmp_path / "d.tif"
    railmap.synth(tmp_path / "s.tif", truth, dem, seed=7, kind="none", **SIZE)
    assert gpd.read_file(truth, layer="track_height").empty
    assert np.isfinite(rasterio.open(dem).read()).all()


@pytest.mark.parametrize(("kind", "seed"), [("plain", 3), ("double", 4)])
def test_drape_bridges_the_valley_under_a_bridge(tmp_path: Path, kind: str, seed: int) -> None:
    image, truth, dem = tmp_path / "s.tif", tmp_path / "t.gpkg", tmp_path / "d.tif"
    railmap.synth(
        image, truth, dem, seed=seed, kind=kind, bridge=True, gsd=0.2, width=1000, height=1000
    )
    lines = gpd.read_file(truth, layer="centreline").dissolve("track").line_merge()
    assert (lines.geom_type == "LineString").all()
    ends = [xy[i] for xy in map(shapely.get_coordinates, lines.geometry) for i in (0, -1)]
    nodes = [Node(float(x), float(y), "railwayEnd", None, 1) for x, y in ends]
    links = [
        Link(shapely.get_coordinates(line), 2 * i, 2 * i + 1, "rail_pair")
        for i, line in enumerate(lines.geometry)
    ]
    tracks = tmp_path / "tracks.gpkg"
    images, run = networks.images(), networks.run_record()
    write_map(tracks, TrackNetwork(nodes, links, []), lines.crs, images=images, run=run)
    found = railmap.drape(tracks, dem)
    true = gpd.read_file(truth, layer="track_height")
    got = read_map(tracks)["track_height"].reset_index(drop=True)
    _, nearest = true.sindex.nearest(got.geometry, return_all=False)
    true = true.iloc[nearest].reset_index(drop=True)
    assert np.abs(got["height_m"] - true["height_m"]).max() < 0.06
    over = true["below"] == "bridge"
    deep = got["height_m"] - got["terrain_m"]
    assert deep[over].max() > 4.5
    # all over the valley is bridged, and little beside it
    assert (got["source"][over & (deep > 1)] == "jump").all()
    assert (got["source"] == "jump").sum() <= over.sum() + 6 * len(lines)  # margins of 7.5 m
    assert found.by_source_m["jump"] > 25 * len(lines)


def test_a_bridge_changes_the_model_only(tmp_path: Path) -> None:
    size = {"gsd": 0.2, "width": 300, "height": 200, "kind": "plain", "seed": 7}
    for name, bridge in (("a", False), ("b", True)):
        files = (tmp_path / f"{name}{end}" for end in (".tif", ".gpkg", "_dem.tif"))
        railmap.synth(*files, bridge=bridge, **size)
    pixels = [rasterio.open(tmp_path / f"{name}.tif").read() for name in "ab"]
    assert np.array_equal(*pixels)
    heights = [gpd.read_file(tmp_path / f"{name}.gpkg", layer="track_height") for name in "ab"]
    assert heights[0]["height_m"].equals(heights[1]["height_m"])
    assert (heights[0]["below"] == "ground").all()
    models = [rasterio.open(tmp_path / f"{name}_dem.tif").read() for name in "ab"]
    assert 4.9 < (models[0] - models[1]).max() < 20
    assert (models[0] >= models[1]).all()
    for wrong in ({}, {"dem": tmp_path / "c.tif", "kind": "none"}):
        with pytest.raises(UsageError, match="bridge is one of tracks in an elevation model"):
            railmap.synth(tmp_path / "x.tif", bridge=True, **wrong)


def test_bad_names(tmp_path: Path) -> None:
    image = tmp_path / "s.tif"
    with pytest.raises(OutputError, match="must be different files"):
        railmap.synth(image, None, image, **SIZE)
    with pytest.raises(UsageError, match=r"name it \*\.tif"):
        railmap.synth(image, None, tmp_path / "d.xyz", **SIZE)
    assert not image.exists()
