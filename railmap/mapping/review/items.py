"""What there is to review in a map: doubtful tracks and open issues."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from railmap.mapping.gpkg.blobs import wkb_from_blob
from railmap.mapping.schema.review import DOUBTFUL_TRACK
from railmap.mapping.store.reader import Map

__all__ = ["ReviewItem", "issues_on_link", "review_items"]

# An issue about a track is on the link that its line follows within this distance.
_SAME_M = 1.0
_SAME_SHARE = 0.9
_SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A doubtful track or an open issue.

    Parameters
    ----------
    kind
        ``link`` or ``issue``.
    key
        ``link_id`` of a track, ``fid`` of an issue as text.
    rule, severity, message
        Those of the issue; of a track without an issue ``doubtful_track``, ``info``, empty.
    confidence
        Of the track, None if unknown or no track is concerned.
    link_id
        The track concerned, None if there is none: only a track can be rejected.
    wkt
        Its geometry, 2D, in the CRS of the map; empty without.
    """

    kind: str
    key: str
    rule: str
    severity: str
    message: str
    confidence: float | None
    link_id: str | None
    wkt: str

    def plain(self) -> dict[str, Any]:
        """Return it as a dictionary for JSON."""
        return asdict(self)


def review_items(content: Map, below: float) -> list[ReviewItem]:
    """Return what there is to review.

    A track is doubtful if its confidence is below `below` and nobody has drawn, edited or accepted
    it. An open issue ``doubtful_track`` and the track that it is about are one item. Errors come
    first, then tracks by increasing confidence, then warnings and other issues.

    Parameters
    ----------
    content
        The map.
    below
        Confidence below which a track is doubtful, 0 to 1.
    """
    tracks = list(_links(content.links, below))
    listed = {item.key for item in tracks}
    issues = (
        item
        for item in _issues(content)
        if item.rule != DOUBTFUL_TRACK or item.link_id not in listed
    )
    return sorted([*tracks, *issues], key=_order)


def issues_on_link(sql: sqlite3.Connection, link_id: str) -> list[int]:
    """Return the ``fid`` of every open issue about a track; reads no more than it must."""
    is_open = "coalesce(status, 'open') = 'open'"
    named = sql.execute(
        f"SELECT fid FROM qa_issue WHERE {is_open} AND object_id = ?", (link_id,)
    ).fetchall()
    found = {fid for (fid,) in named}
    (blob,) = sql.execute(
        "SELECT geom FROM railway_link WHERE link_id = ?", (link_id,)
    ).fetchone() or (None,)
    if blob is None:
        return sorted(found)
    line = shapely.force_2d(shapely.from_wkb(wkb_from_blob(blob)))
    near = shapely.buffer(line, _SAME_M)
    shapely.prepare(near)
    for fid, other in sql.execute(
        f"SELECT fid, geom FROM qa_issue WHERE {is_open} AND rule = ? AND geom IS NOT NULL",
        (DOUBTFUL_TRACK,),
    ):
        shape = shapely.from_wkb(wkb_from_blob(other))
        if shapely.intersects(near, shape) and _share(shape, line) >= _SAME_SHARE:
            found.add(fid)
    return sorted(found)


def _open_issues(content: Map) -> gpd.GeoDataFrame:
    issues = content.layers["qa_issue"]
    return issues[issues["status"].fillna("open") == "open"]


def _doubts(content: Map) -> dict[str, list[int]]:
    """Match open issues ``doubtful_track``, which name no object, with links by their lines."""
    issues = _open_issues(content)
    issues = issues[(issues["rule"] == DOUBTFUL_TRACK) & ~issues.geometry.isna()]
    links = content.links[~content.links.geometry.isna()]
    found: dict[str, list[int]] = {}
    if issues.empty or links.empty:
        return found
    lines = shapely.force_2d(links.geometry.to_numpy())
    ids = links["link_id"].tolist()
    tree = shapely.STRtree(lines)
    for fid, line in zip(issues.index.tolist(), issues.geometry, strict=True):
        shares = [
            (_share(line, lines[index]), -index)
            for index in tree.query(line, predicate="dwithin", distance=_SAME_M).tolist()
        ]
        if shares and max(shares)[0] >= _SAME_SHARE:
            found.setdefault(ids[-max(shares)[1]], []).append(fid)
    return found


def _share(one: BaseGeometry, other: BaseGeometry) -> float:
    """Return which share of two lines is common, of the longer one."""
    if not one.length > 0 or not other.length > 0:
        return 0.0
    points = shapely.line_interpolate_point(one, np.linspace(0, 1, 21), normalized=True)
    near = float((shapely.distance(points, other) <= _SAME_M).mean())
    return near * float(min(one.length, other.length) / max(one.length, other.length))


def _links(links: gpd.GeoDataFrame, below: float) -> Iterator[ReviewItem]:
    confidence = pd.to_numeric(links["confidence"], errors="coerce")
    doubtful = (confidence < below) & (links["geometry_source"] != "edited")
    for row in links[doubtful].itertuples():
        yield ReviewItem(
            "link", str(row.link_id), DOUBTFUL_TRACK, "info", "",
            float(row.confidence), str(row.link_id), _wkt(row.geom),
        )  # fmt: skip


def _issues(content: Map) -> Iterator[ReviewItem]:
    named = content.links.drop_duplicates("link_id").set_index("link_id")
    on = {fid: link_id for link_id, fids in _doubts(content).items() for fid in fids}
    for row in _open_issues(content).itertuples():
        link_id = on.get(row.Index, row.object_id if row.object_id in named.index else None)
        confidence = None if link_id is None else _number(named.at[link_id, "confidence"])
        shape = row.geom
        if (shape is None or shape.is_empty) and link_id is not None:
            shape = named.at[link_id, "geom"]
        yield ReviewItem(
            "issue", str(row.Index), str(row.rule), str(row.severity or "info"),
            str(row.message or ""), confidence, link_id, _wkt(shape),
        )  # fmt: skip


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _wkt(shape: BaseGeometry | None) -> str:
    if shape is None or shape.is_empty:
        return ""
    return str(shapely.to_wkt(shapely.force_2d(shape), rounding_precision=3))


def _order(item: ReviewItem) -> tuple[int, float, str, str]:
    rank = _SEVERITIES.index(item.severity) if item.severity in _SEVERITIES else len(_SEVERITIES)
    of_track = item.rule == DOUBTFUL_TRACK
    group = 0 if rank == 0 else 1 if of_track else rank + 1
    return group, 2.0 if item.confidence is None else item.confidence, item.kind, item.key
