"""Augment boxed strips: pasted defects and dirt, warps, light and noise."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.surface.data.boxes import BoxedStrip, Boxes

__all__ = ["PATCH", "augment_strip"]

PATCH = (512, 288)  # rows and columns of a training patch
_PASTE_SHARES = (0.5, 0.425, 0.075)  # of defects, dirt and gaps among the pasted boxes
_MARGIN = 6  # pixels of surroundings pasted with a box


def augment_strip(
    rng: np.random.Generator, strip: BoxedStrip, others: Sequence[BoxedStrip]
) -> tuple[NDArray[np.float32], Boxes, tuple[int, int]]:
    """Compute a random variation of a strip.

    Defects, dirt and gaps of other strips are pasted as ratios to the median grey of their
    column, so that they match the light of the target strip.

    Parameters
    ----------
    rng
        Random generator.
    strip
        Strip to vary.
    others
        Strips whose boxes may be pasted.

    Returns
    -------
    patch
        ``PATCH`` float32 grey.
    boxes
        In pixels of the patch.
    rows
        First and last row (exclusive) that show the strip; the rest is mirrored and has weight 0.
    """
    image, boxes = strip.strip, strip.boxes
    for _ in range(rng.integers(0, 3)):
        image, boxes = _paste(rng, image, boxes, others)
    patch, boxes, rows = _warp(rng, image, boxes)
    return _change_light(rng, patch), boxes, rows


def _paste(
    rng: np.random.Generator,
    image: NDArray[np.uint8],
    boxes: Boxes,
    others: Sequence[BoxedStrip],
) -> tuple[NDArray[np.uint8], Boxes]:
    wanted = int(rng.choice(3, p=_PASTE_SHARES))
    for _ in range(10):
        donor = others[int(rng.integers(len(others)))]
        sides = donor.boxes.corners[:, 2:] - donor.boxes.corners[:, :2]
        fits = (donor.boxes.classes == wanted) & (sides[:, 0] < 260) & (sides[:, 1] < 180)
        if fits.any():
            break
    else:
        return image, boxes
    i = int(rng.choice(np.flatnonzero(fits)))
    left, top, right, bottom = donor.boxes.corners[i]
    width = image.shape[1]
    columns = slice(int(max(0, left - _MARGIN)), int(min(width, right + _MARGIN)))
    rows = slice(int(max(0, top - _MARGIN)), int(min(len(donor.strip), bottom + _MARGIN)))
    if columns.stop - columns.start < 6 or rows.stop - rows.start < 6:
        return image, boxes
    median = np.median(donor.strip, axis=0).astype(np.float32)[columns] + 2
    ratio = donor.strip[rows, columns] / median
    middle = (columns.start + columns.stop) / 2
    if rng.random() < 0.5:
        ratio, middle = ratio[:, ::-1], width - middle
    if rng.random() < 0.5:
        ratio = ratio[::-1]
    scale = float(np.exp(rng.uniform(-0.25, 0.25)))
    ratio = cv2.resize(
        np.ascontiguousarray(ratio),
        None,
        fx=scale * float(np.exp(rng.uniform(-0.15, 0.15))),
        fy=scale,
    )
    h, w = ratio.shape
    if h >= len(image) - 2 or w >= width - 4:
        return image, boxes
    x = int(np.clip(middle - w / 2 + rng.normal() * 15, 0, width - w))
    y = int(rng.integers(0, len(image) - h))
    if _overlaps(boxes, x, y, x + w, y + h):
        return image, boxes
    weight = np.zeros((h, w), np.float32)
    weight[3 : h - 3, 3 : w - 3] = 1
    weight = cv2.GaussianBlur(weight, (0, 0), 2.0)
    new = image.copy()
    part = image[y : y + h, x : x + w].astype(np.float32)
    median = np.median(image, axis=0).astype(np.float32)[x : x + w] + 1
    new[y : y + h, x : x + w] = np.clip(part * (1 - weight) + weight * median * ratio, 0, 255)
    m = _MARGIN * scale
    box = np.array([[x + m, y + m, x + w - m, y + h - m]], np.float32)
    return new, Boxes(
        np.concatenate([boxes.corners, box]),
        np.append(boxes.classes, wanted),
        np.append(boxes.kinds, donor.boxes.kinds[i]),
    )


def _overlaps(boxes: Boxes, left: int, top: int, right: int, bottom: int) -> bool:
    c = boxes.corners
    return bool(((c[:, 0] < right) & (c[:, 2] > left) & (c[:, 1] < bottom) & (c[:, 3] > top)).any())


def _warp(
    rng: np.random.Generator, image: NDArray[np.uint8], boxes: Boxes
) -> tuple[NDArray[np.float32], Boxes, tuple[int, int]]:
    rows, columns = PATCH
    height, width = image.shape
    if len(boxes) and rng.random() < 0.7:
        _, top, _, bottom = boxes.corners[int(rng.integers(len(boxes)))]
        middle = rng.uniform(top, max(bottom, top + 1)) + rng.uniform(-0.4, 0.4) * rows
    else:
        middle = rng.uniform(0, height)
    low, high = min(0.4 * rows, height / 2), max(height - 0.4 * rows, height / 2)
    middle = float(np.clip(middle, low, high))
    across = float(np.exp(rng.normal(0.1, 0.15)))  # the segmenter also enlarges strips
    along = across * float(np.exp(rng.normal() * 0.08))
    matrix = np.zeros((2, 3), np.float32)
    matrix[0, 0] = across * rng.choice((-1, 1))
    matrix[0, 1] = rng.normal() * 0.02
    matrix[1, 1] = along * rng.choice((-1, 1))
    goal = np.array([columns / 2 + rng.normal() * 8, rows / 2], np.float32)
    matrix[:, 2] = goal - matrix[:, :2] @ np.array([width / 2, middle], np.float32)
    patch = cv2.warpAffine(
        image, matrix, (columns, rows), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    ).astype(np.float32)
    ends = sorted(float(matrix[1, 1] * y + matrix[1, 2]) for y in (0, height))
    seen = int(np.clip(ends[0], 0, rows)), int(np.clip(ends[1], 0, rows))
    pairs = (boxes.corners.reshape(-1, 2) @ matrix[:, :2].T + matrix[:, 2]).reshape(-1, 2, 2)
    corners = np.concatenate([pairs.min(axis=1), pairs.max(axis=1)], axis=1)
    return patch, Boxes(corners.astype(np.float32), boxes.classes, boxes.kinds), seen


def _change_light(rng: np.random.Generator, patch: NDArray[np.float32]) -> NDArray[np.float32]:
    patch = patch * float(np.exp(rng.normal() * 0.2))
    if rng.random() < 0.5:
        gamma = np.float32(np.exp(rng.normal() * 0.15))
        patch = np.asarray(255 * (np.clip(patch, 0, 255) / 255) ** gamma, np.float32)
    if rng.random() < 0.3:
        patch = cv2.GaussianBlur(patch, (0, 0), float(rng.uniform(0.3, 0.9)))
    if rng.random() < 0.5:
        sigma = rng.uniform(0, 4) * np.sqrt(float(patch.mean()) / 50)
        patch = patch + np.float32(sigma) * rng.standard_normal(patch.shape, np.float32)
    if rng.random() < 0.3:  # another running band
        walk = np.cumsum(rng.standard_normal(patch.shape[1], np.float32))[None]
        walk = cv2.GaussianBlur(walk, (0, 0), 6)[0]
        patch = patch * np.exp(0.12 * (walk - walk.mean()) / (walk.std() + 1e-6))
    return np.clip(patch, 0, 255).astype(np.float32)
