"""Where a new track joins the tracks of a map: toes of switches, ends that meet, crossings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from railmap.geometry.constants import GAUGE, POINT_SPACING, SLEEPER_LENGTH
from railmap.geometry.curves import Array, arc_length, length_of, point_at, project, resample
from railmap.geometry.evidence.band import Scale
from railmap.geometry.junctions.toes import draw_leg
from railmap.geometry.junctions.turnout import fit_turnout
from railmap.geometry.output import simplify

__all__ = ["Crossing", "Join", "NewPiece", "join_to_tracks"]

_SAME = 0.3  # a line nearer to a track than this runs along it, metres
_CROSSED = 15.0  # longest part of a line near a track that it crosses, metres
_JOIN = 1.0  # an end nearer to a track than this joins it, metres
_FREE_END = 2.5  # the same, to a track's end that joins nothing
_SHORTEST = 3.0  # shortest piece, metres
_BEFORE = 25.0  # metres before the line leaves a track that show where the toe is
_BEND = 20.0  # an end is moved to its place over this multiple of the distance
_CORRELATED = 6.0  # length over which errors of the line are correlated, metres
_MAX_MISFIT = 0.12  # of a turnout, metres
_STEEPEST, _SEPARATE = 0.3, 3.2  # largest slope of a turnout, up to this separation in metres
_JUST_BEFORE = 3.0  # metres before the line leaves a track in which it meets that
_TOLERANCE = 0.02  # largest distance of the drawn line from the curve, metres


@dataclass(frozen=True, slots=True)
class Join:
    """Place on a track of the map.

    Parameters
    ----------
    line
        Index of the track.
    station
        Metres from its start.
    """

    line: int
    station: float


@dataclass(frozen=True, slots=True)
class Crossing:
    """Place where a new piece crosses a track.

    Parameters
    ----------
    at
        The place on the track.
    station
        Metres from the start of the piece.
    """

    at: Join
    station: float


@dataclass(frozen=True, slots=True)
class NewPiece:
    """Part of a new line where the map has no track.

    Parameters
    ----------
    xy
        ``(n, 2)`` metres.
    start, end
        Where it joins a track of the map; None for a free end.
    crossings
        Where it crosses tracks, ascending.
    """

    xy: Array
    start: Join | None
    end: Join | None
    crossings: tuple[Crossing, ...] = ()


def join_to_tracks(
    xy: Array, lines: Sequence[Array], free: Sequence[tuple[int, int]] = ()
) -> list[NewPiece]:
    """Cut a new line to what the map lacks, and join it to the tracks that are there.

    Parts that run along a track within 0.3 m are left out. Where the line leaves a track, it is
    drawn from the toe of the turnout that fits it best. An end within 1 m of a track, or 2.5 m of
    a free end, is moved there.

    Parameters
    ----------
    xy
        ``(n, 2)`` the new line, metres.
    lines
        ``(m, 2)`` the tracks, in the same CRS, metres.
    free
        Ends of tracks at which no other begins: index, and 0 for the start or 1 for the end.

    Returns
    -------
    list of NewPiece
        Empty if the tracks are all there.

    Examples
    --------
    >>> new = np.array([[0.0, 0.3], [50.0, 0.0]])
    >>> (piece,) = join_to_tracks(new, [np.array([[50.0, -40.0], [50.0, 40.0]])])
    >>> piece.start, piece.end
    (None, Join(line=0, station=40.0))
    """
    line = resample(xy, POINT_SPACING)
    if not lines:
        return [NewPiece(simplify(line, _TOLERANCE), None, None)]
    tree = shapely.STRtree([shapely.linestrings(one) for one in lines])
    nearest, distance = tree.query_nearest(
        shapely.points(line), all_matches=False, return_distance=True
    )
    owner = np.empty(len(line), np.int64)
    away = np.empty(len(line))
    owner[nearest[0]], away[nearest[0]] = nearest[1], distance
    along = away <= _SAME
    for low, high in _runs(along):
        if low > 0 and high < len(line) and _crosses(line, lines, owner, low, high):
            along[low:high] = False
    station = arc_length(line)
    pieces = []
    for low, high in _runs(~along):
        if station[high - 1] - station[low] < _SHORTEST:
            continue
        piece, start = _begin(line, lines, owner, low, high, free)
        back, end = _begin(
            np.concatenate([piece, line[high:]])[::-1],
            lines,
            np.concatenate([np.full(len(piece), owner[high - 1]), owner[high:]])[::-1],
            len(line) - high,
            len(line) - high + len(piece),
            free,
        )
        drawn = simplify(back[::-1], _TOLERANCE)
        pieces.append(_with_crossings(NewPiece(drawn, start, end), lines, tree))
    return pieces


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _crosses(line: Array, lines: Sequence[Array], owner: np.ndarray, low: int, high: int) -> bool:
    """Whether a line that comes near a track leaves it on the other side."""
    if length_of(line[low:high]) > _CROSSED or owner[low - 1] != owner[high]:
        return False
    sides = project(line[[low - 1, high]], lines[owner[high]])[:, 1]
    return bool(sides[0] * sides[1] < 0)


def _begin(
    line: Array,
    lines: Sequence[Array],
    owner: np.ndarray,
    low: int,
    high: int,
    free: Sequence[tuple[int, int]],
) -> tuple[Array, Join | None]:
    """Draw the piece of a line from `low` to `high` from its join at `low`; also that."""
    piece = line[low:high]
    if low == 0:
        join = _end_join(piece[0], lines, int(owner[0]), free)
        return (piece, None) if join is None else (_moved(piece, _place(join, lines)), join)
    number = int(owner[low])
    main = lines[number]
    toe = _toe(main, line, low, high)
    at_end = _end_join(piece[0], lines, number, free)
    if toe is None and at_end is not None and at_end.station in (0.0, length_of(main)):
        return _moved(piece, _place(at_end, lines)), at_end
    if toe is None:
        # the nearest point shortly before: a steep line is at the track only there
        first = max(low - round(_JUST_BEFORE / POINT_SPACING), 0)
        places = project(line[first : low + 1], main)
        nearest = int(np.argmin(np.abs(places[:, 1])))
        join = Join(number, float(places[nearest, 0]))
        return _moved(line[first + nearest : high], _place(join, lines)), join
    return toe[0], Join(number, toe[1])


def _toe(main: Array, line: Array, low: int, high: int) -> tuple[Array, float] | None:
    """Draw a leg from the toe of its turnout; also the station of that on the main track."""
    total = length_of(main)
    ahead = project(line[[low, min(low + 20, high - 1)]], main)
    turned = bool(ahead[1, 0] < ahead[0, 0])
    track = main[::-1] if turned else main
    first = max(low - round(_BEFORE / POINT_SPACING), 0)
    leg = line[first:high]
    x, s = project(leg, track).T
    stop = np.flatnonzero((np.diff(x) <= 0) | (x[1:] >= total - 1e-6))
    stop = stop[stop >= low - first]
    count = int(stop[0]) if len(stop) else len(x)
    used = np.flatnonzero((x[:count] > 1e-6) & (np.diff(x[:count], prepend=-1.0) > 0))
    if len(used) < 10 or abs(s[used[-1]]) < 2 * _SAME:
        return None
    near = used[np.abs(s[used]) < _SEPARATE]
    if np.ptp(s[near]) > _STEEPEST * np.ptp(x[near]):
        return None
    side = 1.0 if s[used[-1]] > 0 else -1.0
    fit = fit_turnout(x[used], side * s[used], np.ones(len(used)), GAUGE, _CORRELATED)
    left_at = float(x[low - first])
    if fit is None or fit.rmse > _MAX_MISFIT:
        return None
    if not left_at - _BEFORE < fit.toe < left_at + 1.0 or not 0.0 < fit.toe < total:
        return None
    scale = Scale.from_width(0.1, SLEEPER_LENGTH)
    drawn = draw_leg(track, line[low:high], fit.toe, side, fit, scale)
    return drawn, total - fit.toe if turned else fit.toe


def _end_join(
    at: Array, lines: Sequence[Array], near: int, free: Sequence[tuple[int, int]]
) -> Join | None:
    ends = [(float(np.hypot(*(lines[n][-e] - at))), n, e) for n, e in free]
    distance, number, end = min(ends, default=(np.inf, 0, 0))
    if distance <= _FREE_END:
        return Join(number, length_of(lines[number]) if end else 0.0)
    station = float(project(at[None], lines[near])[0, 0])
    place = point_at(lines[near], station)
    return Join(near, station) if np.hypot(*(place - at)) <= _JOIN else None


def _place(join: Join, lines: Sequence[Array]) -> Array:
    return point_at(lines[join.line], join.station)


def _moved(piece: Array, place: Array) -> Array:
    """Move the start of a line to a place."""
    by = place - piece[0]
    s = arc_length(piece)
    reach = min(max(_BEND * float(np.hypot(*by)), 1e-9), float(s[-1]))
    moved = piece + by * np.clip(1.0 - s / reach, 0.0, 1.0)[:, None]
    moved[0] = place
    return np.asarray(moved)


def _with_crossings(piece: NewPiece, lines: Sequence[Array], tree: shapely.STRtree) -> NewPiece:
    shape = shapely.linestrings(piece.xy)
    total = length_of(piece.xy)
    found = []
    for number in sorted(tree.query(shape, predicate="intersects").tolist()):
        for part in shapely.get_parts(shape.intersection(shapely.linestrings(lines[number]))):
            point = shapely.get_coordinates(part)[:1]
            station = float(project(point, piece.xy)[0, 0])
            at = float(project(point, lines[number])[0, 0])
            joined = (piece.start, station), (piece.end, total - station)
            if any(j is not None and j.line == number and away < _JOIN for j, away in joined):
                continue
            if _JOIN <= station <= total - _JOIN:
                found.append(Crossing(Join(number, at), station))
    found.sort(key=lambda one: one.station)
    return replace(piece, crossings=tuple(found))
