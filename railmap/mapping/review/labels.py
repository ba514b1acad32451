"""Reviewed tracks as labels for training, with the rejected ones as places without track."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from railmap.errors import InputError
from railmap.files.output import atomic_output
from railmap.files.written import check_layers
from railmap.mapping.schema.review import REJECTED_TRACK
from railmap.mapping.store.reader import read_map

__all__ = ["ReviewLabels", "write_labels"]

# Training cuts its samples around places up to this far from a track.
_AREA_M = 12.0
_IGNORED_M = 3.0


@dataclass(frozen=True, slots=True)
class ReviewLabels:
    """What was written: numbers of accepted and rejected tracks, and metres of label lines."""

    accepted: int
    rejected: int
    length_m: float


def write_labels(
    path: str | os.PathLike[str],
    output: str | os.PathLike[str],
    below: float,
    *,
    overwrite: bool = False,
) -> ReviewLabels:
    """Write the reviewed places of a map as labels that ``train tracks --labels`` reads.

    The layer ``area`` is 12 m around the tracks that a person has accepted, drawn, edited or
    rejected; only it is learnt from. The layer ``centreline`` has the tracks in it, without
    doubtful ones that nobody has decided: these are in the layer ``ignore``. Where a track was
    rejected there is no line: a place without track.

    Parameters
    ----------
    path
        The map.
    output
        GeoPackage to write.
    below
        Confidence below which a track is doubtful, as for `review_items`.
    overwrite
        Replace an existing file.

    Returns
    -------
    ReviewLabels

    Raises
    ------
    InputError
        If nothing was reviewed.
    MapError, OutputError
        If the map cannot be read or the file not be written.
    """
    target = Path(output)
    content = read_map(path)
    links = content.links[~content.links.geometry.isna()]
    edited = links["geometry_source"] == "edited"
    issues = content.layers["qa_issue"]
    rejected = issues[(issues["rule"] == REJECTED_TRACK) & (issues["status"] == "accepted")]
    reviewed = [*_plane(links[edited]), *_plane(rejected)]
    if not reviewed:
        raise InputError(f"{os.fspath(path)}: no track was accepted or rejected yet")
    area = shapely.union_all(shapely.buffer(reviewed, _AREA_M))
    doubtful = (pd.to_numeric(links["confidence"], errors="coerce") < below) & ~edited
    lines = _lines(shapely.intersection(_plane(links[~doubtful]), area))
    ignored = shapely.intersection(shapely.buffer(_plane(links[doubtful]), _IGNORED_M), area)
    # A label beside the doubtful track stays judged.
    near = shapely.buffer(shapely.union_all(lines), _IGNORED_M / 2)
    ignored = [shape for shape in shapely.difference(ignored, near) if not shape.is_empty]
    layers = {"centreline": lines, "area": [area]} | ({"ignore": ignored} if ignored else {})
    counts = {name: len(shapes) for name, shapes in layers.items()}
    with atomic_output(
        target,
        overwrite=overwrite,
        inputs=[os.fspath(path)],
        verify=lambda partial: check_layers(partial, counts),
    ) as partial:
        for name, shapes in layers.items():
            frame = gpd.GeoDataFrame(geometry=shapes, crs=content.crs)
            frame.to_file(partial, layer=name, driver="GPKG", engine="pyogrio")
    return ReviewLabels(int(edited.sum()), len(rejected), float(sum(shapely.length(lines))))


def _plane(frame: gpd.GeoDataFrame) -> list[shapely.Geometry]:
    return list(shapely.force_2d(frame.geometry.dropna().to_numpy()))


def _lines(shapes: list[shapely.Geometry]) -> list[shapely.Geometry]:
    parts = shapely.get_parts(shapes)
    return [part for part in parts if part.geom_type == "LineString" and part.length > 0]
