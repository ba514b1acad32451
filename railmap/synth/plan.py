"""Track plans: alignments, parallel tracks, turnouts, crossovers, ladders, diamonds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from railmap.synth.draw import uniform

__all__ = ["PlanNode", "Track", "TrackPlan", "make_plan"]

_STEP = 0.25
# crossing number and the radius that goes with it (m), tight to flat
_TURNOUTS = ((7.0, 170.0), (9.0, 190.0), (9.0, 300.0), (12.0, 500.0), (14.0, 760.0), (18.5, 1200.0))
_GAUGES = (
    (1435, 2.6, 0.74),
    (1520, 2.7, 0.09),
    (1668, 2.6, 0.06),
    (1067, 2.05, 0.06),
    (1000, 1.95, 0.05),
)


@dataclass(slots=True)
class PlanNode:
    """A switch, crossing, buffer stop or level crossing of the plan (metres, y downwards)."""

    x: float
    y: float
    railway: str
    crossing_number: float | None = None
    turnout_side: str | None = None


@dataclass(slots=True)
class Track:
    """One continuous track.

    ``xy`` is ``(n, 2)`` metres, ``station`` and ``offset`` place it along the plan's reference
    line, ``splits`` are the stations where a node lies on it. ``bearers`` are station ranges
    where another track's long sleepers carry it.
    """

    xy: NDArray[np.float64]
    station: NDArray[np.float64]
    offset: NDArray[np.float64]
    main: bool = True
    splits: list[float] = field(default_factory=list)
    bearers: list[tuple[float, float]] = field(default_factory=list)
    stub: bool = False


@dataclass(slots=True)
class TrackPlan:
    """All tracks and nodes of a scene; ``gauge_mm`` and ``sleeper_m`` hold for all of them."""

    tracks: list[Track]
    nodes: list[PlanNode]
    gauge_mm: int
    sleeper_m: float
    reference: Reference
    kind: str
    # main track index, station of the toe, direction along it, and the diverging track
    turnouts: list[tuple[int, float, int, int]] = field(default_factory=list)


class Reference:
    """The curve that the plan follows; stations in metres, offsets to the right.

    Parameters
    ----------
    rng
        Random generator.
    extent
        Half the length in metres.
    """

    def __init__(self, rng: np.random.Generator, extent: float) -> None:
        self.station = np.arange(-extent, extent + _STEP, _STEP)
        kappa = _curvature(rng, self.station, extent)
        heading = uniform(rng, 0, 2 * np.pi) + np.cumsum(kappa) * _STEP
        heading -= heading[len(heading) // 2] - uniform(rng, 0, 2 * np.pi)
        direction = np.stack([np.cos(heading), np.sin(heading)], 1)
        xy = np.cumsum(direction * _STEP, 0)
        self.xy = xy - xy[len(xy) // 2]
        self.normal = np.stack([-direction[:, 1], direction[:, 0]], 1)
        self.radius_min = float(1 / max(np.abs(kappa).max(), 1e-9))

    def at(self, station: NDArray[np.float64], offset: NDArray[np.float64]) -> NDArray[np.float64]:
        """Station and offset to x/y."""
        point = [
            np.interp(station, self.station, self.xy[:, i])
            + offset * np.interp(station, self.station, self.normal[:, i])
            for i in (0, 1)
        ]
        return np.stack(point, -1)

    def direction(self, station: float) -> NDArray[np.float64]:
        """Unit tangent at a station."""
        n = [np.interp(station, self.station, self.normal[:, i]) for i in (0, 1)]
        return np.array([n[1], -n[0]])


def _curvature(
    rng: np.random.Generator, station: NDArray[np.float64], extent: float
) -> NDArray[np.float64]:
    """Straights, arcs and the clothoids between them: curvature piecewise linear."""
    kind = rng.random()
    if kind < 0.4:
        return np.zeros_like(station)
    knots = [-extent]
    values = [0.0]
    here = -extent
    first = True
    while here < extent:
        straight = first and rng.random() < 0.5
        radius = float(np.exp(uniform(rng, np.log(160), np.log(3000)))) * rng.choice([-1, 1])
        kappa = 0.0 if straight else 1 / radius
        transition = (
            0.0 if first else min(120.0, 12000 / max(abs(radius), 1.0)) * uniform(rng, 0.5, 1)
        )
        length = uniform(rng, 60, 400) if kind < 0.8 else uniform(rng, 30, 120)
        knots += [here + max(transition, 0.01), here + max(transition, 0.01) + length]
        values += [kappa, kappa]
        here = knots[-1]
        first = False
    if first or len(knots) < 3:
        return np.zeros_like(station)
    values[0] = values[1]
    return np.interp(station, knots, values)


def _leg(
    x: NDArray[np.float64], number: float, radius: float, rise: float | None
) -> NDArray[np.float64]:
    """Lateral position of a diverging leg `x` metres past its toe; parallel again after `rise`."""
    slope = 1 / number
    arc = radius * slope
    y = np.where(x < arc, x * x / (2 * radius), arc * slope / 2 + slope * (x - arc))
    if rise is not None:
        end = (rise - arc * slope) / slope + 2 * arc  # where it is parallel again
        back = end - x
        y = np.where(back < arc, rise - np.clip(back, 0, None) ** 2 / (2 * radius), y)
    return np.where(x < 0, 0.0, y)


class _Builder:
    def __init__(self, rng: np.random.Generator, extent: float) -> None:
        self.rng = rng
        self.extent = extent
        self.reference = Reference(rng, extent)
        self.tracks: list[Track] = []
        self.nodes: list[PlanNode] = []
        self.turnouts: list[tuple[int, float, int, int]] = []
        self.occupied: dict[int, list[tuple[float, float]]] = {}

    def add(self, station: NDArray[np.float64], offset: NDArray[np.float64], main: bool) -> int:
        self.tracks.append(Track(self.reference.at(station, offset), station, offset, main))
        return len(self.tracks) - 1

    def parallel(self, offset: float) -> int:
        station = np.arange(-self.extent + 2, self.extent - 2, 0.5)
        return self.add(station, np.full_like(station, offset), True)

    def free(self, track: int, low: float, high: float) -> bool:
        taken = self.occupied.setdefault(track, [])
        if any(low < b and high > a for a, b in taken):
            return False
        taken.append((low, high))
        return True

    def node(
        self,
        station: float,
        offset: float,
        railway: str,
        number: float | None = None,
        side: str | None = None,
    ) -> None:
        x, y = self.reference.at(np.array([station]), np.array([offset]))[0]
        self.nodes.append(PlanNode(float(x), float(y), railway, number, side))

    def turnout(
        self,
        main: int,
        toe: float,
        direction: int,
        lateral: int,
        number: float,
        radius: float,
        rise: float | None,
        to: int | None,
    ) -> bool:
        """A leg from `main` at station `toe`; towards +/- stations and +/- offsets."""
        track = self.tracks[main]
        base = float(np.interp(toe, track.station, track.offset))
        slope = 1 / number
        if rise is not None:
            length = (rise - radius * slope**2) / slope + 2 * radius * slope
            if length < 2 * radius * slope:
                return False
            reach = length
        else:
            reach = self.extent * 2
        merge = 3.2 * number + radius * slope  # clear of the main track by then
        low, high = sorted((toe - 2 * direction, toe + merge * direction))
        if not self.free(main, low, high):
            return False
        if to is not None:
            low, high = sorted((toe + (reach + 2) * direction, toe + (reach - merge) * direction))
            if not self.free(to, low, high):
                return False
        x = np.arange(0, reach + 0.25, 0.5)
        x[-1] = reach if rise is not None and to is not None else x[-1]
        if rise is not None and to is None:
            x = np.arange(0, 2 * self.extent, 0.5)
        station = toe + direction * x
        keep = np.abs(station) < self.extent - 2
        if keep.sum() < 8:
            return False
        shape = np.clip(_leg(x, number, radius, rise), 0, rise if rise is not None else 1e9)
        offset = base + lateral * shape
        leg = self.add(station[keep], offset[keep], False)
        side = "right" if direction * lateral > 0 else "left"
        self.node(toe, base, "switch", number, side)
        track.splits.append(toe)
        self.turnouts.append((main, toe, direction, leg))
        clear = toe + direction * (2.9 * number + radius * slope / 2)
        self.tracks[leg].bearers.append((min(toe, clear), max(toe, clear)))
        if to is not None:
            end = toe + direction * reach
            other = self.tracks[to]
            # seen from the far end the leg runs back: both signs turn, the side stays
            self.node(end, base + lateral * rise, "switch", number, side)  # type: ignore[operator]
            other.splits.append(end)
            self.turnouts.append((to, end, -direction, leg))
            clear = end - direction * (2.9 * number + radius * slope / 2)
            self.tracks[leg].bearers.append((min(end, clear), max(end, clear)))
        return True


def _pick_turnout(rng: np.random.Generator, spacing: float | None) -> tuple[float, float]:
    number, radius = _TURNOUTS[int(rng.choice(6, p=[0.14, 0.3, 0.2, 0.18, 0.1, 0.08]))]
    if spacing is not None:  # the two arcs of a crossover must fit between the tracks
        radius = min(radius, 0.95 * spacing * number**2)
    return number, radius


def _junctions(b: _Builder, offsets: list[float], count: int) -> None:
    rng = b.rng
    for _ in range(count):
        i = int(rng.integers(len(offsets)))
        toe = uniform(rng, -0.8, 0.8) * b.extent
        direction = int(rng.choice([-1, 1]))
        neighbours = [j for j in (i - 1, i + 1) if 0 <= j < len(offsets)]
        if neighbours and rng.random() < 0.6:  # a crossover, perhaps double (scissors)
            j = int(rng.choice(neighbours))
            rise = abs(offsets[j] - offsets[i])
            if rise > 7:
                continue
            lateral = int(np.sign(offsets[j] - offsets[i]))
            number, radius = _pick_turnout(rng, rise)
            if not b.turnout(i, toe, direction, lateral, number, radius, rise, j):
                continue
            if rng.random() < 0.25:
                length = (rise - radius / number**2) * number + 2 * radius / number
                _scissors(b, i, j, toe, direction, lateral, number, radius, rise, length)
        else:  # a branch, a siding or a stub
            outer = int(rng.choice([0, len(offsets) - 1]))
            lateral = -1 if outer == 0 and (len(offsets) > 1 or rng.random() < 0.5) else 1
            number, radius = _pick_turnout(rng, None)
            aside = uniform(rng, 4.5, 12) if rng.random() < 0.6 else None
            if aside is not None:
                radius = min(radius, 0.9 * aside * number**2)
            made = b.turnout(outer, toe, direction, lateral, number, radius, aside, None)
            if made and aside is not None and rng.random() < 0.35:
                _make_stub(b, len(b.tracks) - 1)


def _scissors(
    b: _Builder,
    i: int,
    j: int,
    toe: float,
    direction: int,
    lateral: int,
    number: float,
    radius: float,
    rise: float,
    length: float,
) -> None:
    """The second half of a double crossover: from j to i over the same stations."""
    for track in (i, j):
        if b.occupied.get(track):
            b.occupied[track] = b.occupied[track][:-1]
    if b.turnout(j, toe, direction, -lateral, number, radius, rise, i):
        a, c = b.tracks[-2], b.tracks[-1]
        middle = toe + direction * length / 2
        base = float(np.interp(toe, b.tracks[i].station, b.tracks[i].offset))
        b.node(middle, base + lateral * rise / 2, "railway_crossing", number / 2)
        a.splits.append(middle)
        c.splits.append(middle)


def _make_stub(b: _Builder, track: int) -> None:
    """End a siding at a buffer stop."""
    t = b.tracks[track]
    inside = np.abs(t.xy).max(1) < 0.45 * b.extent
    stop = int(len(t.xy) * uniform(b.rng, 0.6, 0.9))
    if stop < 120 or not inside[stop - 1]:
        return
    t.xy, t.station, t.offset = t.xy[:stop], t.station[:stop], t.offset[:stop]
    t.stub = True
    b.nodes.append(PlanNode(float(t.xy[-1, 0]), float(t.xy[-1, 1]), "buffer_stop"))


def _ladder(b: _Builder, base: int, lateral: int) -> None:
    """A yard: a lead leaves the main track and feeds parallel tracks through a ladder."""
    rng = b.rng
    number, radius = _TURNOUTS[int(rng.choice([0, 1, 1]))]
    spacing = uniform(rng, 4.3, 5.2)
    count = int(rng.integers(3, 8))
    direction = int(rng.choice([-1, 1]))
    slope = 1 / number
    toe = direction * uniform(rng, -0.9, -0.2) * b.extent
    if not b.free(base, -b.extent, b.extent):
        return
    main = b.tracks[base]
    y0 = float(main.offset[0])
    x = np.arange(0, 2 * b.extent, 0.5)
    first = spacing * uniform(rng, 1.0, 1.4) + radius * slope**2 / 2
    rises = first + spacing * np.arange(count)  # where each body track runs
    last = rises[-1]
    lead_shape = _leg(x, number, radius, float(last))
    station = toe + direction * x
    keep = np.abs(station) < b.extent - 2
    lead = b.add(station[keep], (y0 + lateral * np.clip(lead_shape, 0, last))[keep], False)
    b.node(toe, y0, "switch", number, "right" if direction * lateral > 0 else "left")
    main.splits.append(toe)
    b.turnouts.append((base, toe, direction, lead))
    clear = toe + direction * (2.9 * number + radius * slope / 2)
    b.tracks[lead].bearers.append((min(toe, clear), max(toe, clear)))
    for rise in rises[:-1]:
        # the leg leaves the lead at slope and becomes parallel: y = y_toe + slope x - x^2 / 2R
        y_toe = rise - radius * slope**2 / 2
        x_toe = float(
            np.interp(
                y_toe,
                lead_shape[: np.argmax(lead_shape >= last - 1e-6) + 1],
                x[: np.argmax(lead_shape >= last - 1e-6) + 1],
            )
        )
        u = np.arange(0, 2 * b.extent, 0.5)
        arc = radius * slope
        y = np.where(u < arc, y_toe + slope * u - u * u / (2 * radius), rise)
        station = toe + direction * (x_toe + u)
        keep = np.abs(station) < b.extent - 2
        if keep.sum() < 40:
            continue
        leg = b.add(station[keep], (y0 + lateral * y)[keep], False)
        at = toe + direction * x_toe
        b.node(
            at,
            y0 + lateral * y_toe,
            "switch",
            number,
            "left" if direction * lateral > 0 else "right",
        )
        b.tracks[lead].splits.append(at)
        b.turnouts.append((lead, at, direction, leg))
        clear = at + direction * (2.9 * number + arc / 2)
        b.tracks[leg].bearers.append((min(at, clear), max(at, clear)))
        if rng.random() < 0.15:
            _make_stub(b, leg)


def _diamond(b: _Builder, offsets: list[float]) -> None:
    """A track that crosses the others at grade."""
    rng = b.rng
    steep = rng.random() < 0.3
    number = uniform(rng, 1.2, 3.5) if steep else float(rng.choice([4.444, 5.0, 6.0, 7.5, 9.0]))
    slope = float(rng.choice([-1, 1])) / number
    middle = uniform(rng, -0.3, 0.3) * b.extent
    station = np.arange(-b.extent + 2, b.extent - 2, 0.5)
    offset = float(np.mean(offsets)) + slope * (station - middle)
    keep = np.abs(offset) < 0.9 * b.extent
    crossing = b.add(station[keep], offset[keep], True)
    for i, y in enumerate(offsets):
        at = middle + (y - float(np.mean(offsets))) / slope
        if abs(at) < b.extent - 5:
            b.free(i, at - 3 * number - 30, at + 3 * number + 30)
            b.node(at, y, "railway_crossing", number)
            b.tracks[i].splits.append(at)
            b.tracks[crossing].splits.append(at)


def make_plan(rng: np.random.Generator, extent: float, kind: str | None = None) -> TrackPlan:
    """Draw a track plan.

    Parameters
    ----------
    rng
        Random generator.
    extent
        Half the diagonal of the picture in metres; tracks reach past it.
    kind
        plain, double, multiple, junction, yard, diamond; drawn if None.
    """
    if kind is None:
        kind = str(
            rng.choice(
                ["plain", "double", "multiple", "junction", "yard", "diamond"],
                p=[0.22, 0.26, 0.14, 0.22, 0.11, 0.05],
            )
        )
    reach = extent * 1.05 + 40
    b = _Builder(rng, reach)
    count = {"plain": 1, "double": 2, "yard": int(rng.integers(1, 3))}.get(
        kind, int(rng.integers(3, 7)) if kind == "multiple" else int(rng.integers(1, 4))
    )
    gaps = rng.choice([4.0, 4.2, 4.5, 4.7, 5.0, 0.0], count, p=[0.24, 0.2, 0.2, 0.1, 0.16, 0.1])
    gaps = np.where(gaps == 0, rng.uniform(5.5, 14, count), gaps)
    offsets = np.cumsum(np.r_[0.0, gaps[1:]])
    spread = 0.22 * extent if kind != "yard" else 0.12 * extent
    offsets = offsets - offsets.mean() + rng.normal(0, spread)
    places = [float(o) for o in offsets]
    for place in places:
        b.parallel(place)
    if kind == "junction":
        _junctions(b, places, int(rng.integers(1, 3)) + int(extent / 60))
    elif kind == "yard":
        lateral = int(rng.choice([-1, 1]))
        _ladder(b, len(places) - 1 if lateral > 0 else 0, lateral)
    elif kind == "diamond":
        _diamond(b, places)
    elif kind == "multiple" and rng.random() < 0.5:
        _junctions(b, places, 1 + int(extent / 80))
    weights = np.array([g[2] for g in _GAUGES])
    gauge, sleeper, _ = _GAUGES[int(rng.choice(len(_GAUGES), p=weights / weights.sum()))]
    return TrackPlan(
        b.tracks, b.nodes, gauge, sleeper * uniform(rng, 0.97, 1.03), b.reference, kind, b.turnouts
    )
