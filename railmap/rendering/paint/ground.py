"""Paint the ground: land cover, parcels, real background images."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.rendering.paint.canvas import Canvas, jitter, uniform

__all__ = ["Background", "paint_ground"]

Background = tuple[NDArray[np.uint8], float]  # RGB image and its GSD in metres

# colour, amplitude, grain (m, weight), relief
_COVERS: dict[str, tuple[tuple[int, int, int], float, tuple[tuple[float, float], ...], float]] = {
    "grass": ((86, 104, 58), 15, ((0.1, 0.7), (0.3, 0.6), (0.8, 0.6), (6, 0.8)), 0.6),
    "meadow": ((120, 132, 74), 15, ((0.1, 0.5), (0.4, 0.4), (1.2, 0.8), (12, 0.8)), 0.4),
    "dry": ((150, 136, 98), 17, ((0.1, 0.9), (0.3, 0.5), (0.8, 0.6), (8, 0.7)), 0.5),
    "soil": ((124, 100, 76), 12, ((0.1, 0.8), (0.5, 0.6), (10, 0.7)), 0.5),
    "dark_soil": ((74, 62, 52), 9, ((0.1, 0.8), (1.0, 0.5), (10, 0.6)), 0.5),
    "asphalt": ((104, 103, 103), 6, ((0.1, 0.6), (2, 0.3), (10, 0.9)), 0),
    "dark_asphalt": ((64, 64, 67), 6, ((0.1, 0.6), (2, 0.4), (10, 0.9)), 0),
    "concrete": ((172, 168, 160), 8, ((0.1, 0.4), (1.5, 0.6), (12, 0.9)), 0),
    "gravel": ((142, 134, 124), 16, ((0.1, 1.0), (0.5, 0.4), (8, 0.5)), 0.5),
    "shrub": ((58, 74, 42), 22, ((0.1, 0.5), (0.25, 0.6), (0.9, 1.0), (4, 0.6)), 1.5),
    "forest": ((46, 60, 36), 24, ((0.1, 0.5), (0.3, 0.7), (2.0, 1.0), (5, 0.8)), 1.8),
    "autumn": ((116, 92, 56), 22, ((0.2, 0.6), (1.8, 1.0), (5, 0.7)), 1.4),
    "bare_wood": ((120, 108, 98), 20, ((0.15, 1.0), (1.0, 0.6), (6, 0.5)), 0.8),
    "sand": ((198, 180, 150), 8, ((0.1, 0.5), (2, 0.7), (12, 0.7)), 0.3),
    "water": ((62, 78, 76), 4, ((0.6, 0.5), (8, 0.9)), 0.2),
    "snow": ((226, 228, 232), 6, ((0.3, 0.6), (5, 0.9)), 0.6),
    "bare_rock": ((140, 132, 126), 18, ((0.3, 0.8), (2, 0.9), (9, 0.6)), 1.0),
}
_NAMES = tuple(_COVERS)
_WEIGHTS = np.array(
    [2.2, 1.3, 1.3, 1.2, 0.6, 1.4, 0.9, 1.0, 1.2, 1.4, 1.5, 0.5, 0.5, 0.4, 0.4, 0.2, 0.3]
)


def cover(canvas: Canvas, rng: np.random.Generator, name: str | None = None) -> NDArray[np.uint8]:
    """Return the texture of a land cover; None samples one by weight."""
    if name is None:
        name = _NAMES[int(rng.choice(len(_NAMES), p=_WEIGHTS / _WEIGHTS.sum()))]
    colour, amplitude, grain, relief = _COVERS[name]
    divide = 2 if canvas.ppm > 12 and canvas.height >= 64 else 1
    picture = canvas.texture(
        rng, jitter(rng, colour, 16), amplitude * uniform(rng, 0.5, 1.3), grain, relief, divide
    )
    if name in ("soil", "dark_soil", "meadow", "dry", "grass") and rng.random() < 0.18:
        _rows(canvas, rng, picture, jitter(rng, colour, 22), uniform(rng, 0.15, 0.8))
    return picture


def _rows(
    canvas: Canvas,
    rng: np.random.Generator,
    picture: NDArray[np.uint8],
    colour: tuple[float, float, float],
    strength: float,
) -> None:
    """Paint furrows, mown swaths or crop rows: parallel lines over the whole area."""
    pitch = float(np.exp(uniform(rng, np.log(0.3), np.log(6.0)))) * canvas.ppm
    if pitch < 3:
        return
    angle = uniform(rng, 0, np.pi)
    rows, cols = picture.shape[:2]
    y, x = np.ogrid[:rows, :cols]
    phase = (x * np.cos(angle) + y * np.sin(angle)).astype(np.float32) / np.float32(pitch)
    alpha = ((phase % 1) < uniform(rng, 0.3, 0.6)).astype(np.uint8) * int(255 * strength)
    layer = np.empty_like(picture)
    layer[:] = np.round(colour)
    weight = cv2.merge([alpha] * 3)
    picture[:] = cv2.add(
        cv2.multiply(layer, weight, scale=1 / 255),
        cv2.multiply(picture, cv2.bitwise_not(weight), scale=1 / 255),
    )


def _photo(canvas: Canvas, rng: np.random.Generator, background: Background) -> NDArray[np.uint8]:
    """Return a random part of a real image, rotated and scaled to the canvas."""
    picture, gsd = background
    scale = gsd * canvas.ppm * uniform(rng, 0.7, 1.5)  # canvas pixels per source pixel
    angle = uniform(rng, 0, 360)
    rows, cols = canvas.height, canvas.width
    reach = np.hypot(rows, cols) / 2 / scale
    height, width = picture.shape[:2]
    cy = uniform(rng, min(reach, height / 2), max(height - reach, height / 2))
    cx = uniform(rng, min(reach, width / 2), max(width - reach, width / 2))
    if scale < 0.5:
        small = cv2.resize(
            picture, None, fx=scale * 1.01, fy=scale * 1.01, interpolation=cv2.INTER_AREA
        )
        cx, cy = cx * scale * 1.01, cy * scale * 1.01
        picture, scale = small, 1 / 1.01
    matrix = cv2.getRotationMatrix2D((cx, cy), angle, scale)
    matrix[:, 2] += (cols / 2 - cx, rows / 2 - cy)
    return np.asarray(
        cv2.warpAffine(
            picture, matrix, (cols, rows), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
        ),
        np.uint8,
    )


def paint_ground(
    canvas: Canvas,
    rng: np.random.Generator,
    along: NDArray[np.float64],
    backgrounds: Sequence[Background] = (),
) -> None:
    """Fill the canvas with land cover.

    Parameters
    ----------
    canvas
        Canvas to paint.
    rng
        Random generator.
    along
        Unit vector of the railway (parcels are often aligned with it).
    backgrounds
        Real images without railway, used for a part of the rendered images.
    """
    if backgrounds and rng.random() < 0.45:
        canvas.image[:] = _photo(canvas, rng, backgrounds[int(rng.integers(len(backgrounds)))])
        if rng.random() < 0.6:
            return
    else:
        canvas.image[:] = cover(canvas, rng)
    for _ in range(int(rng.integers(0, 4))):
        layer = cover(canvas, rng)
        if rng.random() < 0.45:
            mask = canvas.patches(rng, float(rng.choice([3, 8, 20])), uniform(rng, -0.2, 1.2))
            cv2.copyTo(layer, mask.astype(np.uint8), canvas.image)
        else:  # a parcel or strip
            angle = (
                np.arctan2(along[1], along[0]) + rng.choice([0, 0, np.pi / 2]) + rng.normal(0, 0.05)
            )
            u = np.array([np.cos(angle), np.sin(angle)])
            v = np.array([-u[1], u[0]])
            centre = rng.uniform(-1, 1, 2) * canvas.half
            length = float(rng.choice([15, 40, 400]))
            width = float(np.exp(uniform(rng, np.log(1.5), np.log(40))))
            corner = [
                centre + u * a * length / 2 + v * b * width / 2
                for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
            ]
            alpha = np.zeros(canvas.image.shape[:2], np.uint8)
            canvas.polygon(np.array(corner), 255, alpha)
            cv2.copyTo(layer, (alpha > 127).astype(np.uint8), canvas.image)
