"""Hysteresis: keep faint links that are connected to sure ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from railmap.tracing.types import NO_DATA, PixelNetwork, ReadProbability

__all__ = ["keep_connected_to_sure"]

_BLOCK = 1024  # side of the windows that are read, px
_RIDGE = 127  # `ridge_reader` marks ridges with this value and more


def _on_ridge(network: PixelNetwork, read: ReadProbability) -> NDArray[np.bool_]:
    """Whether each link pixel is on a ridge; each block is read once."""
    row, col = np.divmod(network.link_pixel, network.width)
    blocks = -(-network.width // _BLOCK)
    block = row // _BLOCK * blocks + col // _BLOCK
    order = np.argsort(block, kind="stable")
    starts = np.flatnonzero(np.diff(block[order], prepend=-1))
    found = np.zeros(len(row), np.bool_)
    for start, stop in zip(starts, [*starts[1:], len(order)], strict=True):
        members = order[start:stop]
        top = int(row[members[0]]) // _BLOCK * _BLOCK
        left = int(col[members[0]]) // _BLOCK * _BLOCK
        height = min(_BLOCK, network.height - top)
        width = min(_BLOCK, network.width - left)
        values = read(top, left, height, width)[row[members] - top, col[members] - left]
        found[members] = (values >= _RIDGE) & (values != NO_DATA)
    return found


def keep_connected_to_sure(
    network: PixelNetwork, read: ReadProbability, least: float
) -> PixelNetwork:
    """Keep the connected components of a network that are on sure ridges for some length.

    Parameters
    ----------
    network
        Traced from ridges of low threshold and contrast.
    read
        `ridge_reader` with high threshold and contrast.
    least
        Number of link pixels on such ridges that a component needs.

    Returns
    -------
    PixelNetwork
        Components are kept or removed as a whole, so order and degrees are unchanged.
    """
    nodes, links = len(network.node_pixel), len(network.link_node)
    if links == 0:
        return network
    ends = network.link_node
    graph = coo_array((np.ones(links), (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    _, component = connected_components(graph, directed=False)
    count = np.r_[0, np.cumsum(_on_ridge(network, read))]
    sure = count[network.link_offset[1:]] - count[network.link_offset[:-1]]
    total = np.bincount(component[ends[:, 0]], weights=sure, minlength=nodes)
    keep_node = total[component] >= least
    keep_link = keep_node[ends[:, 0]]
    pixels = np.repeat(keep_link, np.diff(network.link_offset))
    index = np.cumsum(keep_node) - 1
    return PixelNetwork(
        width=network.width,
        height=network.height,
        node_pixel=network.node_pixel[keep_node],
        node_degree=network.node_degree[keep_node],
        link_node=index[ends[keep_link]].astype(np.int64),
        link_offset=np.r_[0, np.cumsum(np.diff(network.link_offset)[keep_link])].astype(np.int64),
        link_pixel=network.link_pixel[pixels],
        link_half_width=network.link_half_width[pixels],
        area_run=network.area_run,
    )
