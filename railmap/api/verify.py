"""Functions that read, check and compare maps."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from railmap.api.paths import FilePath, as_path

if TYPE_CHECKING:
    from datetime import datetime

    from railmap.evaluation import Evaluation
    from railmap.mapping import CheckLimits, Map, QaIssue
    from railmap.mapping.compare.conflate import Conflation
    from railmap.mapping.compare.growth import DefectGrowth
    from railmap.mapping.compare.surveys import Comparison
    from railmap.mapping.compare.tracks import CompareLimits

__all__ = ["check", "compare", "conflate", "evaluate", "growth", "read_map"]


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
        out_json=as_path(scores),
        out_png=as_path(picture),
        image=as_path(image),
        ignore=as_path(ignore),
        area=as_path(area),
        tolerances=tolerances,
        heading_deg=heading_deg,
        overwrite=overwrite,
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
