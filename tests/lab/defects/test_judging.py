"""Defects compared with boxes and rendered masks: counts, kinds and the contact sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("onnx")

from railmap.errors import InputError, UsageError
from railmap.lab.defects.cases import UNKNOWN_KIND, Case, judge_cases, rendered_cases
from railmap.lab.defects.halves import Peaks, choose_on_halves, image_peaks
from railmap.lab.defects.sheet import cut_tile, write_sheet
from railmap.progress import NullReporter
from railmap.surface.data.boxes import Boxes
from railmap.surface.model.segment import DefectMask


class Painted:
    """Reports black pixels as defects; their grey is the kind."""

    threshold = 0.5
    class_names = ("", "crush", "scratch", "unknown")

    def __call__(self, image: np.ndarray, name: str = "image") -> Any:
        if name == "bad":
            raise InputError("bad: no rail")
        classes = np.where(image < 4, image, 0).astype(np.uint8)
        return DefectMask((classes > 0).astype(np.float32), None, classes)


def case(name: str = "a") -> Case:
    image = np.full((300, 200), 100, np.uint8)
    image[20:40, 20:40] = 1  # a crush, predicted
    image[100:120, 20:40] = 3  # a scratch, unknown
    image[200:210, 150:160] = 2  # nothing there
    corners = [(15, 15, 45, 45), (15, 95, 45, 125), (150, 20, 170, 60), (100, 250, 130, 280)]
    boxes = Boxes(np.array(corners, np.float32), np.array([0, 0, 0, 1]), np.array([2, 3, 0, -1]))
    return Case(name, image, boxes, ("crush", "scratch", "damage", None), image < 4)


def test_defects_and_kinds_are_counted() -> None:
    judged = judge_cases([case()], Painted(), NullReporter())  # type: ignore[arg-type]
    assert (judged.counts.defects, judged.counts.found) == (3, 2)
    assert (judged.counts.regions, judged.counts.right) == (3, 2)
    assert judged.surer[0.9] == judged.counts  # it is sure of everything
    assert judged.predicted == {("crush", "crush"): 1, ("scratch", UNKNOWN_KIND): 1}
    assert judged.found_of_kind == {"crush": 1, "scratch": 1}
    assert (judged.pixels.tp, judged.pixels.fp, judged.pixels.fn) == (900, 0, 0)
    assert [len(part) for part in (judged.missed, judged.wrong, judged.right)] == [1, 1, 2]


def test_peaks_give_the_results_of_every_threshold() -> None:
    peaks = image_peaks(case(), Painted(), NullReporter())  # type: ignore[arg-type]
    assert peaks.defects.tolist() == [1, 1, 0]
    assert peaks.regions.tolist() == [1, 1, 1]
    assert peaks.right.tolist() == [True, True, False]
    refused = image_peaks(case("bad"), Painted(), NullReporter())  # type: ignore[arg-type]
    assert refused.defects.tolist() == [0, 0, 0]
    assert len(refused.regions) == 0


def test_threshold_is_chosen_on_the_other_half() -> None:
    """Right regions reach 0.7, wrong ones 0.5: either half gives the same threshold."""
    clear = Peaks(np.array([0.7]), np.array([0.7, 0.5]), np.array([True, False]))
    threshold, recall, precision = choose_on_halves([clear] * 8).T
    assert ((threshold >= 0.5) & (threshold < 0.7)).all()
    assert (recall == 1).all()
    assert (precision == 1).all()
    # A half can't tell of images like none of its own: the mean is far below what was chosen for.
    odd = [Peaks(np.array([p]), np.array([p, 0.99 - p]), np.array([True, False]))
           for p in np.linspace(0.3, 0.7, 9)]  # fmt: skip
    chosen = choose_on_halves(odd)
    assert chosen[:, 1:].mean() < 0.8
    with pytest.raises(UsageError, match="two images"):
        choose_on_halves([clear])


def test_refused_images_miss_all() -> None:
    reporter = NullReporter()
    judged = judge_cases([case("bad")], Painted(), reporter)  # type: ignore[arg-type]
    assert (judged.refused, judged.counts.found, judged.counts.defects) == (1, 0, 3)
    assert reporter.warnings == ["bad: no rail"]


def test_rendered_cases_are_the_seed_s_and_boxed_tightly() -> None:
    one, again = (next(iter(rendered_cases(3, 1, 1))) for _ in range(2))
    assert np.array_equal(one.grey, again.grey)
    assert one.mask is not None
    covered = np.zeros_like(one.mask)
    for left, top, right, bottom in one.boxes.corners.astype(int):
        covered[top:bottom, left:right] = True
    assert not (one.mask & ~covered).any()
    assert len(one.kinds) == len(one.boxes)


def test_sheet_shows_the_place_bright_with_its_marks(tmp_path: Path) -> None:
    dark = case()
    tile = cut_tile(dark.grey // 4, dark.grey < 4, dark.boxes, (15, 15, 45, 45), "crush")
    plain, marked = np.split(tile.picture, 2, axis=1)
    assert plain.max() > 200
    assert (plain[..., 0] == plain[..., 1]).all()
    red = (marked == (235, 60, 50)).all(axis=2)
    green = (marked == (60, 200, 90)).all(axis=2)
    assert red.sum() > 60
    assert green.sum() > 60
    write_sheet(tmp_path / "s.png", [("Missed", [tile] * 5), ("Wrong", [])])
    with Image.open(tmp_path / "s.png") as sheet:
        assert sheet.width > 4 * tile.picture.shape[1]
        pixels = np.asarray(sheet)
    assert (pixels == (235, 60, 50)).all(axis=2).sum() >= 5 * red.sum()
