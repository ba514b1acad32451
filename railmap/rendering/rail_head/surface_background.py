"""Render a rail surface without defects: rolling marks, texture, rust, grease, welds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import expit

__all__ = ["BACKGROUNDS", "SurfaceLook", "sound_surface"]

Field = NDArray[np.float32]


@dataclass(frozen=True)
class SurfaceLook:
    """Appearance of a type of rail.

    Parameters
    ----------
    band
        Width of the bright running band as a share of the head (low, high).
    grain
        Contrast of the fine texture (low, high).
    marks
        Contrast of the lengthwise rolling marks (low, high).
    rust, grease, weld
        Expected number in 1000 rows.
    """

    band: tuple[float, float]
    grain: tuple[float, float]
    marks: tuple[float, float]
    rust: float
    grease: float
    weld: float


# Type 1: express rails, clean and wide; type 2: common and heavy-haul rails, rough and narrow.
BACKGROUNDS = {
    1: SurfaceLook((0.45, 0.8), (0.03, 0.09), (0.02, 0.08), 1.0, 0.6, 0.5),
    2: SurfaceLook((0.6, 1.0), (0.05, 0.13), (0.03, 0.1), 2.0, 1.0, 0.5),
}


def sound_surface(rng: np.random.Generator, rows: int, width: int, look: SurfaceLook) -> Field:
    """Return ``(rows, width)`` float32 grey values (0-255) of a rail without defects."""
    x = np.linspace(-1, 1, width, dtype=np.float32)
    half = rng.uniform(*look.band)
    centre = rng.uniform(-0.5, 0.5) * (1 - half)
    drift = _wander(rng, rows, 150.0)[:, None] * 0.05
    edge = rng.uniform(0.04, 0.12)
    band = expit((half - np.abs(x[None] - centre - drift)) / edge)
    flank = rng.uniform(0.3, 0.75)
    grey = rng.uniform(85, 165) * (flank + (1 - flank) * band)
    marks = _wander(rng, width, 0.8) + _wander(rng, width, 4.0)
    grey *= (
        1 + rng.uniform(*look.marks) * marks[None] * (0.6 + 0.4 * _wander(rng, rows, 80.0))[:, None]
    )
    grey *= 1 + 0.05 * _wander(rng, rows, 60.0)[:, None]
    grey *= 1 + rng.uniform(*look.grain) * _grain(rng, rows, width)
    for draw, rate in ((_rust, look.rust), (_grease, look.grease), (_weld, look.weld)):
        for _ in range(rng.poisson(rate * rows / 1000)):
            draw(rng, grey)
    _specks(rng, grey)
    return np.asarray(grey, np.float32)


def _wander(rng: np.random.Generator, n: int, scale: float) -> Field:
    """Return smooth noise along a line with mean 0 and standard deviation 1."""
    pad = int(4 * scale) + 1
    line = ndimage.gaussian_filter1d(rng.standard_normal(n + 2 * pad), scale)[pad : pad + n]
    return np.asarray((line - line.mean()) / (line.std() + 1e-6), np.float32)


def _grain(rng: np.random.Generator, rows: int, width: int) -> Field:
    """Return fine texture, elongated along the rail by the wheels."""
    sharp = rng.standard_normal((rows, width)).astype(np.float32)
    long = ndimage.gaussian_filter(sharp, (rng.uniform(1, 4), 0.6))
    coarse = ndimage.gaussian_filter(rng.standard_normal((rows, width)), (5, 3))
    total = 0.5 * sharp + long / long.std() + 0.5 * coarse / coarse.std()
    return np.asarray(total / total.std(), np.float32)


def _patch(
    rng: np.random.Generator, grey: Field, length: float, breadth: float
) -> tuple[Field, Field]:
    """Return the soft-edged weight of a blob at a random position, and noise as its texture."""
    rows, width = grey.shape
    y = (np.arange(rows) - rng.uniform(0, rows))[:, None] / (length / 2)
    x = (np.arange(width) - rng.uniform(0, width))[None] / (breadth / 2)
    rough = ndimage.gaussian_filter(rng.standard_normal(grey.shape), 4)
    rough /= rough.std()
    distance = np.sqrt(x * x + y * y) + 0.2 * rough
    return np.asarray(distance, np.float32), np.asarray(rough, np.float32)


def _rust(rng: np.random.Generator, grey: Field) -> None:
    width = grey.shape[1]
    distance, _ = _patch(rng, grey, rng.uniform(20, 120), rng.uniform(0.15, 0.5) * width)
    weight = expit((1 - distance) / 0.25)
    spots = ndimage.gaussian_filter(rng.standard_normal(grey.shape), 1.0)
    spots /= spots.std()
    grey *= 1 - weight * (rng.uniform(0.1, 0.3) + 0.08 * spots)


def _grease(rng: np.random.Generator, grey: Field) -> None:
    width = grey.shape[1]
    distance, _ = _patch(rng, grey, rng.uniform(15, 70), rng.uniform(0.15, 0.5) * width)
    weight = expit((1 - distance) / 0.12)
    smooth = ndimage.gaussian_filter(grey, 1.5)
    grey[:] = grey + weight * (rng.uniform(0.55, 0.8) * smooth - grey)


def _weld(rng: np.random.Generator, grey: Field) -> None:
    rows, width = grey.shape
    middle = rng.uniform(0, rows) + 1.5 * _wander(rng, width, 6.0)[None]
    across = np.abs(np.arange(rows)[:, None] - middle)
    body = expit((rng.uniform(4, 11) - across) / 1.2)
    grey *= 1 + rng.uniform(0.1, 0.3) * body
    grey *= 1 - 0.15 * np.exp(-(((across - rng.uniform(14, 22)) / 5) ** 2))


def _specks(rng: np.random.Generator, grey: Field) -> None:
    """Paint pores of one or two pixels, too small to be defects."""
    rows, width = grey.shape
    n = rng.poisson(rows * width * rng.uniform(2e-4, 1.5e-3))
    impulses = np.zeros((rows, width), np.float32)
    impulses[rng.integers(0, rows, n), rng.integers(0, width, n)] = rng.uniform(0.2, 0.6, n)
    blurred = ndimage.gaussian_filter(impulses, (0.7, 0.5)) * 2.0
    grey *= 1 - np.clip(blurred, 0, 0.6)
