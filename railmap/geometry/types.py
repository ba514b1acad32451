"""What geometry hands on: a track network in metres."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["AlignmentSegment", "Link", "Node", "Relation", "TrackNetwork"]


@dataclass(slots=True)
class Node:
    """A point where links meet or end (metres, CRS x/y order).

    ``railway`` is switch, railway_crossing, buffer_stop, level_crossing or None;
    ``form_of_node`` is junction, levelCrossing, pseudoNode, railwayEnd or railwayStop.
    """

    x: float
    y: float
    form_of_node: str
    railway: str | None = None
    degree: int = 1
    at_dataset_edge: bool = False
    turnout_side: str | None = None
    crossing_number: float | None = None
    angle_deg: float | None = None
    angle_sigma_deg: float | None = None
    h_accuracy_m: float | None = None
    confidence: float | None = None


@dataclass(slots=True)
class AlignmentSegment:
    """One piece of a link's alignment; radius signed (+ left), None for straight."""

    type: str
    m_from: float
    length_m: float
    start_radius_m: float | None
    end_radius_m: float | None
    rmse_m: float


@dataclass(slots=True)
class Link:
    """One track between two nodes; ``xy`` is ``(n, 2)`` float64 metres.

    The first and last rows of ``xy`` equal the nodes' coordinates bit by bit.
    ``geometry_source`` is skeleton, edge_midpoint, rail_pair, interpolated or edited.
    """

    xy: NDArray[np.float64]
    start_node: int
    end_node: int
    geometry_source: str = "skeleton"
    width_m: float | None = None
    interpolated_m: float = 0.0
    h_accuracy_m: float | None = None
    confidence: float | None = None
    gauge_measured_mm: float | None = None
    gauge_sigma_mm: float | None = None
    min_radius_m: float | None = None
    alignment: list[AlignmentSegment] = field(default_factory=list)


@dataclass(slots=True)
class Relation:
    """At `node`, a train may run from end `end_a` (0 start, 1 end) of `link_a` to `link_b`."""

    node: int
    link_a: int
    end_a: int
    link_b: int
    end_b: int
    navigability: str = "Both"


@dataclass(slots=True)
class TrackNetwork:
    """Nodes, links (indices into `nodes`), relations and over-wide areas (shapely polygons)."""

    nodes: list[Node]
    links: list[Link]
    relations: list[Relation] = field(default_factory=list)
    areas: list[object] = field(default_factory=list)
