"""One training sample, and the constants that images of all sources share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from railmap.models.metadata import IMAGENET_MEAN, IMAGENET_STD

__all__ = ["FILL", "IGNORE", "TENT_LENGTH", "TOP", "Sample", "normalise", "to_image"]

TENT_LENGTH = 2.6
"""Sleeper length, metres: where the tent reaches 0."""
TOP = 254
"""Target value of probability 1."""
IGNORE = 255
"""Target value of pixels that are not judged."""
FILL: NDArray[np.uint8] = np.round(np.array(IMAGENET_MEAN) * 255).astype(np.uint8)
"""RGB put where there is no data, in training as in inference."""

_MEAN = np.array(IMAGENET_MEAN, np.float32) * 255
_SCALE = 1 / (np.array(IMAGENET_STD, np.float32) * 255)


class Sample(NamedTuple):
    """An image and its target at the model's GSD.

    Parameters
    ----------
    image
        ``(H, W, 3)`` uint8 RGB.
    target
        ``(H, W)`` uint8, 0–254 = p·254, 255 = not judged.
    fields
        ``(6, H / 4, W / 4)`` int8, targets of the field heads (`fields.draw_fields`), or None.
    """

    image: NDArray[np.uint8]
    target: NDArray[np.uint8]
    fields: NDArray[np.int8] | None = None


def normalise(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """``(H, W, 3)`` uint8 RGB → ``(3, H, W)`` float32 as the networks want it."""
    return np.ascontiguousarray(((image - _MEAN) * _SCALE).transpose(2, 0, 1))


def to_image(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    """``(3, H, W)`` float32, as `normalise` gives it → ``(H, W, 3)`` uint8 RGB."""
    pixels = image.transpose(1, 2, 0) / _SCALE + _MEAN
    return np.clip(np.round(pixels), 0, 255).astype(np.uint8)
