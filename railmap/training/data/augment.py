"""Augmentation: orientation, camera, compression and edges of the data."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.training.data.fields import turn_fields
from railmap.training.data.sample import FILL, IGNORE, Sample

__all__ = ["collar", "mirrored_edge", "photometric", "turn"]


def turn(sample: Sample, rng: np.random.Generator) -> Sample:
    """Turn by a multiple of 90° and mirror, all eight orientations alike."""
    image, target, fields = sample
    quarter = int(rng.integers(4))
    image, target = np.rot90(image, quarter), np.rot90(target, quarter)
    mirror = rng.random() < 0.5
    if mirror:
        image, target = image[:, ::-1], target[:, ::-1]
    if fields is not None:
        fields = turn_fields(fields, quarter, bool(mirror))
    return Sample(np.ascontiguousarray(image), np.ascontiguousarray(target), fields)


def photometric(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Change sharpness, colour, noise and compression of ``(H, W, 3)`` uint8 RGB.

    The order is the one of a camera: optics and a coarse source first, then colour, noise, JPEG.
    """
    h, w = image.shape[:2]
    if rng.random() < 0.3:  # a coarser source that was enlarged to the model's GSD
        factor = float(np.exp(rng.uniform(np.log(1.2), np.log(4.0))))
        small = cv2.resize(
            image, (max(8, round(w / factor)), max(8, round(h / factor))), None, 0, 0,
            cv2.INTER_AREA,
        )  # fmt: skip
        if rng.random() < 0.3:
            small = _jpeg(small, rng)
        method = cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_CUBIC
        image = cv2.resize(small, (w, h), None, 0, 0, method)
    if rng.random() < 0.2:
        image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 1.6)))
    elif rng.random() < 0.15:
        soft = cv2.GaussianBlur(image, (0, 0), 1.0)
        amount = float(rng.uniform(0.3, 1.2))
        image = cv2.addWeighted(image, 1 + amount, soft, -amount, 0)

    pixels = image.astype(np.float32)
    if rng.random() < 0.8:
        pixels = _colour(pixels, rng)
    if rng.random() < 0.35:
        sigma = float(rng.uniform(1, 12))
        grain = rng.standard_normal((h, w, 1 if rng.random() < 0.5 else 3), np.float32)
        pixels += grain * sigma
    image = np.clip(pixels, 0, 255).astype(np.uint8)
    return _jpeg(image, rng) if rng.random() < 0.25 else image


def _colour(pixels: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Saturation, white balance, contrast, brightness and gamma; sometimes grey."""
    grey = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
    saturation = 0.0 if rng.random() < 0.12 else float(rng.uniform(0.4, 1.5))
    pixels = grey[..., None] + (pixels - grey[..., None]) * np.float32(saturation)
    pixels = pixels * rng.uniform(0.88, 1.12, 3).astype(np.float32)
    centre = np.float32(grey.mean())
    contrast = np.float32(np.exp(rng.uniform(-0.45, 0.35)))
    brightness = np.float32(rng.uniform(-35, 35))
    pixels = (pixels - centre) * contrast + centre + brightness
    gamma = float(np.exp(rng.uniform(-0.35, 0.35)))
    table = (np.linspace(0, 1, 256) ** gamma * 255).astype(np.float32)
    return table[np.clip(pixels, 0, 255).astype(np.uint8)]


def _jpeg(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    quality = int(rng.integers(30, 95))
    _, code = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)


def collar(sample: Sample, rng: np.random.Generator) -> Sample:
    """Cut a part away as nodata: beyond a slanted edge, or a band along one side."""
    h, w = sample.target.shape
    angle = float(rng.uniform(0, 2 * np.pi))
    if rng.random() < 0.3:
        angle = float(rng.integers(4)) * np.pi / 2
    reach = float(rng.uniform(0.05, 0.48)) * max(h, w)
    y, x = np.ogrid[0:h, 0:w]
    outside = (x - w / 2) * np.cos(angle) + (y - h / 2) * np.sin(angle) > reach
    image, target = sample.image.copy(), sample.target.copy()
    image[outside], target[outside] = FILL, IGNORE
    return Sample(image, target, sample.fields)


def mirrored_edge(sample: Sample, rng: np.random.Generator) -> Sample:
    """Let the data end at one or two sides and continue the image by its reflection.

    The reflected part is not judged, so the network learns to map tracks up to the edge of a
    raster that is padded in this way. (Inference pads with `FILL` at present; see `collar`.)
    """
    image, target = sample.image.copy(), sample.target.copy()
    for axis in rng.permutation(2)[: 1 + int(rng.random() < 0.3)]:
        size = target.shape[axis]
        kept = size - int(float(rng.uniform(0.05, 0.48)) * size)
        index = np.r_[np.arange(kept), np.arange(kept - 1, kept - 1 - (size - kept), -1)]
        if rng.random() < 0.5:
            index = (size - 1 - index)[::-1]
        outside = np.ones(size, np.bool_)
        outside[slice(size - kept, None) if index[0] != 0 else slice(kept)] = False
        image = np.take(image, index, axis)
        target = np.take(target, index, axis)
        target[tuple(outside if a == axis else slice(None) for a in range(2))] = IGNORE
    return Sample(image, target, sample.fields)
