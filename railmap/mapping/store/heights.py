"""Heights and vertical alignments of the links, written into a map."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from railmap.mapping.gpkg.blobs import line_m_blob, point_blob
from railmap.mapping.gpkg.package import Row
from railmap.mapping.schema import layer
from railmap.mapping.store.editing import append_rows
from railmap.mapping.store.layers import ensure_layer, map_srs_id

__all__ = ["LinkHeights", "VerticalSegment", "put_heights"]

Floats = NDArray[np.float64]
_TABLES = ("track_height", "vertical_segment", "elevation_model")


@dataclass(frozen=True, slots=True)
class VerticalSegment:
    """A part of the vertical alignment of a link; the fields are columns of the schema."""

    type: str
    m_from: float
    length_m: float
    start_height_m: float
    start_gradient_permille: float
    end_gradient_permille: float
    radius_m: float | None
    radius_sigma_m: float | None
    rmse_m: float | None


@dataclass(frozen=True, slots=True)
class LinkHeights:
    """Heights of one link.

    Parameters
    ----------
    link_id
        The link.
    xym
        ``(n, 3)`` x, y of the map's CRS and M of the link, metres, at the heights.
    height, gradient_permille, terrain
        ``(n,)`` metres, per mille, metres; NaN where unknown.
    source
        ``(n,)`` values of the domain ``height_source``.
    line
        ``(v, 3)`` x, y, M of the drawn link.
    segments
        The vertical alignment in order of M.
    """

    link_id: str
    xym: Floats
    height: Floats
    gradient_permille: Floats
    terrain: Floats
    source: Sequence[str]
    line: Floats
    segments: Sequence[VerticalSegment]


def put_heights(
    sql: sqlite3.Connection, links: Sequence[LinkHeights], model: Mapping[str, Any]
) -> None:
    """Write heights into a map; those it has are replaced.

    Parameters
    ----------
    sql
        The map, opened with `edit_map`.
    links
        Heights by link.
    model
        Row of ``elevation_model``.
    """
    srs_id = map_srs_id(sql)
    for name in _TABLES:
        ensure_layer(sql, layer(name))
        sql.execute(f'DELETE FROM "{name}"')
    append_rows(sql, layer("track_height"), [row for one in links for row in _heights(one, srs_id)])
    append_rows(
        sql, layer("vertical_segment"), [row for one in links for row in _segments(one, srs_id)]
    )
    append_rows(sql, layer("elevation_model"), [(dict(model), None, None)])


def _heights(link: LinkHeights, srs_id: int) -> list[Row]:
    rows: list[Row] = []
    for seq, ((x, y, m), source) in enumerate(zip(link.xym.tolist(), link.source, strict=True)):
        attributes = {
            "link_id": link.link_id,
            "seq": seq,
            "link_m": m,
            "height_m": _value(link.height[seq], 4),
            "gradient_permille": _value(link.gradient_permille[seq], 4),
            "terrain_m": _value(link.terrain[seq], 4),
            "source": source,
        }
        rows.append((attributes, point_blob(srs_id, x, y), (x, y, x, y)))
    return rows


def _segments(link: LinkHeights, srs_id: int) -> list[Row]:
    rows: list[Row] = []
    m = link.line[:, 2]
    for seq, one in enumerate(link.segments):
        first = min(max(one.m_from, 0.0), m[-1])
        last = min(one.m_from + one.length_m, m[-1])
        if not last > first:
            continue
        cuts = np.array([first, *m[(m > first) & (m < last)], last])
        piece = np.column_stack([*(np.interp(cuts, m, link.line[:, i]) for i in (0, 1)), cuts])
        blob, bounds = line_m_blob(srs_id, piece)
        attributes = {
            "link_id": link.link_id,
            "seq": seq,
            "type": one.type,
            "m_from": one.m_from,
            "length_m": one.length_m,
            "start_height_m": one.start_height_m,
            "start_gradient_permille": one.start_gradient_permille,
            "end_gradient_permille": one.end_gradient_permille,
            "radius_m": one.radius_m,
            "radius_sigma_m": one.radius_sigma_m,
            "rmse_m": one.rmse_m,
        }
        rows.append((attributes, blob, bounds))
    return rows


def _value(value: float, digits: int) -> float | None:
    return round(float(value), digits) if np.isfinite(value) else None
