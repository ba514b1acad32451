"""`railmap defects`: rail-surface images to defects, and onto the map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import CpuOption, ThreadsOption
from railmap.cli.common.session import DebugOption, OverwriteOption, ProgressOption, run_job
from railmap.cli.images.position_options import (
    WHERE,
    PictureCrsOption,
    PositionsOption,
    TimeOffsetOption,
    TrackLogOption,
)
from railmap.progress import Reporter

__all__ = ["defects_command"]

_SCALE = "How large a pixel is"


def defects_command(
    images: Annotated[list[str], typer.Argument(help="Images, folders of them, or patterns.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="GeoPackage to make.")],
    to: Annotated[Path | None, typer.Option("--to", help="Map to attach the defects to.")] = None,
    model: Annotated[
        Path | None, typer.Option("--model", help="Model; else the one that comes with railmap.")
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            min=0.01,
            max=0.99,
            help="Probability from which a pixel is defect; else the model's.",
        ),
    ] = None,
    min_area: Annotated[
        float, typer.Option("--min-area", min=0.0, help="Smallest defect told, mm².")
    ] = 4.0,
    pixel_size: Annotated[
        str | None,
        typer.Option(
            "--pixel-size",
            rich_help_panel=_SCALE,
            help="mm across[,along the rail]; else from the rail head's width.",
        ),
    ] = None,
    head_width: Annotated[
        float,
        typer.Option(
            "--head-width",
            min=20,
            max=200,
            rich_help_panel=_SCALE,
            help="Width of the rail head, mm.",
        ),
    ] = 72.0,
    row_mm: Annotated[
        float | None,
        typer.Option(
            "--row-mm",
            min=0.001,
            max=1000,
            rich_help_panel=_SCALE,
            help="Millimetres of track a row; else as across.",
        ),
    ] = None,
    line: Annotated[
        str | None,
        typer.Option("--line", rich_help_panel=WHERE, help="Ref of the line run along."),
    ] = None,
    start_km: Annotated[
        float | None,
        typer.Option(
            "--start-km", rich_help_panel=WHERE, help="km of the first image's first row."
        ),
    ] = None,
    decreasing: Annotated[
        bool,
        typer.Option("--decreasing", rich_help_panel=WHERE, help="Run against the kilometres."),
    ] = False,
    rail: Annotated[
        str | None,
        typer.Option(
            "--rail",
            rich_help_panel=WHERE,
            help="left or right, in the direction of rising kilometres.",
        ),
    ] = None,
    overlap: Annotated[
        int,
        typer.Option(
            "--overlap",
            min=0,
            rich_help_panel=WHERE,
            help="Rows that an image repeats of the one before.",
        ),
    ] = 0,
    positions: PositionsOption = None,
    crs: PictureCrsOption = None,
    track_log: TrackLogOption = None,
    time_offset: TimeOffsetOption = 0.0,
    exif: Annotated[
        bool, typer.Option("--exif", rich_help_panel=WHERE, help="The GPS position in each image.")
    ] = False,
    position_accuracy: Annotated[
        float | None,
        typer.Option(
            "--position-accuracy",
            min=0.001,
            rich_help_panel=WHERE,
            help="One sigma of positions that don't tell theirs, metres.",
        ),
    ] = None,
    date: Annotated[
        str | None, typer.Option("--date", help="Day of the survey, such as 2026-05-01.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="HTML page of the worst defects to make.")
    ] = None,
    worst: Annotated[int, typer.Option("--worst", min=1, max=2000, help="How many it shows.")] = 50,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="Look at each image once, not six times: 4 times as fast, more wrong."
        ),
    ] = False,
    threads: ThreadsOption = None,
    device: CpuOption = "auto",
    overwrite: OverwriteOption = False,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Find defects in rail-surface images, and place them on the map.

    An interrupted run goes on where it stopped when it is started again.
    """  # fmt: skip

    def job(reporter: Reporter) -> None:
        from railmap.errors import UsageError
        from railmap.surface.job import DefectJob, find_defects
        from railmap.surface.job.options import (
            DetectionOptions,
            ReportOptions,
            ScaleOptions,
            SurfacePositionOptions,
        )
        from railmap.surface.job.scale import parse_pixel_size
        from railmap.surface.model.segment import DefectSegmenter

        if line is not None and row_mm is None and pixel_size is None:
            raise UsageError("--line needs the step along the rail: give --row-mm or --pixel-size")
        where = SurfacePositionOptions(
            positions=positions,
            crs=crs,
            track_log=track_log,
            time_offset_s=time_offset,
            line=line,
            start_km=start_km,
            decreasing=decreasing,
            rail=rail,
            overlap_rows=overlap,
            exif=exif,
            accuracy_m=position_accuracy,
        )
        locator = where.locator()
        scale = ScaleOptions(
            None if pixel_size is None else parse_pixel_size(pixel_size), head_width, row_mm
        )
        segmenter = DefectSegmenter(
            model or "defects", device=device, threads=threads, careful=not quick
        )
        known_by = segmenter.model.sha256 + (" quick" if quick else "")
        found = find_defects(
            DefectJob(
                images=images,
                output=output,
                tracks=to,
                detection=DetectionOptions(threshold, min_area),
                scale=scale,
                locator=locator,
                position_accuracy_m=where.accuracy_m,
                survey_date=date,
                report=ReportOptions(report, worst),
                overwrite=overwrite,
            ),
            segmenter,
            known_by,
            reporter,
        )
        outputs = {
            "defects": str(output),
            "images": found.images,
            "bad": found.bad,
            "found": found.defects,
            "placed": found.placed,
        }
        if report is not None:
            outputs["report"] = str(report)
        if to is not None:
            outputs["tracks"] = str(to)
        reporter.result(f"{output}: {found.summary()}", outputs)

    run_job(job, progress, debug)
