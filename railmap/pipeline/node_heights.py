"""Heights of the nodes that several tracks share: the track fitted first gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.geometry.vertical.profile import Profile
from railmap.mapping.referencing.link_arrays import LinkArrays

__all__ = ["ChainNode", "NodeHeight", "known_heights", "nodes_along"]

Floats = NDArray[np.float64]

_COMMON = 10.0  # length over which the legs of a switch lie on common sleepers, metres
_ONE_DIRECTION = 0.95  # cosine of the angle of two tracks on common sleepers


@dataclass(frozen=True, slots=True)
class ChainNode:
    """A node of a chain of links.

    Parameters
    ----------
    station
        Metres along the chain.
    node
        The node.
    heading
        ``(2,)`` unit vector x/y of the chain there.
    """

    station: float
    node: int
    heading: Floats


@dataclass(frozen=True, slots=True)
class NodeHeight:
    """Height of a node, and of the track that gives it on both sides.

    Parameters
    ----------
    height
        Metres.
    behind, ahead
        Height of that track 10 m before and after the node, metres.
    heading
        ``(2,)`` unit vector x/y of that track.
    """

    height: float
    behind: float
    ahead: float
    heading: Floats

    @classmethod
    def of(cls, profile: Profile, end: ChainNode) -> NodeHeight:
        """Heights where a track with a profile passes."""
        behind, here, ahead = profile.heights(end.station + _COMMON * np.array([-1.0, 0.0, 1.0]))
        return cls(float(here), float(behind), float(ahead), end.heading)


def nodes_along(
    chain: Sequence[tuple[int, bool]], track: LinkArrays, away: Floats
) -> list[ChainNode]:
    """Nodes of a chain in order.

    Parameters
    ----------
    chain
        ``(link, reversed)``, head to tail.
    track
        The links.
    away
        `LinkArrays.outward` of them.
    """
    out = []
    station = 0.0
    for link, reverse in chain:
        end = 1 if reverse else 0
        out.append(ChainNode(station, int(track.nodes[link, end]), away[link, end]))
        station += float(track.length[link])
    link, reverse = chain[-1]
    end = 0 if reverse else 1
    out.append(ChainNode(station, int(track.nodes[link, end]), -away[link, end]))
    return out


def known_heights(
    ends: Sequence[ChainNode], nodes: Mapping[int, NodeHeight]
) -> tuple[Floats, Floats]:
    """Stations and heights along a chain that tracks fitted before give.

    At a switch where the chain begins or ends, its first metres are on the sleepers of the track
    that it leaves, so they have its heights.

    Parameters
    ----------
    ends
        The nodes of the chain, see `nodes_along`.
    nodes
        Heights of nodes that are known.
    """
    pins = [(end.station, nodes[end.node].height) for end in ends if end.node in nodes]
    total = ends[-1].station
    for end, sign in ((ends[0], 1.0), (ends[-1], -1.0)):
        known = nodes.get(end.node)
        if known is None or total < 3 * _COMMON:
            continue
        along = float(known.heading @ end.heading)
        if abs(along) > _ONE_DIRECTION:
            height = known.ahead if sign * along > 0 else known.behind
            pins.append((end.station + sign * _COMMON, height))
    pins.sort()
    found = np.array(pins, np.float64).reshape(-1, 2)
    return found[:, 0], found[:, 1]
