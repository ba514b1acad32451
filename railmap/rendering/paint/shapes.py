"""Shared shapes, and raised objects that cast a shadow."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.rendering.paint.canvas import Canvas

__all__ = ["bars", "paint_raised", "raised", "rectangle"]


def rectangle(
    centre: NDArray[np.float64], angle: float, length: float, width: float
) -> NDArray[np.float64]:
    """Return the corners ``(4, 2)`` of a rotated rectangle."""
    u = np.array([np.cos(angle), np.sin(angle)])
    v = np.array([-u[1], u[0]])
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return np.array([centre + u * a * length / 2 + v * b * width / 2 for a, b in signs])


def bars(
    centre: NDArray[np.float64],
    angle: float,
    length: float,
    width: float,
    pitch: float,
    share: float,
    skew: float = 0.0,
) -> NDArray[np.float64]:
    """Return ``(n, 4, 2)`` bars across a strip, `pitch` apart along it."""
    u = np.array([np.cos(angle), np.sin(angle)])
    v = np.array([-u[1], u[0]]) + u * skew
    along = (np.arange(int(length / pitch)) + 0.5) * pitch - length / 2
    middle = centre + along[:, None] * u
    a, b = u * pitch * share / 2, v * width / 2
    return np.stack([middle - a - b, middle + a - b, middle + a + b, middle - a + b], 1)


def raised(canvas: Canvas, corners: NDArray[np.float64], height: float) -> None:
    """Cast the shadow of a block."""
    hull = cv2.convexHull(
        np.concatenate([corners, corners + canvas.sun * height]).astype(np.float32)
    )[:, 0]
    canvas.polygon(hull.astype(np.float64), 255, canvas.shadow)


def paint_raised(canvas: Canvas) -> None:
    """Draw the queued objects over the shadows on the ground."""
    for draw in canvas.queue:
        draw()
    canvas.queue.clear()
