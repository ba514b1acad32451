"""The shipped network on a rendered image with an unseen seed, from image to lines."""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
from scipy.spatial import cKDTree

import railmap
from railmap.evaluation import evaluate_lines
from railmap.rendering import render_scene, write_scene


def test_a_rendered_double_track(tmp_path: Path) -> None:
    scene = render_scene(2_000_003, gsd=0.1, width=900, height=900, kind="double", collar=False)
    write_scene(scene, tmp_path / "scene.tif", tmp_path / "truth.gpkg")
    railmap.vectorize(tmp_path / "scene.tif", tmp_path / "tracks.gpkg")
    scores = evaluate_lines(tmp_path / "tracks.gpkg", tmp_path / "truth.gpkg", tolerances=(0.5,))
    assert scores.at(0.5).correctness > 0.8
    assert scores.at(0.5).completeness > 0.6


def test_heights_of_a_rendered_junction(tmp_path: Path) -> None:
    image, truth, dem = tmp_path / "s.tif", tmp_path / "truth.gpkg", tmp_path / "dem.tif"
    railmap.synth(image, truth, dem, seed=1, kind="junction", gsd=0.15, width=1200, height=900)
    found = railmap.vectorize(image, tmp_path / "tracks.gpkg", dem=dem)
    assert found.heights is not None
    assert found.heights.vertical_crs == "EPSG:3855"
    mapped = railmap.read_map(tmp_path / "tracks.gpkg")["track_height"]
    true = geopandas.read_file(truth, layer="track_height")
    xy, at = (np.column_stack([one.geometry.x, one.geometry.y]) for one in (mapped, true))
    distance, nearest = cKDTree(at).query(xy)
    near = distance < 0.8
    assert near.mean() > 0.9
    # to the foot of the perpendicular, along the gradient between neighbouring points
    height = true["height_m"].to_numpy()
    other = np.clip(nearest + 1, 0, len(true) - 1)
    ahead = at[other] - at[nearest]
    step = ((xy - at[nearest]) * ahead).sum(1) / np.maximum((ahead**2).sum(1), 1e-9)
    whole = near & (np.abs(np.hypot(*ahead.T) - 1) < 0.01)
    error = (mapped["height_m"] - height[nearest] - step * (height[other] - height[nearest]))[whole]
    known = error.dropna()
    assert len(known) > 0.9 * len(error)
    assert np.sqrt((known**2).mean()) < 0.02
    assert known.abs().max() < 0.06
