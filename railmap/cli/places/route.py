"""`railmap route`: the way of a train from one place to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from railmap.cli.common.session import JsonSession, OverwriteOption, Result
from railmap.progress import Reporter

if TYPE_CHECKING:
    from railmap.mapping.referencing.route import Reversal, Route, SwitchSetting

__all__ = ["route_command"]

_PLACE = 'node_id or its first characters, x,y, or a chainage such as "6185 km 12.430".'


def route_command(
    tracks: Annotated[Path, typer.Argument(help="The map.", metavar="MAP")],
    start: Annotated[str, typer.Argument(help=f"Where the route begins: {_PLACE}", metavar="FROM")],
    end: Annotated[str, typer.Argument(help="Where it ends.", metavar="TO")],
    session: JsonSession,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help=".gpkg (line, links, switches), or the line as .geojson, .fgb, .kml, .parquet, "
            ".osm, .dxf, .xml.",
        ),
    ] = None,
    crs: Annotated[
        str | None, typer.Option("--crs", help="CRS of x,y, else the map's; EPSG:4326 for lon,lat.")
    ] = None,
    max_distance: Annotated[
        float,
        typer.Option("--max-distance", help="Maximum distance of x,y from a track, m.", min=0.0),
    ] = 50.0,
    no_reversal: Annotated[bool, typer.Option("--no-reversal", help="Permit no reversal.")] = False,
    train_length: Annotated[
        float,
        typer.Option(
            "--train-length",
            help="Length of the train, m: to reverse it must clear the switch. 0 is a point.",
            min=0.0,
        ),
    ] = 0.0,
    overwrite: OverwriteOption = False,
) -> None:
    """Find the route with the fewest reversals, and of these the shortest; only legal turns."""

    def job(reporter: Reporter) -> Result:
        from railmap.publishing import route_through_map

        reporter.stage("route", 1)
        found = route_through_map(
            tracks,
            start,
            end,
            output=output,
            overwrite=overwrite,
            crs=crs,
            max_distance_m=max_distance,
            no_reversal=no_reversal,
            train_length_m=train_length,
        )
        reporter.advance(1)
        for stop in (found.start, found.end):
            if stop.ambiguous:
                reporter.warning(f"{stop.text}: another track is nearly as near; give a node_id")
        written = f"; wrote {output}" if output is not None else ""
        return Result(
            found.summary() + written,
            {} if output is None else {"file": str(output)},
            found.to_dict(),
            _lines(found),
        )

    session.run(job)


def _lines(route: Route) -> list[str]:
    """Return the route for a person: links, switches and reversals in order of travel."""
    lines = [f"from      {route.start.title}", f"to        {route.end.title}"]
    lines += [f"length    {route.length_m:.1f} m", f"reversals {len(route.reversals)}"]
    lines += [
        f"link      {one.link_id} from {one.m_from:.1f} to {one.m_to:.1f} m" for one in route.links
    ]
    lines += [_event(one) for one in route.events()]
    return lines


def _event(event: SwitchSetting | Reversal) -> str:
    from railmap.mapping.referencing.route import Reversal

    if isinstance(event, Reversal):
        return f"reverse   at {event.route_m:.1f} m, beyond node {event.node_id}"
    kind = "slip" if event.railway == "railway_crossing" else "switch"
    position = f" ({event.position})" if event.position else ""
    way = "facing" if event.facing else "trailing"
    return f"{kind:9} {event.node_id} {event.leg}{position}, {way}, at {event.route_m:.1f} m"
