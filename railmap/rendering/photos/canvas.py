"""Canvas of rendered photos: unit coordinates, two layers (image and evidence)."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.rendering.paint.noise import noise_bank

__all__ = ["PhotoCanvas"]

Colour = Sequence[float]
Points = Sequence[Sequence[float]] | NDArray[np.float64]
_SHIFT = 4


class PhotoCanvas:
    """An RGB image and the mask of the evidence of its scene, drawn together.

    Coordinates are 0 to 1, x to the right and y downwards. Shapes with ``evidence=True`` are
    added to the mask; other shapes over them are removed from it.

    Parameters
    ----------
    size
        Side of the image, pixels.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.image = np.zeros((size, size, 3), np.uint8)
        self.evidence = np.zeros((size, size), np.uint8)

    def polygon(self, points: Points, colour: Colour, evidence: bool = False) -> None:
        """Fill a polygon given by its corners (x, y)."""
        corners = [self._pixels(np.asarray(points, np.float64))]
        cv2.fillPoly(self.image, corners, tuple(map(float, colour)), cv2.LINE_AA, _SHIFT)
        cv2.fillPoly(self.evidence, corners, (255.0 if evidence else 0.0,), cv2.LINE_8, _SHIFT)

    def box(
        self, x0: float, y0: float, x1: float, y1: float, colour: Colour, evidence: bool = False
    ) -> None:
        """Fill an upright rectangle."""
        self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour, evidence)

    def line(self, points: Points, width: float, colour: Colour, evidence: bool = False) -> None:
        """Draw a polyline; `width` is a share of the image's side (at least a pixel)."""
        path = [self._pixels(np.asarray(points, np.float64))]
        thick = max(1, round(width * self.size))
        cv2.polylines(
            self.image, path, False, tuple(map(float, colour)), thick, cv2.LINE_AA, _SHIFT
        )
        if evidence:
            cv2.polylines(self.evidence, path, False, (255.0,), thick, cv2.LINE_8, _SHIFT)

    def ellipse(
        self, x: float, y: float, rx: float, ry: float, colour: Colour, evidence: bool = False
    ) -> None:
        """Fill an upright ellipse around (x, y)."""
        angle = np.linspace(0, 2 * np.pi, 36, endpoint=False)
        self.polygon(
            np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], 1), colour, evidence
        )

    def gradient(self, top: Colour, bottom: Colour, y0: float = 0.0, y1: float = 1.0) -> None:
        """Fill the rows from y0 to y1 with a vertical gradient."""
        first, last = round(y0 * self.size), round(y1 * self.size)
        share = np.linspace(0, 1, max(1, last - first))[:, None, None]
        rows = np.asarray(top) * (1 - share) + np.asarray(bottom) * share
        self.image[first:last] = rows.astype(np.uint8)
        self.evidence[first:last] = 0

    def grain(self, rng: np.random.Generator, y0: float, amplitude: float, scale: float) -> None:
        """Add noise to the rows below y0 with a grain of `scale` pixels."""
        first = round(y0 * self.size)
        noise = noise_bank().get(rng, scale, self.size - first, self.size)
        rows = self.image[first:] + amplitude * noise[..., None]
        self.image[first:] = np.clip(rows, 0, 255).astype(np.uint8)

    def _pixels(self, points: NDArray[np.float64]) -> NDArray[np.int32]:
        limited = np.clip(points, -4.0, 5.0)
        return np.round((limited * self.size - 0.5) * (1 << _SHIFT)).astype(np.int32)
