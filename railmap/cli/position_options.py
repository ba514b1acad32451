"""Where pictures were taken: the options of the commands that place them on the map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from railmap.mapping.sources.spots import Locator

__all__ = [
    "WHERE",
    "PictureCrsOption",
    "PositionsOption",
    "TimeOffsetOption",
    "TrackLogOption",
    "given_locator",
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


def given_locator(
    positions: Path | None, crs: str | None, track_log: Path | None, time_offset: float
) -> Locator | None:
    """Return what the options say of the places; None if they say nothing.

    Raises
    ------
    UsageError
        If they contradict each other.
    """
    from railmap.errors import UsageError
    from railmap.mapping.sources.spots import ByTable, ByTrackLog

    if positions is not None and track_log is not None:
        raise UsageError("give either --positions or --track-log")
    if crs is not None and positions is None:
        raise UsageError("--crs is for x,y in --positions; give that too")
    if positions is not None:
        return ByTable(positions, crs)
    return None if track_log is None else ByTrackLog(track_log, time_offset)
