"""Contact sheet of right and wrong results on test strips."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from railmap.files.output import atomic_output
from railmap.lab.defects.paper import NAMES
from railmap.lab.defects.runs import LabSetting, fold_strips, run_folder
from railmap.surface.training.strip_networks import segment_strips
from railmap.surface.training.strip_scores import Counts, SurfaceScores

__all__ = ["draw_strips", "pick_strips", "strips_picture"]

_ZOOM, _GAP, _TOP, _LINE = 2, 6, 18, 16
_RIGHT, _FALSE, _MISSED, _TRUTH = (60, 200, 90), (235, 70, 60), (70, 130, 255), (250, 200, 40)
_SHOWN = 8  # strips in a picture, and on how many lines
_LINES = 4
_LEAST = 20  # least pixels of defects in a strip that is shown

Masks = NDArray[np.bool_]


def strips_picture(setting: LabSetting, kind: int, models: Sequence[str]) -> Path | None:
    """Write ``strips-typeN.png`` from the first fold's trainings; None if there are none.

    Strips from the best segmented to the worst, then the worst without any defect: see
    `pick_strips`.

    Parameters
    ----------
    setting
        Whose folder has the trainings.
    kind
        Type 1 or 2.
    models
        Networks to show, of those that are trained.
    """
    folders = {model: run_folder(setting, model, kind, "fold1") for model in models}
    folders = {m: f for m, f in folders.items() if (f / "result.json").is_file()}
    if not folders:
        return None
    train, test = fold_strips(setting, kind, 0)
    mean, std = float(train.images.mean()), max(float(train.images.std()), 1e-3)
    found = {
        NAMES[model]: segment_strips(
            model, kind, folder / "weights.safetensors", test.images, mean, std
        )
        for model, folder in folders.items()
    }
    which = pick_strips(test.masks, list(found.values()), _SHOWN)
    shown = {name: masks[which] for name, masks in found.items()}
    path = setting.folder / f"strips-type{kind}.png"
    with atomic_output(path, overwrite=True) as partial:
        draw_strips(test.images[which], test.masks[which], shown).save(partial, "png")
    return path


def pick_strips(truth: Masks, found: Sequence[Masks], count: int) -> NDArray[np.intp]:
    """Choose strips that show the range of results, by rule and not by eye.

    Parameters
    ----------
    truth, found
        ``(N, H, W)``; one of `found` a network.
    count
        How many strips; the last is the one without defects where most is reported, the others
        have defects and are evenly spaced in rank of their mean F1, from best to worst.
    """
    pixels = truth.sum(axis=(1, 2))
    faulty, sound = np.flatnonzero(pixels >= _LEAST), np.flatnonzero(pixels == 0)
    scores = [np.mean([_f1(f[i], truth[i]) for f in found]) for i in faulty]
    ranked = faulty[np.argsort(np.array(scores), kind="stable")[::-1]]
    spaced = np.linspace(0, len(ranked) - 1, min(count - (len(sound) > 0), len(ranked)))
    picked = ranked[np.rint(spaced).astype(np.intp)]
    if len(sound) == 0:
        return picked
    reported = sum(f[sound].sum(axis=(1, 2)) for f in found)
    return np.append(picked, sound[np.argmax(reported)])


def draw_strips(images: NDArray[np.uint8], truth: Masks, found: dict[str, Masks]) -> Image.Image:
    """Draw the strip, its truth, and each network's answer in colours, two strips a line.

    Parameters
    ----------
    images, truth
        ``(N, H, W)``.
    found
        ``(N, H, W)`` under each network's name.
    """
    high, wide = (_ZOOM * n for n in images.shape[1:])
    names = ["strip", "truth", *found]
    panel = max(wide, 88)  # room for a network's name
    group = len(names) * (panel + _GAP) + 2 * _GAP
    per_line = max(1, min(2, -(-len(images) // _LINES)))
    lines = -(-len(images) // per_line)
    sheet = Image.new(
        "RGB", (per_line * group, _TOP + lines * (high + _LINE + _GAP) + _LINE), "white"
    )
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    for i, image in enumerate(images):
        left, top = (i % per_line) * group + _GAP, _TOP + (i // per_line) * (high + _LINE + _GAP)
        for j, name in enumerate(names):
            x = left + j * (panel + _GAP)
            if i < per_line:
                pen.text((x, 2), name, "black", font)
            tinted = np.repeat(image[..., None], 3, axis=2)
            if name == "truth":
                tinted = _tint(tinted, truth[i], _TRUTH)
            elif name in found:
                mask = found[name][i]
                for part, colour in (
                    (mask & truth[i], _RIGHT), (mask & ~truth[i], _FALSE),
                    (~mask & truth[i], _MISSED),
                ):  # fmt: skip
                    tinted = _tint(tinted, part, colour)
                pen.text((x, top + high), _score(mask, truth[i]), "black", font)
            picture = Image.fromarray(tinted).resize((wide, high), Image.Resampling.NEAREST)
            sheet.paste(picture, (x, top))
    legend = [("right", _RIGHT), ("wrongly reported", _FALSE), ("missed", _MISSED)]
    x = _GAP
    for text, colour in legend:
        y = sheet.height - _LINE
        pen.rectangle((x, y + 2, x + 10, y + 12), colour)
        pen.text((x + 14, y), text, "black", font)
        x += 30 + int(pen.textlength(text, font))
    return sheet


def _tint(image: NDArray[np.uint8], mask: Masks, colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    mixed = np.where(mask[..., None], 0.35 * image + 0.65 * np.array(colour), image)
    return np.asarray(mixed, np.uint8)


def _score(mask: Masks, truth: Masks) -> str:
    return f"F1 {_f1(mask, truth):.2f}" if truth.any() else f"{int(mask.sum())} pixels"


def _f1(mask: Masks, truth: Masks) -> float:
    return SurfaceScores.of(Counts.of(mask, truth)).f1
