"""The shipped defect network judged on images whose truth is known: tables and a contact sheet."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from railmap.evaluation.tables import Cell, write_table
from railmap.lab.defects.cases import (
    PREDICTED_KINDS,
    UNKNOWN_KIND,
    Judged,
    boxed_cases,
    judge_cases,
    rendered_cases,
)
from railmap.lab.defects.sheet import write_sheet
from railmap.nets.railnet import KINDS
from railmap.progress import Reporter
from railmap.surface.data.boxes import read_list
from railmap.surface.model.strip_segment import AnySegmenter, open_segmenter
from railmap.surface.training.strip_scores import SurfaceScores

__all__ = ["box_table", "rendered_table"]

_OVERLAP = "A defect is found, and a region right, when they overlap."
_NOT_LABELLED = "not labelled"
_RENDERED_TILES = 8  # of each: there is no end of rendered rails


def box_table(
    folder: Path, data: Path, name: str, model: str, command: str, reporter: Reporter
) -> Path:
    """Judge on ``DATA/NAME.txt``.

    Writes ``boxes-NAME.md`` and ``.csv`` (precision, recall and F1 per defect and per image),
    ``kinds-NAME.md`` and ``.csv`` (labelled and predicted kind of each found defect),
    and ``boxes-NAME.png``: everything missed and wrong, and some of what is right.

    Returns
    -------
    ``boxes-NAME.md``.

    Raises
    ------
    InputError
        If the list or a file is missing or broken.
    """
    segmenter = open_segmenter(model)
    reporter.stage("judging", len(read_list(data, name)), "images")
    judged = judge_cases(boxed_cases(data, name), segmenter, reporter)
    counts = judged.counts
    precision, recall, f1 = counts.image_scores
    rows: list[list[Cell]] = [
        ["per defect", counts.precision, counts.recall, counts.f1],
        ["per image", precision, recall, f1],
    ]
    for least, part in judged.surer.items():
        label = f"per defect, regions surer than {least:g}"
        rows.append([label, part.precision, part.recall, part.f1])
    notes = [
        f"{counts.found} of {counts.defects} defects found; {counts.right} of {counts.regions} "
        f"reported regions are on a defect's box, {counts.on_dirt} on dirt, "
        f"{counts.on_gaps} on a gap only.",
        _OVERLAP,
        f"Images of the list '{name}' of {data.name}; refused: {judged.refused}.",
        _made_by(segmenter, command),
    ]
    stem = folder / f"boxes-{name}"
    columns = ["Counted", "Precision", "Recall", "F1"]
    write_table(stem, f"Defects found on real images ({name})", columns, rows, notes)
    _kinds_table(folder, data, name, judged, _made_by(segmenter, command))
    _sheet(stem.with_name(stem.name + ".png"), judged)
    return stem.with_name(stem.name + ".md")


def _kinds_table(folder: Path, data: Path, name: str, judged: Judged, note: str) -> None:
    columns_of = [*PREDICTED_KINDS, UNKNOWN_KIND]
    truth: list[str | None] = [*KINDS, None]
    rows: list[list[Cell]] = [
        [
            kind or _NOT_LABELLED,
            judged.of_kind[kind],
            judged.found_of_kind[kind],
            *(judged.predicted[kind, other] for other in columns_of),
        ]
        for kind in truth
    ]
    sure = sum(n for (kind, other), n in judged.predicted.items() if kind and other != UNKNOWN_KIND)
    right = sum(judged.predicted[kind, kind] for kind in PREDICTED_KINDS)
    notes = [
        f"A kind was predicted for {sure} of {sum(judged.found_of_kind[k] for k in KINDS)} found "
        f"defects whose kind is labelled; it is right for {right}.",
        f"Images of the list '{name}' of {data.name}. Kinds are those of its eight-class labels, "
        "which lack some boxes; 'unknown' is one of them.",
        note,
    ]
    columns = [
        "Kind",
        "Defects",
        "Found",
        *(f"predicted {kind}" for kind in PREDICTED_KINDS),
        UNKNOWN_KIND,
    ]
    write_table(folder / f"kinds-{name}", f"Kinds of defects ({name})", columns, rows, notes)


def rendered_table(
    folder: Path, seed: int, count: int, model: str, command: str, reporter: Reporter
) -> Path:
    """Judge on `count` rendered rails of either type of RSDDs: ``rendered.md``, ``.csv``, ``.png``.

    Returns
    -------
    ``rendered.md``.
    """
    segmenter = open_segmenter(model)
    reporter.stage("judging", 2 * count, "rails")
    rows: list[list[Cell]] = []
    notes = []
    for kind in (1, 2):
        judged = judge_cases(rendered_cases(seed, count, kind), segmenter, reporter)
        counts, pixels = judged.counts, SurfaceScores.of(judged.pixels)
        rows.append(
            [f"type {kind}", counts.precision, counts.recall, counts.f1,
             pixels.precision, pixels.recall, pixels.f1, pixels.iou]
        )  # fmt: skip
        by_kind = ", ".join(
            f"{judged.found_of_kind[k]} of {n} {k}"
            for k, n in sorted(judged.of_kind.items(), key=str)
        )
        notes.append(
            f"Type {kind}: {counts.found} of {counts.defects} defects found ({by_kind}); "
            f"{counts.right} of {counts.regions} regions on a defect; refused: {judged.refused}."
        )
        _sheet(folder / f"rendered-{kind}.png", judged, most=_RENDERED_TILES)
    stem = folder / "rendered"
    notes += [
        _OVERLAP,
        f"{count} rendered rails of 1000 rows of each type, seed {seed}.",
        _made_by(segmenter, command),
    ]
    columns = ["Rails", "Precision", "Recall", "F1", "Pixel precision", "Pixel recall", "Pixel F1",
               "IoU"]  # fmt: skip
    write_table(stem, "Defects found on rendered rails", columns, rows, notes)
    return stem.with_name(stem.name + ".md")


def _made_by(segmenter: AnySegmenter, command: str) -> str:
    model = segmenter.model
    return (
        f"Model {model.name} {model.version}, threshold {model.rule.sure:g}; "
        f"{datetime.now(UTC):%Y-%m-%d}, `{command}`."
    )


def _sheet(path: Path, judged: Judged, most: int | None = None) -> None:
    counts = judged.counts
    parts = (
        (f"Missed: {len(judged.missed)} of {counts.defects} defects", judged.missed),
        (f"Wrong: {len(judged.wrong)} of {counts.regions} regions", judged.wrong),
        (f"Right: {counts.found} of {counts.defects} defects", judged.right),
    )
    shown = [(title, tiles[:most]) for title, tiles in parts]
    write_sheet(path, [(f"{title}; {len(tiles)} shown", tiles) for title, tiles in shown])
