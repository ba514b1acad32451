"""`railmap defects`: rail-surface images to defects, and onto the map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import CpuGroup
from railmap.cli.common.session import OverwriteOption, Result, Session
from railmap.cli.images.options import (
    DefectReportGroup,
    DetectionGroup,
    ScaleGroup,
    SurfacePositionGroup,
)
from railmap.progress import Reporter

__all__ = ["defects_command"]


def defects_command(
    images: Annotated[list[str], typer.Argument(help="Images, folders of them, or patterns.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="GeoPackage to write.")],
    detection: DetectionGroup,
    scale: ScaleGroup,
    where: SurfacePositionGroup,
    page: DefectReportGroup,
    run: CpuGroup,
    session: Session,
    to: Annotated[Path | None, typer.Option("--to", help="Map to attach the defects to.")] = None,
    model: Annotated[
        Path | None, typer.Option("--model", help="Model; else the one that comes with railmap.")
    ] = None,
    date: Annotated[
        str | None, typer.Option("--date", help="Day of the survey, such as 2026-05-01.")
    ] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Find defects in rail-surface images, and place them on the map.

    An interrupted run resumes when the same command is started again.
    """

    def job(reporter: Reporter) -> Result:
        from railmap.surface.job import DefectJob
        from railmap.surface.job.with_model import find_defects_with_model

        positions = where.options()
        found = find_defects_with_model(
            DefectJob(
                images=images,
                output=output,
                tracks=to,
                detection=detection.options(),
                scale=scale.options(),
                locator=positions.locator(),
                position_accuracy_m=positions.accuracy_m,
                survey_date=date,
                report=page.options(),
                overwrite=overwrite,
            ),
            model,
            device=run.device,
            threads=run.threads,
            reporter=reporter,
        )
        outputs = {
            "defects": str(output),
            "images": found.images,
            "bad": found.bad,
            "found": found.defects,
            "placed": found.placed,
            "report": page.report,
            "tracks": to,
        }
        given = {
            name: str(value) if isinstance(value, Path) else value
            for name, value in outputs.items()
            if value is not None
        }
        return Result(f"{output}: {found.summary()}", given)

    session.run(job)
