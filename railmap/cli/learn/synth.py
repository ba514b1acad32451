"""`railmap synth`: a rendered scene with exact truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import DebugOption, OverwriteOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["synth_command"]


def synth_command(
    output: Annotated[Path, typer.Argument(help="GeoTIFF to write.")],
    truth: Annotated[Path | None, typer.Option(help="GeoPackage for the exact truth.")] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same pixels.")] = 0,
    gsd: Annotated[float, typer.Option(help="Metres per pixel, 0.008 to 0.4.")] = 0.1,
    width: Annotated[int, typer.Option(help="Pixels.")] = 2000,
    height: Annotated[int, typer.Option(help="Pixels.")] = 2000,
    kind: Annotated[
        str | None,
        typer.Option(help="plain, double, multiple, junction, yard, diamond or none; else drawn."),
    ] = None,
    overwrite: OverwriteOption = False,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Render a railway scene that looks like drone imagery, with exact truth."""

    def job(reporter: Reporter) -> None:
        from pyogrio.errors import DataSourceError
        from rasterio.errors import RasterioError

        from railmap.errors import OutputError, UsageError, missing_extra
        from railmap.files.inputs import is_same_file
        from railmap.files.output import check_output

        try:
            import cv2  # noqa: F401
        except ImportError:
            raise missing_extra("rendering scenes", "synth") from None
        from railmap.rendering import render_scene, write_scene

        if not 0.008 <= gsd <= 0.4:
            raise UsageError(f"--gsd {gsd} is outside 0.008 to 0.4 m per pixel")
        if not (64 <= width <= 20000 and 64 <= height <= 20000):
            raise UsageError("--width and --height must be 64 to 20000 pixels")
        kinds = ("plain", "double", "multiple", "junction", "yard", "diamond", "none")
        if kind is not None and kind not in kinds:
            raise UsageError(f"--kind {kind} is not one of {', '.join(kinds)}")
        if truth is not None and is_same_file(output, truth):
            raise OutputError(f"{truth}: is the image and the truth; name two files")
        for path, suffixes in ((output, (".tif", ".tiff")), (truth, (".gpkg",))):
            if path is None:
                continue
            if path.suffix.lower() not in suffixes:
                raise UsageError(f"{path}: name it *{suffixes[0]}")
            check_output(path, overwrite=overwrite)
        reporter.stage("render", width * height / 1e6, "MP")
        scene = render_scene(
            seed,
            gsd=gsd,
            width=width,
            height=height,
            kind=None if kind == "none" else kind,
            tracks=kind != "none",
        )
        reporter.advance(width * height / 1e6)
        try:
            write_scene(scene, output, truth, overwrite=overwrite)
        except (RasterioError, DataSourceError) as error:
            raise OutputError(f"{output}: can't be written; is the disk full?") from error
        outputs = {"image": str(output)} | ({"truth": str(truth)} if truth else {})
        reporter.result(f"wrote {' and '.join(outputs.values())}", outputs)

    run_job(job, progress, debug)
