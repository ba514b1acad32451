"""End legs unconnected that no turnout explains and whose rails the image does not show."""

from __future__ import annotations

import numpy as np

from railmap.geometry.curves import Array, cut, length_of, point_at, project
from railmap.geometry.turnouts.network import RailNetwork
from railmap.geometry.turnouts.rail_strip import RailImage, centre_on_rails

__all__ = ["unjoin_legs"]

_SHARPEST = 4.0  # turnouts with a smaller crossing number are on trams alone
_LOOK = 30.0  # length of track whose rails are looked for, metres
_UNSEEN = 0.7  # largest strength of a leg without visible rails, in units of the noise
_FUSED = 1.3  # a leg ends at this distance from its main track, metres
_HEADING = 10.0  # length of track from which a heading is computed, metres


def unjoin_legs(network: RailNetwork, rails: RailImage, gauge: float) -> None:
    """End a leg before its switch, where its angle is no turnout's and no rails lead there.

    Such legs are mostly wagons or shadows next to a track. Only for images that show the rails of
    most tracks.

    Parameters
    ----------
    network
        The network; changed in place. Its `placed` switches stay.
    rails
        The image.
    gauge
        Track gauge, metres.
    """
    graph = network.graph
    for node in sorted(graph.nodes):
        switch = graph.nodes.get(node)
        if switch is None or switch.railway != "switch" or node in network.placed:
            continue
        if switch.crossing_number is not None and switch.crossing_number >= _SHARPEST:
            continue
        ends = graph.incident(node)
        if len({number for number, _ in ends}) != 3:
            continue
        tracks = [graph.points_from(*end) for end in ends]
        k = _diverging(tracks)
        behind, ahead = (_start(xy) for j, xy in enumerate(tracks) if j != k)
        main = np.concatenate([behind[:0:-1], ahead])
        free = np.flatnonzero(np.abs(project(tracks[k], main)[:, 1]) >= _FUSED)
        if not len(free) or not 0 < free[0] < len(tracks[k]) - 1:
            continue
        left = tracks[k][free[0] :]
        strip = rails.read(_start(left))
        if strip is not None and centre_on_rails(strip, gauge)[1] <= _UNSEEN:
            network.attach(*ends[k], graph.add_node(left[0]), left)


def _diverging(tracks: list[Array]) -> int:
    """Which of three tracks from a node is the leg: without it the others are straightest."""
    ahead = [point_at(xy, _HEADING) - xy[0] for xy in tracks]
    ahead = [v / max(float(np.hypot(*v)), 1e-9) for v in ahead]
    cosines = [float(ahead[(k + 1) % 3] @ ahead[(k + 2) % 3]) for k in range(3)]
    return int(np.argmin(cosines))


def _start(xy: Array) -> Array:
    return cut(xy, 0.0, min(_LOOK, length_of(xy)))
