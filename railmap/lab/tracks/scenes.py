"""Scenes that models are judged on at several ground sampling distances."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from railmap.errors import missing_extra
from railmap.raster.types import PixelWindow
from railmap.training.data import LabelSource, read_pictures
from railmap.training.data.sample import IGNORE, TOP, Sample

__all__ = ["SCENE_METRES", "SCENE_SEED", "rendered_scenes", "scenes_at"]

_FINEST, _SIDE = 0.05, 1024
SCENE_SEED = 4000
SCENE_METRES = round(_FINEST * _SIDE)


def rendered_scenes(count: int, *, side: int = _SIDE, seed: int = SCENE_SEED) -> list[Sample]:
    """Render scenes at 5 cm with their masks; the same seed gives the same pixels.

    Raises
    ------
    MissingExtraError
        If OpenCV is missing.
    """
    try:
        from railmap.rendering import render_scene, track_mask
    except ImportError as error:
        raise missing_extra("rendering scenes", "synth", error) from error
    scenes = []
    for number in range(count):
        scene = render_scene(seed + number, gsd=_FINEST, width=side, height=side, collar=False)
        mask = track_mask(scene)
        target = np.where(mask == 1, np.uint8(TOP), np.uint8(0))
        target[(mask == 255) | scene.hidden] = IGNORE
        scenes.append(Sample(scene.image, target))
    return scenes


def scenes_at(scenes: Sequence[Sample] | LabelSource, gsd: float) -> list[Sample]:
    """Give the scenes at `gsd` metres per pixel.

    Parameters
    ----------
    scenes
        Rendered at 5 cm (they are averaged down), or labelled images.
    gsd
        Metres per pixel.

    Raises
    ------
    InputError
        As `read_pictures`.
    """
    if isinstance(scenes, LabelSource):
        found = read_pictures(scenes, gsd=gsd, target="mask")
        return [picture.read(PixelWindow(0, 0, *picture.shape)) for picture in found.pictures]
    return [_coarser(scene, gsd / _FINEST) for scene in scenes]


def _coarser(scene: Sample, factor: float) -> Sample:
    """Average to `factor` times the pixel size."""
    side = tuple(max(1, round(n / factor)) for n in scene.target.shape[::-1])
    way = cv2.INTER_AREA if factor >= 1 else cv2.INTER_LINEAR
    image = np.asarray(cv2.resize(scene.image, side, None, 0, 0, way), np.uint8)
    judged = (scene.target != IGNORE).astype(np.float32)
    share = cv2.resize(judged, side, None, 0, 0, way)
    track = cv2.resize((scene.target == TOP).astype(np.float32), side, None, 0, 0, way)
    target = np.where(track >= 0.5 * np.maximum(share, 1e-6), np.uint8(TOP), np.uint8(0))
    target[share < 0.5] = IGNORE
    return Sample(image, target)
