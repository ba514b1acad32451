"""`railmap drape`: heights of the tracks from an elevation model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import Result, Session
from railmap.progress import Reporter

__all__ = ["drape_command"]


def drape_command(
    path: Annotated[Path, typer.Argument(help="Map to change.", metavar="MAP")],
    dem: Annotated[
        str, typer.Option("--dem", help="Elevation model: any raster of heights, any CRS.")
    ],
    session: Session,
    step: Annotated[
        float, typer.Option(help="Distance of the heights along a track, metres.", min=0.1)
    ] = 5.0,
    max_gradient: Annotated[
        float,
        typer.Option(
            "--max-gradient",
            help="Where the model is steeper it is not the track's height, per mille.",
            min=1.0,
        ),
    ] = 60.0,
    longest_gap: Annotated[
        float,
        typer.Option(
            "--longest-gap",
            help="Longest part without heights that is bridged, metres.",
            min=0.0,
        ),
    ] = 500.0,
    accuracy: Annotated[
        float | None,
        typer.Option(
            help="One sigma of the model's heights, metres; else from their scatter.", min=0.001
        ),
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="Unit of the heights: m, ft, us-ft; else the model's.")
    ] = None,
) -> None:
    """Give tracks heights, gradients and a vertical alignment from an elevation model."""

    def job(reporter: Reporter) -> Result:
        from railmap.geometry.vertical.options import HeightOptions
        from railmap.pipeline.drape import drape_map

        found = drape_map(
            path,
            dem,
            options=HeightOptions(
                step_m=step,
                max_gradient_permille=max_gradient,
                longest_gap_m=longest_gap,
                accuracy_m=accuracy,
            ),
            unit=unit,
            reporter=reporter,
        )
        return Result(found.summary(), {"map": str(path)})

    session.run(job)
