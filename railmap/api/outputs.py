"""Functions that hand a map on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from railmap.api.paths import FilePath, as_files

if TYPE_CHECKING:
    from railmap.progress import Reporter
    from railmap.publishing import Site, SurveyReport

__all__ = ["export", "publish", "report"]


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
        images=as_files(images),
        title=title,
        pictures=pictures,
        overwrite=overwrite,
        keep_paths=keep_paths,
        reporter=reporter,
    )
