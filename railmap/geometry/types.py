"""The result of the geometry: a track network in metres."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["AlignmentSegment", "Link", "Node", "Relation", "TrackNetwork"]


@dataclass(slots=True)
class Node:
    """A point where links meet or end.

    Parameters
    ----------
    x, y
        Coordinates in the CRS, metres.
    form_of_node
        junction, levelCrossing, pseudoNode, railwayEnd or railwayStop (INSPIRE FormOfNode).
    railway
        switch, railway_crossing, buffer_stop, level_crossing (OpenStreetMap ``railway``) or None.
    degree
        Number of link ends at the node.
    at_dataset_edge
        Whether the track continues past the edge of the data.
    turnout_side
        left or right: side of the diverging leg, seen from the toe.
    crossing_number
        n of 1:n, the cotangent of the angle.
    angle_deg, angle_sigma_deg
        Angle between the tracks of a switch or crossing and its standard deviation, degrees.
    turnout_type, turnout_type_probability
        Most probable standard turnout (``190-1:9``, ``#10``) and its probability, 0-1.
    h_accuracy_m
        Standard deviation of the position along the track, metres.
    confidence
        0-1.
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
    turnout_type: str | None = None
    turnout_type_probability: float | None = None
    h_accuracy_m: float | None = None
    confidence: float | None = None


@dataclass(slots=True)
class AlignmentSegment:
    """One segment of a link's alignment.

    Parameters
    ----------
    type
        LINE, CIRCULARARC or CLOTHOID (IFC 4.3 segment types).
    m_from, length_m
        Station of its start on the link, and length, metres.
    start_radius_m, end_radius_m
        Radius, positive to the left, metres; None for straight.
    rmse_m
        Root mean square distance of the measured centreline, metres.
    radius_sigma_m
        Standard deviation of the radius of an arc, metres; None for other segments or unknown.
    """

    type: str
    m_from: float
    length_m: float
    start_radius_m: float | None
    end_radius_m: float | None
    rmse_m: float
    radius_sigma_m: float | None = None


@dataclass(slots=True)
class Link:
    """One track between two nodes.

    Parameters
    ----------
    xy
        ``(n, 2)`` float64 in the CRS, metres. Its first and last row equal the coordinates of the
        nodes bit for bit.
    start_node, end_node
        Indices into the nodes of the network.
    geometry_source
        skeleton, edge_midpoint, rail_pair, interpolated or edited.
    width_m
        Width of the track band, metres.
    interpolated_m
        Length that was bridged without evidence, metres.
    h_accuracy_m
        Standard deviation across the track, metres.
    confidence
        Probability that the link is track, 0-1; without a piece model the mean track probability.
    gauge_measured_mm, gauge_sigma_mm
        Measured gauge and its standard deviation, millimetres.
    min_radius_m
        Smallest radius of the alignment, metres; None for straight or unknown.
    alignment
        Segments from the start of the link.
    evidence
        Features behind the confidence (`railmap.geometry.judge.features.FEATURES`); None if no
        piece model was used.
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
    evidence: NDArray[np.float64] | None = None


@dataclass(slots=True)
class Relation:
    """A permitted movement at a node, from an end of one link to an end of another.

    Parameters
    ----------
    node
        Index of the node.
    link_a, link_b
        Indices of the links.
    end_a, end_b
        Which end of each is at the node: 0 start, 1 end.
    navigability
        Both, AB, BA or None (railML 3 navigability).
    """

    node: int
    link_a: int
    end_a: int
    link_b: int
    end_b: int
    navigability: str = "Both"


@dataclass(slots=True)
class TrackNetwork:
    """A track network in one CRS.

    Parameters
    ----------
    nodes, links, relations
        Links refer to nodes, and relations to both, by index.
    areas
        Shapely polygons of what is too wide for a track.
    """

    nodes: list[Node]
    links: list[Link]
    relations: list[Relation] = field(default_factory=list)
    areas: list[object] = field(default_factory=list)
