"""The label check on files: images and labels in, a layer and a table of issues out."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import shapely
from pyproj import CRS
from rasterio.features import shapes
from shapely.geometry.base import BaseGeometry

from railmap.errors import InputError
from railmap.evaluation.layers import read_tracks, to_crs
from railmap.evaluation.tables import write_table
from railmap.files.output import atomic_output, check_output
from railmap.files.raster_file import open_raster_file
from railmap.files.walk import list_files
from railmap.files.written import check_layers
from railmap.pipeline import ComputeOptions, LineOptions, vectorize
from railmap.progress import NullReporter, Reporter
from railmap.raster import open_raster
from railmap.training.data.label_check import CheckLimits, LabelIssue, check_labels, issues_frame
from railmap.training.data.masks import IMAGE_SUFFIXES

__all__ = ["LAYER", "check_label_file"]

LAYER = "label_issue"
_EDGE = 2.0
"""Metres inside the image's edge where a track is cut too short to be found."""
_COARSE = 16
"""Pixels of the probability raster for each of the mask of what is judged."""


def check_label_file(
    data: Path,
    labels: Path,
    output: Path,
    *,
    limits: CheckLimits | None = None,
    model: Path | None = None,
    device: str = "auto",
    threads: int | None = None,
    threshold: float | None = None,
    overwrite: bool = False,
    reporter: Reporter | None = None,
) -> list[LabelIssue]:
    """Compare a label file with what is found in its images.

    Parameters
    ----------
    data
        Image or folder of images; several are taken as one mosaic.
    labels
        Centrelines in any CRS; see `read_tracks` for what is not judged.
    output
        GeoPackage for the layer ``label_issue``; a table is next to it as .csv and .md.
    limits
        What counts as wrong.
    model, device, threads, threshold
        As for `vectorize`.
    overwrite
        Whether `output` may replace a file.
    reporter
        Receives the progress and may cancel.

    Raises
    ------
    InputError, GeoreferenceError, RasterError
        If images or labels cannot be used, or are in different places.
    ModelError, DeviceError, OutputError
        As `vectorize`.
    """
    reporter = reporter or NullReporter()
    check_output(output, overwrite=overwrite, inputs=[data, labels])
    layer = read_tracks(labels, "labels")
    if layer.lines.empty:
        raise InputError(f"{labels}: no track lines in it")
    images = list_files(data, IMAGE_SUFFIXES) if data.is_dir() else [data]
    if not images:
        raise InputError(f"{data}: no image in it")
    with open_raster(list[str | os.PathLike[str]](images)) as source:
        crs = CRS(source.grid.crs)
        footprint = shapely.union_all([image.footprint for image in source.images])
    layer = to_crs(layer, crs)
    if not shapely.intersects(layer.lines.geometry.to_numpy(), footprint).any():
        raise InputError(f"{labels}: no line is on {data}; check the CRS of both")
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.stem}-") as folder:
        work = Path(folder)
        result = vectorize(
            list[str | os.PathLike[str]](images),
            work / "found.gpkg",
            model=model,
            compute=ComputeOptions(device=device, threads=threads),
            lines=LineOptions(threshold=threshold),
            probability=work / "probability.tif",
            reporter=reporter,
        )
        tracks = to_crs(read_tracks(result.path, "tracks"), crs).lines
        judged = _judged(work / "probability.tif")
    if layer.area is not None:
        judged = shapely.intersection(judged, layer.area)
    if layer.ignore is not None:
        judged = shapely.difference(judged, layer.ignore)
    found = list(tracks.geometry)
    issues = check_labels(layer.lines, found, judged=judged, limits=limits)
    with atomic_output(
        output,
        overwrite=overwrite,
        inputs=[data, labels],
        verify=lambda partial: check_layers(partial, {LAYER: len(issues)}),
    ) as partial:
        issues_frame(issues, crs).to_file(
            partial, layer=LAYER, driver="GPKG", geometry_type="LineString"
        )
    rows = []
    for issue in issues:
        middle = issue.line.interpolate(0.5, normalized=True)
        rows.append(
            [
                issue.kind,
                None if issue.label < 0 else issue.label,
                round(issue.line.length, 1),
                None if np.isnan(issue.shift_m) else round(issue.shift_m, 2),
                round(middle.x, 1),
                round(middle.y, 1),
                issue.message(),
            ]
        )
    write_table(
        output.with_suffix(""),
        f"Labels of {labels.name} against {data.name}",
        ["kind", "label", "length m", "shift m", "x", "y", "what to do"],
        rows,
        [f"shift: + where the track is to the right of the label; {CRS(crs).name}"],
    )
    return issues


def _judged(path: Path) -> BaseGeometry:
    """Where there is probability, less a rim; from an overview, since a rim is left anyway."""
    with open_raster_file(path) as raster:
        step = min(_COARSE, raster.width, raster.height)
        shape = (-(-raster.height // step), -(-raster.width // step))
        mask = raster.dataset_mask(out_shape=shape) > 0
        place = raster.transform @ raster.transform.scale(
            raster.width / shape[1], raster.height / shape[0]
        )
        polygons = [
            shapely.geometry.shape(found)
            for found, value in shapes(mask.astype(np.uint8), transform=place)
            if value
        ]
        # An image's straight edge is known exactly; only holes within are coarse.
        whole = shapely.box(*raster.bounds)
    area = shapely.intersection(shapely.union_all(polygons), whole)
    return shapely.buffer(area, -_EDGE)
