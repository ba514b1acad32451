"""`railmap growth`: areas of defects over several surveys."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import OverwriteOption, Result, Session
from railmap.progress import Reporter

__all__ = ["growth_command"]


def growth_command(
    session: Session,
    maps: Annotated[
        list[Path],
        typer.Argument(
            help="Maps of two or more surveys, with attached defects.", metavar="MAP..."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="CSV file to write.")],
    picture: Annotated[
        Path | None,
        typer.Option("--picture", help="SVG file to write: the fastest growing defects over time."),
    ] = None,
    at: Annotated[
        datetime | None,
        typer.Option(
            "--at",
            formats=["%Y-%m-%d"],
            help="Date of the forecast; else the mean time between the surveys after the last one.",
        ),
    ] = None,
    defect_reach: Annotated[
        float,
        typer.Option(help="Maximum distance of one defect in two surveys, metres.", min=0.001),
    ] = 0.5,
    overwrite: OverwriteOption = False,
) -> None:
    """Follow defects through surveys: growth, and a forecast from three surveys on."""

    def job(reporter: Reporter) -> Result:
        from railmap.mapping.compare.tracks import CompareLimits
        from railmap.publishing.growth.write import write_growth

        found = write_growth(
            maps,
            output,
            picture=picture,
            at=at.replace(tzinfo=UTC) if at else None,
            limits=CompareLimits(defect_reach_m=defect_reach),
            overwrite=overwrite,
            reporter=reporter,
        )
        forecasts = sum(1 for one in found if one.forecast and one.forecast.interval)
        text = f"{output}: {len(found)} defects in two or more surveys, {forecasts} forecasts"
        files = {"growth": str(output)} | ({"picture": str(picture)} if picture else {})
        return Result(text, files)

    session.run(job)
