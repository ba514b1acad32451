"""Find chains of skeleton pixels inside one block.

Two skeleton pixels are linked if they are 4-neighbours, or diagonal neighbours without a skeleton
pixel that is a 4-neighbour of both (m-adjacency). The rule uses 3 × 3 pixels, so neighbouring
blocks find the same links across their seam.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from railmap.tracing._bits import trailing_zeros
from railmap.tracing.widths import half_width

__all__ = ["Fragments", "find_fragments"]

Words = NDArray[np.uint64]
Ids = NDArray[np.int64]

# directions clockwise from north: N NE E SE S SW W NW
_DY = np.array([-1, -1, 0, 1, 1, 1, 0, -1], np.int64)
_DX = np.array([0, 1, 1, 1, 0, -1, -1, -1], np.int64)


def _link_table() -> NDArray[np.uint8]:
    """For each ring of neighbours (bit d: direction d), the directions that are links."""
    table = np.zeros(256, np.uint8)
    for ring in range(256):
        for d in range(8):
            adjacent = (ring >> (d - 1) % 8 | ring >> (d + 1) % 8) & 1
            if ring >> d & 1 and (d % 2 == 0 or not adjacent):
                table[ring] |= 1 << d
    return table


_LINKS = _link_table()
_DEGREE = np.array([links.bit_count() for links in range(256)], np.int64)


@dataclass(frozen=True, slots=True)
class Fragments:
    """Chains of one block, cut at its seams.

    Parameters
    ----------
    pixel, half
        int64 ids ``row * raster width + col`` and float32 half widths (px) of all chains, one
        chain after the other.
    size
        ``(f,)`` int64, number of pixels of each chain.
    edge
        ``(f, 2)`` int64: for the start and end of each chain, the number of the pixel link over
        which it continues (the same from both sides); -1 at a node. A closed chain continues over
        the same link at both ends.
    node, degree
        int64 ids of the block's pixels that do not have 2 links, and int32 number of links.
    """

    pixel: Ids
    half: NDArray[np.float32]
    size: Ids
    edge: Ids
    node: Ids
    degree: NDArray[np.int32]


@njit(nogil=True, cache=True)
def _three(words: Words, y: int, x: int) -> np.int64:
    """Three pixels of a row, from column ``x - 1``, as bits 0 to 2."""
    k = x >> 6
    b = x & 63
    if b == 0:
        v = (words[y, k] << np.uint64(1)) | (words[y, k - 1] >> np.uint64(63))
    elif b == 63:
        v = (words[y, k] >> np.uint64(62)) | (words[y, k + 1] << np.uint64(2))
    else:
        v = words[y, k] >> np.uint64(b - 1)
    return np.int64(v & np.uint64(7))


@njit(nogil=True, cache=True)
def _links(words: Words, y: int, x: int) -> np.int64:
    """Directions of the links of a pixel, as bits."""
    a = _three(words, y - 1, x)
    b = _three(words, y, x)
    c = _three(words, y + 1, x)
    ring = (a >> 1 & 1) | (a >> 2 & 1) << 1 | (b >> 2 & 1) << 2 | (c >> 2 & 1) << 3
    ring |= (c >> 1 & 1) << 4 | (c & 1) << 5 | (b & 1) << 6 | (a & 1) << 7
    return np.int64(_LINKS[ring])


@njit(nogil=True, cache=True)
def _edge(y: int, x: int, d: int, width: int) -> int:
    """Number of the link from a pixel in direction `d`; the same from both of its ends."""
    if not 2 <= d <= 5:  # E SE S SW are directions to a greater id
        y, x, d = y + _DY[d], x + _DX[d], d + 4 & 7
    return (y * width + x) * 4 + d - 2


@njit(nogil=True, cache=True)
def _collect(words: Words, frame: tuple[int, int, int, int]) -> tuple[Ids, NDArray[np.uint8]]:
    """List the skeleton pixels in the frame, ``y * span + x``, and their links."""
    top, left, bottom, right = frame
    span = words.shape[1] * 64
    spot = np.empty(1024, np.int64)
    links = np.empty(1024, np.uint8)
    n = 0
    for y in range(top, bottom):
        for k in range(left >> 6, (right - 1 >> 6) + 1):
            w = words[y, k]
            while w != 0:
                x = 64 * k + trailing_zeros(w)
                w &= w - np.uint64(1)
                if x >= right:
                    break
                if n == spot.size:
                    spot = np.concatenate((spot, np.empty(n, np.int64)))
                    links = np.concatenate((links, np.empty(n, np.uint8)))
                spot[n] = y * span + x
                links[n] = _links(words, y, x)
                n += 1
    return spot[:n], links[:n]


@njit(nogil=True, cache=True)
def _is_set(words: Words, y: int, x: int) -> bool:
    return bool((words[y, x >> 6] >> np.uint64(x & 63)) & np.uint64(1))


@njit(nogil=True, cache=True)
def _walk(
    words: Words,
    waiting: Words,
    frame: tuple[int, int, int, int],
    start: int,
    back: int,
    chain: Ids,
    n: int,
) -> tuple[int, int]:
    """Append the pixels with two links from `start` on, coming from direction `back`.

    Returns the new length and the direction in which the chain continues, -1 if it ends at a node.
    """
    top, left, bottom, right = frame
    span = words.shape[1] * 64
    y, x = start // span, start % span
    while True:
        waiting[y, x >> 6] &= ~(np.uint64(1) << np.uint64(x & 63))
        chain[n] = y * span + x
        n += 1
        d = trailing_zeros(np.uint64(_links(words, y, x) & ~(1 << back)))
        y += _DY[d]
        x += _DX[d]
        if not (top <= y < bottom and left <= x < right):
            return n, d
        if _DEGREE[_links(words, y, x)] != 2:
            chain[n] = y * span + x
            return n + 1, -1
        if not _is_set(waiting, y, x):  # back where a closed chain began
            return n, d
        back = d + 4 & 7


@njit(nogil=True, cache=True)
def _find_chains(
    words: Words, frame: tuple[int, int, int, int], spot: Ids, links: NDArray[np.uint8]
) -> tuple[Ids, Ids, Ids]:
    """Find the chains: their pixels, sizes and the directions before and past their ends."""
    top, left, bottom, right = frame
    span = words.shape[1] * 64
    waiting = np.zeros_like(words)
    most = inner = 0
    for i in range(spot.size):
        y, x = spot[i] // span, spot[i] % span
        most += _DEGREE[links[i]]
        if _DEGREE[links[i]] == 2:
            waiting[y, x >> 6] |= np.uint64(1) << np.uint64(x & 63)
            inner += 1
            if top < y < bottom - 1 and left < x < right - 1:
                most -= 2
    most += inner // 4  # closed chains
    chain = np.empty(inner + 2 * most, np.int64)
    size = np.empty(most, np.int64)
    beyond = np.empty((most, 2), np.int64)
    n = f = np.int64(0)  # not a plain 0, for which numba would compile `_walk` again
    # from the nodes, then from the seams, then closed chains
    for step in range(3):
        for i in range(spot.size):
            is_node = _DEGREE[links[i]] != 2
            if is_node != (step == 0):
                continue
            y, x = spot[i] // span, spot[i] % span
            for d in range(8):
                if not links[i] >> d & 1:
                    continue
                ny, nx = y + _DY[d], x + _DX[d]
                outside = not (top <= ny < bottom and left <= nx < right)
                begin = n
                if step == 0:
                    next_is_node = not outside and _DEGREE[_links(words, ny, nx)] != 2
                    if next_is_node and ny * span + nx < spot[i]:
                        continue
                    if not outside and not next_is_node and not _is_set(waiting, ny, nx):
                        continue
                    chain[n] = spot[i]
                    n += 1
                    past = -1
                    if outside:
                        past = d
                    elif next_is_node:
                        chain[n] = ny * span + nx
                        n += 1
                    else:
                        n, past = _walk(words, waiting, frame, ny * span + nx, d + 4 & 7, chain, n)
                    beyond[f, 0] = -1
                else:
                    if (step == 1 and not outside) or not _is_set(waiting, y, x):
                        continue
                    n, past = _walk(words, waiting, frame, spot[i], d, chain, n)
                    beyond[f, 0] = d
                beyond[f, 1] = past
                size[f] = n - begin
                f += 1
    return chain[:n], size[:f], beyond[:f]


@njit(nogil=True, cache=True)
def _fragments(
    words: Words,
    mask: Words,
    frame: tuple[int, int, int, int],
    row0: int,
    col0: int,
    width: int,
    reach: int,
) -> tuple[Ids, NDArray[np.float32], Ids, Ids, Ids, NDArray[np.int32], bool]:
    span = words.shape[1] * 64
    spot, links = _collect(words, frame)
    pixel, size, beyond = _find_chains(words, frame, spot, links)
    half = np.empty(pixel.size, np.float32)
    complete = True
    first = 0
    for f in range(size.size):
        for end in range(2):
            if beyond[f, end] >= 0:
                p = pixel[first + (size[f] - 1) * end]
                beyond[f, end] = _edge(p // span + row0, p % span + col0, beyond[f, end], width)
        first += size[f]
    for i in range(pixel.size):
        y, x = pixel[i] // span, pixel[i] % span
        h = half_width(mask, y, x, reach)
        complete &= h >= 0
        half[i] = h
        pixel[i] = (y + row0) * width + x + col0
    nodes = 0
    for i in range(spot.size):
        nodes += _DEGREE[links[i]] != 2
    node = np.empty(nodes, np.int64)
    degree = np.empty(nodes, np.int32)
    n = 0
    for i in range(spot.size):
        if _DEGREE[links[i]] != 2:
            node[n] = (spot[i] // span + row0) * width + spot[i] % span + col0
            degree[n] = _DEGREE[links[i]]
            n += 1
    return pixel, half, size, beyond, node, degree, complete


def find_fragments(
    skeleton: Words,
    mask: Words,
    frame: tuple[int, int, int, int],
    corner: tuple[int, int],
    width: int,
    reach: int,
) -> tuple[Fragments, bool]:
    """Find the chains of a block.

    Parameters
    ----------
    skeleton, mask
        Packed windows of the same position; `skeleton` must also be correct one pixel around the
        block.
    frame
        The block in the window: first row, first column, past-last row, past-last column, px.
    corner
        Row and column of the window's upper left pixel in the raster.
    width
        Width of the raster, px.
    reach
        Largest half width, px; see `half_width`.

    Returns
    -------
    (Fragments, bool)
        The chains, and whether every half width is within `reach`.
    """
    *arrays, complete = _fragments(skeleton, mask, frame, *corner, width, reach)
    return Fragments(*arrays), complete
