"""Read images ahead, segment them in order, and enter each into the journal."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from railmap.errors import Cancelled, InputError, one_line
from railmap.files.photo import read_image
from railmap.files.photo_files import PhotoFile
from railmap.progress import Reporter
from railmap.surface.job.journal import Journal
from railmap.surface.job.outlines import outline_defects
from railmap.surface.job.request import DefectJob, Segmenter
from railmap.surface.job.scale import scale_from_head

__all__ = ["segment_images"]

_READ_AHEAD = 3  # images read while one is segmented
_MAX_WARNINGS = 10  # further problems are only counted


def segment_images(
    job: DefectJob,
    images: Sequence[PhotoFile],
    keys: Sequence[str],
    segmenter: Segmenter,
    threshold: float,
    journal: Journal,
    reporter: Reporter,
) -> None:
    """Segment the images that are not in the journal, in order, and enter each into it.

    Parameters
    ----------
    job
        Options of the job.
    images, keys
        Images and their keys in the journal, parallel.
    segmenter
        Finds defects in one image.
    threshold
        Minimum probability of a defect pixel.
    journal
        Results per image; extended.
    reporter
        Receives progress and warnings.

    Raises
    ------
    Cancelled
        If cancelled; finished images are in the journal.
    """
    done = journal.done()
    reporter.stage("segmenting", len(images), "images")
    waiting = [(image, key) for image, key in zip(images, keys, strict=True) if key not in done]
    if before := len(images) - len(waiting):
        reporter.message(f"resuming after {before} images done before")
        reporter.advance(before)
    problems = 0
    for number, (image, key, pixels) in enumerate(_read_ahead(waiting), start=before + 1):
        try:
            if isinstance(pixels, InputError):
                raise pixels
            _segment_one(job, image, key, pixels, segmenter, threshold, journal)
        except InputError as error:
            problems += 1
            text = one_line(error)
            journal.add(key, [], problem=text)
            if problems <= _MAX_WARNINGS:
                reporter.warning(text)
        try:
            reporter.advance(1)
        except Cancelled:
            raise Cancelled(
                f"cancelled after {number} of {len(images)} images; the same command resumes there"
            ) from None
    if problems > _MAX_WARNINGS:
        more = problems - _MAX_WARNINGS
        reporter.warning(f"{more} more images could not be used: see the table image")


def _segment_one(
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
    scale = job.scale.pixel_size
    if scale is None:
        if head is None:
            raise InputError(
                f"{image.name}: no edge of a rail head gives the scale; give the pixel size in mm"
            )
        scale = scale_from_head(head, job.scale.head_width_mm, job.scale.row_mm)
    defects = outline_defects(
        found.probability,
        threshold,
        scale,
        centre=None if found.rail is None else found.rail.centre,
        classes=found.classes,
        class_names=segmenter.class_names,
        min_area_mm2=job.detection.min_area_mm2,
    )
    height, width = found.probability.shape
    journal.add(
        key, defects, size=(height, width), head_px=head, mm=(scale.across_mm, scale.along_mm)
    )


def _read_ahead(
    waiting: Sequence[tuple[PhotoFile, str]],
) -> Iterator[tuple[PhotoFile, str, NDArray[Any] | InputError]]:
    """Yield the images in order; other threads read a few ahead."""
    queue: deque[tuple[PhotoFile, str, Future[Any]]] = deque()
    rest = iter(waiting)
    with ThreadPoolExecutor(min(_READ_AHEAD, os.cpu_count() or 1)) as pool:
        for image, key in rest:
            queue.append((image, key, pool.submit(_try_read, image.path)))
            if len(queue) > _READ_AHEAD:
                image, key, future = queue.popleft()
                yield image, key, future.result()
        while queue:
            image, key, future = queue.popleft()
            yield image, key, future.result()


def _try_read(path: Path) -> NDArray[Any] | InputError:
    try:
        return read_image(path)
    except InputError as error:
        return error
