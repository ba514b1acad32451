"""Heights that do not belong to the tracks any more, because these were edited after draping."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import Point

from railmap.mapping.store.reader import Map
from railmap.mapping.store.types import QaIssue

__all__ = ["height_issues"]

_OFF_LINE_M = 0.1  # on a gradient of 25 per mille, 2.5 mm of height


def height_issues(content: Map) -> Iterator[QaIssue]:
    """Links whose heights are those of another geometry, or that lack heights.

    A link that the elevation model does not cover has points without height, which is no issue.

    Parameters
    ----------
    content
        A map whose links are LineStrings with a length.

    Yields
    ------
    QaIssue
        One a link, by the order of the links; then one for each link that does not exist.
    """
    heights = content.layers.get("track_height")
    if heights is None or heights.empty:
        return
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
