"""Provenance in the map: source images, their unreadable parts, the run record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from railmap._version import __version__
from railmap.pipeline.options import LineOptions
from railmap.progress import Reporter

if TYPE_CHECKING:
    from railmap.mapping import QaIssue, RunRecord, SourceImage
    from railmap.models.tracks import TrackModel
    from railmap.raster import DamagedWindow, Grid, RasterSource

__all__ = ["crs_name", "hole_issues", "image_of_grid", "run_record", "source_images"]


def source_images(source: RasterSource) -> list[SourceImage]:
    """Return the footprints of the images that a map was computed from, as far as looked at.

    An area of interest can leave several parts of an image: each is an entry.
    """
    from railmap.mapping import SourceImage

    return [
        SourceImage(
            uri=str(image.uri),
            footprint=footprint,
            gsd_m=image.gsd_m,
            crs=crs_name(image.crs),
            acquired_at=image.acquired_at,
            licence=image.licence,
            attribution=image.attribution,
        )
        for image in source.images
        for footprint in source.looked_at(image.footprint)
    ]


def image_of_grid(uri: str, grid: Grid) -> SourceImage:
    """Return the footprint of a raster that fills its working grid."""
    import shapely

    from railmap.mapping import SourceImage

    west, north = grid.transform.c, grid.transform.f
    footprint = shapely.box(
        west, north - grid.height * grid.gsd, west + grid.width * grid.gsd, north
    )
    return SourceImage(uri, footprint, grid.gsd, crs_name(grid.crs))


def crs_name(crs: Any) -> str:
    """Return a name such as ``EPSG:25832``, or the WKT of a CRS without a code."""
    code = crs.to_epsg() if crs is not None else None
    return f"EPSG:{code}" if code else str(crs.to_wkt() if crs is not None else "")


def hole_issues(damaged: Sequence[DamagedWindow]) -> list[QaIssue]:
    """Return an issue for every part of a raster that cannot be read."""
    import shapely

    from railmap.mapping import QaIssue

    return [
        QaIssue(
            rule="damaged_raster",
            severity="error",
            message=f"{hole.uri}: not readable here: {hole.reason}",
            geometry=shapely.box(*hole.bounds),
        )
        for hole in damaged
    ]


def run_record(
    command: str,
    parameters: Mapping[str, Any],
    lines: LineOptions,
    started_at: datetime,
    reporter: Reporter,
    model: TrackModel | None = None,
) -> RunRecord:
    """Return the record of a run.

    Parameters
    ----------
    command
        Command line or function.
    parameters
        Parameters other than line options.
    lines
        Line options.
    started_at
        Start of the run.
    reporter
        Its warnings are recorded.
    model
        The model, if one was used.
    """
    from railmap.mapping import RunRecord

    return RunRecord(
        version=__version__,
        command=command,
        parameters={**parameters, "lines": asdict(lines)},
        started_at=started_at,
        model=model.name if model is not None else None,
        model_sha256=model.sha256 if model is not None else None,
        warnings=tuple(getattr(reporter, "warnings", ())),
    )
