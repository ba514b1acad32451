"""Lead a track onto its rails: the path of least bends that has a rail on both sides.

The middle of the band that the probability shows is off the track by 0.1 to 0.2 m. Where two tracks
are closer to each other than about 2 m, it shows one wide band, and the line lies between the
tracks or changes from one to the other.
"""

from __future__ import annotations

import numba
import numpy as np
from scipy.ndimage import find_objects, label, uniform_filter1d

from railmap.geometry.curves import Array, arc_length, left_normals, resample, smooth
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.geometry.turnouts.rail_strip import STEP, RailImage, RailStrip, pair_strength
from railmap.geometry.turnouts.through import pieces_of, track_through

__all__ = ["follow_rails", "least_bends"]

_REACH = 2.0  # farthest that a line may be from its rails, metres
_SLOPES = np.arange(-10, 11) * 0.016  # slopes of the rails against the line
_BEND = 1.2  # cost of a bend from one slope to the next, in units of the noise
_AWAY = 0.15  # cost of a metre between line and rails, in units of the noise
_STRONG = 5.0  # strength of a rail from which more of it counts little, in units of the noise
_BEYOND = 0.1  # how much of the rest counts: the middle of a strong rail is stronger than its sides
_VISIBLE = 1.0  # least strength of the weaker rail that moves a line, in units of the noise
_OFF, _LEAST_OFF = 0.35, 5.0  # a line farther than this from its rails, over this length, is lost
_ON = 0.1  # a line nearer to its rails than this is on them, metres
_TRUSTED = 1.2  # least median strength of the rails that it is led back to
_GAIN = 0.7  # and how much more it is than on the line itself
_SEEN = 0.3  # least probability where a whole line is led to: platforms' edges are a gauge apart
_OWN = 0.2  # rails this near to the line are its own, metres
_MEAN = 10.0  # length of the mean of a strength, metres
_EASE = 12.0  # wavelength of the path along the track, metres
_TAPER = 12.0  # length over which the move fades out at a node, metres
_SHORTEST = 30.0  # shortest edge that is moved, metres


def follow_rails(
    graph: WorkGraph,
    number: int,
    rails: RailImage,
    field: ProbabilityField,
    gauge: float,
    fitted: bool,
) -> bool:
    """Move an edge onto its rails.

    Parameters
    ----------
    graph
        The network; the edge is changed in place. Nodes of other edges too stay where they are.
    number
        The edge.
    rails
        The image.
    field
        The probability: it must show track where a lost line is led to.
    gauge
        Track gauge, metres.
    fitted
        Whether the edge was fitted to its rails before; then only parts that lost them are moved.

    Returns
    -------
    bool
        Whether the edge was moved.
    """
    chain, first, last = track_through(graph, number)
    if last - first < _SHORTEST:
        return False
    parts = [
        _offsets(rails.read(xy), field, gauge, fitted, start, low, high)
        for xy, start, low, high in pieces_of(chain, first, last)
    ]
    station, offset = (np.concatenate(both) for both in zip(*parts, strict=True))
    if not offset.any():
        return False
    offset = smooth(offset[:, None], np.ones(len(offset)), STEP, _EASE)[:, 0]
    edge = graph.edges[number]
    line = resample(edge.xy, 1.0)
    s = arc_length(line)
    by = np.interp(first + s, station, offset)
    ends = ((edge.start, 0, s), (edge.end, -1, s[-1] - s))
    for node, _, away in ends:
        if graph.degree(node) != 1:
            by *= np.clip(away / _TAPER, 0.0, 1.0)
    moved = line + by[:, None] * left_normals(line)
    for node, at, _ in ends:
        if graph.degree(node) == 1:
            graph.nodes[node].xy = moved[at].copy()
    graph.set_points(number, moved)
    return True


def _offsets(
    strip: RailStrip | None,
    field: ProbabilityField,
    gauge: float,
    fitted: bool,
    start: float,
    low: float,
    high: float,
) -> tuple[Array, Array]:
    """Stations of a track from `low` to `high`, and how far to the left its rails are there."""
    if strip is None:
        rows: Array = np.arange(low, high, STEP, dtype=np.float64)
        return start + rows, np.zeros(len(rows))
    offset, strength, own = max(
        (least_bends(pair_strength(strip, sign, gauge, _REACH), strip.du) for sign in (1, -1)),
        key=lambda one: float(one[1].mean()),
    )
    led = field.values(strip.points + offset[:, None] * left_normals(strip.points))
    station: Array = np.arange(len(offset), dtype=np.float64) * STEP
    inside = (station >= low) & (station <= high)
    station, offset, strength, own, led = (v[inside] for v in (station, offset, strength, own, led))
    keep = np.full(len(offset), not fitted) & (strength >= _VISIBLE)
    away = np.abs(offset)
    zones, _ = label(away > _ON)
    for (at,) in find_objects(zones):
        lost = away[at] > _OFF
        if not lost.any():
            continue
        if (
            lost.sum() * STEP >= _LEAST_OFF
            and np.median(strength[at][lost]) >= _TRUSTED
            and np.median((strength - own)[at][lost]) >= _GAIN
            and (at.start > 0 or at.stop < len(away) or np.median(led[at][lost]) >= _SEEN)
        ):
            keep[at] = True
        else:
            keep[at] &= ~lost
    offset[~keep] = 0.0
    return start + station, offset


def least_bends(pair: Array, du: float) -> tuple[Array, Array, Array]:
    """Find the pair of rails of least bends along a strip.

    Parameters
    ----------
    pair
        ``(n, k)`` strength of the weaker rail for shifts from right to left: `pair_strength`.
    du
        Spacing of the columns, metres.

    Returns
    -------
    offset, strength, own : ndarray
        ``(n,)`` distance of the rails to the left of the line, metres; their mean strength, and
        that on the line itself, in units of the noise.
    """
    pair = np.maximum(pair, -1.0)
    pair = np.where(pair > _STRONG, _STRONG + _BEYOND * (pair - _STRONG), pair)
    middle, own, mean = pair.shape[1] // 2, round(_OWN / du), round(_MEAN / STEP) | 1
    away = _AWAY * du * np.abs(np.arange(pair.shape[1]) - middle)
    path = _path(pair - away, _SLOPES * STEP / du, _BEND)
    strength, here = (
        uniform_filter1d(values, mean, mode="nearest")
        for values in (
            pair[np.arange(len(pair)), path],
            pair[:, middle - own : middle + own + 1].max(axis=1),
        )
    )
    return (path - middle) * du, strength, here


@numba.njit(cache=True, nogil=True)
def _path(score: Array, slopes: Array, bend: float) -> np.ndarray:
    """Columns ``(n,)`` of the highest score less the cost of the bends (Viterbi).

    A state is a column and a slope (columns a row); a bend changes the slope to the next one. A
    path of constant slope moves by whole columns as the straight line of that slope does.
    """
    n, m = score.shape
    k = len(slopes)
    steps = np.empty((n, k), np.int64)
    for i in range(n):
        for s in range(k):
            steps[i, s] = int(np.rint(slopes[s] * i) - np.rint(slopes[s] * (i - 1)))
    total = np.empty((m, k))
    for c in range(m):
        total[c] = score[0, c]
    bends = np.zeros((n, m, k), np.int8)
    new = np.empty((m, k))
    for i in range(1, n):
        for s in range(k):
            for c in range(m):
                before, best, at = c - steps[i, s], -np.inf, 0
                if 0 <= before < m:
                    for d in (0, -1, 1):
                        if 0 <= s + d < k:
                            value = total[before, s + d] - (bend if d != 0 else 0.0)
                            if value > best:
                                best, at = value, d
                new[c, s] = best + score[i, c]
                bends[i, c, s] = at
        total, new = new, total
    state = int(np.argmax(total))
    c, s = state // k, state % k
    path = np.empty(n, np.int64)
    for i in range(n - 1, -1, -1):
        path[i] = c
        c, s = c - steps[i, s], s + bends[i, c, s]
    return path
