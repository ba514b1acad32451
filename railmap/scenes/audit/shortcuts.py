"""Find shortcuts: boxes that determine a class when pasted into a photo, such as stamps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.scenes.data.dataset import Box

__all__ = ["Shortcut", "find_shortcuts"]

_CELLS = 4  # cells along a side of the image
_PHOTOS = 16  # photos of a class that are tried
MIN_ADDED, MIN_LOST = 0.3, 0.1  # change of the class's probability
MAX_EVIDENCE = 0.1  # fraction of a tried cell that is evidence
_MIN_EFFECT = 0.7  # effect of a shortened strip relative to the whole one

Cells = tuple[tuple[int, int], ...]
Predict = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A box that determines a class by itself.

    Parameters
    ----------
    class_index
        Index of the class.
    box
        x0, y0, x1, y1 as fractions of the image.
    added
        Mean rise of the class's probability when the box of its photos is pasted into others.
    lost
        Mean fall when the box of its own photos is replaced by that of others.
    """

    class_index: int
    box: Box
    added: float
    lost: float


def find_shortcuts(
    pixels: NDArray[np.uint8],
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float32],
    predict: Predict,
    evidence: NDArray[np.bool_] | None = None,
    seed: int = 0,
) -> list[Shortcut]:
    """Swap parts of the image between classes and measure the effect on the probability.

    The image is divided into 4 x 4 cells. A strip (row or column of cells) is a shortcut if
    pasting it raises the probability of its class by at least 0.3 on average and replacing it
    lowers it by at least 0.1; cells at its ends that contribute little are then removed. At most
    half of the strip may remain: a mark is small, evidence is spread out. If the evidence is
    known, only cells outside it are swapped (less than a tenth of the cell is evidence in the
    photos of the class); otherwise only cells at the border of the image, where stamps, logos,
    frames and parts of the vehicle are.

    Parameters
    ----------
    pixels, labels
        ``(N, 3, T, T)`` uint8 and ``(N,)`` int64.
    probabilities
        ``(N, C)`` float32, of the same network as `predict`.
    predict
        Maps ``(M, 3, T, T)`` uint8 to ``(M, C)`` probabilities.
    evidence
        ``(N, T, T)`` bool masks of the evidence; None: unknown.
    seed
        Random seed of the photos tried: at most 16 of each class, and 16 of the quarter of the
        other photos with the highest probability of the class.

    Returns
    -------
    list of Shortcut
        The strongest first, without overlaps.
    """
    rng = np.random.default_rng(seed)
    right = probabilities.argmax(axis=1) == labels
    classes = probabilities.shape[1]
    found: list[Shortcut] = []
    for label in range(classes):
        own = np.flatnonzero((labels == label) & right)
        others = np.flatnonzero((labels != label) & right)
        if len(own) < 3 or len(others) < 3:
            continue
        own = rng.permutation(own)[:_PHOTOS]
        # Photos near the class: a mark need not change the class of a very different scene.
        near = others[np.argsort(-probabilities[others, label], kind="stable")]
        others = np.resize(near[: max(len(own), len(near) // 4)], 4 * len(own))
        others = rng.permutation(others)[: len(own)]
        allowed = _allowed_cells(pixels.shape[-1], own, evidence)
        for cells in _strips(allowed):
            shortcut = _try_strip(
                label, cells, pixels, own, others, probabilities[:, label], predict
            )
            if shortcut is not None:
                found.append(shortcut)
    # A row and a column find the same mark, and a mark of one class acts on the other classes by
    # its absence: of overlapping shortcuts the strongest is kept.
    kept: list[Shortcut] = []
    for shortcut in sorted(found, key=lambda one: -one.added * one.lost):
        if not any(_overlap(shortcut.box, other.box) for other in kept):
            kept.append(shortcut)
    return kept


def _allowed_cells(
    size: int, own: NDArray[np.int64], evidence: NDArray[np.bool_] | None
) -> NDArray[np.bool_]:
    """Return ``(4, 4)`` bool: the cells that may be swapped."""
    allowed = np.ones((_CELLS, _CELLS), bool)
    if evidence is None:
        allowed[1:-1, 1:-1] = False
        return allowed
    edges = np.linspace(0, size, _CELLS + 1).astype(int)
    for row in range(_CELLS):
        for col in range(_CELLS):
            cell = evidence[own, edges[row] : edges[row + 1], edges[col] : edges[col + 1]]
            allowed[row, col] = cell.mean() < MAX_EVIDENCE
    return allowed


def _strips(allowed: NDArray[np.bool_]) -> list[Cells]:
    """List sequences of at least two adjacent allowed cells, along rows and columns."""
    strips = []
    for line in range(_CELLS):
        for down in (False, True):
            places = [(n, line) if down else (line, n) for n in range(_CELLS)]
            strip: list[tuple[int, int]] = []
            for place in [*places, None]:
                if place is not None and allowed[place]:
                    strip.append(place)
                    continue
                if len(strip) > 1:
                    strips.append(tuple(strip))
                strip = []
    return strips


def _try_strip(
    label: int,
    cells: Cells,
    pixels: NDArray[np.uint8],
    own: NDArray[np.int64],
    others: NDArray[np.int64],
    before: NDArray[np.float32],
    predict: Predict,
) -> Shortcut | None:
    """Measure a strip, then shorten it from both ends while it keeps most of its effect."""

    def effect(cells: Cells) -> tuple[float, float]:
        return _swap(pixels, own, others, _box(cells), label, before, predict)

    added, lost = effect(cells)
    if added < MIN_ADDED or lost < MIN_LOST:
        return None
    for end in (0, -1):
        while len(cells) > 1:
            shorter = cells[1:] if end == 0 else cells[:-1]
            less_added, less_lost = effect(shorter)
            if less_added < _MIN_EFFECT * added:
                break
            cells, lost = shorter, less_lost
    if len(cells) > _CELLS // 2 or lost < MIN_LOST:
        return None
    return Shortcut(label, _box(cells), added, lost)


def _box(cells: Cells) -> Box:
    rows, cols = [row for row, _ in cells], [col for _, col in cells]
    return (
        min(cols) / _CELLS,
        min(rows) / _CELLS,
        (max(cols) + 1) / _CELLS,
        (max(rows) + 1) / _CELLS,
    )


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _swap(
    pixels: NDArray[np.uint8],
    own: NDArray[np.int64],
    others: NDArray[np.int64],
    box: Box,
    label: int,
    before: NDArray[np.float32],
    predict: Predict,
) -> tuple[float, float]:
    """Return the rise of the class's probability in other photos, and its fall in its own."""
    size = pixels.shape[-1]
    cols = slice(round(box[0] * size), round(box[2] * size))
    rows = slice(round(box[1] * size), round(box[3] * size))
    pasted, replaced = pixels[others].copy(), pixels[own].copy()
    pasted[:, :, rows, cols] = pixels[own][:, :, rows, cols]
    replaced[:, :, rows, cols] = pixels[others][:, :, rows, cols]
    after = predict(np.concatenate([pasted, replaced]))[:, label]
    change = after - before[np.concatenate([others, own])]
    return float(change[: len(others)].mean()), float(-change[len(others) :].mean())
