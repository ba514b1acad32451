"""`railmap locate`: the position of a chainage, and the chainage of a position."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from railmap.cli.common.session import JsonSession, Result
from railmap.errors import UsageError
from railmap.progress import Reporter

if TYPE_CHECKING:
    from railmap.mapping.referencing.locate import Place

__all__ = ["locate_command"]


def locate_command(
    tracks: Annotated[Path, typer.Argument(help="Map with lines.", metavar="MAP")],
    session: JsonSession,
    place: Annotated[
        str | None,
        typer.Argument(help='Such as "6185 km 12.400 +3.2" or "6185 km 12.4 +3.2 right 1.5".'),
    ] = None,
    at: Annotated[str | None, typer.Option("--at", help="x,y of which to print the km.")] = None,
    crs: Annotated[str | None, typer.Option("--crs", help="CRS of --at, else the map's.")] = None,
    max_distance: Annotated[
        float, typer.Option("--max-distance", help="Maximum distance from a line, metres.", min=0.0)
    ] = 50.0,
) -> None:
    """Print where a kilometre is, or at which kilometre a position is."""

    def job(reporter: Reporter) -> Result:
        from railmap.mapping.referencing.locate import locate, locate_at

        if (place is None) == (at is None):
            raise UsageError('give either a place such as "6185 km 12.400 +3.2" or --at x,y')
        if place is not None:
            found = locate(tracks, place)
        else:
            x, y = _position(str(at))
            found = [locate_at(tracks, x, y, crs=crs, max_distance_m=max_distance)]
        return Result(
            data={"places": [asdict(one) for one in found]},
            shown=[line for one in found for line in _lines(one)],
        )

    session.run(job)


def _position(text: str) -> tuple[float, float]:
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(f"--at {text}: give x,y, such as 500100.5,5400020") from error
    return x, y


def _lines(place: Place) -> list[str]:
    return [
        place.text,
        f"x, y      {place.x:.4f}, {place.y:.4f}",
        f"lon, lat  {place.lon:.9f}, {place.lat:.9f}",
        f"link      {place.link_id} at {place.link_m:.4f} m",
    ]
