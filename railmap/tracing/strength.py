"""Hysteresis: faint links stay where they hang together with sure ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from railmap.tracing.ridges import ReadProbability
from railmap.tracing.types import PixelNetwork

__all__ = ["keep_strong"]

_BLOCK = 1024
_STRONG, _NODATA = 127, 255


def _on_strong(network: PixelNetwork, read: ReadProbability) -> NDArray[np.bool_]:
    """For every link pixel, whether `read` is at least 127 there; each block is read once."""
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
        found[members] = (values >= _STRONG) & (values != _NODATA)
    return found


def keep_strong(network: PixelNetwork, read: ReadProbability, least: float) -> PixelNetwork:
    """Keep the connected parts of a network that are sure over at least `least` pixels.

    Parameters
    ----------
    network
        Traced with low demands.
    read
        Ridges with high demands, as `ridge_reader` gives them.
    least
        Pixels of link on such a ridge that a connected part must have.

    Returns
    -------
    PixelNetwork
        Whole parts are kept or dropped, so order and degrees stay as they were.
    """
    nodes, links = len(network.node_pixel), len(network.link_node)
    if links == 0:
        return network
    ends = network.link_node
    graph = coo_array((np.ones(links), (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    _, part = connected_components(graph, directed=False)
    gone = np.r_[0, np.cumsum(_on_strong(network, read))]
    sure = gone[network.link_offset[1:]] - gone[network.link_offset[:-1]]
    total = np.bincount(part[ends[:, 0]], weights=sure, minlength=nodes)
    keep_node = total[part] >= least
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
