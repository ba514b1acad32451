"""What a person did in a map: read before the map is made anew, so that it stays."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from railmap.errors import MapError, OutputError
from railmap.mapping.remap.carry_over import Belongings, read_belongings
from railmap.mapping.schema import layer
from railmap.mapping.store.access import check_free, open_to_read, told
from railmap.mapping.store.migration import map_version
from railmap.mapping.store.reader import Map, plain_rows, read_map

__all__ = ["Edits", "KeptLink", "KeptNode", "read_edits"]

Values = dict[str, Any]

# Follow from where a link lies and what it is joined to.
_DERIVED = ("start_node", "end_node", "length_m")


@dataclass(frozen=True, slots=True)
class KeptLink:
    """A link that a person drew or changed.

    Parameters
    ----------
    xy
        ``(n, 2)`` metres in the new map's CRS.
    values
        Its columns, but for those that follow from its place.
    ends
        Ids of its first and last node; a link drawn in QGIS may name none.
    """

    xy: NDArray[np.float64]
    values: Values
    ends: tuple[str, str]


@dataclass(frozen=True, slots=True)
class KeptNode:
    """A node that a person reviewed, or that a kept link ends in."""

    x: float
    y: float
    values: Values
    reviewed: bool


@dataclass(frozen=True, slots=True)
class Edits:
    """What stays of a map when its raster is mapped again.

    ``relations`` are rows of ``net_relation`` between kept links, ``runs`` rows of
    ``processing_run`` that kept links name, ``belongings`` what the map has beside its tracks.
    """

    links: tuple[KeptLink, ...]
    nodes: tuple[KeptNode, ...]
    relations: tuple[Values, ...] = ()
    runs: tuple[Values, ...] = ()
    belongings: Belongings | None = None


def read_edits(path: str | os.PathLike[str], crs: Any | None = None) -> Edits | None:
    """Read what stays of a map: edited links, reviewed nodes, and what isn't tracks.

    A link counts as edited if its ``geometry_source`` says so, which QGIS sets by itself when one
    is drawn or changed.

    Parameters
    ----------
    path
        A map; if there is none, or another kind of file, nothing was edited.
    crs
        Projected CRS to bring it to; None leaves it in the map's.

    Returns
    -------
    Edits or None
        None if nothing stays.

    Raises
    ------
    MapError
        If it is a map but a newer or broken one, or an edited link has no line.
    OutputError
        If another program is writing to it, or it is too damaged to tell.
    """
    file = Path(path)
    if not _is_map(file):
        return None
    check_free(file)
    content = read_map(file)
    edited = content.links[content.links["geometry_source"] == "edited"]
    named = set(edited["start_node"]) | set(edited["end_node"])
    nodes = content.nodes
    reviewed = nodes["reviewed"].fillna(False).astype(bool)
    stay = nodes[(reviewed | nodes["node_id"].isin(named)) & (nodes.geom_type == "Point")]
    move = _mover(content, crs)
    belongings = read_belongings(content, crs, move)
    if edited.empty and not reviewed.any() and belongings is None:
        return None
    ids = set(edited["link_id"])
    relations = content.layers["net_relation"]
    relations = relations[relations["link_a"].isin(ids) & relations["link_b"].isin(ids)]
    runs = content.layers["processing_run"]
    runs = runs[runs["run_id"].isin(set(edited["run_id"].dropna()))]
    return Edits(
        links=tuple(
            KeptLink(
                move(_line(file, row["link_id"], shape)),
                {name: value for name, value in row.items() if name not in _DERIVED},
                (row["start_node"], row["end_node"]),
            )
            for row, shape in zip(
                plain_rows(edited, layer("railway_link")), edited.geometry, strict=True
            )
        ),
        nodes=tuple(
            KeptNode(*_xy(move(shapely.get_coordinates(shape))), row, bool(row["reviewed"]))
            for row, shape in zip(
                plain_rows(stay, layer("railway_node")), stay.geometry, strict=True
            )
        ),
        relations=tuple(plain_rows(relations, layer("net_relation"))),
        runs=tuple(plain_rows(runs, layer("processing_run"))),
        belongings=belongings,
    )


def _is_map(file: Path) -> bool:
    if not file.is_file():
        return False
    try:
        with closing(open_to_read(file)) as sql:
            return map_version(sql) is not None
    except sqlite3.Error as error:
        # What somebody did in it must not go unseen.
        raise OutputError(f"{file}: {told(error)}, or delete it to begin anew") from error


def _line(file: Path, link_id: str, shape: Any) -> NDArray[np.float64]:
    if shape is None or shape.geom_type != "LineString" or not shape.length > 0:
        raise MapError(f"{file}: the edited link {link_id} has no line; redraw or delete it")
    xy: NDArray[np.float64] = shapely.get_coordinates(shape)
    return xy


def _xy(place: NDArray[np.float64]) -> tuple[float, float]:
    return float(place[0, 0]), float(place[0, 1])


def _mover(content: Map, crs: Any | None) -> Any:
    """Return what brings ``(n, 2)`` coordinates to the new map's CRS."""
    target = content.crs if crs is None else pyproj.CRS.from_user_input(crs)
    if target.equals(content.crs, ignore_axis_order=True):
        return lambda xy: xy
    transformer = pyproj.Transformer.from_crs(content.crs, target, always_xy=True)
    return lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))
