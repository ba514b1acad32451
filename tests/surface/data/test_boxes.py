"""Boxed images are read with their kinds; errors name file and fault."""

import pytest

from railmap.errors import InputError
from railmap.nets.railnet import KINDS
from railmap.surface.data.boxes import read_boxed_strips
from railmap.surface.model.strip import STRIP_WIDTH


def test_boxes_are_transformed_to_the_strip_with_their_kind(boxed_folder):
    strip = read_boxed_strips(boxed_folder, "val")[0]
    assert strip.strip.shape == (400, STRIP_WIDTH)
    assert strip.boxes.classes.tolist() == [0, 1]
    assert [KINDS[k] if k >= 0 else None for k in strip.boxes.kinds] == ["crush", None]
    left, top, right, bottom = strip.boxes.corners[0].round().astype(int)
    assert (bottom - top, right - left) == (30, 30)
    inside = strip.strip[top:bottom, left:right]
    assert inside[10:20, 10:20].max() < 40
    assert inside[0].mean() > 80


def test_bad_labels_are_named(boxed_folder):
    (boxed_folder / "labels_3class/8.txt").write_text("0 0.4 0.5\n")
    with pytest.raises(InputError, match=r"8.txt: a line is not a box"):
        read_boxed_strips(boxed_folder, "val")
    (boxed_folder / "labels_3class/8.txt").write_text("7 0.4 0.5 0.1 0.1\n")
    with pytest.raises(InputError, match="class 7"):
        read_boxed_strips(boxed_folder, "val")
    (boxed_folder / "images/8.png").unlink()
    with pytest.raises(InputError, match=r"8.png: no such file"):
        read_boxed_strips(boxed_folder, "val")
    with pytest.raises(InputError, match=r"none\.txt"):
        read_boxed_strips(boxed_folder, "none")
