"""The shipped network on a rendered image with an unseen seed, from image to lines."""

from __future__ import annotations

from pathlib import Path

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
