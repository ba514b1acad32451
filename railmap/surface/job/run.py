"""The job: images in, defects out, one image in memory at a time."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from railmap.errors import Cancelled, InputError, RailmapError, UsageError
from railmap.mapping.spots import ByExif, Locator, Nowhere, Spot
from railmap.output import atomic_output, check_output
from railmap.progress import NullReporter, Reporter
from railmap.raster.photo_files import PhotoFile, find_photo_files
from railmap.surface.job.images import image_size, read_image
from railmap.surface.job.journal import Journal
from railmap.surface.job.outlines import outline_defects
from railmap.surface.job.output import (
    DEFECT_LAYER,
    Listed,
    list_defects,
    write_defects,
    write_events,
)
from railmap.surface.job.places import Placer
from railmap.surface.job.report import write_report
from railmap.surface.job.scale import HEAD_WIDTH_MM, PixelScale, scale_from_head

__all__ = ["DefectJob", "DefectsFound", "Segmenter", "find_defects"]

_AHEAD = 3  # images read while one is segmented
_TOLD = 10  # problems told one by one


class Segmenter(Protocol):
    """What finds defects in an image: `railmap.surface.segment.DefectSegmenter`."""

    threshold: float
    class_names: tuple[str, ...]

    def __call__(self, image: NDArray[Any], name: str = "image") -> Any:
        """Give a `railmap.surface.segment.DefectMask`."""


@dataclass(frozen=True, slots=True)
class DefectJob:
    """What to do.

    Parameters
    ----------
    images
        Files, folders and patterns.
    output
        GeoPackage to make.
    tracks
        Map to attach the defects to.
    scale
        Millimetres per pixel; else from the rail head's width.
    head_width_mm
        Of the rail head.
    along_mm
        Millimetres per row, where the pixel size along the rail isn't the one across.
    threshold
        Probability from which a pixel is defect; else the model's.
    min_area_mm2
        Smaller ones are left out.
    locator
        Where the images are.
    seen
        Day of the survey, ``2026-05-01``.
    report
        HTML report of the worst defects to make.
    worst
        How many it shows.
    position_accuracy_m
        One sigma of the images' positions, for attaching; else what each source is good for.
    overwrite
        Replace what exists.
    """

    images: Sequence[str | Path]
    output: Path
    tracks: Path | None = None
    scale: PixelScale | None = None
    head_width_mm: float = HEAD_WIDTH_MM
    along_mm: float | None = None
    threshold: float | None = None
    min_area_mm2: float = 4.0
    locator: Locator = field(default_factory=Nowhere)
    seen: str | None = None
    report: Path | None = None
    worst: int = 50
    position_accuracy_m: float | None = None
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class DefectsFound:
    """What was found.

    Parameters
    ----------
    images, bad
        Images in all, and those that couldn't be used.
    defects, placed, chained
        Defects in all, those with a place, and those with a line and km.
    attached
        What `railmap attach` told; None without a map.
    """

    images: int
    bad: int
    defects: int
    placed: int
    attached: str | None = None
    chained: int = 0

    def summary(self) -> str:
        """Return it in one line."""
        text = f"{self.defects} defects in {self.images} images"
        if self.bad:
            text += f" ({self.bad} of them couldn't be used: see the table image)"
        if self.defects and not self.placed and self.chained:
            text += f"; {self.chained} with line and km (--to MAP would place them)"
        elif self.defects and not self.placed:
            text += "; none has a position"
        elif self.placed < self.defects:
            text += f"; {self.defects - self.placed} without position"
        return text + (f"; {self.attached}" if self.attached else "")


def find_defects(
    job: DefectJob, segmenter: Segmenter, model: str, reporter: Reporter | None = None
) -> DefectsFound:
    """Find the defects of all images; place them and attach them to the map.

    Interrupted, it leaves a journal and the next call with the same settings goes on from it. An
    image that can't be used is reported and passed over. The output stays where attaching fails.

    Parameters
    ----------
    job
        What to do.
    segmenter
        Finds defects in one image.
    model
        Tells it from others, such as its file's sha256: another's results aren't gone on from.
    reporter
        Told of stages and warnings.

    Raises
    ------
    InputError
        If there are no images, none can be used, or the chainage leaves the line.
    OutputError
        If an output exists or can't be written.
    UsageError
        If settings contradict each other.
    """
    reporter = reporter or NullReporter()
    images = find_photo_files(job.images)
    inputs = [image.path for image in images] + ([job.tracks] if job.tracks else [])
    check_output(job.output, overwrite=job.overwrite, inputs=inputs)
    if job.report is not None:
        check_output(job.report, overwrite=job.overwrite, inputs=[*inputs, job.output])
    if job.seen is not None:
        _check_day(job.seen)
    placer = Placer(job.tracks)
    along = job.along_mm or (job.scale.along_mm if job.scale else None)
    spots = job.locator.spots(images, along)
    _check_spots(job, images, spots, placer)
    threshold = segmenter.threshold if job.threshold is None else job.threshold
    settings = {
        "model": model, "threshold": threshold, "min_area": job.min_area_mm2,
        "scale": [job.scale.across_mm, job.scale.along_mm] if job.scale else None,
        "head": job.head_width_mm, "along": job.along_mm,
    }  # fmt: skip
    keys = [image.key() for image in images]
    with Journal(job.output, settings) as journal:
        _segment(job, images, keys, segmenter, threshold, journal, reporter)
        reporter.stage("writing", 1)
        listed = list_defects(journal, images, keys, spots, placer, job.seen)
        bad = listed.images["problem"].notna()
        if not bad.all():
            _write(job, listed, images, placer.crs)
        reporter.advance(1)
    if bad.all():
        raise InputError(
            f"none of {len(images)} images can be used; the first: "
            f"{listed.images['problem'].iloc[0]}"
        )
    attached = _attach(job, listed, placer.crs, reporter)
    return DefectsFound(
        len(images), int(bad.sum()), len(listed.defects), listed.placed, attached,
        int(listed.defects["km"].notna().sum()),
    )  # fmt: skip


def _check_day(text: str) -> None:
    import datetime

    try:
        day = datetime.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--date {text}: give a day such as 2026-05-01") from error
    if day > datetime.date.today() + datetime.timedelta(days=1):
        raise UsageError(f"--date {text}: is in the future")


def _check_spots(
    job: DefectJob, images: Sequence[PhotoFile], spots: Sequence[Spot | None], placer: Placer
) -> None:
    """Refuse chainage outside the line before any work is done."""
    if isinstance(job.locator, Nowhere) and job.tracks is not None:
        raise UsageError(
            "--to needs positions: give --line and --start-km, --positions, --track-log or --exif"
        )
    if not isinstance(job.locator, Nowhere | ByExif) and not any(spots):
        raise InputError(
            f"none of the {len(images)} images has a position; check the names or times"
        )
    for image, spot in zip(images, spots, strict=True):
        if spot is None or spot.line is None:
            continue
        try:
            rows = image_size(image.path)[0]
        except InputError:
            rows = 0  # reported when it is its turn
        placer.check(spot, rows, image.name)


def _segment(
    job: DefectJob,
    images: Sequence[PhotoFile],
    keys: Sequence[str],
    segmenter: Segmenter,
    threshold: float,
    journal: Journal,
    reporter: Reporter,
) -> None:
    done = journal.done()
    reporter.stage("segmenting", len(images), "images")
    waiting = [(image, key) for image, key in zip(images, keys, strict=True) if key not in done]
    if before := len(images) - len(waiting):
        reporter.message(f"going on after {before} images done before")
        reporter.advance(before)
    problems = 0
    for number, (image, key, pixels) in enumerate(_read_ahead(waiting), start=before + 1):
        try:
            if isinstance(pixels, InputError):
                raise pixels
            _one(job, image, key, pixels, segmenter, threshold, journal)
        except InputError as error:
            problems += 1
            text = " ".join(str(error).split())
            journal.add(key, [], problem=text)
            if problems <= _TOLD:
                reporter.warning(text)
        try:
            reporter.advance(1)
        except Cancelled:
            raise Cancelled(
                f"cancelled after {number} of {len(images)} images; the same command goes on there"
            ) from None
    if problems > _TOLD:
        reporter.warning(f"{problems - _TOLD} more images couldn't be used: see the table image")


def _one(
    job: DefectJob,
    image: PhotoFile,
    key: str,
    pixels: NDArray[Any],
    segmenter: Segmenter,
    threshold: float,
    journal: Journal,
) -> None:
    found = segmenter(pixels, image.name)
    head = None if found.rail is None else found.rail.width
    scale = job.scale
    if scale is None:
        if head is None:
            raise InputError(
                f"{image.name}: no rail head to take the scale from; give --pixel-size in mm"
            )
        scale = scale_from_head(head, job.head_width_mm, job.along_mm)
    defects = outline_defects(
        found.probability,
        threshold,
        scale,
        centre=None if found.rail is None else found.rail.centre,
        classes=found.classes,
        class_names=segmenter.class_names,
        min_area_mm2=job.min_area_mm2,
    )
    height, width = found.probability.shape
    journal.add(
        key, defects, size=(height, width), head_px=head, mm=(scale.across_mm, scale.along_mm)
    )


def _read_ahead(
    waiting: Sequence[tuple[PhotoFile, str]],
) -> Iterator[tuple[PhotoFile, str, NDArray[Any] | InputError]]:
    """Yield the images in order, a few read ahead in other threads."""
    queue: deque[tuple[PhotoFile, str, Future[Any]]] = deque()
    rest = iter(waiting)
    with ThreadPoolExecutor(min(_AHEAD, os.cpu_count() or 1)) as pool:
        for image, key in rest:
            queue.append((image, key, pool.submit(_try_read, image.path)))
            if len(queue) > _AHEAD:
                image, key, future = queue.popleft()
                yield image, key, future.result()
        while queue:
            image, key, future = queue.popleft()
            yield image, key, future.result()


def _try_read(path: Path) -> NDArray[Any] | InputError:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read_image(path)
    except InputError as error:
        return error


def _write(job: DefectJob, listed: Listed, images: Sequence[PhotoFile], crs: Any) -> None:
    with atomic_output(job.output, overwrite=job.overwrite) as path:
        write_defects(path, listed, crs)
    if job.report is not None:
        with atomic_output(job.report, overwrite=job.overwrite) as path:
            write_report(path, listed, images, job.tracks, crs, job.worst)


def _attach(job: DefectJob, listed: Listed, crs: Any, reporter: Reporter) -> str | None:
    if job.tracks is None:
        return None
    if not listed.placed:
        return "nothing to attach"
    from railmap.mapping.attach import attach_events

    try:
        with tempfile.TemporaryDirectory() as folder:
            events = Path(folder) / job.output.name
            write_events(events, listed, crs)
            found = attach_events(
                job.tracks,
                events,
                layer=DEFECT_LAYER,
                position_accuracy_m=job.position_accuracy_m,
                reporter=reporter,
            )
    except Cancelled:
        raise
    except RailmapError as error:  # hours of segmenting are in the output: it needn't be repeated
        raise type(error)(
            f"{error}; {job.output} is written, so mend this and go on with: railmap attach "
            f"{job.output} --source-layer {DEFECT_LAYER} --to {job.tracks}"
        ) from error
    return f"{found.matched} attached to {job.tracks.name}, {found.ambiguous} of them ambiguous"
