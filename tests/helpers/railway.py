"""A small railway for the tests of lines, chainage and events: double track with a crossover."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from railmap.geometry.types import Link, Node, Relation, TrackNetwork
from railmap.mapping import write_map
from tests.helpers import networks

X0, Y0 = networks.X0, networks.Y0
SPACING = 4.0


def bow(x: np.ndarray) -> np.ndarray:
    """Where the tracks run: a wide curve."""
    return x * x / 4000.0


def track(x_from: float, x_to: float, y: float = 0.0, y_to: float | None = None) -> np.ndarray:
    """``(n, 2)`` along the curve, from offset `y` to `y_to` in a smooth S."""
    x = np.linspace(x_from, x_to, max(int(abs(x_to - x_from) / 5), 2) + 1)
    t = (x - x_from) / (x_to - x_from)
    shift = y if y_to is None else y + (y_to - y) * (3 * t**2 - 2 * t**3)
    return np.column_stack([X0 + x, Y0 + bow(x) + shift])


def railway() -> TrackNetwork:
    """South track 0-1-2-3 (switch at 1), north track 4-5-6 (switch at 5), crossover 1-5.

    Links: 0 = 0-1, 1 = 1-2, 2 = 2-3 drawn from 3 to 2, 3 = 4-5, 4 = 5-6, 5 = 1-5.
    """
    lines = [
        track(0, 300),
        track(300, 700),
        track(700, 1000)[::-1],
        track(0, 400, SPACING),
        track(400, 1000, SPACING),
        track(300, 400, 0.0, SPACING),
    ]
    pairs = [(0, 1), (1, 2), (3, 2), (4, 5), (5, 6), (1, 5)]
    places: dict[int, np.ndarray] = {}
    for line, (a, b) in zip(lines, pairs, strict=True):
        line[0] = places.setdefault(a, line[0])
        line[-1] = places.setdefault(b, line[-1])
    degree = [1, 3, 2, 1, 1, 3, 1]
    form = ["railwayEnd", "junction", "pseudoNode"]
    nodes = [
        Node(
            float(places[i][0]), float(places[i][1]), form[{1: 0, 3: 1, 2: 2}[degree[i]]],
            "switch" if degree[i] == 3 else None, degree[i],
        )
        for i in range(7)
    ]  # fmt: skip
    nodes[1].turnout_side, nodes[5].turnout_side = "left", "left"
    links = [
        Link(line, a, b, "rail_pair", h_accuracy_m=0.05)
        for line, (a, b) in zip(lines, pairs, strict=True)
    ]
    relations = [
        Relation(1, 0, 1, 1, 0), Relation(1, 0, 1, 5, 0), Relation(2, 1, 1, 2, 1),
        Relation(5, 3, 1, 4, 0), Relation(5, 5, 1, 4, 0),
    ]  # fmt: skip
    return TrackNetwork(nodes, links, relations)


def write_railway(path: Path) -> Path:
    write_map(
        path,
        railway(),
        networks.CRS,
        images=networks.images(),
        run=networks.run_record(),
    )
    return path


def node(index: int) -> str:
    """A node as ``x,y``."""
    at = railway().nodes[index]
    return f"{at.x:.2f},{at.y:.2f}"


def along_south(s: float) -> tuple[float, float]:
    """A place `s` metres along the south track."""
    line = np.vstack([track(0, 300), track(300, 700)[1:], track(700, 1000)[1:]])
    gone = np.r_[0, np.cumsum(np.hypot(*np.diff(line, axis=0).T))]
    return float(np.interp(s, gone, line[:, 0])), float(np.interp(s, gone, line[:, 1]))
