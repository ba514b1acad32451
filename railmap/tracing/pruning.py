"""Remove the short spurs that thinning leaves at corners and ragged edges."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from railmap.errors import UsageError
from railmap.tracing.stitching import assemble, partners
from railmap.tracing.types import NO_DATA, PixelNetwork, ReadProbability

__all__ = ["link_lengths", "prune_spurs"]


def prune_spurs(
    network: PixelNetwork, factor: float = 1.5, read: ReadProbability | None = None
) -> PixelNetwork:
    """Remove spurs shorter than `factor` half widths, and merge the links at their junctions.

    A spur is a link from an end to a junction; the half width is that at the junction. Repeated
    until there are none. These stay: links between two ends; the two longest links of a junction
    that would lose all; and a spur that ends at the edge of the raster or of the data, unless two
    such spurs leave one junction (they are the corners of a track that is cut off there).

    Only local widths are used. `railmap.geometry.repair.prune` uses angles and the width of a
    single track.

    Parameters
    ----------
    network
        Result of `trace`.
    factor
        Half widths; 0 removes no link, but merges links at nodes of degree 2.
    read
        As for `trace`; None ignores no data.

    Returns
    -------
    PixelNetwork
        In canonical order.

    Raises
    ------
    UsageError
        If `factor` is negative.
    """
    if factor < 0:
        raise UsageError(f"the spur factor is {factor}; give 0 or more")
    while True:
        spur = _spurs(network, factor, read)
        pruned = _remove(network, spur)
        if not spur.any():
            return pruned
        network = pruned


@njit(nogil=True, cache=True)
def _lengths(
    offset: NDArray[np.int64], pixel: NDArray[np.int64], width: int
) -> NDArray[np.float64]:
    length = np.zeros(offset.size - 1)
    for i in range(length.size):
        for j in range(offset[i] + 1, offset[i + 1]):
            same_row = pixel[j] // width == pixel[j - 1] // width
            same_col = pixel[j] % width == pixel[j - 1] % width
            length[i] += 1.0 if same_row or same_col else np.sqrt(2.0)
    return length


def link_lengths(network: PixelNetwork) -> NDArray[np.float64]:
    """Length of each link along the centres of its pixels.

    Parameters
    ----------
    network
        Links in pixels.

    Returns
    -------
    ndarray
        ``(m,)`` px.
    """
    return np.asarray(_lengths(network.link_offset, network.link_pixel, network.width))


def _spurs(network: PixelNetwork, factor: float, read: ReadProbability | None) -> NDArray[np.bool_]:
    """Whether each link is a spur to be removed, ``(m,)`` bool."""
    degree = network.node_degree[network.link_node]
    starts_free = (degree[:, 0] == 1) & (degree[:, 1] > 2)
    ends_free = (degree[:, 1] == 1) & (degree[:, 0] > 2)
    last = network.link_offset[1:] - 1
    at_junction = np.where(starts_free, last, network.link_offset[:-1])
    half = network.link_half_width[at_junction].astype(np.float64)
    length = link_lengths(network)
    spur: NDArray[np.bool_] = (starts_free | ends_free) & (length < factor * half)
    found = np.flatnonzero(spur)
    if not found.size:
        return spur
    free_side = ends_free[found].astype(np.int64)
    junction = network.link_node[found, 1 - free_side]
    free_pixel = network.node_pixel[network.link_node[found, free_side]]
    # the skeleton ends about half a width inside the end of the mask
    margin = np.ceil(factor * half[found]).astype(np.int64) + 2
    leaves = _near_edge(network, free_pixel, margin)
    if read is not None:
        for i in np.flatnonzero(~leaves):
            leaves[i] = _near_no_data(network, read, int(free_pixel[i]), int(margin[i]))
    leaving = np.bincount(junction[leaves], minlength=network.node_pixel.size)
    keep = leaves & (leaving[junction] == 1)
    # at junctions that have only spurs, the two longest stay, the first of equal ones
    by_length = np.lexsort((found, -length[found], junction))
    rank = np.empty(found.size, np.int64)
    sorted_junction = junction[by_length]
    first = np.searchsorted(sorted_junction, sorted_junction)
    rank[by_length] = np.arange(found.size) - first
    lost = np.bincount(junction[~keep], minlength=network.node_pixel.size)
    keep |= (lost == network.node_degree)[junction] & (rank < 2)
    spur[found[keep]] = False
    return spur


def _near_edge(
    network: PixelNetwork, pixel: NDArray[np.int64], margin: NDArray[np.int64]
) -> NDArray[np.bool_]:
    row, col = np.divmod(pixel, network.width)
    to_edge = np.minimum(
        np.minimum(row, network.height - 1 - row), np.minimum(col, network.width - 1 - col)
    )
    return np.asarray(to_edge < margin)


def _near_no_data(network: PixelNetwork, read: ReadProbability, pixel: int, margin: int) -> bool:
    row, col = divmod(pixel, network.width)
    top, left = max(0, row - margin), max(0, col - margin)
    height = min(network.height, row + margin + 1) - top
    width = min(network.width, col + margin + 1) - left
    return bool((read(top, left, height, width) == NO_DATA).any())


def _remove(network: PixelNetwork, removed: NDArray[np.bool_]) -> PixelNetwork:
    """Remove links and nodes without links, and merge links at nodes left with two ends."""
    kept = ~removed
    size = np.diff(network.link_offset)
    of_kept = np.repeat(kept, size)
    link_node = network.link_node[kept]
    ends = np.bincount(link_node.ravel(), minlength=network.node_pixel.size).astype(np.int32)
    stays = (ends != 2) & ((ends > 0) | (network.node_degree == 0))
    key = np.where(ends[link_node] == 2, link_node, -1)
    return assemble(
        network.width,
        network.height,
        size=size[kept],
        pixel=network.link_pixel[of_kept],
        half=network.link_half_width[of_kept],
        partner=partners(key.ravel()),
        overlap=1,
        node=network.node_pixel[stays],
        degree=ends[stays],
        area_run=network.area_run,
    )
