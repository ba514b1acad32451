"""Classify photos and attach their scenes to the map where positions are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from railmap.errors import InputError, one_line
from railmap.files.output import atomic_output, check_output
from railmap.files.photo import read_photo
from railmap.files.photo_files import PhotoFile, find_photo_files
from railmap.files.written import check_layers
from railmap.mapping.sources.image_positions import ByExif, ImagePosition, Locator
from railmap.mapping.store.editing import check_editable
from railmap.progress import NullReporter, Reporter
from railmap.scenes.classify.classifier import activation_scores
from railmap.scenes.job.columns import scene_columns, score_column, score_lines
from railmap.scenes.job.options import PlacementOptions
from railmap.scenes.job.output import EVENT_LAYER, PHOTO_LAYER, scene_events, write_photos
from railmap.scenes.job.photo import taken_at
from railmap.scenes.job.sheet import Thumbnail, make_thumbnail, write_sheet
from railmap.scenes.job.stretches import Stretch, find_stretches

__all__ = ["Classifier", "SceneJob", "ScenesFound", "find_scenes"]

_MAX_WARNINGS = 10  # further problems are only counted
_COLUMNS = ["image_id", "uri", "scene_class", "probability", "top3", "scores", "model_version",
            "taken_at", "h_accuracy_m", "problem", "lon", "lat"]  # fmt: skip


class Classifier(Protocol):
    """Classifies images, as `railmap.scenes.classify.classifier.SceneClassifier` does."""

    version: str

    @property
    def classes(self) -> Sequence[str]:
        """Keys of the scene classes, in the order of the probabilities."""

    def explain(
        self, images: Sequence[NDArray[np.uint8]]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return probabilities ``(N, classes)`` and activations ``(N, classes, h, w)``."""


@dataclass(frozen=True, slots=True)
class SceneJob:
    """Photos, outputs and options of a job.

    Parameters
    ----------
    photos
        Files, folders and patterns.
    output
        GeoPackage to create, one row per photo.
    tracks
        Map to attach the scenes to.
    locator
        Where the photos were taken.
    placement
        Which photos are attached, and how they are joined.
    sheet
        HTML page of photos with explanations to create.
    shown
        Maximum number of photos on it.
    overwrite
        Replace what exists.
    """

    photos: Sequence[str | Path]
    output: Path
    tracks: Path | None = None
    locator: Locator = field(default_factory=ByExif)
    placement: PlacementOptions = field(default_factory=PlacementOptions)
    sheet: Path | None = None
    shown: int = 500
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class ScenesFound:
    """Result of a job.

    Parameters
    ----------
    photos, bad, placed
        Number of photos, of those that could not be used, and of those with a position.
    stretches
        Number of parts of links with one scene.
    attached
        Summary of attaching to the map; None without a map.
    """

    photos: int
    bad: int
    placed: int
    stretches: int
    attached: str | None = None

    def summary(self) -> str:
        """Return the result in one line."""
        text = f"{self.photos - self.bad} of {self.photos} photos classified, {self.placed} placed"
        return text + (f"; {self.attached}" if self.attached else "")


def find_scenes(
    job: SceneJob, classifier: Classifier, reporter: Reporter | None = None
) -> ScenesFound:
    """Classify photos and attach them to the map.

    A photo that cannot be read is reported and skipped.

    Parameters
    ----------
    job
        Photos, outputs and options.
    classifier
        Classifies the photos.
    reporter
        Receives progress and warnings.

    Returns
    -------
    ScenesFound
        Counts of photos and stretches.

    Raises
    ------
    InputError
        If there are no photos, none can be used, or, with a map, none has a position near a track.
    OutputError
        If an output exists or cannot be written.
    """
    reporter = reporter or NullReporter()
    photos = find_photo_files(job.photos, "photo")
    inputs = [photo.path for photo in photos] + ([job.tracks] if job.tracks else [])
    check_output(job.output, overwrite=job.overwrite, inputs=inputs)
    if job.sheet is not None:
        check_output(job.sheet, overwrite=job.overwrite, inputs=[*inputs, job.output])
    if job.tracks is not None:
        check_editable(job.tracks)
    positions = job.locator.positions(photos, None)
    lost = [
        photo.name for photo, position in zip(photos, positions, strict=True) if position is None
    ]
    if lost:
        reporter.warning(
            f"{len(lost)} of {len(photos)} photos have no position (no GPS, or 0, 0 without a "
            f"fix), the first is {lost[0]}"
        )
    table, shown = _classify(job, photos, positions, classifier, reporter)
    bad = table["problem"].notna()
    if bad.all():
        raise InputError(
            f"none of {len(photos)} photos can be used; the first: {table['problem'].iloc[0]}"
        )
    with atomic_output(
        job.output,
        overwrite=job.overwrite,
        verify=lambda partial: check_layers(partial, {PHOTO_LAYER: len(table)}),
    ) as path:
        write_photos(path, table)
    if job.sheet is not None:
        with atomic_output(job.sheet, overwrite=job.overwrite) as path:
            write_sheet(path, shown, table.loc[bad, "problem"])
    stretches, attached = _attach(job, table, reporter)
    placed = int(table["lon"].notna().sum())
    return ScenesFound(len(photos), int(bad.sum()), placed, len(stretches), attached)


def _classify(
    job: SceneJob,
    photos: Sequence[PhotoFile],
    positions: Sequence[ImagePosition | None],
    classifier: Classifier,
    reporter: Reporter,
) -> tuple[pd.DataFrame, list[Thumbnail]]:
    rows: list[dict[str, Any]] = []
    shown: list[Thumbnail] = []
    problems = 0
    reporter.stage("classifying", len(photos), "photos")
    for photo, position in zip(photos, positions, strict=True):
        row: dict[str, Any] = {"image_id": photo.name, "uri": str(photo.path)}
        if position is not None:
            row |= {"lon": position.lon, "lat": position.lat, "h_accuracy_m": position.accuracy_m}
        try:
            image = read_photo(photo.path)
        except InputError as error:
            row["problem"] = one_line(error)
            problems += 1
            if problems <= _MAX_WARNINGS:
                reporter.warning(row["problem"])
        else:
            row["taken_at"], odd = taken_at(photo.path)
            if odd is not None:
                problems += 1
                if problems <= _MAX_WARNINGS:
                    reporter.warning(odd)
            probabilities, activations = classifier.explain([image])
            row |= scene_columns(probabilities[0], classifier.classes, classifier.version)
            scores = activation_scores(activations[0])
            row["scores"] = score_column(scores, classifier.classes)
            if job.sheet is not None and len(shown) < job.shown:
                best = int(probabilities[0].argmax())
                title = f"{row['scene_class']} {row['probability']:.2f}"
                lines = (photo.name, *score_lines(probabilities[0], scores, classifier.classes))
                shown.append(make_thumbnail(image, activations[0, best], title, lines))
        rows.append(row)
        reporter.advance(1)
    if problems > _MAX_WARNINGS:
        more = problems - _MAX_WARNINGS
        reporter.warning(f"{more} more photos have problems: see the layer photo")
    table = pd.DataFrame(rows, columns=_COLUMNS)
    for name in ("probability", "h_accuracy_m", "lon", "lat"):
        table[name] = table[name].astype(float)
    return table, shown


def _attach(
    job: SceneJob, table: pd.DataFrame, reporter: Reporter
) -> tuple[list[Stretch], str | None]:
    if job.tracks is None:
        return [], None
    import pyproj

    from railmap.mapping.attach.attach import attach_events
    from railmap.mapping.store.reader import read_map

    options = job.placement
    placed = table[table["lon"].notna() & table["problem"].isna()]
    sure = placed[placed["probability"] >= options.min_probability]
    if sure.empty:
        least = options.min_probability
        why = "has a position" if placed.empty else f"has a scene of probability {least:g} or more"
        reporter.warning(f"nothing was attached to {job.tracks}: no photo {why}")
        return [], "nothing attached"
    crs = read_map(job.tracks).crs
    move = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    xy = np.column_stack(move.transform(sure["lon"].to_numpy(), sure["lat"].to_numpy()))
    scenes = list(
        zip(sure["scene_class"], sure["probability"].astype(float), sure["image_id"], strict=True)
    )
    stretches = find_stretches(
        job.tracks, xy, scenes, join_m=options.join_m, max_distance_m=options.max_distance_m
    )
    found = attach_events(
        job.tracks,
        scene_events(sure, stretches, crs),
        layer=EVENT_LAYER,
        name=job.output,
        max_distance_m=options.max_distance_m,
        reporter=reporter,
    )
    return stretches, (
        f"{found.matched} events attached to {job.tracks.name}, {len(stretches)} of them stretches"
    )
