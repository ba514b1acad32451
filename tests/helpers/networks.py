"""Small networks for the tests of the map."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from shapely.geometry import LineString, Point, Polygon, box

from railmap.geometry.types import AlignmentSegment, Link, Node, Relation, TrackNetwork
from railmap.mapping.store.types import QaIssue, RunRecord, SourceImage

CRS = "EPSG:25832"
X0, Y0 = 500_000.1, 5_400_000.3
STARTED = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
FLOWN = datetime(2026, 2, 27, 9, 0, tzinfo=UTC)


def run_record(**changes: object) -> RunRecord:
    fields: dict = {
        "version": "0.1.0",
        "command": "vectorize",
        "parameters": {"threshold": 0.5, "output": "Gleis öst.gpkg"},
        "started_at": STARTED,
        "seconds": 12.5,
        "model": "tracks-v1",
        "model_sha256": "0" * 64,
    }
    return RunRecord(**(fields | changes))


def images() -> list[SourceImage]:
    footprint = box(X0 - 20, Y0 - 40, X0 + 320, Y0 + 60)
    return [SourceImage("ortho.tif", footprint, 0.05, "EPSG:4326", FLOWN)]


def issues() -> list[QaIssue]:
    x, y = X0 + 250, Y0 - 20
    return [
        QaIssue("gap", "info", "look here", Point(x, y)),
        QaIssue("crossing", "warning", "two links cross", LineString([(x, y), (x + 20, y + 9)])),
        QaIssue(
            "hole", "error", "block not readable",
            Polygon([(x + 30, y), (x + 50, y), (x + 50, y + 15), (x + 30, y + 15)]),
        ),
    ]  # fmt: skip


def _curve(start: tuple[float, float], end: tuple[float, float], bulge: float) -> np.ndarray:
    t = np.linspace(0, 1, 40)[:, None]
    a, b = np.array(start), np.array(end)
    xy = a + (b - a) * t
    xy[:, 1:2] += bulge * t * (1 - t)
    xy[0], xy[-1] = a, b
    return xy


def junction() -> TrackNetwork:
    """A double track with a switch each way, a diamond, a level crossing and stub ends."""
    at = [(0, 0), (100, 0.37), (300, 1.0), (0, 4.5), (160, 5.0), (300, 5.5), (200, 20.0),
          (60, -18.0), (160, -18.5), (260, -40.0), (30, 30), (220, 31)]  # fmt: skip
    form = [
        ("railwayEnd", None, 1, True), ("junction", "switch", 3, False),
        ("railwayEnd", None, 1, True), ("railwayEnd", None, 1, True),
        ("junction", "switch", 3, False), ("railwayEnd", None, 1, True),
        ("railwayEnd", "buffer_stop", 1, False), ("railwayEnd", None, 1, True),
        ("junction", "railway_crossing", 3, False), ("railwayEnd", None, 1, False),
        ("railwayEnd", None, 1, True), ("levelCrossing", "level_crossing", 1, False),
    ]  # fmt: skip
    nodes = [
        Node(X0 + x, Y0 + y, kind, railway, degree, edge, confidence=0.9)
        for (x, y), (kind, railway, degree, edge) in zip(at, form, strict=True)
    ]
    nodes[1].turnout_side, nodes[1].crossing_number, nodes[1].angle_deg = "right", 9.0, 6.34
    nodes[4].turnout_side, nodes[4].crossing_number, nodes[4].angle_deg = "left", 12.0, 4.76
    pairs = [(0, 1, 0), (1, 2, 0), (1, 8, -9), (3, 4, 0), (4, 5, 0), (4, 6, -8), (7, 8, 0),
             (8, 9, 4), (10, 11, 12)]  # fmt: skip
    links = []
    for index, (a, b, bulge) in enumerate(pairs):
        start, end = ((nodes[i].x, nodes[i].y) for i in (a, b))
        links.append(Link(_curve(start, end, bulge), a, b, "rail_pair", 2.6, confidence=0.95))
        links[index].h_accuracy_m = 0.03
    links[0].gauge_measured_mm, links[0].gauge_sigma_mm = 1431.0, 5.0
    links[0].alignment = [
        AlignmentSegment("LINE", 0.0, 40.0, None, None, 0.01),
        AlignmentSegment("CLOTHOID", 40.0, 30.0, None, -400.0, 0.01),
        AlignmentSegment("CIRCULARARC", 70.0, 31.0, -400.0, -400.0, 0.02),
    ]
    links[5].geometry_source, links[5].interpolated_m = "interpolated", 40.0
    links[6].confidence, links[6].geometry_source = 0.45, "skeleton"
    links[8].confidence = None
    relations = [
        Relation(1, 0, 1, 1, 0), Relation(1, 0, 1, 2, 0),
        Relation(4, 3, 1, 4, 0), Relation(4, 3, 1, 5, 0),
        Relation(8, 2, 1, 7, 0),
    ]  # fmt: skip
    area = box(X0 + 10, Y0 - 35, X0 + 60, Y0 - 25)
    return TrackNetwork(nodes, links, relations, [area])


def ladder(count: int) -> TrackNetwork:
    """`count` links of 20 vertices in parallel chains 5 m apart."""
    per_chain = 100
    nodes: list[Node] = []
    links: list[Link] = []
    for chain in range(-(-count // per_chain)):
        y = Y0 + 5.0 * chain
        first = len(nodes)
        wanted = min(per_chain, count - len(links))
        for step in range(wanted + 1):
            degree = 1 if step in (0, wanted) else 2
            nodes.append(Node(X0 + 50.0 * step, y, "pseudoNode", degree=degree))
        for step in range(wanted):
            a, b = first + step, first + step + 1
            xy = np.linspace((nodes[a].x, y), (nodes[b].x, y), 20)
            links.append(Link(xy, a, b, confidence=0.9))
    return TrackNetwork(nodes, links)
