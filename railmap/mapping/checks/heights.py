"""Heights that are no heights of a track: of another geometry, no numbers, or far from the next."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import Point

from railmap.mapping.store.reader import Map
from railmap.mapping.store.types import QaIssue

__all__ = ["height_issues"]

_OFF_LINE_M = 0.1  # on a gradient of 25 per mille, 2.5 mm of height
_STEEPEST = 60.0  # gradient of a track where the elevation model does not tell, per mille
_STEEPER = 1.5  # times the steepest gradient: a fitted line may be a little steeper than it
_STEP_M = 0.1  # of two heights beside each other that is no fault
_SEGMENT_NUMBERS = ("start_height_m", "start_gradient_permille", "end_gradient_permille")


def height_issues(content: Map) -> Iterator[QaIssue]:
    """Links whose heights are those of another geometry, are missing, or cannot be heights.

    A link that the elevation model does not cover has points without height, which is no issue.

    Parameters
    ----------
    content
        A map whose links are LineStrings with a length.

    Yields
    ------
    QaIssue
        ``stale_heights``, one a link, by the order of the links; then one for each link that does
        not exist. Then ``height``, one for each fault of a link.
    """
    heights = content.layers.get("track_height")
    if heights is None or heights.empty:
        return
    yield from _stale(content, heights)
    yield from _no_heights(content, heights)
    yield from _no_numbers(content)
    yield from _steps(content, heights)


def _stale(content: Map, heights: pd.DataFrame) -> Iterator[QaIssue]:
    by_link = {str(link_id): frame for link_id, frame in heights.groupby("link_id")}
    for row in content.links.itertuples():
        own = by_link.pop(row.link_id, None)
        if own is None:
            fault = "has no heights, but other links have: it is newer"
        else:
            off = _off_line(row.geom, own)
            if off <= _OFF_LINE_M:
                continue
            fault = f"was edited after its heights: they are up to {off:.2f} m from where they were"
        yield QaIssue(
            "stale_heights",
            "warning",
            f"link {row.link_id} {fault}; drape the map again",
            shapely.force_2d(row.geom).interpolate(0.5, normalized=True),
            row.link_id,
        )
    for link_id, own in by_link.items():
        place = own.geometry.iloc[0]
        text = f"heights are of link {link_id}, which does not exist; drape the map again"
        yield QaIssue(
            "stale_heights", "warning", text, Point() if place is None else place, link_id
        )


def _off_line(line: shapely.LineString, heights: pd.DataFrame) -> float:
    """Largest distance of heights from where the link has their M now, metres."""
    vertices = shapely.get_coordinates(line)
    along = np.r_[0.0, np.cumsum(np.hypot(*np.diff(vertices, axis=0).T))]
    m = heights["link_m"].to_numpy(dtype=float)
    here = np.column_stack([np.interp(m, along, vertices[:, i]) for i in (0, 1)])
    there = shapely.get_coordinates(heights.geometry.to_numpy())
    if len(there) != len(m):
        return float("inf")
    # a link that has become longer goes on where there are no heights
    beyond = along[-1] - float(np.max(m))
    return float(max(np.hypot(*(here - there).T).max(), beyond))


def _numbers(values: Any) -> np.ndarray:
    return np.asarray(pd.to_numeric(values, errors="coerce"), dtype=float)


def _no_heights(content: Map, heights: pd.DataFrame) -> Iterator[QaIssue]:
    """Heights that are infinite or no numbers, where they should be known."""
    known = heights["source"].fillna("") != "unknown"
    bad = heights[known & ~np.isfinite(_numbers(heights["height_m"]))]
    for link_id, own in bad.groupby("link_id", sort=False):
        first = own.iloc[0]
        at = _numbers(own["link_m"])
        text = (
            f"link {link_id} has {len(own)} heights that are missing or no number, the first at"
            f" {at[0]:.1f} m; drape the map again"
        )
        yield _issue(text, first.geom, str(link_id))


def _no_numbers(content: Map) -> Iterator[QaIssue]:
    """Vertical segments with values that are infinite or missing: no format can write them."""
    rows = content.layers.get("vertical_segment")
    if rows is None or rows.empty:
        return
    bad = rows[~np.isfinite([_numbers(rows[name]) for name in _SEGMENT_NUMBERS]).all(axis=0)]
    for link_id, own in bad.groupby("link_id", sort=False):
        place = own.iloc[0].geom
        text = (
            f"link {link_id} has {len(own)} vertical segments without height or gradient; drape the"
            " map again"
        )
        at = None if place is None or place.is_empty else shapely.Point(place.coords[0][:2])
        yield _issue(text, at, str(link_id))


def _steps(content: Map, heights: pd.DataFrame) -> Iterator[QaIssue]:
    """Heights that are further from those beside them than a track can rise."""
    most = _STEEPER * _steepest(content) / 1000
    for link_id, own in heights.groupby("link_id", sort=False):
        m, z = _numbers(own["link_m"]), _numbers(own["height_m"])
        sound = np.isfinite(m) & np.isfinite(z)
        own, m, z = own[sound], m[sound], z[sound]
        if len(m) < 2:
            continue
        rise = np.abs(np.diff(z)) - most * np.abs(np.diff(m)) - _STEP_M
        if (worst := int(np.argmax(rise))) >= 0 and rise[worst] > 0:
            text = (
                f"link {link_id} rises by {abs(z[worst + 1] - z[worst]):.2f} m from {m[worst]:.1f}"
                f" to {m[worst + 1]:.1f} m; correct the height or drape the map again"
            )
            yield _issue(text, own.iloc[worst + 1].geom, str(link_id))


def _steepest(content: Map) -> float:
    """Steepest gradient that the heights were allowed, per mille."""
    models = content.layers.get("elevation_model")
    for text in [] if models is None else models["parameters"].dropna():
        try:
            return max(_STEEPEST, float(json.loads(text)["max_gradient_permille"]))
        except (ValueError, KeyError, TypeError):
            continue
    return _STEEPEST


def _issue(text: str, place: Any, link_id: str) -> QaIssue:
    where = Point() if place is None else shapely.force_2d(place)
    return QaIssue("height", "warning", text, where, link_id)
