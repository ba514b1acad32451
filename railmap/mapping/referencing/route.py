"""The way of a train from one place of a map to another: links, switches and reversals."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from railmap.errors import InputError, Option, UsageError
from railmap.mapping.referencing.legs import REACH_M, End, angle, chord, left_to_right
from railmap.mapping.referencing.link_arrays import Floats, LinkArrays, Moves, read_moves
from railmap.mapping.referencing.routing import Run, shortest_runs
from railmap.mapping.referencing.split_links import split_links
from railmap.mapping.referencing.stops import Stop, StopFinder
from railmap.mapping.referencing.train_room import room_ahead, run_out
from railmap.mapping.referencing.unreachable import no_route
from railmap.mapping.store.reader import Map, read_map

__all__ = ["Passage", "Reversal", "Route", "SwitchSetting", "find_train_route"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A link, or a part of it, on a route.

    Parameters
    ----------
    link_id
        The link.
    m_from, m_to
        Metres along the link at which the train enters and leaves; falling where it runs against
        the direction of the link's M.
    """

    link_id: str
    m_from: float
    m_to: float

    @property
    def length_m(self) -> float:
        """Length in metres."""
        return abs(self.m_to - self.m_from)


@dataclass(frozen=True, slots=True)
class SwitchSetting:
    """How a switch, or a crossing with slips, is set for a route.

    Parameters
    ----------
    node_id, x, y
        The node, and its place in the map's CRS.
    railway
        ``switch``, ``railway_crossing`` or None, as in the map.
    leg
        ``left``, ``right`` or ``middle``: the leg that the train takes, seen from the toe.
    position
        ``through`` or ``branch``; at a crossing, ``branch`` is the slip. None if the map does not
        say to which side the switch diverges.
    facing
        The train comes from the toe; else it comes from the leg.
    link_id
        The link of that leg.
    route_m
        Metres along the route.
    """

    node_id: str
    x: float
    y: float
    railway: str | None
    leg: str
    position: str | None
    facing: bool
    link_id: str
    route_m: float


@dataclass(frozen=True, slots=True)
class Reversal:
    """Where a train changes its direction.

    Parameters
    ----------
    x, y
        Place in the map's CRS where it stands then.
    node_id
        The node that it has cleared.
    link_id, link_m
        The link on which its front stands, and metres along it.
    route_m
        Metres along the route.
    switches_before
        Number of the route's switches that it has passed.
    """

    x: float
    y: float
    node_id: str
    link_id: str
    link_m: float
    route_m: float
    switches_before: int


@dataclass(frozen=True, slots=True)
class Route:
    """The way of a train from one place to another.

    Parameters
    ----------
    start, end
        Where it begins and ends.
    length_m
        Metres that the train runs, out and back at reversals.
    links
        In order of travel.
    switches
        Switches and slips in order of travel; one that is passed twice is here twice.
    reversals
        In order of travel.
    xym
        ``(n, 3)`` x, y in the map's CRS, metres along the route.
    content
        The map.
    train_length_m
        Length of the train.
    """

    start: Stop
    end: Stop
    length_m: float
    links: tuple[Passage, ...]
    switches: tuple[SwitchSetting, ...]
    reversals: tuple[Reversal, ...]
    xym: NDArray[np.float64] = field(repr=False)
    content: Map = field(repr=False)
    train_length_m: float = 0.0

    def summary(self) -> str:
        """Return one line for a person."""
        parts = [f"{self.length_m:.1f} m", _counted(len(self.links), "link")]
        parts += [_counted(len(self.switches), "switch", "switches")]
        parts += [_counted(len(self.reversals), "reversal")]
        return f"{self.start.title} to {self.end.title}: {', '.join(parts)}"

    def events(self) -> list[SwitchSetting | Reversal]:
        """Return switches and reversals in order of travel."""
        found: list[SwitchSetting | Reversal] = list(self.switches)
        for turn in self.reversals[::-1]:
            found.insert(turn.switches_before, turn)
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return the route as JSON-serializable values."""
        return {
            "start": asdict(self.start),
            "end": asdict(self.end),
            "length_m": self.length_m,
            "reversals": len(self.reversals),
            "train_length_m": self.train_length_m,
            "links": [asdict(one) | {"length_m": one.length_m} for one in self.links],
            "switches": [asdict(one) for one in self.switches],
            "reversed_at": [asdict(one) for one in self.reversals],
        }


def find_train_route(
    path: str | os.PathLike[str],
    start: str,
    end: str,
    *,
    crs: Any = None,
    max_distance_m: float = 50.0,
    no_reversal: bool = False,
    train_length_m: float = 0.0,
) -> Route:
    """Return the route with the fewest reversals, and of these the shortest.

    A train passes a switch between toe and leg, a crossing straight on or over a slip of the map,
    and it goes on at other nodes (`read_moves`). It may reverse where its whole length has cleared
    a node; it runs out and back for that.

    Parameters
    ----------
    path
        The map.
    start, end
        A ``node_id`` or the start of one, ``x,y``, or a chainage such as ``6185 km 12.430``.
    crs
        CRS of ``x,y``; None for the map's.
    max_distance_m
        Maximum distance of ``x,y`` from a track, metres.
    no_reversal
        Permit no reversal.
    train_length_m
        Length of the train, metres; 0 for a point.

    Raises
    ------
    UsageError
        If an end is not in the map, or both are the same place.
    InputError
        If no train can go there.
    MapError
        If the file is not a railmap map.
    """
    if not (np.isfinite(train_length_m) and train_length_m >= 0.0):
        raise UsageError("the length of a train is 0 m or more: change ", Option("train_length_m"))
    content = read_map(path)
    known = LinkArrays.of(content)
    known_moves = read_moves(content, known)
    finder = StopFinder(content, known, known_moves)
    stops = [finder.find(text, crs=crs, max_distance_m=max_distance_m) for text in (start, end)]
    if len({(stop.node_id, stop.link_id, stop.link_m) for stop in stops}) == 1:
        raise UsageError(f"{start} and {end} are the same place on the track; give two places")
    link_of = {link_id: link for link, link_id in enumerate(known.ids)}
    places = [
        (link_of[stop.link_id], float(stop.link_m))
        for stop in stops
        if stop.link_id is not None and stop.link_m is not None
    ]
    track, moves, new, origin = split_links(known, known_moves, places)
    split = iter(new)
    ends = [
        next(split) if stop.node_id is None else known.node_ids.index(stop.node_id)
        for stop in stops
    ]
    report = _Report(content, known, known_moves, track, origin)
    room = room_ahead(track, moves, train_length_m)
    enough = room >= train_length_m - 1e-6
    runs = shortest_runs(track, moves, ends, room=None if no_reversal else enough)
    if runs is not None:
        steps = _steps(track, moves, runs, room, train_length_m)
        return report.route(stops, steps, train_length_m)
    runs = shortest_runs(track, moves, ends, room=enough) if no_reversal else None
    if runs is not None:
        steps = _steps(track, moves, runs, room, train_length_m)
        other = report.route(stops, steps, train_length_m)
        times = _counted(len(other.reversals), "reversal")
        raise InputError(
            f"no train can go from {stops[0].title} to {stops[1].title} without reversing; with"
            f" {times} it is {other.length_m:.1f} m: leave out ",
            Option("no_reversal"),
        )
    if shortest_runs(track, moves, ends, room=np.ones_like(enough)) is not None:
        raise InputError(
            f"no train of {train_length_m:g} m can go from {stops[0].title} to {stops[1].title}: it"
            " does not fit where it would have to reverse; a shorter one can: change ",
            Option("train_length_m"),
        )
    raise no_route(track, moves, stops, ends)


@dataclass(frozen=True, slots=True)
class _Step:
    """A link from the end `entered` to the end `left`; if these are equal, out and back.

    `cleared` is the node that the train has cleared when it turns back.
    """

    link: int
    entered: int
    left: int
    run_m: float
    cleared: int = -1


def _steps(
    track: LinkArrays, moves: Moves, runs: list[Run], room: Floats, train_length_m: float
) -> list[_Step]:
    """Return the links of a route, at reversals those out to where the train turns and back."""
    length = track.length
    steps: list[_Step] = []
    for run in runs:
        if not run.reverses:
            steps.append(_Step(run.link, run.entered, 1 - run.entered, float(length[run.link])))
            continue
        start = (run.link, run.entered)
        *out, (last, entered, rest) = run_out(track, moves, room, start, train_length_m)
        steps += [_Step(link, by, 1 - by, metres) for link, by, metres in out]
        steps.append(_Step(last, entered, entered, rest, int(track.nodes[start])))
        steps += [_Step(link, 1 - by, by, metres) for link, by, metres in out[::-1]]
    return steps


@dataclass(frozen=True, slots=True)
class _Report:
    """Describes a route in the words of the map.

    Parameters
    ----------
    content
        The map.
    known, known_moves
        Its links, and the movements between them.
    track, origin
        The links, split at the ends of the route; see `split_links`.
    """

    content: Map
    known: LinkArrays
    known_moves: Moves
    track: LinkArrays
    origin: list[tuple[int, float]]

    def route(self, stops: list[Stop], steps: list[_Step], train_length_m: float) -> Route:
        """Return the route over these steps."""
        nodes = self.content.nodes
        about = dict(
            zip(nodes["node_id"], zip(nodes["railway"], nodes["turnout_side"], strict=True),
                strict=True)
        )  # fmt: skip
        links: list[Passage] = []
        lines: list[Floats] = []
        switches: list[SwitchSetting] = []
        reversals: list[Reversal] = []
        done = 0.0
        for before, step in pairwise([_Step(-1, 0, 0, 0.0), *steps]):
            node = int(self.track.nodes[step.link, step.entered])
            if before.link >= 0 and node < len(self.known.node_ids):
                came = self.origin[before.link][0], before.left
                goes = self.origin[step.link][0], step.entered
                railway, side = about.get(self.known.node_ids[node], (None, None))
                setting = self._setting(node, came, goes, railway, side, done)
                switches += [] if setting is None else [setting]
            out = self._passage(step)
            done = _append(links, out, done)
            lines.append(self._line(step))
            if step.entered == step.left:
                x, y = lines[-1][-1].tolist()
                name = self.track.node_ids[step.cleared]
                reversals.append(Reversal(x, y, name, out.link_id, out.m_to, done, len(switches)))
                done = _append(links, Passage(out.link_id, out.m_to, out.m_from), done)
                lines.append(lines[-1][::-1])
        xy = np.concatenate(lines)
        xy = xy[np.r_[True, (np.diff(xy, axis=0) != 0).any(axis=1)]]
        m = np.r_[0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T))]
        start, end = stops
        return Route(
            start, end, done, tuple(links), tuple(switches), tuple(reversals),
            np.column_stack([xy, m]), self.content, train_length_m,
        )  # fmt: skip

    def _passage(self, step: _Step) -> Passage:
        link, offset = self.origin[step.link]
        length = float(self.track.length[step.link])
        first = length if step.entered else 0.0
        last = first - step.run_m if step.entered else step.run_m
        return Passage(self.known.ids[link], offset + first, offset + last)

    def _line(self, step: _Step) -> Floats:
        vertices = slice(self.track.first[step.link], self.track.first[step.link + 1])
        xy, m = self.track.xy[vertices], self.track.m[vertices]
        if step.entered:
            xy, m = xy[::-1], m[-1] - m[::-1]
        inside = m < step.run_m
        last = [np.interp(step.run_m, m, xy[:, i]) for i in (0, 1)]
        return np.vstack([xy[inside], last if step.run_m < m[-1] else xy[-1]])

    def _setting(
        self, node: int, a: End, b: End, railway: Any, side: Any, done: float
    ) -> SwitchSetting | None:
        """Return how the node is set for a train from the link end `a` to `b`; None if it is not.

        A node is a switch in one direction if there is more than one way on.
        """
        track, moves = self.known, self.known_moves
        toe, leg, facing = a, b, True
        legs = moves.get(a, [])
        if len(legs) < 2:
            toe, leg, facing = b, a, False
            legs = list(dict.fromkeys([*moves.get(b, []), a]))
        if len(legs) < 2:
            return None
        ordered = left_to_right(track, moves, toe, legs)
        rank = ordered.index(leg)
        name = "left" if rank == 0 else "right" if rank == len(legs) - 1 else "middle"
        through: End | None = None
        if railway == "railway_crossing":
            along = -chord(track, toe, 0.0, REACH_M)
            through = min(
                ordered, key=lambda end: abs(angle(along, chord(track, end, 0.0, REACH_M)))
            )
        elif len(legs) == 3:
            through = ordered[1]
        elif len(legs) == 2 and side in ("left", "right"):
            through = ordered[1 if side == "left" else 0]
        position = None if through is None else "through" if leg == through else "branch"
        x, y = track.node_xy[node].tolist()
        kind = None if pd.isna(railway) else str(railway)
        return SwitchSetting(
            track.node_ids[node], x, y, kind, name, position, facing, track.ids[leg[0]], done
        )


def _append(links: list[Passage], new: Passage, done: float) -> float:
    """Add a passage, or make the last one longer; return the metres of the route so far."""
    if new.length_m > 0.0:
        last = links[-1] if links else None
        if last is not None and _goes_on(last, new):
            links[-1] = Passage(last.link_id, last.m_from, new.m_to)
        else:
            links.append(new)
    return done + new.length_m


def _goes_on(last: Passage, new: Passage) -> bool:
    same = last.link_id == new.link_id and last.m_to == new.m_from
    return same and (last.m_to > last.m_from) == (new.m_to > new.m_from)


def _counted(number: int, word: str, plural: str = "") -> str:
    return f"{number} {word if number == 1 else plural or word + 's'}"
