"""Take attributes from another map (OpenStreetMap)."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from railmap.errors import InputError
from railmap.files.inputs import is_same_file
from railmap.mapping.compare.osm_tracks import OSM_COLUMNS, read_osm_tracks
from railmap.mapping.compare.overlap import Samples, mutual, overlay, stretches
from railmap.mapping.schema import layer
from railmap.mapping.store.editing import append_rows, edit_map
from railmap.mapping.store.layers import map_srs_id
from railmap.mapping.store.licences import ODBL, Licence, add_licence
from railmap.mapping.store.reader import Map, read_map
from railmap.mapping.store.rows import issue_rows
from railmap.mapping.store.types import QaIssue

__all__ = ["CONFLATE_RULES", "Conflation", "common_values", "conflate_map"]

CONFLATE_RULES = ("only_here", "only_in_other_map")
# Between tracks, metres: one line that stands for several tracks lies in their middle.
_TRACK_SPACING_M = 4.5
# A value is taken if it holds for at least this share of a link.
_SHARE = 0.5
_FLAGS = ("bridge", "tunnel", "layer")


@dataclass(frozen=True, slots=True)
class Conflation:
    """Result of taking attributes from another map.

    Parameters
    ----------
    links, matched
        Number of links, and of matched ones.
    taken
        Number of values by column.
    only_here_m, only_there_m
        Length of tracks that are only in this or only in the other map, metres.
    several
        Number of lines of the other map that stand for several tracks each (``tracks=2``). Tracks
        beside them are in the other map although they have no line of their own.
    """

    links: int
    matched: int
    taken: dict[str, int]
    only_here_m: float
    only_there_m: float
    several: int = 0

    def summary(self) -> str:
        """Return one line for a person."""
        values = ", ".join(f"{count} {column}" for column, count in self.taken.items() if count)
        text = (
            f"{self.matched} of {self.links} links matched; took {values or 'nothing'};"
            f" {self.only_here_m:.0f} m only here, {self.only_there_m:.0f} m only in the other map"
        )
        if self.several:
            text += f"; {self.several} of its lines stand for several tracks each, and give their"
            text += " values to the nearest one only"
        return text


def conflate_map(
    path: str | os.PathLike[str],
    other: str | os.PathLike[str],
    *,
    reach_m: float = 3.0,
    shortest_m: float = 20.0,
    replace: bool = False,
    licence: Licence | None = ODBL,
) -> Conflation:
    """Take attributes from another map, matched by geometry.

    A link takes a value that holds for at least half of its length. Values that are set are kept
    unless `replace`; ``railway`` is always taken, a gauge only where it was a default. Tracks that
    are in only one of the maps become issues (``only_here``, ``only_in_other_map``), which replace
    those of an earlier run.

    Parameters
    ----------
    path
        The map to change.
    other
        The other map; see `read_osm_tracks`.
    reach_m
        Maximum lateral distance of the other map's track, metres; the nearest track is used.
    shortest_m
        Minimum length of an issue, metres.
    replace
        Also replace values that are set.
    licence
        Licence of the other map, stored in the metadata if any value is taken.

    Returns
    -------
    Conflation
        Counts and lengths.

    Raises
    ------
    MapError
        If the map cannot be read.
    InputError
        If the other map cannot be used, is the map itself, or has no track nearby.
    OutputError
        If the map cannot be changed.
    """
    if is_same_file(path, other):
        raise InputError(f"{other}: is the map itself; give an OpenStreetMap extract")
    content = read_map(path)
    links = content.links[content.links.geometry.geom_type == "LineString"]
    if links.empty:
        raise InputError(f"{path}: has no tracks to give attributes to")
    near = _around(content)
    tracks = read_osm_tracks(other, content.crs, bounds=near)
    if tracks.empty:
        raise InputError(f"{other}: has no tracks near {path}; give an extract of the same place")
    lines = shapely.force_2d(links.geometry.to_numpy())
    others = tracks.geometry.to_numpy()
    forth = mutual(overlay(lines, others, reach_m=reach_m), lines, others)
    back = overlay(others, lines, reach_m=reach_m)
    updates = common_values(links, tracks, forth, replace=replace)
    issues, here, there = _one_sided(
        content, links, tracks, lines, forth, back, shortest_m, reach_m
    )
    taken = dict.fromkeys(OSM_COLUMNS, 0) | Counter(column for _, column, _ in updates)
    with edit_map(path) as sql:
        for fid, column, value in updates:
            sql.execute(f'UPDATE railway_link SET "{column}" = ? WHERE fid = ?', (value, fid))
            if column == "gauge":
                sql.execute("UPDATE railway_link SET gauge_source = 'tag' WHERE fid = ?", (fid,))
        marks = ", ".join("?" * len(CONFLATE_RULES))
        sql.execute(
            f"DELETE FROM qa_issue WHERE coalesce(status, 'open') = 'open' AND rule IN ({marks})",
            CONFLATE_RULES,
        )
        append_rows(sql, layer("qa_issue"), issue_rows(issues, map_srs_id(sql)))
        if licence is not None and updates:
            add_licence(sql, licence)
    matched = len(np.unique(forth.line[forth.other >= 0]))
    several = int((tracks["tracks"] > 1).sum())
    return Conflation(len(links), matched, taken, here, there, several)


def _around(content: Map) -> tuple[float, ...]:
    shapes = content.links.geometry.dropna().to_numpy()
    x0, y0, x1, y1 = shapely.total_bounds(shapes)
    return x0 - 50.0, y0 - 50.0, x1 + 50.0, y1 + 50.0


def common_values(
    links: pd.DataFrame,
    tracks: pd.DataFrame,
    samples: Samples,
    *,
    columns: Sequence[str] = OSM_COLUMNS,
    replace: bool = False,
) -> list[tuple[int, str, Any]]:
    """Return fid, column and SQL value of the attributes that links take from matched tracks.

    Parameters
    ----------
    links, tracks
        Tables with the columns to take.
    samples
        Match of `links` with `tracks`.
    columns
        The columns.
    replace
        Also replace values that are set.
    """
    shares: dict[int, list[tuple[int, float]]] = {}
    for (mine, their), share in samples.shares(len(links), len(tracks)).items():
        shares.setdefault(mine, []).append((their, share))
    values = {column: tracks[column].to_numpy(dtype=object) for column in columns}
    updates = []
    for mine in sorted(shares):
        row = links.iloc[mine]
        for column in columns:
            value = shared_value([(values[column][their], share) for their, share in shares[mine]])
            if value is None or not _wanted(row, column, value, replace):
                continue
            updates.append((int(links.index[mine]), column, _sql_value(column, value)))
    return updates


def shared_value(values: Sequence[tuple[Any, float]]) -> Any:
    """Return the value with the largest share if that is at least half, else None."""
    counts: dict[Any, float] = {}
    for value, share in values:
        if value is not None and not pd.isna(value):
            counts[value] = counts.get(value, 0.0) + share
    value, share = max(counts.items(), key=lambda item: item[1], default=(None, 0.0))
    return value if share >= _SHARE else None


def _wanted(row: pd.Series, column: str, value: Any, replace: bool) -> bool:
    before = row[column]
    if not pd.isna(before) and before == value:
        # A default gauge that the other map confirms becomes a tagged one.
        return column == "gauge" and row["gauge_source"] == "default"
    if column == "railway" or replace:
        return column != "gauge" or row["gauge_source"] != "measured"
    if column == "gauge":
        return bool(row["gauge_source"] == "default")
    return bool(pd.isna(before))


def _sql_value(column: str, value: Any) -> Any:
    return int(value) if column in ("gauge", *_FLAGS) else str(value)


def _one_sided(
    content: Map,
    links: pd.DataFrame,
    tracks: pd.DataFrame,
    lines: NDArray[np.object_],
    forth: Samples,
    back: Samples,
    shortest_m: float,
    reach_m: float,
) -> tuple[list[QaIssue], float, float]:
    issues: list[QaIssue] = []
    lengths = []
    here = (forth.other < 0) & ~_beside_several(tracks, forth, reach_m)
    there = (back.other < 0) & _inside(content, back)
    for rule, chosen, samples, shapes in (
        ("only_here", here, forth, lines),
        ("only_in_other_map", there, back, tracks.geometry.to_numpy()),
    ):
        total = 0.0
        for run in stretches(samples, chosen, shortest_m):
            piece: BaseGeometry = substring(
                shapes[run.line], samples.m[run.first], samples.m[run.last]
            )
            total += piece.length
            if rule == "only_here":
                link_id = links["link_id"].iloc[run.line]
                text = f"{piece.length:.0f} m of link {link_id} are not in the other map"
                issues.append(QaIssue(rule, "info", text, piece, link_id))
            else:
                text = f"{piece.length:.0f} m of {tracks['railway'].iloc[run.line]}"
                text += " are in the other map, not here"
                issues.append(QaIssue(rule, "info", text, piece))
        lengths.append(total)
    return issues, lengths[0], lengths[1]


def _beside_several(
    tracks: gpd.GeoDataFrame, samples: Samples, reach_m: float
) -> NDArray[np.bool_]:
    """Return which samples may be one of the tracks that a line of the other map stands for."""
    out = np.zeros(len(samples.xy), dtype=np.bool_)
    for count, some in tracks[tracks["tracks"] > 1].groupby("tracks"):
        reach = reach_m + _TRACK_SPACING_M * (float(count) - 1) / 2
        area = shapely.union_all(shapely.buffer(some.geometry.to_numpy(), reach))
        shapely.prepare(area)
        out |= shapely.intersects_xy(area, samples.xy[:, 0], samples.xy[:, 1])
    return out


def _inside(content: Map, samples: Samples) -> NDArray[np.bool_]:
    """Return which samples are within the source images; without images, near the links."""
    shapes = content.layers["source_image"]["geom"].dropna().to_numpy()
    area = shapely.union_all(shapely.make_valid(shapes)) if len(shapes) else None
    if area is None or area.is_empty:
        area = shapely.box(*_around(content))
    shapely.prepare(area)
    return np.asarray(shapely.intersects_xy(area, samples.xy[:, 0], samples.xy[:, 1]))
