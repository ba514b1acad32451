"""Issues for track ends that seem to go on: what they would meet, for a person to decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import shapely
    from numpy.typing import NDArray

    from railmap.geometry import TrackNetwork
    from railmap.mapping import QaIssue

    Array = NDArray[np.float64]

__all__ = ["loose_end_issues"]

_HEADING = 15.0  # length of track from which its direction is computed, metres
_AHEAD = 60.0  # largest distance to another end in line
_ASIDE, _TURN = 1.5, 6.0  # two ends are in line within this offset (m) and angle (degrees)
_MEETING = 40.0  # largest distance to a track that an end leads to, metres
_NUMBERS = (4.0, 25.0)  # crossing numbers of turnouts


def loose_end_issues(network: TrackNetwork) -> list[QaIssue]:
    """Return an issue for every track end inside the data that has a candidate to go on to.

    Candidates are another end in line with it, where the track between is not seen, and a track
    that it meets at the angle of a turnout. Nothing is joined: the image does not show it.

    Parameters
    ----------
    network
        Network in a CRS in metres.

    Returns
    -------
    list of QaIssue
        Rule ``loose_end``; the geometry leads from the end to the candidate.

    Examples
    --------
    >>> from railmap.geometry import TrackNetwork
    >>> loose_end_issues(TrackNetwork([], [], [], []))
    []
    """
    import numpy as np
    import shapely

    from railmap.mapping import QaIssue

    ends = list(_ends(network))
    facing = _facing(ends)
    tree = shapely.STRtree([shapely.linestrings(link.xy) for link in network.links])
    issues = []
    for index, (link, at, ahead) in enumerate(ends):
        other = facing.get(index)
        if other is not None:
            if facing.get(other) == index and other < index:
                continue  # the same two ends
            goal = ends[other][1]
            what = "another end in line with it; the track between is not seen"
        else:
            met = _met(at, ahead, link, network, tree)
            if met is None:
                continue
            goal, number = met
            what = f"a track that it would meet at 1:{number:.0f}; a turnout may be hidden there"
        distance = float(np.hypot(*(goal - at)))
        issues.append(
            QaIssue(
                rule="loose_end",
                severity="info",
                message=f"track ends {distance:.0f} m before {what}",
                geometry=shapely.linestrings([at, goal]),
            )
        )
    return issues


def _ends(network: TrackNetwork) -> Iterator[tuple[int, Array, Array]]:
    """Link, place and direction of every end that is inside the data and no buffer stop."""
    import numpy as np

    from railmap.geometry.curves import length_of, point_at

    for index, link in enumerate(network.links):
        for node, xy in ((link.start_node, link.xy), (link.end_node, link.xy[::-1])):
            found = network.nodes[node]
            if found.degree != 1 or found.at_dataset_edge or found.railway is not None:
                continue
            way = xy[0] - point_at(xy, min(_HEADING, length_of(xy)))
            yield index, xy[0], way / max(float(np.hypot(*way)), 1e-9)


def _facing(ends: list[tuple[int, Array, Array]]) -> dict[int, int]:
    """For each end the nearest one that faces it, if there is one."""
    import numpy as np
    from scipy.spatial import cKDTree

    found: dict[int, int] = {}
    if not ends:
        return found
    places, ways = (np.stack([one[i] for one in ends]) for i in (1, 2))
    for index, near in enumerate(cKDTree(places).query_ball_point(places, _AHEAD)):
        others = np.array(sorted(near))
        to = places[others] - places[index]
        ahead = ways[index]
        distance = to @ ahead
        aside = np.abs(ahead[0] * to[:, 1] - ahead[1] * to[:, 0])
        opposite = -(ways[others] @ ahead) >= np.cos(np.radians(_TURN))
        good = (distance > 0) & (aside <= _ASIDE) & opposite
        if good.any():
            found[index] = int(others[good][distance[good].argmin()])
    return found


def _met(
    at: Array, ahead: Array, own: int, network: TrackNetwork, tree: shapely.STRtree
) -> tuple[Array, float] | None:
    """Return where a straight way on meets a track as a turnout does, and the crossing number."""
    import numpy as np
    import shapely

    from railmap.geometry.curves import point_at, project

    ray = shapely.linestrings([at, at + _MEETING * ahead])
    hits = []
    for index in tree.query(ray, "intersects"):
        if index == own:
            continue
        xy = network.links[index].xy
        for place in shapely.get_coordinates(shapely.intersection(ray, shapely.linestrings(xy))):
            hits.append((float((place - at) @ ahead), int(index), place))
    if not hits:
        return None
    _, index, place = min(hits, key=lambda hit: hit[:2])
    xy = network.links[index].xy
    station = float(project(place[None], xy)[0, 0])
    before, past = point_at(xy, np.array([max(station - 3.0, 0.0), station + 3.0]))
    along = (past - before) / max(float(np.hypot(*(past - before))), 1e-9)
    slope = abs(float(ahead[0] * along[1] - ahead[1] * along[0]))
    number = abs(float(ahead @ along)) / max(slope, 1e-9)
    return (place, number) if _NUMBERS[0] <= number <= _NUMBERS[1] else None
