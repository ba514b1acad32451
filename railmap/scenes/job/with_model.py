"""Photos classified with a model file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from railmap.mapping.sources.image_positions import ByExif
from railmap.mapping.sources.position_options import PositionOptions
from railmap.progress import Reporter
from railmap.scenes.classify.classifier import SceneClassifier
from railmap.scenes.job.options import PlacementOptions
from railmap.scenes.job.run import SceneJob, ScenesFound, find_scenes

__all__ = ["classify_photos"]


def classify_photos(
    photos: Sequence[str | Path],
    output: str | os.PathLike[str],
    *,
    tracks: str | os.PathLike[str] | None = None,
    model: str | os.PathLike[str] | None = None,
    positions: PositionOptions | None = None,
    placement: PlacementOptions | None = None,
    report: str | os.PathLike[str] | None = None,
    device: str = "auto",
    threads: int | None = None,
    overwrite: bool = False,
    reporter: Reporter | None = None,
) -> ScenesFound:
    """Classify photos with a model; see `find_scenes`.

    Parameters
    ----------
    photos
        Files, folders and patterns.
    output
        GeoPackage to write.
    tracks
        Map to attach the scenes to.
    model
        ONNX model; None takes the one that comes with railmap, if there is one.
    positions
        Where the photos were taken; None: the GPS position in each photo.
    placement
        Which photos are attached, and how they are joined.
    report
        HTML page to write.
    device
        ``auto`` or ``cpu``.
    threads
        CPU threads; None takes all.
    overwrite
        Replace outputs that exist.
    reporter
        Receives the progress; can cancel.

    Raises
    ------
    ModelError
        If the model cannot be used.
    UsageError
        If the positions contradict each other, or the device is another one.
    """
    locator = None if positions is None else positions.locator()
    job = SceneJob(
        photos=photos,
        output=Path(output),
        tracks=None if tracks is None else Path(tracks),
        locator=locator or ByExif(),
        placement=placement or PlacementOptions(),
        sheet=None if report is None else Path(report),
        overwrite=overwrite,
    )
    classifier = SceneClassifier(model, device=device, threads=threads)
    return find_scenes(job, classifier, reporter)
