"""Write the M values of lines and links as small JSON files, for chainages on the web page.

Unlike tiles, these files are not clipped or rounded; the page loads only those it needs.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.lonlat import to_lonlat

__all__ = ["dump_json", "shard_of", "write_chainage"]


def write_chainage(content: Map, folder: Path) -> list[dict[str, Any]]:
    """Write ``lines/N.json`` and ``links/XX.json``; return the index of lines.

    A line's file is ``[[longitude, latitude, M], ...]``; a links' file maps link ids to
    ``{"xym": [...], "lines": [N, ...], "next": [[[link id, end], ...], [...]]}``, where ``next``
    names the links on which a train goes on from the link's start and from its end, and the end
    (0 or 1) at which it enters them. Degrees have 9 decimals (0.1 mm), M (metres) 4.
    """
    index, member_of = _write_lines(content, folder / "lines")
    _write_links(content, folder / "links", member_of)
    return index


def shard_of(link_id: str) -> str:
    """Return the file of a link: two hexadecimal digits of its id's 32 bit FNV-1a hash.

    The page computes the same hash; browsers support SHA only with HTTPS.
    """
    value = 0x811C9DC5
    for byte in link_id.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return f"{value & 0xFF:02x}"


def _write_lines(content: Map, folder: Path) -> tuple[list[dict[str, Any]], dict[str, list[int]]]:
    lines = content.layers.get("railway_line")
    member_of: dict[str, list[int]] = defaultdict(list)
    index: list[dict[str, Any]] = []
    if lines is None or lines.empty:
        return index, member_of
    folder.mkdir()
    lines = lines[lines["geom"].notna()]
    numbers: dict[str, int] = {}
    for number, (row, xym) in enumerate(
        zip(lines.itertuples(), _vertices(content, lines["geom"].to_numpy()), strict=True)
    ):
        numbers[row.line_id] = number
        dump_json(folder / f"{number}.json", xym)
        measures = [vertex[2] for vertex in xym]
        index.append(
            {
                "ref": None if pd.isna(row.ref) else str(row.ref),
                "name": None if pd.isna(row.name) else str(row.name),
                "calibration": None if pd.isna(row.calibration) else str(row.calibration),
                "m_min": min(measures),
                "m_max": max(measures),
                "bounds": _box(xym),
            }
        )
    for row in content.layers.get("railway_line_link", pd.DataFrame()).itertuples():
        if row.line_id in numbers and numbers[row.line_id] not in member_of[row.link_id]:
            member_of[row.link_id].append(numbers[row.line_id])
    return index, member_of


def _write_links(content: Map, folder: Path, member_of: dict[str, list[int]]) -> None:
    links = content.links[content.links.geometry.geom_type == "LineString"]
    if links.empty:
        return
    folder.mkdir()
    shards: dict[str, dict[str, Any]] = defaultdict(dict)
    vertices = _vertices(content, links.geometry.to_numpy())
    following = _following(content, set(links["link_id"]))
    for link_id, xym in zip(links["link_id"], vertices, strict=True):
        entry: dict[str, Any] = {"xym": xym}
        if link_id in member_of:
            entry["lines"] = member_of[link_id]
        if link_id in following:
            entry["next"] = following[link_id]
        shards[shard_of(link_id)][link_id] = entry
    for name in sorted(shards):
        dump_json(folder / f"{name}.json", shards[name])


def _following(content: Map, known: set[str]) -> dict[str, list[list[list[Any]]]]:
    """Return for each link the links on which a train goes on from its start and its end."""
    out: dict[str, list[list[list[Any]]]] = {}
    table = content.layers.get("net_relation")
    if table is None:
        return out
    for row in table.itertuples():
        if row.navigability == "None" or not {row.link_a, row.link_b} <= known:
            continue
        if row.end_a not in (0, 1) or row.end_b not in (0, 1):
            continue
        a, b = (row.link_a, int(row.end_a)), (row.link_b, int(row.end_b))
        for (link, end), other in ((a, b), (b, a)):
            out.setdefault(link, [[], []])[end].append(list(other))
    return {link: [sorted(end) for end in ends] for link, ends in out.items()}


def _vertices(content: Map, shapes: NDArray[np.object_]) -> list[list[list[float]]]:
    """Return ``[longitude, latitude, M]`` of each line's vertices."""
    xym, owner = shapely.get_coordinates(shapes, include_m=True, return_index=True)
    place = np.column_stack([np.round(to_lonlat(content.crs, xym[:, :2]), 9), xym[:, 2].round(4)])
    cuts = np.searchsorted(owner, np.arange(1, len(shapes)))
    return [part.tolist() for part in np.split(place, cuts)]


def _box(xym: list[list[float]]) -> list[float]:
    """Return west, south, east and north."""
    lons, lats, _ = zip(*xym, strict=True)
    return [min(lons), min(lats), max(lons), max(lats)]


def dump_json(path: Path, value: Any) -> None:
    """Write a value as compact JSON."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
