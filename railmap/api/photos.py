"""Functions for images of rails and for photos of scenes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from railmap.api.paths import FilePath, as_files, as_path

if TYPE_CHECKING:
    from railmap.mapping.sources.position_options import PositionOptions
    from railmap.pipeline.options import ComputeOptions
    from railmap.progress import Reporter
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

__all__ = ["classify_scenes", "find_defects", "teach_scenes"]


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
        images=as_files(images),
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
        job, as_path(model), device=compute.device, threads=compute.threads, reporter=reporter
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
        as_files(photos),
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
