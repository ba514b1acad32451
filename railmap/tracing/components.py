"""Remove small connected components, also across blocks, with run lengths.

A component inside one block is decided there. One that touches the rim of a block gets a rim label;
its area is known when the rims of all blocks are united. A block is processed again only if a
component on its rim is small.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from railmap.tracing.blocks import Block, BlockGrid
from railmap.tracing.runs import fill_run, find_runs

__all__ = ["Rim", "remove_small", "small_on_rims", "uniform_rim"]

Words = NDArray[np.uint64]
Ints = NDArray[np.int32]
Sides = tuple[Ints, Ints, Ints, Ints]


@dataclass(frozen=True, slots=True)
class Rim:
    """The components on a block's rim.

    Parameters
    ----------
    area
        ``(labels,)`` int64, pixels in this block.
    sides
        Top, bottom, left and right: ``(n, 3)`` int32 runs ``first, past, label`` along each.
    """

    area: NDArray[np.int64]
    sides: Sides


@njit(nogil=True, cache=True)
def _root(parent: NDArray[np.int64], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(nogil=True, cache=True)
def _link(parent: NDArray[np.int64], i: int, j: int) -> None:
    """Unite two sets; the smaller root stays."""
    a = _root(parent, i)
    b = _root(parent, j)
    if a < b:
        parent[b] = a
    elif b < a:
        parent[a] = b


@njit(nogil=True, cache=True)
def _side_of_row(first: Ints, past: Ints, label: NDArray[np.int64], start: int, stop: int) -> Ints:
    side = np.empty((stop - start, 3), np.int32)
    for i in range(start, stop):
        side[i - start, 0] = first[i]
        side[i - start, 1] = past[i]
        side[i - start, 2] = label[i]
    return side


@njit(nogil=True, cache=True)
def _side_of_column(
    offset: Ints, first: Ints, past: Ints, label: NDArray[np.int64], col: int
) -> Ints:
    rows = offset.size - 1
    right = col > 0
    side = np.empty((rows, 3), np.int32)
    n = 0
    for y in range(rows):
        if offset[y] == offset[y + 1]:
            continue
        i = offset[y + 1] - 1 if right else offset[y]
        if (past[i] if right else first[i]) != col:
            continue
        if n > 0 and side[n - 1, 1] == y and side[n - 1, 2] == label[i]:
            side[n - 1, 1] = y + 1
        else:
            side[n, 0] = y
            side[n, 1] = y + 1
            side[n, 2] = label[i]
            n += 1
    return side[:n].copy()


@njit(nogil=True, cache=True)
def remove_small(
    words: Words, cols: int, background: bool, limit: int, small: NDArray[np.bool_]
) -> tuple[bool, NDArray[np.int64], Ints, Ints, Ints, Ints]:
    """Flip, in place, components of fewer than `limit` pixels that do not touch the rim.

    Foreground is 8-connected, background 4-connected.

    Parameters
    ----------
    words
        Packed mask of a block.
    cols
        Width of the block, px.
    background
        Process the background instead of the foreground.
    limit
        Number of pixels from which a component stays.
    small
        ``(labels,)`` bool: rim labels that are flipped too; may be empty.

    Returns
    -------
    changed
        Whether a pixel was flipped.
    area, top, bottom, left, right
        The fields of `Rim`, before flipping.
    """
    offset, first, past = find_runs(words, cols, background)
    rows = words.shape[0]
    count = first.size
    parent = np.arange(count)
    reach = 0 if background else 1
    for y in range(1, rows):
        i, i_end = offset[y - 1], offset[y]
        j, j_end = offset[y], offset[y + 1]
        while i < i_end and j < j_end:
            if past[i] + reach > first[j] and past[j] + reach > first[i]:
                _link(parent, i, j)
            if past[i] < past[j]:
                i += 1
            else:
                j += 1
    area = np.zeros(count, np.int64)
    on_rim = np.zeros(count, np.bool_)
    for y in range(rows):
        for i in range(offset[y], offset[y + 1]):
            root = _root(parent, i)
            parent[i] = root
            area[root] += past[i] - first[i]
            if y == 0 or y == rows - 1 or first[i] == 0 or past[i] == cols:
                on_rim[root] = True
    label = np.full(count, -1, np.int64)
    labels = 0
    for i in range(count):  # a root is the first run of its component
        root = parent[i]
        if on_rim[root]:
            if root == i:
                label[i] = labels
                labels += 1
            label[i] = label[root]
    rim_area = np.empty(labels, np.int64)
    changed = False
    for y in range(rows):
        for i in range(offset[y], offset[y + 1]):
            if label[i] >= 0:
                rim_area[label[i]] = area[parent[i]]
                flip = small.size > 0 and small[label[i]]
            else:
                flip = area[parent[i]] < limit
            if flip:
                fill_run(words[y], first[i], past[i], background)
                changed = True
    return (
        changed,
        rim_area,
        _side_of_row(first, past, label, offset[0], offset[1]),
        _side_of_row(first, past, label, offset[rows - 1], offset[rows]),
        # not a plain 0, for which numba would compile the function again
        _side_of_column(offset, first, past, label, np.int64(0)),
        _side_of_column(offset, first, past, label, cols),
    )


@njit(nogil=True, cache=True)
def _unite(
    parent: NDArray[np.int64], a: Ints, base_a: int, b: Ints, base_b: int, reach: int
) -> None:
    """Unite the components of two facing sides where their runs touch."""
    i = j = 0
    while i < a.shape[0] and j < b.shape[0]:
        if a[i, 1] + reach > b[j, 0] and b[j, 1] + reach > a[i, 0]:
            _link(parent, base_a + a[i, 2], base_b + b[j, 2])
        if a[i, 1] < b[j, 1]:
            i += 1
        else:
            j += 1


@njit(nogil=True, cache=True)
def _total(parent: NDArray[np.int64], area: NDArray[np.int64]) -> NDArray[np.int64]:
    """Area of the whole component of each label."""
    total = np.zeros_like(area)
    for i in range(parent.size):
        total[_root(parent, i)] += area[i]
    for i in range(parent.size):
        total[i] = total[_root(parent, i)]
    return total


def uniform_rim(block: Block) -> Rim:
    """Create the rim of a block that is one component."""
    row = np.array([[0, block.width, 0]], np.int32)
    col = np.array([[0, block.height, 0]], np.int32)
    return Rim(np.array([block.height * block.width], np.int64), (row, row, col, col))


def small_on_rims(
    grid: BlockGrid, rims: Mapping[tuple[int, int], Rim], background: bool, limit: int
) -> dict[tuple[int, int], NDArray[np.bool_]]:
    """Find the rim labels of components smaller than `limit`.

    Parameters
    ----------
    grid
        The grid of blocks.
    rims
        Rims by block row and column; blocks without a component are missing.
    background
        Whether they are of the background. Background at the raster's edge is never small.
    limit
        Number of pixels from which a component stays.

    Returns
    -------
    dict of (int, int) to ndarray
        ``(labels,)`` bool by block; blocks without a small label are missing.
    """
    keys = sorted(rims)
    base: dict[tuple[int, int], int] = {}
    count = 0
    for key in keys:
        base[key] = count
        count += rims[key].area.size
    if not count:
        return {}
    area = np.concatenate([rims[key].area for key in keys])
    parent = np.arange(count)
    reach = 0 if background else 1
    block_rows, block_cols = grid.shape
    for key in keys:
        i, j = key
        sides = rims[key].sides
        for other, side_a, side_b in (((i + 1, j), 1, 0), ((i, j + 1), 3, 2)):
            if other in rims:
                facing = rims[other].sides[side_b]
                _unite(parent, sides[side_a], base[key], facing, base[other], reach)
        if not background:
            _unite_corners(grid, rims, base, parent, key)
        else:
            at_edge = (i == 0, i == block_rows - 1, j == 0, j == block_cols - 1)
            for side, is_edge in zip(sides, at_edge, strict=True):
                if is_edge:
                    area[base[key] + side[:, 2]] = limit
    small = _total(parent, area) < limit
    found = {key: small[base[key] : base[key] + rims[key].area.size] for key in keys}
    return {key: labels for key, labels in found.items() if labels.any()}


def _unite_corners(
    grid: BlockGrid,
    rims: Mapping[tuple[int, int], Rim],
    base: Mapping[tuple[int, int], int],
    parent: NDArray[np.int64],
    key: tuple[int, int],
) -> None:
    """Unite the components of a block and its lower diagonal neighbours at their corners."""
    i, j = key
    bottom = rims[key].sides[1]
    for step in (-1, 1):
        other = (i + 1, j + step)
        if other not in rims:
            continue
        top = rims[other].sides[0]
        left, right = (top, bottom) if step < 0 else (bottom, top)
        left_key = other if step < 0 else key
        width = grid.block(*left_key).width
        if left.size and right.size and left[-1, 1] == width and right[0, 0] == 0:
            _link(
                parent,
                base[key] + bottom[0 if step < 0 else -1, 2],
                base[other] + top[-1 if step < 0 else 0, 2],
            )
