"""Check a map; write violations to ``qa_issue``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from railmap.geometry.curves import point_at
from railmap.geometry.folds import FOLD_TURN, find_folds
from railmap.mapping.checks.heights import height_issues
from railmap.mapping.checks.movement import movement_issues
from railmap.mapping.checks.proximity import near_links
from railmap.mapping.schema import DOMAINS, layer
from railmap.mapping.schema.gauge import DEFAULT_GAUGE_MM
from railmap.mapping.store.editing import append_rows, edit_map
from railmap.mapping.store.reader import Map, read_map
from railmap.mapping.store.rows import issue_rows
from railmap.mapping.store.types import QaIssue

__all__ = ["RULES", "CheckLimits", "check_map", "find_issues"]

_LENGTH_TOLERANCE_M = 1e-3

# Rules of `find_issues`; issues of other rules are kept.
RULES = (
    "geometry",
    "duplicate_id",
    "unknown_node",
    "end_not_node",
    "measure",
    "length",
    "domain",
    "orphan",
    "degree",
    "radius",
    "fold",
    "crossing",
    "overlap",
    "spacing",
    "turn",
    "unreachable",
    "stale_heights",
    "height",
)


@dataclass(frozen=True, slots=True)
class CheckLimits:
    """Limits of the checks.

    Parameters
    ----------
    min_radius_m
        Minimum plausible radius, metres.
    min_spacing_m
        Minimum plausible distance of neighbouring centrelines, metres.
    overlap_gauges
        Centrelines closer than this many gauges, except where links diverge at a shared node,
        are one track drawn twice.
    """

    min_radius_m: float = 90.0
    min_spacing_m: float = 3.5
    overlap_gauges: float = 0.6


def check_map(path: str | os.PathLike[str], *, limits: CheckLimits | None = None) -> list[QaIssue]:
    """Check a map and write the issues to its ``qa_issue`` layer.

    Open issues of earlier checks are replaced. Accepted issues are kept and not reported again;
    issues of other rules are kept.

    Parameters
    ----------
    path
        The map.
    limits
        Limits of the checks.

    Returns
    -------
    list of QaIssue
        The issues, without accepted ones; empty if the map is valid.

    Raises
    ------
    MapError
        If the file is not a railmap map.
    OutputError
        If it cannot be changed.
    """
    content = read_map(path)
    known = content.layers["qa_issue"]
    accepted = {
        (row.rule, row.object_id)
        for row in known[known["status"] == "accepted"].itertuples()
        if row.rule in RULES
    }
    issues = [
        issue
        for issue in find_issues(content, limits=limits)
        if (issue.rule, issue.object_id) not in accepted
    ]
    with edit_map(path) as sql:
        marks = ", ".join("?" * len(RULES))
        sql.execute(
            f"DELETE FROM qa_issue WHERE coalesce(status, 'open') = 'open' AND rule IN ({marks})",
            RULES,
        )
        (srs_id,) = sql.execute(
            "SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = 'qa_issue'"
        ).fetchone()
        append_rows(sql, layer("qa_issue"), issue_rows(issues, srs_id))
    return issues


def find_issues(content: Map, *, limits: CheckLimits | None = None) -> list[QaIssue]:
    """Return the issues of a map, by rule in the order of `RULES`, then by feature."""
    limits = limits or CheckLimits()
    links = content.links
    # The other rules need a geometry: links without one are reported once.
    sound = ~links.geometry.isna() & (links.geometry.geom_type == "LineString")
    sound &= ~links.geometry.is_empty
    issues = [
        _link_issue("geometry", "error", row.link_id, None, "has no line; redraw or delete it")
        for row in links[~sound].itertuples()
    ]
    network = Map(content.path, content.crs, content.layers | {"railway_link": links[sound]})
    issues += _duplicate_ids(content)
    checks: tuple[Callable[[Map], Iterator[QaIssue]], ...] = (
        _ends,
        _measures,
        _domains,
        _orphans,
        _degrees,
    )
    for check in checks:
        issues += check(network)
    issues += _radii(network, limits)
    issues += _folds(network)
    issues += _nearness(network, limits)
    issues += movement_issues(network)
    issues += height_issues(network)
    order = {rule: index for index, rule in enumerate(RULES)}
    return sorted(issues, key=lambda issue: order[issue.rule])


def _link_issue(
    rule: str, severity: str, link_id: str, place: BaseGeometry | None, text: str
) -> QaIssue:
    where = Point() if place is None else shapely.force_2d(place)
    return QaIssue(rule, severity, f"link {link_id} {text}", where, link_id)


def _middle(line: BaseGeometry) -> BaseGeometry:
    return line.interpolate(0.5, normalized=True)


def _duplicate_ids(content: Map) -> Iterator[QaIssue]:
    for frame, kind in ((content.links, "link"), (content.nodes, "node")):
        column = f"{kind}_id"
        for row in frame[frame[column].duplicated()].itertuples():
            value = getattr(row, column)
            text = f"{column} {value} is not unique; give each {kind} its own {column}"
            place = Point() if row.geom is None else row.geom.centroid
            yield QaIssue("duplicate_id", "error", text, place, value)


def _node_points(content: Map) -> pd.DataFrame:
    """Return x and y by node id, NaN for nodes without a point."""
    nodes = content.nodes
    points = nodes.geometry.where(nodes.geometry.geom_type == "Point")
    frame = pd.DataFrame({"x": points.x, "y": points.y}).set_axis(nodes["node_id"])
    return frame[~frame.index.duplicated()]


def _ends(content: Map) -> Iterator[QaIssue]:
    links = content.links
    points = _node_points(content)
    for column, position, word in (("start_node", 0, "start"), ("end_node", -1, "end")):
        corner = shapely.get_point(links.geometry.to_numpy(), position)
        node = points.reindex(links[column])
        unknown = ~links[column].isin(points.index).to_numpy()
        apart = (shapely.get_x(corner) != node["x"].to_numpy()) | (
            shapely.get_y(corner) != node["y"].to_numpy()
        )
        for index in np.flatnonzero(unknown | apart).tolist():
            link_id = links["link_id"].iloc[index]
            node_id = links[column].iloc[index]
            if unknown[index]:
                text = (
                    f"has the {word} node {node_id}, which does not exist; "
                    f"draw the node or correct {column}"
                )
                yield _link_issue("unknown_node", "error", link_id, corner[index], text)
            else:
                text = f"does not {word} exactly at its node {node_id}; snap it to the node"
                yield _link_issue("end_not_node", "error", link_id, corner[index], text)


def _measures(content: Map) -> Iterator[QaIssue]:
    links = content.links
    lines = links.geometry.to_numpy()
    coordinates, owner = shapely.get_coordinates(lines, include_m=True, return_index=True)
    m = coordinates[:, 2]
    same = owner[1:] == owner[:-1]
    wrong = np.zeros(len(lines), dtype=bool)
    # NaN does not increase either.
    wrong[owner[1:][same & ~(np.diff(m) > 0)]] = True
    wrong[owner[np.isnan(m)]] = True
    length = shapely.length(lines)
    first = np.searchsorted(owner, np.arange(len(lines)), side="left")
    last = np.searchsorted(owner, np.arange(len(lines)), side="right") - 1
    extent = m[last] - m[first]
    drift = np.abs(extent - length) > _LENGTH_TOLERANCE_M
    drift |= ~(np.abs(links["length_m"].to_numpy() - length) <= _LENGTH_TOLERANCE_M)
    for index in np.flatnonzero(wrong | drift).tolist():
        link_id, place = links["link_id"].iloc[index], _middle(lines[index])
        if wrong[index]:
            text = "has M values that do not increase along the line; recalculate M"
            yield _link_issue("measure", "error", link_id, place, text)
        else:
            text = f"is {length[index]:.3f} m long, but M or length_m differ; recalculate them"
            yield _link_issue("length", "warning", link_id, place, text)


def _domains(content: Map) -> Iterator[QaIssue]:
    for name, kind in (("railway_link", "link"), ("railway_node", "node")):
        frame = content.layers[name]
        for column in layer(name).columns:
            if column.domain is None:
                continue
            domain = DOMAINS[column.domain]
            values = frame[column.name]
            if domain.values:
                permitted = [value for value, _ in domain.values]
                good, remedy = values.isin(permitted), f"use one of {', '.join(permitted)}"
            else:
                good = values.between(domain.minimum, domain.maximum)
                remedy = f"use {domain.minimum:g} to {domain.maximum:g}"
            for row in frame[~good & ~values.isna()].itertuples():
                text = (
                    f"{kind} {getattr(row, f'{kind}_id')}: {column.name} cannot be "
                    f"{getattr(row, column.name)!r}; {remedy}"
                )
                place = row.geom.centroid if row.geom is not None else Point()
                yield QaIssue("domain", "error", text, place, getattr(row, f"{kind}_id"))


def _orphans(content: Map) -> Iterator[QaIssue]:
    links, nodes = content.links, content.nodes
    used = set(links["start_node"]) | set(links["end_node"])
    for row in nodes[~nodes["node_id"].isin(used)].itertuples():
        text = f"node {row.node_id} has no link; delete it or connect a link to it"
        yield QaIssue("orphan", "warning", text, row.geom or Point(), row.node_id)
    known = {"link": set(links["link_id"]), "node": set(nodes["node_id"])}
    for name, columns in (
        ("net_relation", {"node_id": "node", "link_a": "link", "link_b": "link"}),
        ("alignment_segment", {"link_id": "link"}),
    ):
        frame = content.layers[name]
        for column, kind in columns.items():
            for value in frame.loc[~frame[column].isin(known[kind]), column]:
                text = f"{name} refers to {kind} {value}, which does not exist; delete the row"
                yield QaIssue("orphan", "warning", text, Point(), value)


def _degrees(content: Map) -> Iterator[QaIssue]:
    links, nodes = content.links, content.nodes
    counts = pd.concat([links["start_node"], links["end_node"]]).value_counts()
    ends = counts.reindex(nodes["node_id"], fill_value=0).to_numpy()
    stored = nodes["degree"].to_numpy(dtype=float, na_value=np.nan)
    wrong = (stored != ends) & (ends > 0) & ~np.isnan(stored)
    for index in np.flatnonzero(wrong).tolist():
        row = nodes.iloc[index]
        text = (
            f"node {row['node_id']} has {ends[index]} link ends, but its degree is "
            f"{stored[index]:g}; correct the degree"
        )
        yield QaIssue("degree", "warning", text, row["geom"] or Point(), row["node_id"])


def _radii(content: Map, limits: CheckLimits) -> Iterator[QaIssue]:
    links = content.links
    for row in links[links["min_radius_m"] < limits.min_radius_m].itertuples():
        text = f"has a radius of {row.min_radius_m:.0f} m, less than {limits.min_radius_m:g} m"
        yield _link_issue("radius", "warning", row.link_id, _middle(row.geom), text)


def _folds(content: Map) -> Iterator[QaIssue]:
    links = content.links
    lines = links.geometry.to_numpy()
    for index in np.flatnonzero(_turning(lines) >= FOLD_TURN).tolist():
        xy = shapely.get_coordinates(lines[index])
        for begin, end, turn in find_folds(xy):
            place = Point(*point_at(xy, (begin + end) / 2).tolist())
            text = (
                f"turns by {np.degrees(turn):.0f}° within {max(end - begin, 1.0):.0f} m, as no"
                " track does; redraw it, or split it there"
            )
            yield _link_issue("fold", "warning", links["link_id"].iloc[index], place, text)


def _turning(lines: NDArray[Any]) -> NDArray[np.float64]:
    """Return ``(n,)`` radians: how much each line turns in all, to either side."""
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    along, same = np.diff(xy, axis=0), owner[1:] == owner[:-1]
    heading = np.arctan2(along[:, 1], along[:, 0])
    turn = np.abs((np.diff(heading) + np.pi) % (2 * np.pi) - np.pi)
    inner = same[1:] & same[:-1]
    return np.bincount(owner[1:-1][inner], turn[inner], len(lines)).astype(np.float64)


def _nearness(content: Map, limits: CheckLimits) -> Iterator[QaIssue]:
    links = content.links
    if links.empty:
        return
    codes, _ = pd.factorize(pd.concat([links["start_node"], links["end_node"]]))
    ends = codes.reshape(2, -1).T.astype(np.int64)
    level = links["layer"].fillna(0).astype("int64").to_numpy()
    # A bridge or tunnel without a level is above or below the ground.
    level = np.where(level == 0, links["bridge"].fillna(False).astype("int64"), level)
    level = np.where(level == 0, -links["tunnel"].fillna(False).astype("int64"), level)
    # The narrowest gauge of the map, to avoid false overlaps.
    gauge = float(links["gauge"].fillna(DEFAULT_GAUGE_MM).min()) / 1000
    ids = links["link_id"].to_numpy()
    for near in near_links(
        shapely.force_2d(links.geometry.to_numpy()),
        ends,
        level,
        overlap_m=limits.overlap_gauges * gauge,
        spacing_m=limits.min_spacing_m,
    ):
        other, itself = ids[near.b], near.a == near.b
        severity, text = {
            "crossing": (
                "error",
                "crosses itself; redraw or split it"
                if itself
                else f"crosses link {other} without a node; split both links there",
            ),
            "overlap": (
                "error",
                f"is {near.distance_m:.2f} m from link {other}; if they are one track, delete one",
            ),
            "spacing": (
                "warning",
                f"is {near.distance_m:.2f} m from link {other}, "
                f"less than {limits.min_spacing_m:g} m",
            ),
        }[near.kind]
        yield _link_issue(near.kind, severity, ids[near.a], Point(near.x, near.y), text)
