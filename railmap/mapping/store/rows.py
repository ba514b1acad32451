"""Convert a track network to rows of the map's layers."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from railmap.errors import MapError
from railmap.geometry.types import Link, Node, TrackNetwork
from railmap.mapping.gpkg.blobs import geometry_blob, line_m_blob, point_blob
from railmap.mapping.gpkg.package import Row
from railmap.mapping.schema.gauge import DEFAULT_GAUGE_MM, nominal_gauge
from railmap.mapping.schema.ids import IdMaker
from railmap.mapping.store.types import QaIssue, SourceImage

__all__ = ["NetworkRows", "ids_of_nodes", "image_rows", "issue_rows", "network_ids", "network_rows"]

# Length over which the direction at the toe of a switch is measured.
_HEADING_LENGTH_M = 5.0


@dataclass(frozen=True, slots=True)
class NetworkRows:
    """Rows by layer, for `GeoPackage.add_layer`."""

    links: list[Row]
    nodes: list[Row]
    relations: list[Row]
    segments: list[Row]
    areas: list[Row]


def network_ids(network: TrackNetwork, srs_id: int) -> tuple[list[str], list[str]]:
    """Return the ids of a network's nodes and links, computed from their geometry.

    Raises
    ------
    MapError
        See `network_rows`.
    """
    make_id = IdMaker()
    srs = _srs_bytes(srs_id)
    lines = (_measured(network, index)[:, :2] for index in range(len(network.links)))
    links = [make_id("link", srs + xy.tobytes()) for xy in lines]
    return ids_of_nodes(network.nodes, srs_id), links


def ids_of_nodes(nodes: Sequence[Node], srs_id: int) -> list[str]:
    """Return the ids of nodes, computed from their position."""
    make_id = IdMaker()
    srs = _srs_bytes(srs_id)
    return [make_id("node", srs + _point(node).tobytes()) for node in nodes]


def _srs_bytes(srs_id: int) -> bytes:
    return srs_id.to_bytes(4, "little", signed=True)


def network_rows(
    network: TrackNetwork,
    srs_id: int,
    *,
    run_id: str,
    acquired_at: datetime | str | None = None,
    link_values: Mapping[int, Mapping[str, Any]] | None = None,
    node_values: Mapping[int, Mapping[str, Any]] | None = None,
) -> NetworkRows:
    """Convert a network to rows.

    Parameters
    ----------
    network
        Coordinates in metres, x/y of the map's CRS.
    srs_id
        Id of the map's CRS in the GeoPackage.
    run_id
        Id of the run.
    acquired_at
        Acquisition time of the image.
    link_values, node_values
        Column values that replace the computed ones (edits), by index in the network.

    Raises
    ------
    MapError
        If the ends of a link differ from its nodes, it has no length, or coordinates are not
        finite.
    """
    link_values, node_values = link_values or {}, node_values or {}
    node_ids, link_ids = network_ids(network, srs_id)
    for ids, values, key in (
        (node_ids, node_values, "node_id"),
        (link_ids, link_values, "link_id"),
    ):
        for index, known in values.items():
            ids[index] = known.get(key, ids[index])
    headings = _switch_headings(network)
    nodes = [
        _node_row(node, node_ids[index], headings.get(index), srs_id, node_values.get(index, {}))
        for index, node in enumerate(network.nodes)
    ]
    links: list[Row] = []
    segments: list[Row] = []
    common = {
        "railway": "rail",
        "run_id": run_id,
        "acquired_at": acquired_at,
    }
    for index, link in enumerate(network.links):
        xym = _measured(network, index)
        link_id = link_ids[index]
        blob, bounds = line_m_blob(srs_id, xym)
        ends = {"start_node": node_ids[link.start_node], "end_node": node_ids[link.end_node]}
        attributes = common | {"link_id": link_id, "length_m": xym[-1, 2]} | ends
        values = attributes | _link_attributes(link) | dict(link_values.get(index, {}))
        links.append((values, blob, bounds))
        segments += _segment_rows(link, link_id, xym, srs_id)
    return NetworkRows(
        links,
        nodes,
        _relation_rows(network, node_ids, link_ids),
        segments,
        _area_rows(network, srs_id),
    )


def _point(node: Node) -> NDArray[np.float64]:
    return np.array([node.x, node.y], dtype=np.float64)


def _measured(network: TrackNetwork, index: int) -> NDArray[np.float64]:
    """Return ``(n, 3)`` x, y, M of a link, without vertices at which M would not increase."""
    link = network.links[index]
    xy = np.ascontiguousarray(link.xy, dtype=np.float64)
    if xy.ndim != 2 or xy.shape[1] != 2 or len(xy) < 2:
        raise MapError(f"link {index} of the network is not a line: its shape is {xy.shape}")
    if not np.isfinite(xy).all():
        raise MapError(f"link {index} of the network has coordinates that are not finite")
    for row, node_index in ((0, link.start_node), (-1, link.end_node)):
        if not 0 <= node_index < len(network.nodes):
            raise MapError(
                f"link {index} of the network ends at node {node_index}, which does not exist"
            )
        if _point(network.nodes[node_index]).tobytes() != xy[row].tobytes():
            raise MapError(f"link {index} of the network does not end in its node {node_index}")
    while True:
        steps = np.hypot(*np.diff(xy, axis=0).T)
        m = np.concatenate([[0.0], np.cumsum(steps)])
        grows = np.diff(m) > 0
        if grows.all():
            return np.column_stack([xy, m])
        # Drop the second vertex of a step of zero length, but not the last of the link.
        keep = np.concatenate([[True], grows])
        if not keep[-1]:
            keep[-1] = True
            keep[np.flatnonzero(keep[:-1])[-1]] = False
        if keep.sum() < 2 or not keep[0]:
            raise MapError(f"link {index} of the network has no length")
        xy = xy[keep]


def _link_attributes(link: Link) -> dict[str, Any]:
    measured = link.gauge_measured_mm
    gauge = DEFAULT_GAUGE_MM if measured is None else nominal_gauge(measured, link.gauge_sigma_mm)
    return {
        "gauge": gauge,
        "gauge_source": "default" if measured is None else "measured",
        "gauge_measured_mm": measured,
        "gauge_sigma_mm": link.gauge_sigma_mm,
        "width_m": link.width_m,
        "min_radius_m": link.min_radius_m,
        "geometry_source": link.geometry_source,
        "interpolated_m": link.interpolated_m,
        "h_accuracy_m": link.h_accuracy_m,
        "confidence": link.confidence,
    }


def _node_row(
    node: Node, node_id: str, heading: float | None, srs_id: int, known: Mapping[str, Any]
) -> Row:
    if not (math.isfinite(node.x) and math.isfinite(node.y)):
        raise MapError(f"a node of the network has coordinates that are not finite: {node}")
    attributes = {
        "node_id": node_id,
        "form_of_node": node.form_of_node,
        "railway": node.railway,
        "turnout_side": node.turnout_side,
        "heading_deg": heading,
        "crossing_number": node.crossing_number,
        "angle_deg": node.angle_deg,
        "angle_sigma_deg": node.angle_sigma_deg,
        "turnout_type": node.turnout_type,
        "turnout_type_probability": node.turnout_type_probability,
        "degree": node.degree,
        "at_dataset_edge": node.at_dataset_edge,
        "h_accuracy_m": node.h_accuracy_m,
        "confidence": node.confidence,
        "reviewed": False,
    }
    attributes |= known
    return attributes, point_blob(srs_id, node.x, node.y), (node.x, node.y, node.x, node.y)


def _switch_headings(network: TrackNetwork) -> dict[int, float]:
    """Return the heading from the toe (degrees) of switches whose relations identify the toe."""
    ends: dict[int, Counter[tuple[int, int]]] = defaultdict(Counter)
    for relation in network.relations:
        if network.nodes[relation.node].railway == "switch" and relation.navigability != "None":
            ends[relation.node].update(
                [(relation.link_a, relation.end_a), (relation.link_b, relation.end_b)]
            )
    headings = {}
    for node, counts in sorted(ends.items()):
        ranked = counts.most_common(2)
        if len(ranked) == 2 and ranked[0][1] > ranked[1][1]:
            link, end = ranked[0][0]
            headings[node] = _heading_out_of(network.links[link].xy, end)
    return headings


def _heading_out_of(xy: NDArray[np.float64], end: int) -> float:
    """Return the heading of a train that leaves a link at `end`, clockwise from north."""
    path = xy[::-1] if end == 1 else xy
    distance = np.hypot(*(path - path[0]).T)
    far = np.flatnonzero(distance >= _HEADING_LENGTH_M)
    dx, dy = path[0] - path[far[0] if far.size else -1]
    return math.degrees(math.atan2(dx, dy)) % 360.0


def _segment_rows(link: Link, link_id: str, xym: NDArray[np.float64], srs_id: int) -> list[Row]:
    """Split the drawn line of a link at its alignment segments."""
    rows: list[Row] = []
    m = xym[:, 2]
    for seq, segment in enumerate(link.alignment):
        first = min(max(segment.m_from, 0.0), m[-1])
        last = min(max(segment.m_from + segment.length_m, 0.0), m[-1])
        if not last > first:
            continue
        cuts = np.array([first, *m[(m > first) & (m < last)], last])
        piece = np.column_stack(
            [np.interp(cuts, m, xym[:, 0]), np.interp(cuts, m, xym[:, 1]), cuts]
        )
        blob, bounds = line_m_blob(srs_id, piece)
        attributes = {
            "link_id": link_id,
            "seq": seq,
            "type": segment.type,
            "m_from": segment.m_from,
            "length_m": segment.length_m,
            "start_radius_m": segment.start_radius_m,
            "end_radius_m": segment.end_radius_m,
            "radius_sigma_m": segment.radius_sigma_m,
            "rmse_m": segment.rmse_m,
        }
        rows.append((attributes, blob, bounds))
    return rows


def _relation_rows(
    network: TrackNetwork, node_ids: Sequence[str], link_ids: Sequence[str]
) -> list[Row]:
    make_id = IdMaker()
    rows: list[Row] = []
    for relation in network.relations:
        attributes = {
            "node_id": node_ids[relation.node],
            "link_a": link_ids[relation.link_a],
            "end_a": relation.end_a,
            "link_b": link_ids[relation.link_b],
            "end_b": relation.end_b,
            "navigability": relation.navigability,
        }
        content = "|".join(str(value) for value in attributes.values())
        attributes["relation_id"] = make_id("relation", content.encode())
        rows.append((attributes, None, None))
    return rows


def _area_rows(network: TrackNetwork, srs_id: int) -> list[Row]:
    rows: list[Row] = []
    for area in network.areas:
        if isinstance(area, Polygon):
            area = MultiPolygon([area])
        if not isinstance(area, MultiPolygon):
            raise MapError(f"an area of the network is not a polygon but {type(area).__name__}")
        if not area.is_empty:
            attributes = {"class": "track", "area_m2": area.area}
            rows.append((attributes, *geometry_blob(srs_id, area)))
    return rows


def image_rows(images: Sequence[SourceImage], srs_id: int) -> list[Row]:
    """Convert images to rows of ``source_image``."""
    make_id = IdMaker()
    rows: list[Row] = []
    for image in images:
        blob, bounds = geometry_blob(srs_id, image.footprint)
        attributes = {
            "image_id": make_id("image", image.uri.encode() + b"\0" + (blob or b"")),
            "uri": image.uri,
            "gsd_m": image.gsd_m,
            "crs": image.crs,
            "acquired_at": image.acquired_at,
            "licence": image.licence,
            "attribution": image.attribution,
        }
        rows.append((attributes, blob, bounds))
    return rows


def issue_rows(issues: Sequence[QaIssue], srs_id: int) -> list[Row]:
    """Convert issues to rows of ``qa_issue``."""
    rows: list[Row] = []
    for issue in issues:
        attributes = {
            "rule": issue.rule,
            "severity": issue.severity,
            "message": issue.message,
            "object_id": issue.object_id,
            "status": issue.status,
        }
        rows.append((attributes, *geometry_blob(srs_id, issue.geometry)))
    return rows
