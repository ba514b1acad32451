"""Compare two surveys of a place: new, removed, moved and changed objects."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from railmap._version import __version__
from railmap.errors import InputError, OutputError, UsageError
from railmap.files.inputs import is_same_file
from railmap.files.output import atomic_output, check_output
from railmap.files.written import check_database
from railmap.mapping.compare.defects import compare_defects, dated
from railmap.mapping.compare.tracks import Change, CompareLimits, compare_links, compare_nodes
from railmap.mapping.gpkg.blobs import geometry_blob
from railmap.mapping.gpkg.package import GeoPackage, Row, timestamp
from railmap.mapping.gpkg.srs import spatial_reference
from railmap.mapping.schema import Layer
from railmap.mapping.schema.change import CHANGE_LAYERS, ID_MAP
from railmap.mapping.store.access import explain
from railmap.mapping.store.editing import edit_map
from railmap.mapping.store.licences import add_licence, read_licences
from railmap.mapping.store.reader import Map, read_map
from railmap.mapping.style.qml import layer_qml
from railmap.progress import NullReporter, Reporter

__all__ = ["Comparison", "carry_ids", "compare_maps", "find_changes"]

_COUNTED = (
    ("links", "link_change", "change"),
    ("nodes", "node_change", "change"),
    ("defects", "defect_change", "status"),
)
_DEFECT_LAYERS = ("defect", "defect_area")
# Columns of a map with ids of links, nodes and defects.
_ID_COLUMNS = {
    "link": (
        ("railway_link", "link_id"), ("net_relation", "link_a"), ("net_relation", "link_b"),
        ("railway_line_link", "link_id"), ("alignment_segment", "link_id"),
        ("defect", "link_id"), ("defect_area", "link_id"), ("scene_event", "link_id"),
        ("qa_issue", "object_id"), ("track_height", "link_id"), ("vertical_segment", "link_id"),
    ),
    "node": (
        ("railway_node", "node_id"), ("railway_link", "start_node"), ("railway_link", "end_node"),
        ("net_relation", "node_id"), ("qa_issue", "object_id"),
    ),
    "defect": (("defect", "defect_id"),),
    "defect_area": (("defect_area", "defect_id"),),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """Result of a comparison.

    Parameters
    ----------
    changes
        Changes by layer of `CHANGE_LAYERS`.
    ids
        Old id by new id, by kind (link, node, defect, defect_area).
    crs
        CRS of the geometries, the new map's.
    """

    changes: dict[str, list[Change]]
    ids: dict[str, dict[str, str]]
    crs: pyproj.CRS = field(repr=False)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the number of ``links``, ``nodes`` and ``defects`` by kind of change."""
        found = {}
        for name, layer, key in _COUNTED:
            kinds = Counter(change.values[key] for change in self.changes[layer])
            found[name] = {kind: kinds[kind] for kind in sorted(kinds)}
        return found

    def summary(self) -> str:
        """Return one line for a person."""
        parts = []
        for name, kinds in self.counts().items():
            text = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
            if text or name != "defects":
                parts.append(f"{name}: {text or 'no change'}")
        return "; ".join(parts)


def compare_maps(
    old: str | os.PathLike[str],
    new: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    limits: CompareLimits | None = None,
    carry: bool = False,
    overwrite: bool = False,
    reporter: Reporter | None = None,
) -> Comparison:
    """Compare two maps and write the changes to a GeoPackage.

    Parameters
    ----------
    old, new
        Maps of the earlier and the later survey; the old one is transformed to the new CRS.
    output
        GeoPackage with the layers ``link_change``, ``node_change``, ``defect_change`` and the
        table ``id_map``.
    limits
        Thresholds for matching and for changes.
    carry
        Also replace ids in the new map by the old ones, see `carry_ids`.
    overwrite
        Replace an existing output.
    reporter
        Receives the progress and a warning where a map is compared with itself.

    Returns
    -------
    Comparison
        The changes, and the pairs of ids.

    Raises
    ------
    UsageError
        If the output is not named as a GeoPackage.
    MapError
        If a map cannot be read.
    InputError
        If the maps are of different places.
    OutputError
        If the output exists or cannot be written, or (`carry`) the new map cannot be changed.
    """
    reporter = reporter or NullReporter()
    if Path(output).suffix.lower() != ".gpkg":
        raise UsageError(f"{os.fspath(output)}: changes are a GeoPackage; name it *.gpkg")
    if is_same_file(old, new):
        reporter.warning(f"{os.fspath(new)}: is compared with itself; name another survey")
    check_output(output, overwrite=overwrite, inputs=[old, new])
    reporter.stage("compare", 1)
    later = read_map(new)
    found = find_changes(read_map(old), later, limits=limits)
    run = later.layers["processing_run"]["started_at"].dropna()
    changed = run.max().to_pydatetime() if len(run) else datetime(1970, 1, 1, tzinfo=UTC)
    reference = spatial_reference(found.crs)
    with atomic_output(
        output, overwrite=overwrite, inputs=[old, new], verify=check_database
    ) as partial:
        try:
            with GeoPackage(partial, reference, changed, f"railmap {__version__}") as package:
                for layer in CHANGE_LAYERS:
                    package.add_layer(layer, _rows(layer, found, reference.srs_id))
                    if qml := layer_qml(layer):
                        package.add_style(layer, qml)
                for licence in (*read_licences(old), *read_licences(new)):
                    add_licence(package.sql, licence)
                package.commit()
        except sqlite3.Error as error:
            fault = explain(error, "cannot be written")
            raise OutputError(f"{os.fspath(output)}: {fault}") from error
        if carry:
            carry_ids(new, found)
    reporter.advance(1)
    return found


def _rows(layer: Layer, found: Comparison, srs_id: int) -> list[Row]:
    if layer is ID_MAP:
        return [
            ({"kind": kind, "old_id": ids[key], "new_id": key}, None, None)
            for kind, ids in found.ids.items()
            for key in sorted(ids)
        ]
    return [
        (change.values, *geometry_blob(srs_id, change.geometry))
        for change in found.changes[layer.name]
    ]


def find_changes(old: Map, new: Map, *, limits: CompareLimits | None = None) -> Comparison:
    """Compare two maps in memory.

    Parameters
    ----------
    old, new
        Maps of the earlier and the later survey.
    limits
        Thresholds for matching and for changes.

    Raises
    ------
    InputError
        If the maps are of different places.
    """
    limits = limits or CompareLimits()
    layers = dict(old.layers)
    if old.crs != new.crs:
        for name, frame in layers.items():
            if isinstance(frame, gpd.GeoDataFrame):
                layers[name] = frame.to_crs(new.crs)
    seen_old, seen_new = _seen(layers["source_image"]), _seen(new.layers["source_image"])
    _check_place(old, new, layers)
    links, link_ids = compare_links(layers["railway_link"], new.links, seen_old, seen_new, limits)
    nodes, node_ids = compare_nodes(layers["railway_node"], new.nodes, seen_old, seen_new, limits)
    defects: list[Change] = []
    ids = {"link": link_ids, "node": node_ids}
    for name in _DEFECT_LAYERS:
        before = dated(layers.get(name), layers["source_image"])
        after = dated(new.layers.get(name), new.layers["source_image"])
        found, ids[name] = compare_defects(before, after, name, seen_new, limits)
        defects += found
    changes = {"link_change": links, "node_change": nodes, "defect_change": defects}
    return Comparison(changes, ids, new.crs)


def carry_ids(path: str | os.PathLike[str], found: Comparison) -> None:
    """Replace ids in a map by those of the old survey, and set the status of defects.

    Matched links, nodes and defects take the old id in all tables. The first sighting of a defect
    is that of the old survey. All changes are one transaction.

    Parameters
    ----------
    path
        The new map.
    found
        Its comparison with the old one.

    Raises
    ------
    OutputError
        If the map cannot be changed.
    """
    defects = [
        change.values
        for change in found.changes["defect_change"]
        if "new_defect_id" in change.values
    ]
    with edit_map(path) as sql:
        present = {name for (name,) in sql.execute("SELECT table_name FROM gpkg_contents")}
        for values in defects:
            first = values.get("first_seen")
            sql.execute(
                f'UPDATE "{values["layer"]}" SET status = ?, first_seen = coalesce(?, first_seen)'
                " WHERE defect_id = ?",
                (values["status"], first and timestamp(first), values["new_defect_id"]),
            )
        sql.execute("CREATE TEMP TABLE carried (new_id TEXT PRIMARY KEY, old_id TEXT)")
        for kind, columns in _ID_COLUMNS.items():
            sql.execute("DELETE FROM carried")
            sql.executemany("INSERT INTO carried VALUES (?, ?)", sorted(found.ids[kind].items()))
            for table, column in columns:
                if table in present:
                    sql.execute(
                        f'UPDATE "{table}" SET "{column}" = (SELECT old_id FROM carried'
                        f' WHERE new_id = "{column}")'
                        f' WHERE "{column}" IN (SELECT new_id FROM carried)'
                    )
        sql.execute("DROP TABLE carried")


def _seen(images: pd.DataFrame) -> BaseGeometry:
    shapes = [shape for shape in images["geom"] if shape is not None and not shape.is_empty]
    return shapely.union_all(shapely.make_valid(shapes)) if shapes else Polygon()


def _check_place(old: Map, new: Map, layers: dict[str, pd.DataFrame]) -> None:
    boxes = []
    for frame in (layers["railway_link"], new.links):
        shapes = frame["geom"].dropna().to_numpy()
        if not len(shapes):
            return
        boxes.append(shapely.box(*shapely.total_bounds(shapes)))
    if not shapely.dwithin(*boxes, 100.0):
        apart = shapely.distance(*boxes) / 1000
        raise InputError(
            f"{Path(old.path).name} and {Path(new.path).name} are {apart:.1f} km apart;"
            " compare maps of the same place"
        )
