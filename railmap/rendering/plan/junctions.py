"""Add turnouts, crossovers, ladders and diamond crossings to a track plan."""

from __future__ import annotations

import numpy as np

from railmap.rendering.paint.canvas import uniform
from railmap.rendering.plan.alignment import diverging_leg
from railmap.rendering.plan.builder import PlanBuilder
from railmap.rendering.plan.tracks import PlanNode

__all__ = ["add_diamond", "add_junctions", "add_ladder"]

# crossing number N (1:N) and its radius (m), sharp to flat
_TURNOUTS = ((7.0, 170.0), (9.0, 190.0), (9.0, 300.0), (12.0, 500.0), (14.0, 760.0), (18.5, 1200.0))


def add_junctions(b: PlanBuilder, offsets: list[float], count: int) -> None:
    """Try `count` times to lay a crossover, branch or siding between the tracks at `offsets`."""
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
            laid = b.turnout(outer, toe, direction, lateral, number, radius, aside, None)
            if laid and aside is not None and rng.random() < 0.35:
                _make_stub(b, len(b.tracks) - 1)


def _pick_turnout(rng: np.random.Generator, spacing: float | None) -> tuple[float, float]:
    number, radius = _TURNOUTS[int(rng.choice(6, p=[0.14, 0.3, 0.2, 0.18, 0.1, 0.08]))]
    if spacing is not None:  # the two arcs of a crossover must fit between the tracks
        radius = min(radius, 0.95 * spacing * number**2)
    return number, radius


def _scissors(
    b: PlanBuilder,
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
    """Lay the second half of a scissors crossover: from j to i over the same stations."""
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


def _make_stub(b: PlanBuilder, track: int) -> None:
    """End a siding at a buffer stop."""
    t = b.tracks[track]
    inside = np.abs(t.xy).max(1) < 0.45 * b.extent
    stop = int(len(t.xy) * uniform(b.rng, 0.6, 0.9))
    if stop < 120 or not inside[stop - 1]:
        return
    t.xy, t.station, t.offset = t.xy[:stop], t.station[:stop], t.offset[:stop]
    t.stub = True
    b.nodes.append(PlanNode(float(t.xy[-1, 0]), float(t.xy[-1, 1]), "buffer_stop"))


def add_ladder(b: PlanBuilder, base: int, lateral: int) -> None:
    """Lay a yard: a lead leaves the main track and feeds parallel tracks through a ladder."""
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
    rises = first + spacing * np.arange(count)  # offset of each yard track
    last = rises[-1]
    lead_shape = diverging_leg(x, number, radius, float(last))
    station = toe + direction * x
    keep = np.abs(station) < b.extent - 2
    lead = b.add(station[keep], (y0 + lateral * np.clip(lead_shape, 0, last))[keep], False)
    b.node(toe, y0, "switch", number, "right" if direction * lateral > 0 else "left")
    main.splits.append(toe)
    b.turnouts.append((base, toe, direction, lead))
    clear = toe + direction * (2.9 * number + radius * slope / 2)
    b.tracks[lead].bearers.append((min(toe, clear), max(toe, clear)))
    rising = lead_shape < last - 1e-6
    for rise in rises[:-1]:
        # the leg leaves the lead at slope and becomes parallel: y = y_toe + slope x - x^2 / 2R
        y_toe = rise - radius * slope**2 / 2
        if y_toe > lead_shape[rising][-1]:
            break  # the lead ends before this offset
        x_toe = float(np.interp(y_toe, lead_shape[rising], x[rising]))
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


def add_diamond(b: PlanBuilder, offsets: list[float]) -> None:
    """Lay a track that crosses the others at grade."""
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
