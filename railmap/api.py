"""The public functions of railmap; use them as `railmap.vectorize` and so on.

Each function is one step of the work from images to a published map, and the same function that
the command of its name runs. Inputs and outputs are files: a map is a GeoPackage, a probability
raster a GeoTIFF. Coordinates are x/y in the CRS of the map (projected, metres) unless a parameter
says otherwise. Every output appears whole or not at all. Errors are subclasses of
`railmap.RailmapError`, and of the fitting built-in (`ValueError`, `OSError`, ...).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    import geopandas as gpd

    from railmap.evaluation import Evaluation
    from railmap.geometry.vertical.options import HeightOptions
    from railmap.inference import SegmentResult
    from railmap.mapping import CheckLimits, Map, QaIssue
    from railmap.mapping.attach.attach import AttachResult
    from railmap.mapping.compare.conflate import Conflation
    from railmap.mapping.compare.growth import DefectGrowth
    from railmap.mapping.compare.surveys import Comparison
    from railmap.mapping.compare.tracks import CompareLimits
    from railmap.mapping.referencing.locate import Place
    from railmap.mapping.referencing.route import Route
    from railmap.mapping.sources.position_options import PositionOptions
    from railmap.pipeline.drape import DrapedMap
    from railmap.pipeline.options import ComputeOptions, LineOptions, ReadOptions
    from railmap.pipeline.types import MapResult
    from railmap.progress import Reporter
    from railmap.publishing import Site, SurveyReport
    from railmap.rendering import Scene
    from railmap.scenes.job import ScenesFound
    from railmap.scenes.job.options import PlacementOptions
    from railmap.scenes.teach.job import TaughtScenes
    from railmap.surface.job import DefectsFound
    from railmap.surface.job.options import (
        DetectionOptions,
        ReportOptions,
        ScaleOptions,
        SurfacePositionOptions,
    )

__all__ = [
    "attach",
    "check",
    "classify_scenes",
    "compare",
    "conflate",
    "drape",
    "evaluate",
    "export",
    "find_defects",
    "growth",
    "locate",
    "publish",
    "read_map",
    "report",
    "route",
    "segment",
    "synth",
    "teach_scenes",
    "trace",
    "vectorize",
]

FilePath = str | os.PathLike[str]
"""A path; rasters may also be URLs and GDAL paths such as ``/vsizip/a.zip/b.tif``."""


def vectorize(
    rasters: FilePath | Sequence[FilePath],
    output: FilePath,
    *,
    model: FilePath | None = None,
    read: ReadOptions | None = None,
    compute: ComputeOptions | None = None,
    lines: LineOptions | None = None,
    probability: FilePath | None = None,
    dem: FilePath | None = None,
    heights: HeightOptions | None = None,
    overwrite: bool = False,
    reporter: Reporter | None = None,
) -> MapResult:
    """Extract the centreline of every track from georeferenced images into a map.

    An interrupted run resumes when it is called again with the same arguments.

    Parameters
    ----------
    rasters
        One image or several that form one mosaic; GeoTIFF, VRT, JPEG 2000, PNG, JPEG and more,
        8 or 16 bit, any CRS, 0.6 m per pixel or finer.
    output
        GeoPackage to write, in the CRS of the images if that is projected in metres, else in UTM.
    model
        ONNX model of tracks; None takes the one that comes with railmap.
    read
        How the images are read: bands, area of interest, assumed GSD and CRS.
    compute
        Device, precision, threads.
    lines
        How the lines are drawn; lengths in metres.
    probability
        GeoTIFF that keeps the track probability: uint8, 0-254 = probability * 254, 255 = no data.
    dem
        Elevation model, from which the tracks take heights as `drape` gives them.
    heights
        How; as the options of `drape`.
    overwrite
        Replace outputs that exist. Edits in a map are kept: edited links, reviewed nodes, lines,
        kilometre posts, events, attributes and accepted issues.
    reporter
        Receives the progress; can cancel.

    Returns
    -------
    MapResult
        Path, number of links and nodes, length in metres, CRS and GSD of the map.

    Raises
    ------
    RasterError, GeoreferenceError
        If an image or `dem` cannot be read, or its position or GSD is unknown.
    InputError
        If `dem` covers no part of the images.
    ModelError, DeviceError
        If the model or the device cannot be used.
    OutputError
        If an output exists or cannot be written.
    UsageError
        If options contradict each other or are out of range.
    Cancelled
        If `reporter` cancelled.

    Examples
    --------
    >>> result = railmap.vectorize("ortho.tif", "new.gpkg")
    >>> result.path.name, result.crs, result.links > 0
    ('new.gpkg', 'EPSG:32632', True)
    """
    from railmap.pipeline import vectorize as run

    return run(
        rasters,
        output,
        model=model,
        read=read,
        compute=compute,
        lines=lines,
        probability=probability,
        dem=dem,
        heights=heights,
        overwrite=overwrite,
        reporter=reporter,
    )


def segment(
    rasters: FilePath | Sequence[FilePath],
    output: FilePath,
    *,
    model: FilePath | None = None,
    read: ReadOptions | None = None,
    compute: ComputeOptions | None = None,
    overwrite: bool = False,
    resume: bool = True,
    reporter: Reporter | None = None,
) -> SegmentResult:
    """Write the track probability of georeferenced images; `trace` turns it into a map.

    Parameters
    ----------
    rasters, model, read, compute, reporter
        See `vectorize`.
    output
        GeoTIFF to write: one band uint8, 0-254 = probability * 254, 255 = no data, at the GSD of
        the model, in the CRS of the images if that is projected in metres, else in UTM.
    overwrite
        Replace an output that exists.
    resume
        Continue an interrupted run with the same images, model and output, if there is one.

    Returns
    -------
    SegmentResult
        Path and grid of the raster, seconds, megapixels and the backend used.

    Raises
    ------
    RailmapError
        See `vectorize`.

    Examples
    --------
    >>> result = railmap.segment("ortho.tif", "new.tif")
    >>> result.path.name, result.grid.gsd
    ('new.tif', 0.1)
    """
    from railmap.pipeline import segment_images

    return segment_images(
        rasters,
        output,
        model=model,
        read=read,
        compute=compute,
        overwrite=overwrite,
        resume=resume,
        reporter=reporter,
    )


def trace(
    raster: FilePath,
    output: FilePath,
    *,
    gsd: float | None = None,
    crs: str | None = None,
    levels: float | tuple[float, float] | None = None,
    lines: LineOptions | None = None,
    threads: int | None = None,
    overwrite: bool = False,
    reporter: Reporter | None = None,
) -> MapResult:
    """Trace a probability or mask raster from any source into a map of centrelines.

    Parameters
    ----------
    raster
        One band: track probability (0-1 or 0-255) or a mask (0 and another value).
    output
        GeoPackage to write, in the CRS of the raster if that is projected in metres, else in UTM.
    gsd
        Ground sampling distance of a raster that has no transform, metres per pixel.
    crs
        CRS of the raster, such as ``EPSG:25832``. Of a raster that has another one it is taken
        instead, with a warning.
    levels
        The value of certain track (1, 100, 255, ...), or the values of no track and of certain
        track, if the raster does not tell them: ``100`` for percent, ``(1, 2)`` for classes.
    lines
        How the lines are drawn; lengths in metres.
    threads
        CPU threads; None takes all. The result does not depend on it.
    overwrite
        Replace a map that exists; edits in it are kept, see `vectorize`.
    reporter
        Receives the progress; can cancel.

    Returns
    -------
    MapResult
        Path, number of links and nodes, length in metres, CRS and GSD of the map.

    Raises
    ------
    RasterError, GeoreferenceError
        If the raster cannot be read, or its position or GSD is unknown.
    InputError
        If the scale of its values cannot be told.
    OutputError
        If the output exists or cannot be written.
    UsageError
        If an option is out of range.
    Cancelled
        If `reporter` cancelled.

    Examples
    --------
    >>> result = railmap.trace("mask.tif", "new.gpkg")
    >>> result.nodes, result.length_m > 100
    (10, True)
    """
    from railmap.pipeline import trace_probability

    return trace_probability(
        raster,
        output,
        gsd=gsd,
        crs=crs,
        levels=levels,
        lines=lines,
        threads=threads,
        overwrite=overwrite,
        command="railmap.trace",
        reporter=reporter,
    )


def evaluate(
    predicted: FilePath,
    truth: FilePath,
    *,
    ignore: FilePath | None = None,
    area: FilePath | None = None,
    tolerances: Sequence[float] = (0.1, 0.25, 0.5, 1.0),
    heading_deg: float = 10.0,
    scores: FilePath | None = None,
    picture: FilePath | None = None,
    image: FilePath | None = None,
    overwrite: bool = False,
) -> Evaluation:
    """Score the lines, switches, crossings and paths of a map against a truth.

    Parameters
    ----------
    predicted, truth
        Map, or any vector file of lines (``FILE|layername=NAME`` where it has several layers), in
        any CRS.
    ignore
        Vector file of polygons that are excluded.
    area
        Vector file of polygons to evaluate in; everything outside is excluded.
    tolerances
        Lateral distances within which a line is matched, metres.
    heading_deg
        Maximum difference of heading of matched lines, degrees.
    scores
        JSON file to write.
    picture
        Image to write: matched green, missed blue, false red, duplicate orange.
    image
        Georeferenced raster under the picture.
    overwrite
        Replace outputs that exist.

    Returns
    -------
    Evaluation
        ``lines``, ``nodes`` and ``apls`` scores; lengths and distances in metres.

    Raises
    ------
    InputError, GeoreferenceError, RasterError
        If an input cannot be read or has no CRS.
    UsageError
        If an option is out of range.
    OutputError
        If an output exists or cannot be written.

    Examples
    --------
    >>> found = railmap.evaluate("tracks.gpkg", "truth.gpkg", tolerances=[0.5])
    >>> found.lines.tolerances[0].completeness
    1.0
    """
    from railmap.evaluation import evaluate as run

    return run(
        os.fspath(predicted),
        os.fspath(truth),
        out_json=_path(scores),
        out_png=_path(picture),
        image=_path(image),
        ignore=_path(ignore),
        area=_path(area),
        tolerances=tolerances,
        heading_deg=heading_deg,
        overwrite=overwrite,
    )


def read_map(path: FilePath) -> Map:
    """Read a map into GeoDataFrames.

    A map of an older schema is first migrated to the current one.

    Parameters
    ----------
    path
        GeoPackage that railmap wrote, edited in QGIS or not.

    Returns
    -------
    Map
        ``map["railway_link"]`` is a GeoDataFrame (a table without geometry is a DataFrame), indexed
        by ``fid``, in the CRS ``map.crs``. Lines keep their M values: metres along a link, chainage
        in metres along a line (``shapely.get_coordinates(geometry, include_m=True)``).

    Raises
    ------
    MapError
        If the file is missing, is not a map, has a newer schema or lacks a layer or column.
    OutputError
        If its schema is older and the file cannot be changed.

    Examples
    --------
    >>> tracks = railmap.read_map("tracks.gpkg")
    >>> tracks.crs.to_epsg(), "railway_node" in tracks
    (25832, True)
    >>> link = tracks["railway_link"].iloc[0]
    >>> xym = shapely.get_coordinates(link.geom, include_m=True)
    >>> float(xym[0, 2]), bool(abs(xym[-1, 2] - link.length_m) < 1e-6)
    (0.0, True)
    """
    from railmap.mapping import read_map as run

    return run(path)


def check(tracks: FilePath, *, limits: CheckLimits | None = None) -> list[QaIssue]:
    """Check the topology, measures and values of a map and write the issues into its ``qa_issue``.

    Parameters
    ----------
    tracks
        Map to check; its open issues of earlier checks are replaced, accepted ones are kept.
    limits
        Smallest plausible radius and spacing of tracks, metres.

    Returns
    -------
    list of QaIssue
        Issues that are not accepted, with their geometry in the CRS of the map.

    Raises
    ------
    MapError
        If the file is not a map.
    OutputError
        If it cannot be changed.

    Examples
    --------
    >>> issues = railmap.check("tracks.gpkg")
    >>> [issue.message for issue in issues if issue.severity == "error"]
    []
    """
    from railmap.mapping import check_map

    return check_map(tracks, limits=limits)


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


def compare(
    old: FilePath,
    new: FilePath,
    output: FilePath,
    *,
    limits: CompareLimits | None = None,
    carry_ids: bool = False,
    overwrite: bool = False,
) -> Comparison:
    """Compare two surveys: tracks that are new, removed, moved or changed, and defects that grew.

    Parameters
    ----------
    old, new
        Maps of the earlier and the later survey, in any CRS.
    output
        GeoPackage to write: ``link_change``, ``node_change``, ``defect_change`` and ``id_map``, in
        the CRS of `new`.
    limits
        Distances within which tracks and defects are the same, metres.
    carry_ids
        Also give the objects of the new map the ids that they have in the old one.
    overwrite
        Replace an output that exists.

    Returns
    -------
    Comparison
        Changes by layer, and the old id by new id.

    Raises
    ------
    MapError
        If a map cannot be read.
    InputError
        If the maps do not overlap.
    OutputError
        If the output exists or cannot be written.

    Examples
    --------
    >>> railmap.compare("tracks.gpkg", "tracks.gpkg", "changes.gpkg").summary()
    'links: no change; nodes: no change'
    """
    from railmap.mapping.compare.surveys import compare_maps

    return compare_maps(old, new, output, limits=limits, carry=carry_ids, overwrite=overwrite)


def growth(
    maps: Sequence[FilePath],
    output: FilePath,
    *,
    picture: FilePath | None = None,
    at: datetime | None = None,
    limits: CompareLimits | None = None,
    overwrite: bool = False,
) -> list[DefectGrowth]:
    """Follow the defects of a place through its surveys.

    Parameters
    ----------
    maps
        Two or more maps with attached defects, in any order and CRS.
    output
        CSV file to write: a row for each defect that two or more surveys show, with its growth,
        and the forecast of its area where three or more do.
    picture
        SVG file to write: areas of the fastest growing defects over time.
    at
        Date of the forecast; None takes the mean time between the surveys after the last one.
    limits
        Distances within which defects are the same.
    overwrite
        Replace outputs that exist.

    Returns
    -------
    list of DefectGrowth
        The fastest growing first.

    Raises
    ------
    UsageError
        If there are fewer than two maps.
    InputError
        If they do not overlap, or a survey has no date.
    MapError
        If a map cannot be read.
    OutputError
        If an output exists or cannot be written.

    Examples
    --------
    >>> railmap.growth(["a.gpkg", "b.gpkg", "c.gpkg"], "growth.csv")  # doctest: +SKIP
    """
    from railmap.publishing.growth.write import write_growth

    return write_growth(maps, output, picture=picture, at=at, limits=limits, overwrite=overwrite)


def conflate(
    tracks: FilePath,
    other: FilePath,
    *,
    reach_m: float = 3.0,
    shortest_m: float = 20.0,
    replace: bool = False,
    openstreetmap: bool = True,
) -> Conflation:
    """Take names, numbers, usage and electrification from another map; the geometry stays.

    Parameters
    ----------
    tracks
        Map to change. Tracks in only one of the maps become issues in ``qa_issue``.
    other
        OpenStreetMap extract or your own data with its tags: .osm, .osm.pbf, .gpkg or .geojson.
    reach_m
        Maximum lateral distance of a track in the other map, metres.
    shortest_m
        Minimum length of a track in only one of the maps that is reported, metres.
    replace
        Replace values that are set already.
    openstreetmap
        Whether `other` comes from OpenStreetMap; its licence (ODbL) is then stored in the map.

    Returns
    -------
    Conflation
        Links matched, values taken by column, metres in only one of the maps.

    Raises
    ------
    MapError, OutputError
        If `tracks` is not a map, or cannot be changed.
    InputError
        If the other map cannot be used, or has no track near.

    Examples
    --------
    >>> railmap.conflate("tracks.gpkg", "osm.geojson").taken["name"] > 0
    True
    """
    from railmap.mapping.compare.conflate import conflate_map
    from railmap.mapping.store.licences import ODBL

    return conflate_map(
        tracks,
        other,
        reach_m=reach_m,
        shortest_m=shortest_m,
        replace=replace,
        licence=ODBL if openstreetmap else None,
    )


def drape(
    tracks: FilePath,
    dem: FilePath,
    *,
    options: HeightOptions | None = None,
    reporter: Reporter | None = None,
) -> DrapedMap:
    """Give the tracks of a map heights, gradients and a vertical alignment.

    The heights of the elevation model are smoothed as track is: by constant gradients and
    parabolas, as few as explain them. Bridges, tunnels, voids and parts too steep for a track are
    bridged, and marked so. Heights that the map has are replaced.

    Parameters
    ----------
    tracks
        Map to change.
    dem
        Elevation model: a raster with one band of heights, in any CRS.
    options
        Distance of the heights (m), steepest gradient (per mille), longest gap that is bridged (m),
        accuracy of the model (m), unit of its heights.
    reporter
        Receives the progress and warnings; can cancel.

    Returns
    -------
    DrapedMap
        Length of track by source of the height, metres; steepest gradient, per mille.

    Raises
    ------
    RasterError, GeoreferenceError
        If the elevation model cannot be read or has no CRS.
    InputError
        If it has no height at any track.
    UsageError
        If an option is out of range.
    MapError, OutputError
        If `tracks` is not a map, or cannot be changed.

    Examples
    --------
    >>> found = railmap.drape("tracks.gpkg", "dtm.tif")
    >>> found.links, sorted(found.by_source_m)
    (9, ['measured', 'unknown'])
    """
    from railmap.pipeline.drape import drape_map

    return drape_map(tracks, dem, options=options, reporter=reporter)


def export(
    tracks: FilePath,
    output: FilePath,
    *,
    layer: str | None = None,
    overwrite: bool = False,
    keep_paths: bool = False,
    reporter: Reporter | None = None,
) -> str:
    """Write a map in the format of another program.

    Parameters
    ----------
    tracks
        Map to export.
    output
        File to write; its suffix is the format: ``.geojson``, ``.kml`` and ``.osm`` in WGS 84,
        ``.fgb`` (FlatGeobuf), ``.parquet`` (GeoParquet), ``.shp``, ``.dxf``, ``.xml`` (LandXML),
        ``.ifc`` (IFC 4.3) and ``.csv`` (events) in the CRS of the map, ``.ttl`` (RINF, in WGS 84),
        ``.gpkg`` (the whole map) or ``.qgz`` (QGIS project). Licences and
        origin are in it, or in a file beside a CSV or Shapefile.
    layer
        Layer for the formats of one layer, GeoJSON, FlatGeobuf, KML, GeoParquet and Shapefile
        (None: ``railway_link``), event layer for CSV (None: all).
    overwrite
        Replace a file that exists.
    keep_paths
        Keep the folders in names of images; by default only file names are written.
    reporter
        Receives a warning of what KML, GeoParquet and Shapefile lose.

    Returns
    -------
    str
        What was written, such as ``"12 ways"``.

    Raises
    ------
    UsageError
        If the suffix is another one, or the map has no such layer.
    MapError
        If the map cannot be read.
    OutputError
        If the file exists or cannot be written.
    MissingExtraError
        If the format needs an extra that is not installed.

    Examples
    --------
    >>> railmap.export("tracks.gpkg", "nodes.geojson", layer="railway_node")
    '10 features of railway_node'
    """
    from railmap.publishing import export_map

    return export_map(
        tracks,
        output,
        layer=layer,
        overwrite=overwrite,
        keep_paths=keep_paths,
        reporter=reporter,
    )


def publish(
    tracks: FilePath,
    output: FilePath,
    *,
    ortho: FilePath | None = None,
    basemaps: Sequence[str] = (),
    photos: Sequence[FilePath] = (),
    before: FilePath | None = None,
    before_ortho: FilePath | None = None,
    title: str | None = None,
    overwrite: bool = False,
    keep_paths: bool = False,
    reporter: Reporter | None = None,
) -> Site:
    """Publish a map as a web page with vector tiles, for any static web server.

    The page loads nothing from other servers, unless `basemaps` names some.

    Parameters
    ----------
    tracks
        Map to publish.
    output
        Folder to create.
    ortho
        Orthophoto under the map: an 8 bit georeferenced image, or a raster PMTiles file.
    basemaps
        Maps of other servers that a reader may choose, as ``NAME=URL ATTRIBUTION``; the URL has
        ``{z}``, ``{x}`` and ``{y}``, or ``{bbox-epsg-3857}`` for a WMS.
    photos
        Folders with the photos that events, defects and scenes name. They are published reduced
        and without metadata. Photos in the map's folder are found anyway.
    before, before_ortho
        Map and orthophoto of an earlier survey, which a slider shows beside those of today.
    title
        Title of the page; None: the name of the map.
    overwrite
        Replace a map published before.
    keep_paths
        Keep the folders in names of images; by default only file names are published.
    reporter
        Receives the progress; can cancel.

    Returns
    -------
    Site
        The folder, its layers and its size in bytes.

    Raises
    ------
    MapError
        If the map or `before` cannot be read, or the map has nothing to show.
    InputError
        If `ortho`, `before_ortho` or `photos` cannot be used.
    UsageError
        If `basemaps` cannot be used.
    OutputError
        If the folder cannot be written, exists or holds other files.
    MissingExtraError
        If GDAL has no PMTiles driver.

    Examples
    --------
    >>> site = railmap.publish("tracks.gpkg", "site")
    >>> (site.path / "index.html").is_file()
    True
    """
    from railmap.publishing import publish_map

    return publish_map(
        tracks,
        output,
        ortho=ortho,
        basemaps=basemaps,
        photos=photos,
        before=before,
        before_ortho=before_ortho,
        title=title,
        overwrite=overwrite,
        keep_paths=keep_paths,
        reporter=reporter,
    )


def report(
    tracks: FilePath,
    output: FilePath,
    *,
    before: FilePath | None = None,
    images: FilePath | Sequence[FilePath] = (),
    title: str | None = None,
    pictures: int = 12,
    overwrite: bool = False,
    keep_paths: bool = False,
    reporter: Reporter | None = None,
) -> SurveyReport:
    """Write what a survey found as one HTML file, to read and to print on A4.

    It states what was surveyed, lengths of track, switches and curves with their uncertainty,
    gauge, defects, scenes, open issues, changes, sources and licences, and shows the worst places.
    It loads nothing from other servers and has no script. The map is not changed.

    Parameters
    ----------
    tracks
        Map to report on.
    output
        HTML file to write.
    before
        Map of the survey before, for the changes.
    images
        Images to cut pictures from; by default those that the map names, at their path or beside
        the map.
    title
        Title of the report; None: the name of the map.
    pictures
        Maximum number of worst places shown, 0 to 60.
    overwrite
        Replace a file that exists.
    keep_paths
        Keep the folders in names of images; by default only file names are written.
    reporter
        Receives the progress, and a warning for each image that cannot be read; can cancel.

    Returns
    -------
    SurveyReport
        The file, the number of places shown, and how many of them are cut from an image.

    Raises
    ------
    UsageError
        If `output` is not named as HTML, or `pictures` is out of range.
    MapError
        If a map cannot be read.
    InputError
        If one of `images` is missing, or the maps are of different places.
    OutputError
        If the file exists, is an input, or cannot be written.

    Examples
    --------
    >>> made = railmap.report("tracks.gpkg", "survey.html")
    >>> made.path.name, made.pictures
    ('survey.html', 0)
    """
    from railmap.publishing import write_report

    return write_report(
        tracks,
        output,
        before=before,
        images=_files(images),
        title=title,
        pictures=pictures,
        overwrite=overwrite,
        keep_paths=keep_paths,
        reporter=reporter,
    )


def find_defects(
    images: FilePath | Sequence[FilePath],
    output: FilePath,
    *,
    tracks: FilePath | None = None,
    model: FilePath | None = None,
    detection: DetectionOptions | None = None,
    scale: ScaleOptions | None = None,
    positions: SurfacePositionOptions | None = None,
    survey_date: str | None = None,
    report: ReportOptions | None = None,
    compute: ComputeOptions | None = None,
    overwrite: bool = False,
    reporter: Reporter | None = None,
) -> DefectsFound:
    """Find defects in images of rail surfaces, and place them on a map.

    An interrupted run resumes when it is called again with the same arguments.

    Parameters
    ----------
    images
        Files, folders or patterns: ``(rows, columns)`` grey or RGB, 8 or 16 bit, the rail upright.
    output
        GeoPackage to write, with the layers ``defect``, ``defect_area`` and ``image``.
    tracks
        Map to attach the defects to.
    model
        Name or ONNX file of a defect model; None takes the one that comes with railmap.
    detection
        Threshold and smallest area (mm²) of a defect.
    scale
        Size of a pixel, mm; None: from the width of the rail head.
    positions
        Where the images were taken: chainage along a line, a table, a track log or EXIF.
    survey_date
        Day of the survey, ``2026-05-01``.
    report
        HTML report of the worst defects.
    compute
        Device (``auto`` or ``cpu``) and threads.
    overwrite
        Replace outputs that exist.
    reporter
        Receives stages and warnings; can cancel.

    Returns
    -------
    DefectsFound
        Number of images, defects and defects with a position.

    Raises
    ------
    InputError
        If there are no images, none can be used, or the chainage leaves the line.
    UsageError
        If options contradict each other.
    ModelError, DeviceError
        If the model or the device cannot be used.
    OutputError
        If an output exists or cannot be written.

    Examples
    --------
    >>> scale = railmap.ScaleOptions(pixel_size=railmap.PixelScale(across_mm=0.45, along_mm=0.45))
    >>> found = railmap.find_defects("rails", "defects.gpkg", scale=scale)
    >>> found.images, found.bad
    (1, 0)
    """
    from railmap.mapping.sources.image_positions import NoPositions
    from railmap.pipeline.options import ComputeOptions
    from railmap.surface.job import DefectJob
    from railmap.surface.job.options import DetectionOptions, ReportOptions, ScaleOptions
    from railmap.surface.job.with_model import find_defects_with_model

    compute = compute or ComputeOptions()
    job = DefectJob(
        images=_files(images),
        output=Path(output),
        tracks=None if tracks is None else Path(tracks),
        detection=detection or DetectionOptions(),
        scale=scale or ScaleOptions(),
        locator=NoPositions() if positions is None else positions.locator(),
        position_accuracy_m=None if positions is None else positions.accuracy_m,
        survey_date=survey_date,
        report=report or ReportOptions(),
        overwrite=overwrite,
    )
    return find_defects_with_model(
        job, _path(model), device=compute.device, threads=compute.threads, reporter=reporter
    )


def classify_scenes(
    photos: FilePath | Sequence[FilePath],
    output: FilePath,
    *,
    tracks: FilePath | None = None,
    model: FilePath | None = None,
    positions: PositionOptions | None = None,
    placement: PlacementOptions | None = None,
    report: FilePath | None = None,
    compute: ComputeOptions | None = None,
    overwrite: bool = False,
    reporter: Reporter | None = None,
) -> ScenesFound:
    """Classify photos into railway scenes, and place them on a map.

    Parameters
    ----------
    photos
        Files, folders or patterns: JPEG, PNG, TIFF or WebP.
    output
        GeoPackage to write, one row for each photo.
    tracks
        Map to attach the scenes to.
    model
        ONNX model of scenes, see `teach_scenes`.
    positions
        Where the photos were taken: a table or a track log; None: the GPS position in each photo.
    placement
        Which photos are attached, and how they are joined into stretches.
    report
        HTML page of the photos with their explanations.
    compute
        Device (``auto`` or ``cpu``) and threads.
    overwrite
        Replace outputs that exist.
    reporter
        Receives stages and warnings; can cancel.

    Returns
    -------
    ScenesFound
        Number of photos, of those with a position, and of stretches.

    Raises
    ------
    InputError
        If there are no photos, none can be used, or none is near a track.
    ModelError
        If the model is missing or cannot be used.
    OutputError
        If an output exists or cannot be written.

    Examples
    --------
    >>> found = railmap.classify_scenes("photos", "photos.gpkg", model="scenes.onnx")
    >>> found.photos, found.bad
    (2, 0)
    """
    from railmap.pipeline.options import ComputeOptions
    from railmap.scenes.job.with_model import classify_photos

    compute = compute or ComputeOptions()
    return classify_photos(
        _files(photos),
        output,
        tracks=tracks,
        model=model,
        positions=positions,
        placement=placement,
        report=report,
        device=compute.device,
        threads=compute.threads,
        overwrite=overwrite,
        reporter=reporter,
    )


def teach_scenes(
    photos: FilePath,
    output: FilePath,
    *,
    seed: int = 0,
    compute: ComputeOptions | None = None,
    overwrite: bool = False,
    reporter: Reporter | None = None,
) -> TaughtScenes:
    """Make a model of scenes from photos, sorted into a folder for each scene.

    A network that knows ImageNet describes each photo once; only its last layer is fitted, as in
    the scene paper. That takes seconds on a CPU, without PyTorch; ten photos of each scene do.

    Parameters
    ----------
    photos
        Folder with a folder of photos for each scene.
    output
        ONNX model to write.
    seed
        Random seed of the cross-validation.
    compute
        Device (``auto`` or ``cpu``) and threads.
    overwrite
        Replace an output that exists.
    reporter
        Receives stages and warnings; can cancel.

    Returns
    -------
    TaughtScenes
        Cross-validated scores, the confusion of the classes, and photos that may be in the wrong
        folder.

    Raises
    ------
    InputError
        If fewer than two scenes have two different photos.
    ModelError
        If the extra ``scenes`` is not installed.
    OutputError
        If the output exists or cannot be written.

    Examples
    --------
    >>> taught = railmap.teach_scenes("scenes", "scenes.onnx")
    >>> taught.classes, taught.counts
    (('tunnel', 'platform'), (5, 5))
    """
    from railmap.pipeline.options import ComputeOptions
    from railmap.scenes.teach import job

    compute = compute or ComputeOptions()
    return job.teach_scenes(
        photos,
        output,
        seed=seed,
        device=compute.device,
        threads=compute.threads,
        overwrite=overwrite,
        reporter=reporter,
    )


def synth(
    output: FilePath,
    truth: FilePath | None = None,
    dem: FilePath | None = None,
    *,
    seed: int = 0,
    gsd: float = 0.1,
    width: int = 2000,
    height: int = 2000,
    kind: str | None = None,
    bridge: bool = False,
    overwrite: bool = False,
    reporter: Reporter | None = None,
) -> Scene:
    """Render an image of a railway that resembles drone imagery, with its exact truth.

    Parameters
    ----------
    output
        GeoTIFF to write, ``(height, width)`` RGB uint8 in EPSG:32632.
    truth
        GeoPackage to write: centrelines, switches, crossings and buffer stops.
    dem
        GeoTIFF to write: heights of the ground in metres, pixels of 1 m; `truth` then has the
        heights of the tracks in the layer ``track_height``.
    seed
        Random seed; the same seed gives the same pixels.
    gsd
        Ground sampling distance, 0.008 to 0.4 m per pixel.
    width, height
        Size, 64 to 20000 pixels.
    kind
        Track plan: plain, double, multiple, junction, yard, diamond or none; None chooses one at
        random.
    bridge
        Lead the tracks over a valley, of which `dem` has the ground.
    overwrite
        Replace outputs that exist.
    reporter
        Receives the progress; can cancel.

    Returns
    -------
    Scene
        ``image`` ``(height, width, 3)`` uint8, ``valid`` and ``hidden`` ``(height, width)`` bool.

    Raises
    ------
    UsageError
        If an option is out of range.
    OutputError
        If an output exists or cannot be written.
    MissingExtraError
        If the extra ``synth`` is not installed.

    Examples
    --------
    >>> scene = railmap.synth("small.tif", seed=3, width=80, height=64)
    >>> scene.image.shape
    (64, 80, 3)
    """
    from railmap.rendering import render_files

    return render_files(
        output,
        truth,
        dem,
        seed=seed,
        gsd=gsd,
        width=width,
        height=height,
        kind=kind,
        bridge=bridge,
        overwrite=overwrite,
        reporter=reporter,
    )


def _path(path: FilePath | None) -> Path | None:
    return None if path is None else Path(path)


def _files(paths: FilePath | Sequence[FilePath]) -> list[str | Path]:
    given = [paths] if isinstance(paths, (str, os.PathLike)) else paths
    return [os.fspath(path) for path in given]
