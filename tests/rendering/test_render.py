"""Rendered images are repeatable, and their truth matches the pixels."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio

from railmap.errors import OutputError
from railmap.rendering import render_crop, render_scene, track_mask, write_scene
from railmap.rendering.plan.kinds import make_plan

KINDS = ["plain", "double", "multiple", "junction", "yard", "diamond"]


def test_same_seed_gives_the_same_pixels() -> None:
    first = render_scene(4, gsd=0.2, width=200, height=160)
    again = render_scene(4, gsd=0.2, width=200, height=160)
    other = render_scene(5, gsd=0.2, width=200, height=160)
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.valid, again.valid)
    assert (first.image != other.image).mean() > 0.5


def test_crops_are_repeatable_and_of_the_given_size() -> None:
    crop, again = (render_crop(np.random.default_rng(3), 96, 0.1) for _ in range(2))
    assert crop.image.shape == (96, 96, 3)
    assert crop.target.shape == (96, 96)
    np.testing.assert_array_equal(crop.image, again.image)
    np.testing.assert_array_equal(crop.target, again.target)


def test_old_track_looks_different_at_the_same_position() -> None:
    new, old = (render_crop(np.random.default_rng(3), 96, 0.1, worn_share=s) for s in (0.0, 1.0))
    judged = (new.target < 255) & (old.target < 255)
    judged &= ~np.isin(old.image, (0, 255)).all(-1)  # a collar that no one declared
    assert judged.mean() > 0.5
    np.testing.assert_array_equal(new.target[judged], old.target[judged])
    on = judged & (new.target > 127)
    assert on.any()
    assert np.abs(new.image[on].astype(int) - old.image[on]).mean() > 5


def test_an_undeclared_black_collar_has_no_track() -> None:
    empty = []  # share of the black pixels without track; a dark picture has some with track
    for seed in range(120):
        crop = render_crop(np.random.default_rng(seed), 48, 0.1, worn_share=1.0)
        black = (crop.image == 0).all(-1)
        if black.mean() > 0.1:
            empty.append((crop.target[black] == 0).mean())
    assert len(empty) >= 3
    assert np.mean(empty) > 0.97


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_every_kind_of_plan_has_valid_tracks(kind: str, seed: int) -> None:
    plan = make_plan(np.random.default_rng(seed), 150.0, kind)
    assert plan.tracks
    for track in plan.tracks:
        step = np.linalg.norm(np.diff(track.xy, axis=0), axis=1)
        assert np.isfinite(track.xy).all()
        assert step.min() > 0
        assert step.max() < 1.2
        heading = np.unwrap(np.arctan2(*np.diff(track.xy, axis=0).T[::-1]))
        turn = np.abs(np.diff(heading)) / step[1:]
        assert turn.max() < 1 / 90, "no railway bends tighter than 90 m"


@pytest.mark.parametrize("seed", range(6))
def test_a_turnout_leaves_its_main_track_tangentially(seed: int) -> None:
    plan = make_plan(np.random.default_rng(seed), 200.0, "junction")
    for main, toe, direction, leg in plan.turnouts:
        tracks = plan.tracks[main], plan.tracks[leg]
        near = toe + direction * np.array([0.5, 3.0])
        offset = []
        for track in tracks:
            order = np.argsort(track.station)
            offset.append(np.interp(near, track.station[order], track.offset[order]))
        apart = np.abs(offset[1] - offset[0])
        assert apart[0] < 0.01
        assert apart[1] < 0.1


def test_switches_are_on_two_tracks() -> None:
    plan = make_plan(np.random.default_rng(2), 200.0, "yard")
    switches = [n for n in plan.nodes if n.railway == "switch"]
    assert len(switches) >= 3
    for node in switches:
        distance = [np.hypot(t.xy[:, 0] - node.x, t.xy[:, 1] - node.y).min() for t in plan.tracks]
        assert sum(d < 0.6 for d in distance) >= 2


def test_parallel_tracks_keep_their_distance() -> None:
    for seed in range(5):
        plan = make_plan(np.random.default_rng(seed), 100.0, "double")
        a, b = (t.offset for t in plan.tracks[:2])
        assert np.abs(np.median(a) - np.median(b)) >= 3.5


def test_truth_is_on_the_mask(tmp_path: Path) -> None:
    scene = render_scene(11, gsd=0.1, width=500, height=400, kind="double", collar=True)
    picture, truth = tmp_path / "scene.tif", tmp_path / "truth.gpkg"
    write_scene(scene, picture, truth)
    mask = track_mask(scene)
    with rasterio.open(picture) as data:
        inverse = ~data.transform
        assert data.crs.to_epsg() == 32632
        np.testing.assert_array_equal(data.dataset_mask() > 0, scene.valid)
        np.testing.assert_array_equal(
            np.moveaxis(data.read(), 0, 2)[scene.valid], scene.image[scene.valid]
        )
    lines = gpd.read_file(truth, layer="centreline")
    assert len(lines) >= 2
    for line in lines.geometry:
        for x, y in np.asarray(line.interpolate(0.5, normalized=True).coords):
            col, row = inverse * (x, y)
            assert mask[int(row), int(col)] == 1
            # at sleeper width the band ends 1.0 to 1.4 m from the centreline
    width = (mask == 1).sum() * 0.01 / lines.length.sum()
    assert 1.7 < width < 3.0
    area = gpd.read_file(truth, layer="area").area.sum()
    assert area == pytest.approx(scene.valid.sum() * 0.01, rel=1e-6)


def test_an_image_without_railway_has_no_truth(tmp_path: Path) -> None:
    scene = render_scene(1, gsd=0.2, width=128, height=128, tracks=False)
    write_scene(scene, tmp_path / "a.tif", tmp_path / "a.gpkg")
    assert len(gpd.read_file(tmp_path / "a.gpkg", layer="centreline")) == 0
    assert not (track_mask(scene) == 1).any()


def test_existing_files_are_kept(tmp_path: Path) -> None:
    scene = render_scene(1, gsd=0.3, width=64, height=64)
    write_scene(scene, tmp_path / "a.tif")
    with pytest.raises(OutputError, match="overwrite"):
        write_scene(scene, tmp_path / "a.tif")


def test_a_clear_scene_has_the_same_tracks_and_hides_less_of_them() -> None:
    size = {"gsd": 0.1, "width": 500, "height": 500, "kind": "double", "collar": False}
    hard = [render_scene(seed, **size) for seed in range(3)]
    clear = [render_scene(seed, **size, clear=True) for seed in range(3)]
    for one, two in zip(hard, clear, strict=True):
        assert one.plan is not None
        assert two.plan is not None
        assert np.array_equal(one.plan.tracks[0].xy, two.plan.tracks[0].xy)
    assert sum(scene.hidden.sum() for scene in clear) < sum(scene.hidden.sum() for scene in hard)
