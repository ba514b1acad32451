"""Read the edits of a person in a map before its raster is mapped again."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from railmap.errors import MapError, OutputError
from railmap.files.unfinished import unfinished_fault
from railmap.mapping.gpkg.triggers import check_triggers
from railmap.mapping.remap.carry_over import read_other_content
from railmap.mapping.remap.edits import Edits, KeptLink, KeptNode
from railmap.mapping.schema import layer
from railmap.mapping.schema.review import REJECTED_TRACK
from railmap.mapping.store.access import check_free, explain, open_to_read
from railmap.mapping.store.migration import map_version
from railmap.mapping.store.reader import Map, plain_rows, read_map

__all__ = ["EditedMap", "read_edits"]

# Computed from the geometry and the nodes of a link.
_DERIVED = ("start_node", "end_node", "length_m")


class EditedMap:
    """The edits of a map that a job is going to replace.

    They are read at the start, so that a map whose edits cannot be kept stops the job before its
    work. They are read again only if the file has changed since.

    Parameters
    ----------
    path
        The map; the file need not exist.

    Raises
    ------
    MapError, OutputError
        See `read_edits`.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._state = _file_state(self._path)
        self._edits = read_edits(self._path)

    def current(self, crs: Any) -> Edits | None:
        """Return the edits as the file has them now, in `crs`; None if there are none.

        Raises
        ------
        MapError, OutputError
            See `read_edits`.
        """
        if _file_state(self._path) != self._state:
            self._state = _file_state(self._path)
            self._edits = read_edits(self._path)
        elif _is_map(self._path):
            check_free(self._path)
        return self._edits.to_crs(crs) if self._edits is not None else None


def read_edits(path: str | os.PathLike[str]) -> Edits | None:
    """Read the edits of a map: edited links, reviewed nodes, and what is not tracks.

    A link counts as edited if its ``geometry_source`` is ``edited``. QGIS sets that by itself when
    a link is drawn or changed.

    Parameters
    ----------
    path
        A map. A missing file or another kind of file has no edits.

    Returns
    -------
    Edits or None
        None if there is nothing to keep.

    Raises
    ------
    MapError
        If it is a map but a newer or broken one, or an edited link has no line.
    OutputError
        If another program is writing to it, or it is too damaged to be read.
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
    other = read_other_content(content)
    draped = content.layers.get("track_height")
    heights = draped is not None and not draped.empty
    if edited.empty and not reviewed.any() and other is None and not heights:
        return None
    ids = set(edited["link_id"])
    relations = content.layers["net_relation"]
    relations = relations[relations["link_a"].isin(ids) & relations["link_b"].isin(ids)]
    runs = content.layers["processing_run"]
    runs = runs[runs["run_id"].isin(set(edited["run_id"].dropna()))]
    return Edits(
        crs=content.crs,
        links=tuple(
            KeptLink(
                _line(file, row["link_id"], shape),
                {name: value for name, value in row.items() if name not in _DERIVED},
                (row["start_node"], row["end_node"]),
            )
            for row, shape in zip(
                plain_rows(edited, layer("railway_link")), edited.geometry, strict=True
            )
        ),
        nodes=tuple(
            KeptNode(float(shape.x), float(shape.y), row, bool(row["reviewed"]))
            for row, shape in zip(
                plain_rows(stay, layer("railway_node")), stay.geometry, strict=True
            )
        ),
        relations=tuple(plain_rows(relations, layer("net_relation"))),
        runs=tuple(plain_rows(runs, layer("processing_run"))),
        other=other,
        rejected=_rejected(content),
        heights=heights,
    )


def _rejected(content: Map) -> tuple[NDArray[np.float64], ...]:
    """Return the lines of rejected tracks; a record that was opened again does not count."""
    issues = content.layers["qa_issue"]
    issues = issues[(issues["rule"] == REJECTED_TRACK) & (issues["status"] == "accepted")]
    return tuple(
        shapely.get_coordinates(part)
        for part in shapely.get_parts(issues.geometry.dropna().to_numpy())
        if part.geom_type == "LineString" and part.length > 0
    )


def _file_state(file: Path) -> list[tuple[int, int, int] | None]:
    """Return what changes when SQLite writes to a file, in WAL mode or not."""
    state: list[tuple[int, int, int] | None] = []
    for part in (file, file.with_name(f"{file.name}-wal")):
        try:
            stat = part.stat()
        except OSError:
            state.append(None)
        else:
            state.append((stat.st_ino, stat.st_size, stat.st_mtime_ns))
    return state


def _is_map(file: Path) -> bool:
    if not file.is_file():
        return False
    try:
        with closing(open_to_read(file)) as sql:
            if map_version(sql) is None:
                return False
            check_triggers(file, sql)  # they would be copied
            return True
    except sqlite3.Error as error:
        # The edits in it must not be lost silently.
        fault = unfinished_fault(file, error) or explain(error)
        raise OutputError(f"{file}: {fault}, or delete it to start again") from error


def _line(file: Path, link_id: str, shape: Any) -> NDArray[np.float64]:
    if shape is None or shape.geom_type != "LineString" or not shape.length > 0:
        raise MapError(f"{file}: the edited link {link_id} has no line; redraw or delete it")
    xy: NDArray[np.float64] = shapely.get_coordinates(shape)
    return xy
