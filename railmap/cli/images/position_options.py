"""Where pictures were taken: the options of the commands that place them on the map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "WHERE",
    "PictureCrsOption",
    "PositionsOption",
    "TimeOffsetOption",
    "TrackLogOption",
]

WHERE = "Where the pictures were taken"

PositionsOption = Annotated[
    Path | None,
    typer.Option(
        "--positions",
        rich_help_panel=WHERE,
        help="CSV: image, and lon,lat or x,y (defects: or line,km).",
    ),
]
PictureCrsOption = Annotated[
    str | None, typer.Option("--crs", rich_help_panel=WHERE, help="CRS of x,y in --positions.")
]
TrackLogOption = Annotated[
    Path | None,
    typer.Option("--track-log", rich_help_panel=WHERE, help="GPX, or CSV with time,lon,lat."),
]
TimeOffsetOption = Annotated[
    float,
    typer.Option(
        "--time-offset",
        rich_help_panel=WHERE,
        help="Seconds to add to the camera's time to get UTC.",
    ),
]
