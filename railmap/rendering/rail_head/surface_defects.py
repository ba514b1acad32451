"""Render defects of a rail surface with the exact pixels that they cover."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["DEFECT_KINDS", "SurfaceDefect", "draw_defect", "random_defect"]

DEFECT_KINDS = ("squat", "spalling", "corrugation", "scratch")

Field = NDArray[np.float32]


@dataclass(frozen=True)
class SurfaceDefect:
    """One defect; its shape depends on `seed` only, so a later survey can show it larger.

    Parameters
    ----------
    kind
        One of `DEFECT_KINDS`.
    row, col
        Centre, pixels.
    length, width
        Extent along and across the rail, pixels.
    seed
        Seed of its shape and texture.
    """

    kind: str
    row: float
    col: float
    length: float
    width: float
    seed: int


def random_defect(
    rng: np.random.Generator, rows: int, width: int, scale: float, share: tuple[float, ...]
) -> SurfaceDefect:
    """Sample a defect at a random position on ``rows x width``.

    Parameters
    ----------
    rng
        Random generator.
    rows, width
        Size of the rail image, pixels.
    scale
        Typical extent, pixels.
    share
        Weight of each of `DEFECT_KINDS`.
    """
    kind = DEFECT_KINDS[int(rng.choice(len(DEFECT_KINDS), p=np.asarray(share) / sum(share)))]
    size = scale * float(np.exp(rng.normal(0, 0.4)))
    aspect = {"squat": 0.8, "spalling": 1.0, "corrugation": 2.2, "scratch": 3.5}[kind]
    aspect *= float(np.exp(rng.normal(0, 0.3)))
    length, across = size * aspect**0.5, size / aspect**0.5
    col = float(rng.normal(width / 2, width / 6))
    return SurfaceDefect(
        kind,
        float(rng.uniform(0, rows)),
        float(np.clip(col, 0.12 * width, 0.88 * width)),
        max(5.0, length),
        float(np.clip(across, 4.0, 0.7 * width)),
        int(rng.integers(2**31)),
    )


def draw_defect(grey: Field, mask: NDArray[np.bool_], defect: SurfaceDefect) -> None:
    """Draw a defect into the image and mark its pixels; it is clipped to the image.

    Parameters
    ----------
    grey
        ``(rows, width)`` float32, changed in place.
    mask
        ``(rows, width)`` bool, changed in place.
    defect
        What and where.
    """
    rng = np.random.default_rng(defect.seed)
    rows, width = grey.shape
    reach = 0.75 * np.array([defect.length, defect.width]) + 6
    r0, r1 = int(max(0, defect.row - reach[0])), int(min(rows, defect.row + reach[0] + 1))
    c0, c1 = int(max(0, defect.col - reach[1])), int(min(width, defect.col + reach[1] + 1))
    if r0 >= r1 or c0 >= c1:
        return
    v = ((np.arange(r0, r1) - defect.row) / (defect.length / 2))[:, None]
    u = ((np.arange(c0, c1) - defect.col) / (defect.width / 2))[None]
    pixel = 2.0 / min(
        defect.length, defect.width
    )  # one pixel of the short side in these coordinates
    draw = {
        "squat": _squat,
        "spalling": _spalling,
        "corrugation": _corrugation,
        "scratch": _scratch,
    }[defect.kind]
    cover, factor = draw(rng, u + 0 * v, v + 0 * u, pixel)
    part = grey[r0:r1, c0:c1]
    part *= 1 + cover * (factor - 1)
    mask[r0:r1, c0:c1] |= cover > 0.5


def _outline(
    rng: np.random.Generator, u: NDArray[np.float64], v: NDArray[np.float64], rough: float
) -> NDArray[np.float64]:
    """Return the distance inwards from a wavy ellipse, 1 in its centre, 0 on its edge."""
    angle = np.arctan2(v, u)
    rim = np.full_like(u, 0.9)
    for k in range(2, 8):
        rim += rough / k * rng.normal() * np.cos(k * angle + rng.uniform(0, 2 * np.pi))
    return np.asarray(1 - np.hypot(u, v) / np.clip(rim, 0.5, 1.3))


def _soft(inwards: NDArray[np.float64], pixel: float) -> NDArray[np.float64]:
    return np.clip(inwards / pixel + 0.5, 0, 1)


def _noise(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> NDArray[np.float64]:
    field = ndimage.gaussian_filter(rng.standard_normal(shape), sigma)
    return np.asarray(field / (field.std() + 1e-6))


Drawn = tuple[NDArray[np.float64], NDArray[np.float64]]


def _squat(
    rng: np.random.Generator, u: NDArray[np.float64], v: NDArray[np.float64], pixel: float
) -> Drawn:
    """Draw a dark dent of two lobes with a crack between them."""
    lobes = np.maximum(
        _outline(rng, u * 1.5 - 0.55, v, 0.25), _outline(rng, u * 1.5 + 0.55, v, 0.25)
    )
    crack = np.exp(-((u / (1.5 * pixel)) ** 2)) * (np.abs(v) < 0.8)
    factor = rng.uniform(0.35, 0.6) + 0.08 * _noise(rng, u.shape, 1.0) - 0.2 * crack
    return _soft(lobes, pixel), np.clip(factor, 0.05, 1)


def _spalling(
    rng: np.random.Generator, u: NDArray[np.float64], v: NDArray[np.float64], pixel: float
) -> Drawn:
    """Draw broken-out metal: very dark, ragged, with bright facets."""
    inwards = _outline(rng, u, v, 0.5)
    facets = np.clip(_noise(rng, u.shape, 0.8) - 1.6, 0, 1)
    factor = rng.uniform(0.15, 0.45) + 0.1 * _noise(rng, u.shape, 1.2) + 0.8 * facets
    return _soft(inwards, pixel), np.clip(factor, 0.03, 1.5)


def _corrugation(
    rng: np.random.Generator, u: NDArray[np.float64], v: NDArray[np.float64], pixel: float
) -> Drawn:
    """Draw three to five dark bars across the rail."""
    bars = int(rng.integers(3, 6))
    bend = 0.15 * rng.normal() * u**2
    phase = (v + bend) * bars / 2 + 0.5 * bars
    inside = 0.28 - np.abs(phase % 1 - 0.5)
    inside[(phase < 0) | (phase > bars)] = -1
    inwards = np.minimum(inside * 2 / bars, _outline(rng, u, v * 0.7, 0.1))
    factor = rng.uniform(0.35, 0.6) + 0.06 * _noise(rng, u.shape, 1.0)
    return _soft(inwards, pixel), np.clip(factor, 0.05, 1)


def _scratch(
    rng: np.random.Generator, u: NDArray[np.float64], v: NDArray[np.float64], pixel: float
) -> Drawn:
    """Draw an oblique row of gouges."""
    lean = rng.uniform(-0.6, 0.6)
    line = u - lean * v
    gouge = 0.45 * (0.7 + 0.3 * np.cos(v * rng.uniform(6, 14) + rng.uniform(0, 6)))
    inwards = np.minimum(gouge - np.abs(line), 0.95 - np.abs(v))
    factor = rng.uniform(0.3, 0.6) + 0.1 * _noise(rng, u.shape, 0.8)
    return _soft(inwards, pixel), np.clip(factor, 0.05, 1)
