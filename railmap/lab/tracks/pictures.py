"""Masks of the networks side by side, as Tables 2 and 4 of the track paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from railmap.evaluation.paper_metrics import clean_mask
from railmap.files.output import atomic_output
from railmap.lab.tracks.data import LabData
from railmap.lab.tracks.paper import PaperTable
from railmap.lab.tracks.runs import LabSettings, judged_network, run_network, test_tiles
from railmap.progress import Reporter
from railmap.training.data.sample import IGNORE, Sample
from railmap.training.tracks.predict import predictor

__all__ = ["draw_masks", "make_pictures", "pick_images"]

_SHOWN = 3  # as the paper
_GAP, _LINE = 6, 15
_TRACK = 127  # least target of a pixel of track
_UNJUDGED = 160  # grey


def make_pictures(
    number: int,
    table: PaperTable,
    data: LabData,
    settings: LabSettings,
    out: Path,
    reporter: Reporter,
) -> Path:
    """Train what is missing of a table's networks (seed 0) and draw what they find.

    The runs are those of `make_table`: after Table 1, Table 2 trains nothing.

    Parameters
    ----------
    number
        Of the table with the pictures: 2 or 4.
    table
        Table whose networks it shows.
    data, settings
        Images, and how the networks are trained.
    out
        Folder for the results.
    reporter
        Receives the progress and may cancel.

    Returns
    -------
    Path
        ``OUT/tableN.png``.

    Raises
    ------
    RailmapError
        As `run_network`.
    """
    tiles = test_tiles(data, settings.training.crop)
    shown = pick_images(tiles, _SHOWN)
    masks: dict[str, list[NDArray[np.bool_]]] = {}
    for row in table.rows:
        reporter.message(f"table {number}: {row.network}")
        folder = out / "runs" / f"table{table.number}"
        run = run_network(row.network, 0, data, tiles, settings, folder, reporter).run
        predict = predictor(judged_network(row.network, run))
        name = row.label.removesuffix(", morphology (proposed)").removesuffix(", morphology")
        masks[name] = [predict(tile.image) for tile in shown]
        if row.morphology:
            cleaned = [clean_mask(mask, settings.kernel) for mask in masks[name]]
            masks[f"{name}, morphology"] = cleaned
    path = out / f"table{number}.png"
    with atomic_output(path, overwrite=True) as partial:
        draw_masks(shown, masks).save(partial, "png")
    return path


def pick_images(tiles: Sequence[Sample], count: int) -> list[Sample]:
    """Choose images by rule: evenly spaced in rank of their share of track, most track first.

    Images without track are left out, unless there are no others.
    """
    share = np.array([np.mean((t.target >= _TRACK) & (t.target != IGNORE)) for t in tiles])
    ranked = np.argsort(-share, kind="stable")
    with_track = ranked[share[ranked] > 0]
    ranked = with_track if len(with_track) else ranked
    spaced = np.linspace(0, len(ranked) - 1, min(count, len(ranked)))
    return [tiles[ranked[i]] for i in np.rint(spaced).astype(int)]


def draw_masks(
    images: Sequence[Sample], masks: Mapping[str, Sequence[NDArray[np.bool_]]]
) -> Image.Image:
    """Draw one line for each image: the image, each network's mask, the label.

    Parameters
    ----------
    images
        Of one size.
    masks
        ``(rows, cols)`` bool for each image, by name of the network.

    Returns
    -------
    Image
        Track is white; what is not judged is grey in the label.
    """
    rows, cols = images[0].target.shape
    columns: list[tuple[str, list[NDArray[np.uint8]]]] = [
        ("original", [image.image for image in images])
    ]
    for name, found in masks.items():
        columns.append((name, [np.where(mask, 255, 0).astype(np.uint8) for mask in found]))
    columns.append(("label", [_label(image.target) for image in images]))
    font = ImageFont.load_default(11)
    titles = [_wrapped(name, cols, font) for name, _ in columns]
    top = _GAP + _LINE * max(len(lines) for lines in titles)
    size = (_GAP + len(columns) * (cols + _GAP), top + len(images) * (rows + _GAP))
    sheet = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(sheet)
    for across, ((_, panels), lines) in enumerate(zip(columns, titles, strict=True)):
        left = _GAP + across * (cols + _GAP)
        for down, text in enumerate(lines):
            pen.text((left, _GAP // 2 + down * _LINE), text, "black", font)
        for down, panel in enumerate(panels):
            sheet.paste(Image.fromarray(panel).convert("RGB"), (left, top + down * (rows + _GAP)))
    return sheet


def _label(target: NDArray[np.uint8]) -> NDArray[np.uint8]:
    label = np.where(target >= _TRACK, 255, 0)
    return np.where(target == IGNORE, _UNJUDGED, label).astype(np.uint8)


def _wrapped(
    text: str, width: int, font: ImageFont.FreeTypeFont | ImageFont.ImageFont
) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
