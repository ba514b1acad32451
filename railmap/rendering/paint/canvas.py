"""Canvas in metres: sub-pixel shapes, textures and one shadow layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.rendering.paint.noise import noise_bank

__all__ = ["Canvas", "Colour", "jitter", "rgb", "uniform"]

Colour = tuple[float, float, float]
_SHIFT = 4  # fixed-point bits of OpenCV's sub-pixel coordinates


def uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Sample a float from [low, high)."""
    return float(rng.uniform(low, high))


def jitter(
    rng: np.random.Generator, colour: Sequence[float] | NDArray[np.float64], sigma: float = 16.0
) -> Colour:
    """Vary a colour: brightness by `sigma`, hue by a third of it."""
    value = np.asarray(colour, np.float64) + rng.normal(0, sigma) + rng.normal(0, sigma / 3, 3)
    return rgb(value)


def rgb(colour: NDArray[np.float64]) -> Colour:
    """Return a colour, limited to avoid pure black and white."""
    r, g, b = np.clip(colour, 2, 253)
    return float(r), float(g), float(b)


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.round(np.clip(points, -4e4, 4e4) * (1 << _SHIFT)).astype(np.int32)


@dataclass
class Canvas:
    """An RGB image drawn in metres; x to the right, y downwards, origin in the centre.

    Parameters
    ----------
    image
        ``(rows, cols, 3)`` uint8, drawn in place.
    ppm
        Pixels per metre.
    sun
        ``(2,)`` metres of shadow for each metre of height, x/y.
    shadow
        ``(rows, cols)`` uint8: 255 in full cast shadow; applied by `cast`.
    hidden
        ``(rows, cols)`` uint8: 255 where the track is covered.
    """

    image: NDArray[np.uint8]
    ppm: float
    sun: NDArray[np.float64]
    shadow: NDArray[np.uint8] = field(init=False)
    hidden: NDArray[np.uint8] = field(init=False)
    depth: float = 0.5  # brightness in the shadow, as a share
    queue: list[Callable[[], None]] = field(default_factory=list)  # drawn after the shadows

    def __post_init__(self) -> None:
        self.shadow = np.zeros(self.image.shape[:2], np.uint8)
        self.hidden = np.zeros(self.image.shape[:2], np.uint8)

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.image.shape[0])

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.image.shape[1])

    @property
    def half(self) -> NDArray[np.float64]:
        """Half the extent in metres, x/y."""
        return np.array([self.width, self.height]) / (2 * self.ppm)

    def pixels(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Convert metres to OpenCV pixel coordinates (pixel centres are integers)."""
        return (np.asarray(xy, np.float64) + self.half) * self.ppm - 0.5

    def sees(self, xy: NDArray[np.float64], margin: float = 0.0) -> NDArray[np.bool_]:
        """Return which points are on the canvas or within `margin` metres of it."""
        return np.asarray((np.abs(np.asarray(xy)) <= self.half + margin).all(-1))

    def polygon(
        self,
        xy: NDArray[np.float64],
        colour: Colour | int,
        layer: NDArray[np.uint8] | None = None,
    ) -> None:
        """Fill one polygon (metres)."""
        target = self.image if layer is None else layer
        cv2.fillPoly(target, [_fixed(self.pixels(xy))], _scalar(colour), cv2.LINE_AA, _SHIFT)

    def polygons(
        self,
        xys: NDArray[np.float64],
        colour: Colour | int,
        layer: NDArray[np.uint8] | None = None,
    ) -> None:
        """Fill ``(n, k, 2)`` polygons that do not overlap, in one call."""
        if len(xys) == 0:
            return
        target = self.image if layer is None else layer
        cv2.fillPoly(target, list(_fixed(self.pixels(xys))), _scalar(colour), cv2.LINE_AA, _SHIFT)

    def ribbon(
        self,
        xy: NDArray[np.float64],
        width: float,
        colour: Colour | int,
        layer: NDArray[np.uint8] | None = None,
    ) -> None:
        """Draw a line of `width` metres with sub-pixel accuracy."""
        xy = np.asarray(xy, np.float64)
        if len(xy) < 2:
            return
        seen = np.flatnonzero(self.sees(xy, 5.0 + width))
        if len(seen) == 0 and len(xy) > 2:
            return
        if len(xy) > 8:
            xy = xy[max(0, seen[0] - 2) : seen[-1] + 3]
        tangent = np.gradient(xy, axis=0)
        tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-12
        normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1) * (width / 2)
        # in pieces: OpenCV fills many short rings faster than a long thin one
        for start in range(0, len(xy) - 1, 64):
            part = slice(start, start + 65)
            ring = np.concatenate([xy[part] + normal[part], (xy[part] - normal[part])[::-1]])
            self.polygon(ring, colour, layer)

    def blend(self, layer: NDArray[np.uint8], alpha: NDArray[np.uint8] | float) -> None:
        """Lay an image over the canvas, `alpha` 0-255 by pixel or 0-1 for all."""
        if isinstance(alpha, float):
            cv2.addWeighted(layer, alpha, self.image, 1 - alpha, 0, self.image)
            return
        weight = cv2.merge([alpha] * 3)
        over = cv2.multiply(layer, weight, scale=1 / 255)
        under = cv2.multiply(self.image, cv2.bitwise_not(weight), scale=1 / 255)
        cv2.add(over, under, self.image)

    def cast(self) -> None:
        """Darken the shadows, slightly bluer, and clear the shadow layer."""
        if not self.shadow.any():
            return
        soft = cv2.GaussianBlur(self.shadow, (0, 0), max(0.5, 0.05 * self.ppm))
        for channel, tint in enumerate((0.96, 1.0, 1.1)):
            lut = 255 - np.arange(256) * (1 - min(1.0, self.depth * tint))
            factor = cv2.LUT(soft, np.round(lut).astype(np.uint8))
            plane = np.ascontiguousarray(self.image[..., channel])
            self.image[..., channel] = cv2.multiply(plane, factor, scale=1 / 255)
        self.shadow[:] = 0

    def texture(
        self,
        rng: np.random.Generator,
        colour: Sequence[float],
        amplitude: float,
        grain: Sequence[tuple[float, float]],
        relief: float = 0.0,
        divide: int = 1,
    ) -> NDArray[np.uint8]:
        """Return a ``(rows, cols, 3)`` uint8 ground texture.

        Parameters
        ----------
        colour, amplitude
            Mean RGB and standard deviation, 0-255.
        grain
            (size in metres, weight) of each octave.
        relief
            Weight of the texture's slope towards the sun: bumps instead of stains.
        divide
            Make it at 1/divide of the resolution and enlarge it.
        """
        rows, cols = -(-self.height // divide), -(-self.width // divide)
        bank = noise_bank()
        total = np.zeros((rows, cols), np.float32)
        power = 0.0
        for metres, weight in grain:
            piece = bank.get(rng, metres * self.ppm / divide, rows, cols)
            cv2.scaleAdd(np.ascontiguousarray(piece), weight, total, total)
            power += weight * weight
        total *= np.float32(amplitude / max(power, 1e-6) ** 0.5)
        if relief:
            dx, dy = np.sign(self.sun) * max(1, round(0.06 * self.ppm / divide))
            total += np.float32(relief) * (
                total - np.roll(total, (int(dy), int(dx)), (0, 1)).astype(np.float32)
            )
        gains = 1.0, uniform(rng, 0.85, 1.1), uniform(rng, 0.6, 1.1)
        planes = [
            cv2.add(cv2.multiply(total, np.float64(g)), np.float64(c))  # type: ignore[call-overload]
            for g, c in zip(gains, colour, strict=True)
        ]
        picture = cv2.merge([cv2.convertScaleAbs(cv2.max(p, 0.0)) for p in planes])  # type: ignore[call-overload]
        if divide > 1:
            picture = cv2.resize(picture, (cols * divide, rows * divide))
            picture = np.ascontiguousarray(picture[: self.height, : self.width])
        return np.asarray(picture, np.uint8)

    def patches(
        self, rng: np.random.Generator, metres: float, level: float, ragged: float = 0.25
    ) -> NDArray[np.bool_]:
        """Return a mask of irregular patches of about `metres`; a higher `level` gives fewer."""
        # grains coarser than the bank's are computed at a lower resolution and enlarged
        divide = int(np.clip(metres * self.ppm / 128, 2, 16)) if self.height >= 64 else 1
        rows, cols = -(-self.height // divide), -(-self.width // divide)
        bank = noise_bank()
        scale = metres * self.ppm / divide
        total = bank.get(rng, scale, rows, cols) + ragged * bank.get(rng, scale / 8, rows, cols)
        mask = (total > level).astype(np.uint8)
        if divide > 1:
            size = cols * divide, rows * divide
            mask = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
        return mask[: self.height, : self.width] > 0


def _scalar(colour: Colour | int) -> tuple[float, ...]:
    return (float(colour),) if isinstance(colour, int) else colour
