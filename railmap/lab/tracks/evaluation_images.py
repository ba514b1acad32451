"""Images that models are evaluated on at several ground sampling distances."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from railmap.errors import missing_extra
from railmap.raster.types import PixelWindow
from railmap.training.data import LabelSource, read_images
from railmap.training.data.sample import IGNORE, TOP, Sample

__all__ = ["FIRST_SEED", "SIDE_METRES", "evaluation_images_at", "render_evaluation_images"]

_FINEST, _SIDE = 0.05, 1024
FIRST_SEED = 4000
SIDE_METRES = round(_FINEST * _SIDE)


def render_evaluation_images(
    count: int, *, side: int = _SIDE, seed: int = FIRST_SEED
) -> list[Sample]:
    """Render images at 5 cm with their masks; the same seed gives the same pixels.

    Raises
    ------
    MissingExtraError
        If OpenCV is missing.
    """
    try:
        from railmap.rendering import render_scene, track_mask
    except ImportError as error:
        raise missing_extra("rendering images", "synth", error) from error
    images = []
    for number in range(count):
        scene = render_scene(seed + number, gsd=_FINEST, width=side, height=side, collar=False)
        mask = track_mask(scene)
        target = np.where(mask == 1, np.uint8(TOP), np.uint8(0))
        target[(mask == 255) | scene.hidden] = IGNORE
        images.append(Sample(scene.image, target))
    return images


def evaluation_images_at(images: Sequence[Sample] | LabelSource, gsd: float) -> list[Sample]:
    """Return the images at `gsd` metres per pixel.

    Parameters
    ----------
    images
        Rendered at 5 cm (they are averaged down), or labelled images.
    gsd
        Metres per pixel.

    Raises
    ------
    InputError
        As `read_images`.
    """
    if isinstance(images, LabelSource):
        found = read_images(images, gsd=gsd, target="mask")
        return [image.read(PixelWindow(0, 0, *image.shape)) for image in found.images]
    return [_coarser(image, gsd / _FINEST) for image in images]


def _coarser(sample: Sample, factor: float) -> Sample:
    """Average to `factor` times the pixel size."""
    side = tuple(max(1, round(n / factor)) for n in sample.target.shape[::-1])
    method = cv2.INTER_AREA if factor >= 1 else cv2.INTER_LINEAR
    image = np.asarray(cv2.resize(sample.image, side, None, 0, 0, method), np.uint8)
    judged = (sample.target != IGNORE).astype(np.float32)
    share = cv2.resize(judged, side, None, 0, 0, method)
    track = cv2.resize((sample.target == TOP).astype(np.float32), side, None, 0, 0, method)
    target = np.where(track >= 0.5 * np.maximum(share, 1e-6), np.uint8(TOP), np.uint8(0))
    target[share < 0.5] = IGNORE
    return Sample(image, target)
