"""Places of the picture that decide on a class wherever they are pasted: stamps, logos, frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.scenes.data.dataset import Box

__all__ = ["Shortcut", "find_shortcuts"]

_CELLS = 4
_PHOTOS = 16
MIN_ADDED, MIN_LOST = 0.3, 0.1
MAX_EVIDENCE = 0.1
_KEPT = 0.7

Cells = tuple[tuple[int, int], ...]
Predict = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A box that tells a class by itself.

    Parameters
    ----------
    class_index
        Which class.
    box
        x0, y0, x1, y1 as shares of the picture.
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
    """Exchange parts of the picture between classes, and see what the network makes of it.

    The picture is cut into 4 x 4 cells. A row or column of cells is suspicious if pasting it
    raises its class's probability by 0.3 or more on average and replacing it costs 0.1 or more;
    cells at its ends that hardly add to that are then taken off. What is left of it must be half
    of it or less: a mark is small, evidence is spread. Where evidence is known, only cells outside
    it are exchanged (less than a tenth of the cell is evidence in the class's photos); else only
    those at the picture's edge, where stamps, logos, frames and the vehicle's own parts are.

    Parameters
    ----------
    pixels, labels
        ``(N, 3, T, T)`` uint8 and ``(N,)``.
    probabilities
        ``(N, C)``, of the same network as `predict`.
    predict
        ``(M, 3, T, T)`` uint8 → ``(M, C)`` probabilities.
    evidence
        ``(N, T, T)`` bool, if it is known.
    seed
        Of the photos tried: at most 16 of each class, and 16 of the quarter of the other photos
        that the network comes nearest to taking for the class.
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
        # Those nearest to the class: a mark needn't convince a photo of quite another scene.
        near = others[np.argsort(-probabilities[others, label], kind="stable")]
        others = np.resize(near[: max(len(own), len(near) // 4)], 4 * len(own))
        others = rng.permutation(others)[: len(own)]
        tried = _tried(pixels.shape[-1], own, evidence)
        for cells in _strips(tried):
            shortcut = _shrunk(label, cells, pixels, own, others, probabilities[:, label], predict)
            if shortcut is not None:
                found.append(shortcut)
    # A row and a column find the same mark; and a place that speaks for one class speaks, where
    # the mark is missing, for the others: the strongest is named.
    kept: list[Shortcut] = []
    for shortcut in sorted(found, key=lambda one: -one.added * one.lost):
        if not any(_overlap(shortcut.box, other.box) for other in kept):
            kept.append(shortcut)
    return kept


def _tried(
    size: int, own: NDArray[np.int64], evidence: NDArray[np.bool_] | None
) -> NDArray[np.bool_]:
    """``(4, 4)``: the cells that may be exchanged."""
    tried = np.ones((_CELLS, _CELLS), bool)
    if evidence is None:
        tried[1:-1, 1:-1] = False
        return tried
    edges = np.linspace(0, size, _CELLS + 1).astype(int)
    for row in range(_CELLS):
        for col in range(_CELLS):
            cell = evidence[own, edges[row] : edges[row + 1], edges[col] : edges[col + 1]]
            tried[row, col] = cell.mean() < MAX_EVIDENCE
    return tried


def _strips(tried: NDArray[np.bool_]) -> list[Cells]:
    """Unbroken runs of cells that are tried, along rows and columns, two cells or longer."""
    strips = []
    for line in range(_CELLS):
        for down in (False, True):
            places = [(n, line) if down else (line, n) for n in range(_CELLS)]
            run: list[tuple[int, int]] = []
            for place in [*places, None]:
                if place is not None and tried[place]:
                    run.append(place)
                    continue
                if len(run) > 1:
                    strips.append(tuple(run))
                run = []
    return strips


def _shrunk(
    label: int,
    cells: Cells,
    pixels: NDArray[np.uint8],
    own: NDArray[np.int64],
    others: NDArray[np.int64],
    before: NDArray[np.float32],
    predict: Predict,
) -> Shortcut | None:
    """Try a strip, then shorten it from both ends while it keeps most of its effect."""

    def effect(cells: Cells) -> tuple[float, float]:
        return _exchange(pixels, own, others, _box(cells), label, before, predict)

    added, lost = effect(cells)
    if added < MIN_ADDED or lost < MIN_LOST:
        return None
    for end in (0, -1):
        while len(cells) > 1:
            shorter = cells[1:] if end == 0 else cells[:-1]
            less_added, less_lost = effect(shorter)
            if less_added < _KEPT * added:
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


def _exchange(
    pixels: NDArray[np.uint8],
    own: NDArray[np.int64],
    others: NDArray[np.int64],
    box: Box,
    label: int,
    before: NDArray[np.float32],
    predict: Predict,
) -> tuple[float, float]:
    """Rise of the class in the others, and its fall in its own photos."""
    size = pixels.shape[-1]
    cols = slice(round(box[0] * size), round(box[2] * size))
    rows = slice(round(box[1] * size), round(box[3] * size))
    pasted, replaced = pixels[others].copy(), pixels[own].copy()
    pasted[:, :, rows, cols] = pixels[own][:, :, rows, cols]
    replaced[:, :, rows, cols] = pixels[others][:, :, rows, cols]
    after = predict(np.concatenate([pasted, replaced]))[:, label]
    change = after - before[np.concatenate([others, own])]
    return float(change[: len(others)].mean()), float(-change[len(others) :].mean())
