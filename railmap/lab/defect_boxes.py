"""The shipped defect network judged on images whose truth is boxes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from railmap.errors import InputError
from railmap.evaluation.tables import Cell, write_table
from railmap.progress import Reporter
from railmap.surface.box_scores import BoxCounts, count_boxes
from railmap.surface.boxes import read_boxes, read_grey, read_list
from railmap.surface.segment import DefectSegmenter

__all__ = ["box_table", "judge_boxes"]


def judge_boxes(
    data: Path, name: str, segmenter: DefectSegmenter, reporter: Reporter
) -> tuple[BoxCounts, int]:
    """Segment the images of ``DATA/NAME.txt`` in their own pixels and count.

    Returns
    -------
    counts
        Over all images that could be read.
    refused
        Images that the segmenter refused (no rail, black), whose defects count as missed.

    Raises
    ------
    InputError
        If the list or a file is missing or broken.
    """
    paths = read_list(data, name)
    reporter.stage("judging", len(paths), "images")
    total, refused = BoxCounts(), 0
    for path in paths:
        grey = read_grey(path)
        boxes = read_boxes(data, path.stem, (grey.shape[0], grey.shape[1]))
        try:
            mask = segmenter(grey, str(path)).probability > segmenter.threshold
        except InputError as error:
            reporter.warning(str(error))
            mask, refused = grey < 0, refused + 1
        total += count_boxes(mask, boxes)
        reporter.advance(1)
    return total, refused


def box_table(
    folder: Path, data: Path, name: str, model: str, command: str, reporter: Reporter
) -> Path:
    """Write ``boxes-NAME.md`` and ``.csv``: precision, recall and F1 per defect and per image."""
    segmenter = DefectSegmenter(model)
    counts, refused = judge_boxes(data, name, segmenter, reporter)
    precision, recall, f1 = counts.image_scores
    rows: list[list[Cell]] = [
        ["per defect", counts.precision, counts.recall, counts.f1],
        ["per image", precision, recall, f1],
    ]
    notes = [
        f"{counts.found} of {counts.defects} defects found; {counts.right} of {counts.regions} "
        f"reported regions lie on a defect's box, {counts.on_dirt} on dirt, "
        f"{counts.on_gaps} on a gap only.",
        "A defect is found, and a region right, when they overlap.",
        f"Images of the list '{name}' of {data.name}; refused: {refused}.",
        f"Model {segmenter.model.name} {segmenter.model.version}, threshold "
        f"{segmenter.model.rule.sure:g}; {datetime.now(UTC):%Y-%m-%d}, `{command}`.",
    ]
    stem = folder / f"boxes-{name}"
    columns = ["Counted", "Precision", "Recall", "F1"]
    write_table(stem, f"Defects found on real images ({name})", columns, rows, notes)
    return stem.with_name(stem.name + ".md")
