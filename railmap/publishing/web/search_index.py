"""Write what the page's search finds: names, numbers, classes and identifiers.

The index is split into small files by the first two characters of a word, so that the page loads
only what is needed for the text that was typed.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from railmap.mapping.attach.user_layers import USER_COLUMN
from railmap.mapping.schema import Layer
from railmap.mapping.store.own_columns import OWN_COLUMN
from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.lonlat import to_lonlat
from railmap.publishing.web.chainage import shard_of
from railmap.publishing.web.places import Places

__all__ = ["search_words", "write_search"]

# More objects of one name are one entry, which shows all of them.
_MOST_OF_A_NAME = 20
_DIGITS = 7  # 1 cm
_IDS = {
    "railway_link": "link_id",
    "railway_node": "node_id",
    "defect": "defect_id",
    "defect_area": "defect_id",
    "scene_event": "event_id",
}
_NAMES = {
    "railway_link": ("name", "ref", "track_ref"),
    "defect": ("class",),
    "defect_area": ("class",),
    "scene_event": ("scene_class",),
    "qa_issue": ("rule",),
    "milestone": ("position_text",),
}
_NAMING = re.compile(
    r"(^|[_:. ])(ref|name|number|no|nr|nummer|label|code|id|kind|class|type)$", re.IGNORECASE
)
# As the titles of popups: the column of the user that names a node.
_NODE_NAMES = ("ref", "number", "name")
_PREFIX = re.compile(r"^[^\W\d_]+[\s.-]*(?=\d)")
_LINKING = ("event_id", "link_id", "line_id", "image_id")
_NODES = {
    "switch": "Switch",
    "railway_crossing": "Crossing",
    "level_crossing": "Level crossing",
    "buffer_stop": "Buffer stop",
}


@dataclass(frozen=True, slots=True)
class _Entry:
    """What one text finds.

    Parameters
    ----------
    layer, identity
        The object; `identity` is None for several.
    key
        The text that finds it.
    label, detail
        What the list of results shows.
    place
        Longitude and latitude, or west, south, east and north.
    """

    layer: str
    identity: str | None
    key: str
    label: str
    detail: str
    place: list[float]

    def row(self) -> list[Any]:
        key = None if self.key == self.identity else self.key
        return [self.layer, self.identity, key, self.label, self.detail, self.place]


def write_search(
    content: Map, frames: Mapping[str, tuple[Layer, gpd.GeoDataFrame]], folder: Path
) -> list[str]:
    """Write ``search/XX.json`` for the words of all names, numbers, classes and identifiers.

    ``XX`` is `shard_of` of a word's first two characters. A file is a list of ``[layer, id, key,
    label, detail, place]``; a key that is null is the id, a place has two or four degrees.

    Parameters
    ----------
    content
        The map.
    frames
        The layers that are shown, by their name on the page, in the map's CRS.
    folder
        The published folder.

    Returns
    -------
    list of str
        The ``XX`` of the files, so that the page does not ask for others.
    """
    shards: dict[str, dict[str, list[Any]]] = defaultdict(dict)
    places = Places(content)
    for name, (layer, frame) in frames.items():
        for entry in _entries(name, layer, frame, places):
            words = search_words(entry.key)
            if entry.key == entry.identity:
                words = words[:1]  # nobody types the middle of an identifier
            row = entry.row()
            for word in words:
                shards[shard_of(word[:2])][json.dumps(row)] = row
    if not shards:
        return []
    (folder / "search").mkdir()
    for shard in sorted(shards):
        rows = sorted(shards[shard].items())
        text = json.dumps(
            [row for _, row in rows], separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        (folder / "search" / f"{shard}.json").write_text(text + "\n", encoding="utf-8")
    return sorted(shards)


def search_words(text: str) -> list[str]:
    """Return the words of a text in lower case and without accents, as the page splits them.

    Examples
    --------
    >>> search_words("Köln–Öst 12a")
    ['koln', 'ost', '12a']
    """
    plain = unicodedata.normalize("NFKD", text.lower())
    plain = "".join(one for one in plain if unicodedata.category(one)[0] != "M")
    return re.findall(r"[^\W_]+", plain)


def _entries(name: str, layer: Layer, frame: gpd.GeoDataFrame, places: Places) -> Iterator[_Entry]:
    shapes = frame.geometry.to_numpy()
    frame = frame[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    if frame.empty or name == "source_image":
        return
    points = _degrees(places.content, _middles(frame.geometry.to_numpy()))
    labels = _labels(name, frame)
    details = places.of(name, frame)
    identity = _IDS.get(name, "event_id" if "event_id" in frame else "")
    ids: list[str | None] = _texts(frame[identity]) if identity else [None] * len(frame)
    for row, one in enumerate(ids):
        if one:
            yield _Entry(name, one, one, labels[row], details[row], points[row])
    for keys in _naming(name, layer, frame):
        members: dict[str, list[int]] = defaultdict(list)
        for row, key in enumerate(keys):
            if key:
                members[key].append(row)
        for key, rows in members.items():
            if len(rows) > (1 if name == "railway_link" else _MOST_OF_A_NAME):
                box = _box(places.content, frame.geometry.iloc[rows].to_numpy())
                yield _Entry(name, None, key, _said(key), f"{len(rows)} objects", box)
                continue
            for row in rows:
                told = _said(key) in labels[row] or key.removesuffix(".0") in labels[row]
                label = labels[row] if told else f"{labels[row]} {key}".strip()
                yield _Entry(name, ids[row], key, label, details[row], points[row])


def _naming(name: str, layer: Layer, frame: gpd.GeoDataFrame) -> Iterator[list[str | None]]:
    """Return the texts of the columns by which people name the objects of a layer."""
    known = _NAMES.get(name, ())
    for column in layer.columns:
        users = column.description in (OWN_COLUMN, USER_COLUMN) and column.name not in _LINKING
        if column.name in known or (users and _NAMING.search(column.name)):
            names = _texts(frame[column.name])
            yield names
            if name == "railway_node":  # "switch 12" is W12 too
                yield [
                    _PREFIX.sub("", one) if one and _PREFIX.match(one) else None for one in names
                ]
    if name == "railway_link":
        yield _texts(frame["service"])
    if name == "railway_node":
        yield [_NODES.get(kind or "") for kind in _texts(frame["railway"])]
        numbers = frame["crossing_number"]
        yield [None if pd.isna(number) else f"1:{number:.1f}" for number in numbers]


def _labels(name: str, frame: gpd.GeoDataFrame) -> list[str]:
    if name == "railway_node":
        given = [_texts(frame[column]) for column in _NODE_NAMES if column in frame]
        names = [next(filter(None, one), "") for one in zip(*given, strict=True)]
        return [
            _node_label(*values)
            for values in zip(
                _texts(frame["railway"]), names or [""] * len(frame), frame["crossing_number"],
                _texts(frame["turnout_side"]), strict=True,
            )
        ]  # fmt: skip
    kinds = {"defect": "class", "defect_area": "class", "scene_event": "scene_class"}
    if name in kinds:
        return [_said(kind or "") for kind in _texts(frame[kinds[name]])]
    if name == "railway_link":
        return [_said(kind or "track") for kind in _texts(frame["service"])]
    if name == "qa_issue":
        return [_said(kind or "") for kind in _texts(frame["rule"])]
    if name == "milestone":
        return ["Kilometre post"] * len(frame)
    return [""] * len(frame)


def _node_label(kind: str | None, name: str, number: float, side: str | None) -> str:
    ratio = "" if pd.isna(number) else f"1:{round(number, 1):g}"
    parts = [_NODES.get(kind or "", "Node"), name, ratio]
    return " ".join(filter(None, parts)) + (f", {side}" if side else "")


def _said(text: str) -> str:
    """Return a value as words: ``short_wave`` is Short wave."""
    words = text.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _texts(column: Iterable[Any]) -> list[str | None]:
    return [None if pd.isna(value) else str(value).strip() or None for value in column]


def _middles(shapes: Sequence[Any]) -> Any:
    """Return a point on each shape: of a line its middle."""
    given = np.asarray(shapes, dtype=object)
    lines = shapely.get_type_id(given) == shapely.GeometryType.LINESTRING
    points = shapely.point_on_surface(given)
    points[lines] = shapely.line_interpolate_point(given[lines], 0.5, normalized=True)
    return shapely.get_coordinates(points)


def _degrees(content: Map, xy: Any) -> list[list[float]]:
    rounded: list[list[float]] = np.round(to_lonlat(content.crs, xy), _DIGITS).tolist()
    return rounded


def _box(content: Map, shapes: Any) -> list[float]:
    x0, y0, x1, y1 = shapely.total_bounds(shapes)
    corners = np.array(_degrees(content, [(x0, y0), (x0, y1), (x1, y0), (x1, y1)]))
    return [*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist()]
