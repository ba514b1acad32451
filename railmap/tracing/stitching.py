"""Join chains end to end to links in canonical order."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from railmap.tracing.types import PixelNetwork

__all__ = ["assemble", "measure_links", "partners"]

Ids = NDArray[np.int64]


def partners(key: Ids) -> Ids:
    """Pair the ends that have the same number.

    Parameters
    ----------
    key
        ``(ends,)`` int64; each number except -1 occurs twice.

    Returns
    -------
    ndarray
        ``(ends,)`` int64 index of the other end with that number; -1 where `key` is -1.
    """
    partner = np.full(key.size, -1, np.int64)
    ends = np.flatnonzero(key >= 0)
    ends = ends[np.argsort(key[ends], kind="stable")]
    partner[ends[0::2]] = ends[1::2]
    partner[ends[1::2]] = ends[0::2]
    return partner


@njit(nogil=True, cache=True)
def _order(partner: Ids) -> tuple[Ids, Ids, NDArray[np.bool_]]:
    """Order the pieces of each link: the end at which each is entered, offsets, closed links."""
    pieces = partner.size // 2
    entry = np.empty(pieces, np.int64)
    offset = np.zeros(pieces + 1, np.int64)
    closed = np.zeros(pieces, np.bool_)
    used = np.zeros(pieces, np.bool_)
    n = chains = 0
    for only_open in (True, False):
        for end in range(2 * pieces):
            if used[end >> 1] or (only_open and partner[end] >= 0):
                continue
            here = end
            while True:
                used[here >> 1] = True
                entry[n] = here
                n += 1
                here = partner[here ^ 1]
                if here < 0 or here == end:
                    break
            closed[chains] = here >= 0
            chains += 1
            offset[chains] = n
    return entry, offset[: chains + 1], closed[:chains]


@njit(nogil=True, cache=True)
def _write(
    entry: Ids,
    offset: Ids,
    pixel: Ids,
    half: NDArray[np.float32],
    overlap: int,
    out_pixel: Ids,
    out_half: NDArray[np.float32],
) -> int:
    """Write the pixels of a link without repeated ones; returns their number."""
    n = 0
    for i in range(entry.size):
        f = entry[i] >> 1
        skip = overlap if i > 0 else 0
        count = offset[f + 1] - offset[f]
        for j in range(skip, count):
            k = offset[f] + (count - 1 - j if entry[i] & 1 else j)
            out_pixel[n] = pixel[k]
            out_half[n] = half[k]
            n += 1
    return n


@njit(nogil=True, cache=True)
def _is_backward(first: int, second: int, last: int, last_but_one: int) -> bool:
    return last < first or (last == first and last_but_one < second)


@njit(nogil=True, cache=True)
def _reverse(values):  # type: ignore[no-untyped-def]
    # a loop: numba takes seconds to compile the assignment of a slice
    for i in range(values.size // 2):
        j = values.size - 1 - i
        values[i], values[j] = values[j], values[i]


@njit(nogil=True, cache=True)
def _rotate(values, at):  # type: ignore[no-untyped-def]
    """Let a closed link begin at another pixel; its last repeats its first."""
    last = values.size - 1
    _reverse(values[:at])
    _reverse(values[at:last])
    _reverse(values[:last])
    values[last] = values[0]


@njit(nogil=True, cache=True)
def _turn(pixel: Ids, half: NDArray[np.float32], closed: bool) -> None:
    """Orient a link, in place: from its smaller end, or from its smallest pixel if closed.

    A closed link repeats its first pixel at its end. If both ends are the same, the second pixel
    is smaller than the last but one.
    """
    n = pixel.size
    if closed:
        at = 0
        for i in range(1, n - 1):
            if pixel[i] < pixel[at]:
                at = i
        _rotate(pixel, at)
        _rotate(half, at)
    if _is_backward(pixel[0], pixel[1], pixel[n - 1], pixel[n - 2]):
        _reverse(pixel)
        _reverse(half)


@njit(nogil=True, cache=True)
def measure_links(
    entry: Ids,
    chain: Ids,
    closed: NDArray[np.bool_],
    offset: Ids,
    pixel: Ids,
    half: NDArray[np.float32],
    overlap: int,
) -> tuple[Ids, Ids, Ids]:
    """Size and first two pixels of each link in its final direction."""
    links = closed.size
    size = np.zeros(links, np.int64)
    start = np.empty((links, 2), np.int64)
    stop = np.empty((links, 2), np.int64)
    for c in range(links):
        pieces = entry[chain[c] : chain[c + 1]]
        for here in pieces:
            size[c] += offset[(here >> 1) + 1] - offset[here >> 1]
        if closed[c]:
            size[c] += 1 - overlap * pieces.size
            whole_pixel = np.empty(size[c], np.int64)
            whole_half = np.empty(size[c], np.float32)
            _write(pieces, offset, pixel, half, overlap, whole_pixel, whole_half)
            _turn(whole_pixel, whole_half, closed[c])
            start[c, 0], start[c, 1] = whole_pixel[0], whole_pixel[1]
            continue
        size[c] -= overlap * (pieces.size - 1)
        # the first two pixels from either end, which may be in two pieces
        for side in range(2):
            ends = start if side == 0 else stop
            n = 0
            for i in range(min(2, pieces.size)):
                here = pieces[i] if side == 0 else pieces[pieces.size - 1 - i] ^ 1
                f = here >> 1
                for j in range(overlap if i > 0 else 0, min(2, offset[f + 1] - offset[f])):
                    if n < 2:
                        ends[c, n] = pixel[offset[f + 1] - 1 - j if here & 1 else offset[f] + j]
                        n += 1
        if _is_backward(start[c, 0], start[c, 1], stop[c, 0], stop[c, 1]):
            start[c, 0], start[c, 1] = stop[c, 0], stop[c, 1]
    return size, start[:, 0].copy(), start[:, 1].copy()


@njit(nogil=True, cache=True)
def _write_all(
    order: Ids,
    link_offset: Ids,
    entry: Ids,
    chain: Ids,
    closed: NDArray[np.bool_],
    offset: Ids,
    pixel: Ids,
    half: NDArray[np.float32],
    overlap: int,
) -> tuple[Ids, NDArray[np.float32]]:
    """Write the links one after the other, each in its canonical direction."""
    out_pixel = np.empty(link_offset[-1], np.int64)
    out_half = np.empty(link_offset[-1], np.float32)
    for i in range(order.size):
        c = order[i]
        a, b = link_offset[i], link_offset[i + 1]
        pieces = entry[chain[c] : chain[c + 1]]
        _write(pieces, offset, pixel, half, overlap, out_pixel[a:b], out_half[a:b])
        _turn(out_pixel[a:b], out_half[a:b], closed[c])
    return out_pixel, out_half


def assemble(
    width: int,
    height: int,
    *,
    size: Ids,
    pixel: Ids,
    half: NDArray[np.float32],
    partner: Ids,
    overlap: int,
    node: Ids,
    degree: NDArray[np.int32],
    area_run: Ids,
) -> PixelNetwork:
    """Join pieces of chains to a network in canonical order.

    Parameters
    ----------
    width, height
        Size of the raster, px.
    size
        ``(pieces,)`` int64 number of pixels of each piece.
    pixel, half
        int64 ids and float32 half widths (px) of all pixels, one piece after the other.
    partner
        ``(2 * pieces,)`` int64: for each end (2 piece + 0 or 1), the end in which it continues;
        -1 at a node.
    overlap
        1 if joined pieces share the pixel where they meet, 0 if their ends are neighbours.
    node, degree
        int64 ids and int32 degrees of the nodes, without the seams of closed chains.
    area_run
        ``(k, 3)`` int64, copied to the result.

    Returns
    -------
    PixelNetwork
    """
    offset = np.concatenate(([0], np.cumsum(size, dtype=np.int64))).astype(np.int64)
    entry, chain, closed = _order(partner)
    link_size, first, second = measure_links(entry, chain, closed, offset, pixel, half, overlap)
    order = np.lexsort((second, first))
    link_offset = np.concatenate(([0], np.cumsum(link_size[order]))).astype(np.int64)
    link_pixel, link_half = _write_all(
        order, link_offset, entry, chain, closed, offset, pixel, half, overlap
    )
    seam = first[closed]
    nodes = np.concatenate([node, seam])
    degrees = np.concatenate([degree, np.full(seam.size, 2, np.int32)])
    by_pixel = np.argsort(nodes, kind="stable")
    nodes, degrees = nodes[by_pixel], degrees[by_pixel]
    ends = np.stack([link_pixel[link_offset[:-1]], link_pixel[link_offset[1:] - 1]], axis=1)
    return PixelNetwork(
        width=width,
        height=height,
        node_pixel=nodes,
        node_degree=degrees,
        link_node=np.searchsorted(nodes, ends).astype(np.int64),
        link_offset=link_offset,
        link_pixel=link_pixel,
        link_half_width=link_half,
        area_run=area_run,
    )
