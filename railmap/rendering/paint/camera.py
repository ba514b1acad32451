"""Simulate camera and mosaicking."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.rendering.paint.canvas import uniform
from railmap.rendering.paint.noise import noise_bank

__all__ = ["expose", "mosaic_seam", "nodata_collar", "overdo"]


def expose(
    image: NDArray[np.uint8], rng: np.random.Generator, *, good: bool = False
) -> NDArray[np.uint8]:
    """Apply blur, haze, exposure, colour cast, sharpening, noise and JPEG to RGB uint8.

    Three images in four have a good camera, the others a bad one; with `good` all have the best,
    without haze and with little noise.
    """
    picture = image.astype(np.float32)
    bad = 1.0 if rng.random() < 0.25 else 0.5
    if good:
        bad = 0.25
    if rng.random() < 0.6:
        picture = cv2.GaussianBlur(picture, (0, 0), uniform(rng, 0.3, 0.5 + 0.6 * bad))
    elif rng.random() < 0.08:  # motion
        n = int(rng.integers(2, 5))
        kernel = np.full((1, n), 1 / n, np.float32)
        picture = cv2.filter2D(picture, -1, kernel if rng.random() < 0.5 else kernel.T)
    levels = np.arange(256, dtype=np.float64)
    gamma, gain = np.exp(rng.normal(0, 0.22 * bad)), np.exp(rng.normal(0, 0.22 * bad))
    contrast, lift = np.exp(rng.normal(0, 0.25 * bad)), rng.normal(0, 12 * bad)
    haze = uniform(rng, 0, 0.35) if rng.random() < 0.2 and not good else 0.0
    cast = np.exp(rng.normal(0, 0.07 * bad, 3))
    mean = float(picture.mean())
    out = np.empty_like(picture)
    for channel in range(3):
        curve = 255 * (levels / 255) ** gamma * gain * cast[channel]
        curve = (curve - mean) * contrast + mean + lift
        curve = curve * (1 - haze) + 205 * haze
        step = np.interp(np.clip(picture[..., channel], 0, 255), levels, curve)
        out[..., channel] = step
    if rng.random() < 0.3:
        grey = out.mean(2, keepdims=True)
        out = grey + (out - grey) * np.float32(uniform(rng, 0, 1.2))
    if rng.random() < 0.3:
        amount = uniform(rng, 0.2, 1.2)
        out += np.float32(amount) * (out - cv2.GaussianBlur(out, (0, 0), 1.2))
    rows, cols = out.shape[:2]
    bank = noise_bank()
    sigma = uniform(rng, 0, 7) if rng.random() < 0.8 else uniform(rng, 3, 14 * bad)
    if good:
        sigma *= 0.4
    out += (bank.get(rng, 1, rows, cols) * np.float32(sigma))[..., None]
    if rng.random() < 0.3:
        for channel in range(3):
            out[..., channel] += bank.get(rng, 1, rows, cols) * np.float32(sigma * 0.5)
    result = np.clip(out, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        return _jpeg(result, int(rng.integers(80 if good else 35, 96)))
    return result


def overdo(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Oversharpen RGB uint8, reduce its colour, over- or underexpose it."""
    out = image.astype(np.float32)
    if rng.random() < 0.4:
        grey = out.mean(2, keepdims=True)
        tone = np.array([uniform(rng, 1.0, 1.1), 1.0, uniform(rng, 0.82, 1.0)], np.float32)
        out = (grey + (out - grey) * np.float32(uniform(rng, 0.1, 0.8))) * tone
    if rng.random() < 0.6:
        soft = cv2.GaussianBlur(out, (0, 0), uniform(rng, 0.7, 1.6))
        out += np.float32(uniform(rng, 0.6, 2.5)) * (out - soft)
    exposure = rng.random()
    if exposure < 0.2:
        out = out * np.float32(uniform(rng, 1.15, 1.8)) + np.float32(uniform(rng, 0, 50))
    elif exposure < 0.5:
        out = out * np.float32(uniform(rng, 0.5, 0.9))
    result = np.clip(out, 0, 255).astype(np.uint8)
    return _jpeg(result, int(rng.integers(40, 90))) if rng.random() < 0.5 else result


def _jpeg(image: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    _, code = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)


def mosaic_seam(image: NDArray[np.uint8], rng: np.random.Generator) -> None:
    """Change exposure and colour beyond a ragged seam, in place."""
    rows, cols = image.shape[:2]
    angle = uniform(rng, 0, 2 * np.pi)
    y, x = np.ogrid[:rows, :cols]
    side = (x - cols / 2) * np.cos(angle) + (y - rows / 2) * np.sin(angle)
    side = side + noise_bank().get(rng, 64, rows, cols) * 6 > uniform(rng, -0.3, 0.3) * cols
    factor = np.exp(rng.normal(0, 0.12) + rng.normal(0, 0.03, 3)).astype(np.float32)
    image[side] = np.clip(image[side] * factor, 0, 255).astype(np.uint8)


def nodata_collar(rows: int, cols: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return the mask of a straight collar without data along one side or corner."""
    angle = uniform(rng, 0, 2 * np.pi)
    y, x = np.ogrid[:rows, :cols]
    side = (x - cols / 2) * np.cos(angle) + (y - rows / 2) * np.sin(angle)
    return np.asarray(side > uniform(rng, 0.15, 0.6) * max(rows, cols))
