"""Functions that place things on the tracks of a map, and find the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from railmap.api.paths import FilePath

if TYPE_CHECKING:
    import geopandas as gpd

    from railmap.mapping.attach.attach import AttachResult
    from railmap.mapping.referencing.locate import Place
    from railmap.mapping.referencing.route import Route
    from railmap.progress import Reporter

__all__ = ["attach", "locate", "route"]


def attach(
    events: FilePath | gpd.GeoDataFrame,
    tracks: FilePath,
    *,
    layer: str | None = None,
    source_layer: str | None = None,
    position_accuracy_m: float | None = None,
    max_distance_m: float = 25.0,
    crs: Any = None,
    skip_bad: bool = False,
    threads: int | None = None,
    reporter: Reporter | None = None,
) -> AttachResult:
    """Place events (defects, photos, any table) on the tracks of a map and add them to it.

    Each event gets its link, the metres along it, line and chainage, the offset from the
    centreline (metres, positive to the right), the side, and whether another track is as likely.
    An event with the id of one in the layer replaces it.

    Parameters
    ----------
    events
        A GeoDataFrame; or a GeoPackage or another vector file, CSV, a photo, or a folder of photos.
    tracks
        Map to change.
    layer
        Layer of the map: ``defect``, ``scene_event`` or any name for a layer of your own; None
        derives it from the columns or the file name.
    source_layer
        Layer to read, of a file with several.
    position_accuracy_m
        Standard deviation of positions that do not state theirs, metres; None: 1, photos 5.
    max_distance_m
        Maximum distance from a track; farther events are added without a link, metres.
    crs
        CRS of the events, anything that pyproj understands; taken instead of the one that they
        state, with a warning.
    skip_bad
        Leave out events without a usable position instead of refusing all.
    threads
        CPU threads; None takes all.
    reporter
        Receives stages and warnings; can cancel.

    Returns
    -------
    AttachResult
        Layer, number of events, of those on a track and of ambiguous ones.

    Raises
    ------
    InputError
        If events cannot be read, have no usable position, or none is near a track.
    UsageError
        If an option is out of range.
    MapError, OutputError
        If `tracks` is not a map, or cannot be changed.

    Examples
    --------
    >>> result = railmap.attach("events.csv", "tracks.gpkg", layer="inspection")
    >>> result.layer, result.events, result.matched
    ('inspection', 2, 2)
    """
    from railmap.mapping.attach.attach import attach_events

    return attach_events(
        tracks,
        events,
        layer=layer,
        source_layer=source_layer,
        position_accuracy_m=position_accuracy_m,
        max_distance_m=max_distance_m,
        events_crs=crs,
        skip_bad=skip_bad,
        threads=threads,
        reporter=reporter,
    )


def locate(
    tracks: FilePath,
    place: str | tuple[float, float],
    *,
    crs: Any = None,
    max_distance_m: float = 50.0,
) -> list[Place]:
    """Return the position of a chainage, or the chainage of a position.

    Parameters
    ----------
    tracks
        Map with lines.
    place
        Chainage such as ``"6185 km 12.400 +3.2 right 1.5"``, or x and y.
    crs
        CRS of x and y (longitude and latitude for ``EPSG:4326``); None: that of the map.
    max_distance_m
        Maximum distance of x and y from a line, metres.

    Returns
    -------
    list of Place
        With text, x and y in the CRS of the map, longitude and latitude (WGS 84, degrees), link and
        metres along it. A chainage has one place for each line of that number, a position one.

    Raises
    ------
    UsageError
        If the text is not a chainage, or `crs` not a CRS.
    InputError
        If there is no such line, or the place is outside it or too far from any line.
    MapError
        If the file is not a map.

    Examples
    --------
    >>> [place] = railmap.locate("tracks.gpkg", "T1 km 0.000 +50")
    >>> place.text, place.link_m
    ('T1 km 0.000 +50.0', 50.0)
    >>> railmap.locate("tracks.gpkg", (place.x, place.y))[0].text
    'T1 km 0.000 +50.0'
    """
    from railmap.mapping.referencing.locate import locate as by_text
    from railmap.mapping.referencing.locate import locate_at

    if isinstance(place, str):
        return by_text(tracks, place)
    x, y = place
    return [locate_at(tracks, x, y, crs=crs, max_distance_m=max_distance_m)]


def route(
    tracks: FilePath,
    start: str | tuple[float, float],
    end: str | tuple[float, float],
    *,
    output: FilePath | None = None,
    crs: Any = None,
    max_distance_m: float = 50.0,
    no_reversal: bool = False,
    train_length_m: float = 0.0,
    overwrite: bool = False,
) -> Route:
    """Find the way of a train: the route with the fewest reversals, and of these the shortest.

    A train passes a switch between toe and leg only, a crossing straight on or over a slip of the
    map, and it goes on at other nodes. It may reverse where its whole length has cleared a node.

    Parameters
    ----------
    tracks
        The map.
    start, end
        A ``node_id`` or its first characters; x and y, or a text such as ``"500100.5,5400020"``,
        for the nearest track; or a chainage such as ``"6185 km 12.430"``.
    output
        File to write: ``.gpkg`` with line, links and switches, or the line as ``.geojson``,
        ``.fgb``, ``.osm``, ``.dxf`` or ``.xml``.
    crs
        CRS of x and y (longitude and latitude for ``EPSG:4326``); None: that of the map.
    max_distance_m
        Maximum distance of x and y from a track, metres.
    no_reversal
        Permit no reversal.
    train_length_m
        Length of the train, metres; 0 for a point.
    overwrite
        Replace an output that exists.

    Returns
    -------
    Route
        Length, links in order, switches with their position, reversals, and the line.

    Raises
    ------
    UsageError
        If an end is not in the map, both are the same place, or the output has another suffix.
    InputError
        If no train can go there; the message says why.
    MapError
        If the file is not a map.
    OutputError
        If the output exists or cannot be written.
    MissingExtraError
        If the format of the output needs an extra that is not installed.

    Examples
    --------
    >>> found = railmap.route("tracks.gpkg", "T1 km 0.010", "T1 km 0.060", output="route.geojson")
    >>> round(found.length_m), len(found.reversals)
    (50, 0)
    """
    from railmap.publishing import route_through_map

    first, last = (
        place if isinstance(place, str) else f"{float(place[0])!r},{float(place[1])!r}"
        for place in (start, end)
    )
    return route_through_map(
        tracks,
        first,
        last,
        output=output,
        overwrite=overwrite,
        crs=crs,
        max_distance_m=max_distance_m,
        no_reversal=no_reversal,
        train_length_m=train_length_m,
    )
