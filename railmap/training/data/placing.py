"""Geometric augmentation: the track paper's, ours, and none."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.errors import UsageError
from railmap.raster.types import PixelWindow
from railmap.training.data.augment import collar, photometric, turn
from railmap.training.data.image import LabelledImage
from railmap.training.data.sample import FILL, IGNORE, TOP, Sample

__all__ = ["AUGMENTATIONS", "Augment", "find_augmentation", "place"]

Augment = Callable[[LabelledImage, np.random.Generator, int], Sample]

_ZOOM = (0.75, 1.35)
_ROTATED, _TURNED, _COLLARED = 0.5, 0.4, 0.08


def find_augmentation(name: str) -> Augment:
    """Return the augmentation of a name in `AUGMENTATIONS`; raises `UsageError`."""
    if name not in AUGMENTATIONS:
        raise UsageError(f"no augmentation {name!r}; there are: {', '.join(AUGMENTATIONS)}")
    return AUGMENTATIONS[name]


def place(
    source: LabelledImage,
    centre: tuple[float, float],
    size: int,
    *,
    angle: float = 0.0,
    zoom: float = 1.0,
) -> Sample:
    """Cut a square around a point of an image, turned and enlarged.

    Parameters
    ----------
    source
        Image to cut from.
    centre
        Row and column of its middle, pixels from the corner of the image.
    size
        Side, pixels.
    angle
        Radians, clockwise as seen.
    zoom
        Enlargement. A tent is enlarged too: enlargement is invisible to the network.
    """
    row, col = centre
    if angle == 0.0 and zoom == 1.0:
        return source.read(PixelWindow(round(row - size / 2), round(col - size / 2), size, size))
    reach = int(np.ceil(size / zoom * (abs(np.cos(angle)) + abs(np.sin(angle))) / 2)) + 2
    top, left = round(row) - reach, round(col) - reach
    image, target, _ = source.read(PixelWindow(top, left, 2 * reach, 2 * reach))
    if zoom < 1:  # average first: interpolation alone would skip pixels
        side = max(1, round(2 * reach * zoom))
        image = np.asarray(cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA))
    cos, sin = np.cos(angle) * zoom, np.sin(angle) * zoom
    move = np.array([[cos, -sin, 0.0], [sin, cos, 0.0]])
    move[:, 2] = size / 2 - move[:, :2] @ [col - left, row - top]
    out = _warp(image, move, size, 2 * reach / len(image), cv2.INTER_LINEAR)
    # 255 is no probability: resampled separately, so that it is not mixed with the edges.
    judged = (target != IGNORE).astype(np.uint8)
    soft = _warp(np.where(judged > 0, target, 0), move, size, 1.0, cv2.INTER_LINEAR)
    judged = _warp(judged, move, size, 1.0, cv2.INTER_NEAREST)
    if not ((target > 0) & (target < TOP)).any():
        soft = np.where(soft >= TOP / 2, TOP, 0)  # a mask stays a mask
    return Sample(out, np.where(judged > 0, soft, IGNORE).astype(np.uint8))


def _warp(
    layer: NDArray[np.uint8], move: NDArray[np.float64], size: int, shrink: float, method: int
) -> NDArray[np.uint8]:
    """Resample under `move` (x/y of corners); `layer` is `shrink` times smaller than it counts."""
    centred = move.copy()
    centred[:, :2] *= shrink
    centred[:, 2] += centred[:, :2] @ [0.5, 0.5] - 0.5  # OpenCV counts from pixel centres
    border = (0, 0, 0)
    return np.asarray(
        cv2.warpAffine(layer, centred, (size, size), None, method, cv2.BORDER_CONSTANT, border)
    )


def _centre(
    source: LabelledImage, rng: np.random.Generator, size: int, slack: float = 0.0
) -> tuple[float, float]:
    """A proposed centre whose crop reaches past the edge by `slack` of its side at most."""
    half = size * (0.5 - slack)
    row, col = source.centre(rng)
    rows, cols = source.shape
    return (
        rows / 2 if rows <= 2 * half else float(np.clip(row, half, rows - half)),
        cols / 2 if cols <= 2 * half else float(np.clip(col, half, cols - half)),
    )


def _paper(source: LabelledImage, rng: np.random.Generator, size: int) -> Sample:
    """Random crop, rotation, and one of no, horizontal, vertical and centre flip (section 3.1).

    The paper gives neither angles nor shares: here half the crops are turned by any angle.
    """
    angle = float(rng.uniform(0, 2 * np.pi)) if rng.random() < _ROTATED else 0.0
    image, target, _ = place(source, _centre(source, rng, size), size, angle=angle)
    vertical, horizontal = (int(v) for v in rng.choice((1, -1), 2))  # both: the centre flip
    return Sample(
        np.ascontiguousarray(image[::vertical, ::horizontal]),
        np.ascontiguousarray(target[::vertical, ::horizontal]),
    )


def _railmap(source: LabelledImage, rng: np.random.Generator, size: int) -> Sample:
    """Any angle (often a multiple of 90°: sharp as in use), zoom, flips, camera, nodata edges."""
    zoom = float(np.exp(rng.uniform(*np.log(_ZOOM))))
    sharp = rng.random() < _TURNED
    angle = 0.0 if sharp else float(rng.uniform(0, 2 * np.pi))
    sample = place(
        source, _centre(source, rng, size, 0.2), size, angle=angle, zoom=1.0 if sharp else zoom
    )
    sample = turn(sample, rng)
    empty = (sample.image == FILL).all(axis=2) & (sample.target == IGNORE)
    image = photometric(sample.image, rng)
    image[empty] = FILL  # inference fills after the camera, too
    sample = Sample(image, sample.target)
    return collar(sample, rng) if rng.random() < _COLLARED else sample


def _none(source: LabelledImage, rng: np.random.Generator, size: int) -> Sample:
    """A random crop as it is."""
    return place(source, _centre(source, rng, size), size)


AUGMENTATIONS: dict[str, Augment] = {"railmap": _railmap, "paper": _paper, "none": _none}
