"""Find defects in any number of images, with few images in memory at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from railmap._version import __version__
from railmap.errors import Call, Cancelled, InputError, Option, RailmapError, UsageError
from railmap.files.output import atomic_output, check_output
from railmap.files.photo import image_size
from railmap.files.photo_files import PhotoFile, find_photo_files
from railmap.files.written import check_layers
from railmap.mapping.sources.image_positions import ByExif, ImagePosition, NoPositions
from railmap.mapping.store.editing import check_editable
from railmap.progress import NullReporter, Reporter
from railmap.surface.job.journal import Journal
from railmap.surface.job.output import (
    DEFECT_LAYER,
    DefectTables,
    collect_defects,
    defect_events,
    write_defects,
)
from railmap.surface.job.places import Placer
from railmap.surface.job.report import write_report
from railmap.surface.job.request import DefectJob, DefectsFound, Segmenter
from railmap.surface.job.segmenting import segment_images

__all__ = ["find_defects"]


def find_defects(
    job: DefectJob, segmenter: Segmenter, model: str, reporter: Reporter | None = None
) -> DefectsFound:
    """Find the defects of all images, place them and attach them to the map.

    An interrupted job leaves a journal; the next call with the same settings resumes from it. An
    image that cannot be used is reported and skipped. The output stays if attaching fails.

    Parameters
    ----------
    job
        Images, outputs and options.
    segmenter
        Finds defects in one image.
    model
        Identifies the model, such as the sha256 of its file; a journal from another model is not
        resumed.
    reporter
        Receives stages, progress and warnings.

    Returns
    -------
    DefectsFound
        Counts of images and defects.

    Raises
    ------
    InputError
        If there are no images, none can be used, or the chainage is outside the line.
    OutputError
        If an output exists or cannot be written.
    UsageError
        If options contradict each other.
    """
    reporter = reporter or NullReporter()
    images = find_photo_files(job.images)
    inputs = [image.path for image in images] + ([job.tracks] if job.tracks else [])
    check_output(job.output, overwrite=job.overwrite, inputs=inputs)
    if job.report.path is not None:
        check_output(job.report.path, overwrite=job.overwrite, inputs=[*inputs, job.output])
    if job.survey_date is not None:
        _check_day(job.survey_date)
    if job.tracks is not None:
        check_editable(job.tracks)
    placer = Placer(job.tracks)
    positions = job.locator.positions(images, job.scale.step_mm)
    _check_positions(job, images, positions, placer)
    threshold = job.detection.threshold
    if threshold is None:
        threshold = segmenter.threshold
    pixel = job.scale.pixel_size
    settings = {
        "railmap": __version__, "model": model, "threshold": threshold,
        "min_area": job.detection.min_area_mm2,
        "scale": [pixel.across_mm, pixel.along_mm] if pixel else None,
        "head": job.scale.head_width_mm, "along": job.scale.row_mm,
    }  # fmt: skip
    keys = [image.key() for image in images]
    with Journal(job.output, settings) as journal:
        segment_images(job, images, keys, segmenter, threshold, journal, reporter)
        reporter.stage("writing", 1)
        tables = collect_defects(journal, images, keys, positions, placer, job.survey_date)
        bad = tables.images["problem"].notna()
        if not bad.all():
            _write(job, tables, images, placer.crs)
        reporter.advance(1)
    if bad.all():
        raise InputError(
            f"none of {len(images)} images can be used; the first: "
            f"{tables.images['problem'].iloc[0]}"
        )
    attached = _attach(job, tables, placer.crs, reporter)
    return DefectsFound(
        len(images), int(bad.sum()), len(tables.defects), tables.placed, attached,
        int(tables.defects["km"].notna().sum()),
    )  # fmt: skip


def _check_day(text: str) -> None:
    import datetime

    try:
        day = datetime.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(Option("survey_date", text), ": give a day such as 2026-05-01") from error
    if day > datetime.date.today() + datetime.timedelta(days=1):
        raise UsageError(
            Option("survey_date", text), ": is in the future; give the day of the survey"
        )


def _check_positions(
    job: DefectJob,
    images: Sequence[PhotoFile],
    positions: Sequence[ImagePosition | None],
    placer: Placer,
) -> None:
    """Validate positions before the long-running work starts."""
    if isinstance(job.locator, NoPositions) and job.tracks is not None:
        raise UsageError(
            Option("tracks"),
            " needs positions: give ",
            Option("line"),
            " and ",
            Option("start_km"),
            ", ",
            Option("positions"),
            ", ",
            Option("track_log"),
            " or ",
            Option("exif"),
        )
    if not isinstance(job.locator, NoPositions | ByExif) and not any(positions):
        raise InputError(
            f"none of the {len(images)} images has a position; check the names or times"
        )
    for image, position in zip(images, positions, strict=True):
        if position is None or position.line is None:
            continue
        try:
            rows = image_size(image.path)[0]
        except InputError:
            rows = 0  # reported when the image is segmented
        placer.check(position, rows, image.name)


def _write(job: DefectJob, tables: DefectTables, images: Sequence[PhotoFile], crs: Any) -> None:
    counts = {
        DEFECT_LAYER: len(tables.defects),
        "outline": len(tables.outlines),
        "image": len(tables.images),
    }
    with atomic_output(
        job.output,
        overwrite=job.overwrite,
        verify=lambda partial: check_layers(partial, counts),
    ) as path:
        write_defects(path, tables, crs)
    if job.report.path is not None:
        with atomic_output(job.report.path, overwrite=job.overwrite) as path:
            write_report(path, tables, images, job.tracks, crs, job.report.worst)


def _attach(job: DefectJob, tables: DefectTables, crs: Any, reporter: Reporter) -> str | None:
    if job.tracks is None:
        return None
    if not tables.placed:
        return "nothing to attach"
    from railmap.mapping.attach.attach import attach_events

    try:
        found = attach_events(
            job.tracks,
            defect_events(tables, crs),
            layer=DEFECT_LAYER,
            name=job.output,
            position_accuracy_m=job.position_accuracy_m,
            reporter=reporter,
        )
    except Cancelled:
        raise
    except RailmapError as error:  # the output holds hours of segmentation: keep it
        raise type(error)(
            *error.parts,
            f"; {job.output} is written; correct this and continue with: ",
            Call(
                "attach",
                {
                    "events": job.output,
                    "source_layer": DEFECT_LAYER,
                    "tracks": job.tracks,
                },
            ),
        ) from error
    return f"{found.matched} attached to {job.tracks.name}, {found.ambiguous} of them ambiguous"
