"""`railmap vectorize`: images to a map of track centrelines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from railmap.cli.common.height_options import HeightGroup
from railmap.cli.common.options import (
    ComputeGroup,
    ReadGroup,
    RefinedLineGroup,
    command_line,
)
from railmap.cli.common.session import JsonSession, OverwriteMapOption, Result
from railmap.cli.common.wording import command_words
from railmap.errors import UsageError
from railmap.progress import Reporter

if TYPE_CHECKING:
    from railmap.pipeline import EachImage, MapResult

__all__ = ["vectorize_command"]

_EACH = "One map for each image"


def vectorize_command(
    read: ReadGroup,
    compute: ComputeGroup,
    lines: RefinedLineGroup,
    heights: HeightGroup,
    session: JsonSession,
    rasters: Annotated[
        list[str] | None,
        typer.Argument(help="Georeferenced image, or several that form one mosaic."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="GeoPackage to write.")
    ] = None,
    probability: Annotated[
        Path | None,
        typer.Option("--probability", help="Keep the track probability in this GeoTIFF."),
    ] = None,
    dem: Annotated[
        str | None,
        typer.Option(
            "--dem",
            help="Elevation model from which the tracks take heights, as with railmap drape.",
        ),
    ] = None,
    overwrite: OverwriteMapOption = False,
    each: Annotated[
        Path | None,
        typer.Option(
            "--each",
            help="Folder of images, each of which becomes a map; not with images and --output.",
            rich_help_panel=_EACH,
        ),
    ] = None,
    out_dir: Annotated[
        Path | None,
        typer.Option(
            "--out-dir",
            help="Folder for these maps. Maps that exist are kept; a failure of one image does not "
            "stop the others.",
            rich_help_panel=_EACH,
        ),
    ] = None,
) -> None:
    """Extract the centreline of every track from orthophotos into a styled GeoPackage.

    An interrupted run resumes when the same command is started again.
    """

    def job(reporter: Reporter) -> Result:
        from railmap.pipeline import vectorize, vectorize_each

        common: dict[str, Any] = {
            "model": compute.model,
            "read": read.options(),
            "compute": compute.options(lines.chunk),
            "lines": lines.options(),
            "dem": dem,
            "heights": heights.given(),
            "overwrite": overwrite,
            "command": command_line(),
            "reporter": reporter,
        }
        if each is not None and out_dir is not None and not rasters and output is None:
            if probability is not None:
                raise UsageError("--probability is for one map, not for --each")
            if compute.options().cluster is not None:
                raise UsageError("--scheduler and --workers are for one map, not for --each")
            return _each_result(vectorize_each(each, out_dir, **common), out_dir)
        if each is not None or out_dir is not None or not rasters or output is None:
            raise UsageError("give images and --output FILE, or --each FOLDER and --out-dir FOLDER")
        return _result(vectorize(list(rasters), output, probability=probability, **common))

    session.run(job)


def _result(found: MapResult) -> Result:
    outputs = {"map": str(found.path)}
    if found.probability is not None:
        outputs["probability"] = str(found.probability)
    return Result(found.summary(), outputs, found.to_dict())


def _each_result(found: list[EachImage], out_dir: Path) -> Result:
    failed = sum(one.error is not None for one in found)
    maps = [str(one.output) for one in found if one.error is None]
    text = f"{out_dir}: {len(maps)} of {len(found)} images have a map"
    return Result(
        text,
        {"maps": maps},
        {"failed": failed, "images": [_entry(one) for one in found]},
        [_table(found)],
        error=f"{text}; {failed} failed" if failed else None,
    )


def _entry(one: EachImage) -> dict[str, Any]:
    return {
        "image": str(one.image),
        "map": None if one.error else str(one.output),
        "status": one.status,
        "error": one.error.render(command_words) if one.error else None,
        **(one.result.to_dict() if one.result else {}),
    }


def _table(found: list[EachImage]) -> Any:
    from rich.table import Table

    table = Table("image", "status", "links", "km", "seconds", "error")
    for one in found:
        numbers = ["", "", ""]
        if one.result is not None:
            length, seconds = one.result.length_m / 1000, one.result.seconds
            numbers = [str(one.result.links), f"{length:.3f}", f"{seconds:.1f}"]
        error = " ".join(one.error.render(command_words).split()) if one.error else ""
        table.add_row(one.image.name, one.status, *numbers, error)
    return table
