"""Functions that make a map: from images, from a mask, from a rendered scene."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from railmap.api.paths import FilePath

if TYPE_CHECKING:
    from railmap.geometry.vertical.options import HeightOptions
    from railmap.inference import SegmentResult
    from railmap.pipeline.drape import DrapedMap
    from railmap.pipeline.options import ComputeOptions, LineOptions, ReadOptions
    from railmap.pipeline.types import MapResult
    from railmap.progress import Reporter
    from railmap.rendering import Scene

__all__ = ["drape", "segment", "synth", "trace", "vectorize"]


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
