"""A straight track with a branch, and elevation models of known heights along it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.transform import from_origin

from railmap.geometry.types import Link, Node, Relation, TrackNetwork
from railmap.geometry.vertical.profile import Profile
from railmap.mapping import write_map
from tests.helpers import networks

X0, Y0 = networks.X0, networks.Y0
LENGTH = 1500.0
TOE = 500.0

# 12 ‰ up, a crest of radius 6000 m, 8 ‰ down, a sag of radius 4000 m, 17 ‰ up
PROFILE = Profile(
    np.array([0.0, 450.0, 570.0, 1050.0, 1150.0, LENGTH]),
    np.array([0.0, -1 / 6000, 0.0, 1 / 4000, 0.0]),
    200.0,
    0.012,
    np.zeros(5),
    0.0,
)

Height = Callable[[np.ndarray], np.ndarray]


def network() -> TrackNetwork:
    """Links 0 = 0-1 and 1 = 1-2 (drawn from 2 to 1) along x, 2 = branch from 1 to the north."""
    toe = np.array([X0 + TOE, Y0])
    first = np.linspace([X0, Y0], toe, 51)
    second = np.linspace([X0 + LENGTH, Y0], toe, 101)
    x = np.linspace(0, 300, 31)
    branch = np.column_stack([toe[0] + x, Y0 + x**2 / 600])
    nodes = [
        Node(X0, Y0, "railwayEnd", None, 1),
        Node(float(toe[0]), Y0, "junction", "switch", 3, turnout_side="left"),
        Node(X0 + LENGTH, Y0, "railwayEnd", None, 1),
        Node(float(branch[-1, 0]), float(branch[-1, 1]), "railwayEnd", None, 1),
    ]
    links = [
        Link(first, 0, 1, "rail_pair"),
        Link(second, 2, 1, "rail_pair"),
        Link(branch, 1, 3, "rail_pair"),
    ]
    return TrackNetwork(nodes, links, [Relation(1, 0, 1, 1, 1), Relation(1, 0, 1, 2, 0)])


def write_tracks(path: Path, net: TrackNetwork | None = None) -> Path:
    write_map(
        path, net or network(), networks.CRS, images=networks.images(), run=networks.run_record()
    )
    return path


def in_three_parts(low: float, high: float) -> TrackNetwork:
    """The straight track as links 0 to `low`, `low` to `high` and from there to the end."""
    x = X0 + np.array([0.0, low, high, LENGTH])
    ends = ["railwayEnd", "pseudoNode", "pseudoNode", "railwayEnd"]
    nodes = [Node(float(at), Y0, form, None, 2) for at, form in zip(x, ends, strict=True)]
    nodes[0].degree = nodes[-1].degree = 1
    links = [Link(np.array([[x[i], Y0], [x[i + 1], Y0]]), i, i + 1, "rail_pair") for i in range(3)]
    return TrackNetwork(nodes, links, [Relation(1, 0, 1, 1, 0), Relation(2, 1, 1, 2, 0)])


def write_dem(
    path: Path,
    height: Height = PROFILE.heights,
    *,
    crs: Any = networks.CRS,
    pixel: float = 2.0,
    x_from: float = -50.0,
    x_to: float = LENGTH + 50.0,
    noise: float = 0.0,
    void: tuple[float, float] | None = None,
    scale: float = 1.0,
    unit: str | None = None,
    data: np.ndarray | None = None,
) -> Path:
    """Heights that depend on x only, from 100 m south to 300 m north of the track."""
    x = np.arange(x_from + pixel / 2, x_to, pixel)
    rows = int(400 / pixel)
    z = np.broadcast_to(height(np.clip(x, 0, LENGTH)), (rows, len(x))).copy()
    z += noise * np.random.default_rng(0).normal(size=z.shape)
    z *= scale
    if void is not None:
        z[:, (x > void[0]) & (x < void[1])] = -9999
    with rasterio.open(
        path, "w", driver="GTiff", width=len(x), height=rows, count=1, dtype="float32",
        crs=crs, transform=from_origin(X0 + x_from, Y0 + 300, pixel, pixel), nodata=-9999,
    ) as dataset:  # fmt: skip
        dataset.write(z.astype(np.float32), 1)
        if unit:
            dataset.units = (unit,)
    return path
