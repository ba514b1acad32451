"""What the map says of its making: the images, their holes and the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from railmap._version import __version__
from railmap.pipeline.types import LineOptions
from railmap.progress import Reporter

if TYPE_CHECKING:
    from railmap.mapping import QaIssue, RunRecord, SourceImage
    from railmap.models.package import ModelPackage
    from railmap.raster import DamagedWindow, Grid, ImageInfo

__all__ = ["crs_name", "hole_issues", "image_of_grid", "run_record", "source_images"]


def source_images(images: Sequence[ImageInfo]) -> list[SourceImage]:
    """Give the footprints of the images that a map was made from."""
    from railmap.mapping import SourceImage

    return [
        SourceImage(
            uri=str(image.uri),
            footprint=image.footprint,
            gsd_m=image.gsd_m,
            crs=crs_name(image.crs),
            acquired_at=image.acquired_at,
        )
        for image in images
    ]


def image_of_grid(uri: str, grid: Grid) -> SourceImage:
    """Give the footprint of a raster that fills its working grid."""
    import shapely

    from railmap.mapping import SourceImage

    west, north = grid.transform.c, grid.transform.f
    footprint = shapely.box(
        west, north - grid.height * grid.gsd, west + grid.width * grid.gsd, north
    )
    return SourceImage(uri, footprint, grid.gsd, crs_name(grid.crs))


def crs_name(crs: Any) -> str:
    """``EPSG:25832``, or the WKT of a CRS without a code."""
    code = crs.to_epsg() if crs is not None else None
    return f"EPSG:{code}" if code else str(crs.to_wkt() if crs is not None else "")


def hole_issues(damaged: Sequence[DamagedWindow]) -> list[QaIssue]:
    """Give an issue for every place where a raster can't be read."""
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
    options: LineOptions,
    started_at: datetime,
    reporter: Reporter,
    model: ModelPackage | None = None,
) -> RunRecord:
    """Record how a map was made: with which parameters and rules of the lines, warned of what."""
    from railmap.mapping import RunRecord

    lines = {name: getattr(options, name) for name in LineOptions.__slots__}
    return RunRecord(
        version=__version__,
        command=command,
        parameters={**parameters, "lines": lines},
        started_at=started_at,
        model=model.name if model is not None else None,
        model_sha256=model.sha256 if model is not None else None,
        warnings=tuple(getattr(reporter, "warnings", ())),
    )
