"""Boxed images: targets, augmentation, scores."""

import numpy as np
import pytest

from railmap.surface.data.boxes import BoxedStrip, Boxes
from railmap.surface.model.strip import STRIP_WIDTH
from railmap.surface.training.box_augment import PATCH, augment_strip
from railmap.surface.training.box_scores import BoxCounts, count_boxes
from railmap.surface.training.box_target import box_target


def boxes(*rows):
    """Rows of left, top, right, bottom, class."""
    array = np.array(rows, np.float32).reshape(-1, 5)
    kinds = np.where(array[:, 4] == 0, 2, -1)
    return Boxes(array[:, :4], array[:, 4].astype(np.int64), kinds.astype(np.int64))


def test_targets_weigh_the_inside_and_ignore_the_surroundings():
    target = box_target(boxes((40, 40, 80, 72, 0), (120, 100, 200, 180, 1)), (256, 320))
    assert target.truth.shape == (3, 64, 80)
    assert target.truth[0].sum() == 10 * 8
    assert (target.truth[1] > 0).sum() == 20 * 20
    assert target.weight[0, 14, 15] > target.weight[0, 10, 10] > 0
    assert target.weight[0, 9, 15] == 0
    assert target.weight[0, 5, 15] == 1
    # dirt is a negative of the defect class
    assert target.truth[0, 35, 40] == 0
    assert target.weight[0, 35, 40] == 1
    assert (target.kinds == 2).sum() == 80
    small = box_target(boxes((40, 40, 56, 56, 0)), (256, 320)).weight[0].max()
    assert small > box_target(boxes((40, 40, 200, 200, 0)), (256, 320)).weight[0].max()


def test_augmentation_keeps_boxes_on_their_objects():
    image = np.full((700, STRIP_WIDTH), 120, np.uint8)
    image[300:340, 140:190] = 10
    strip = BoxedStrip("a", image, boxes((140, 300, 190, 340, 0)))
    rng = np.random.default_rng(1)
    seen = 0
    for _ in range(25):
        patch, found, rows = augment_strip(rng, strip, [strip])
        assert patch.shape == PATCH
        assert 0 <= rows[0] < rows[1] <= PATCH[0]
        median = np.median(patch)
        for left, top, right, bottom in found.corners.round().astype(int):
            if left < 4 or top < 4 or right > PATCH[1] - 4 or bottom > PATCH[0] - 4:
                continue
            seen += 1
            height, width = bottom - top, right - left
            middle = patch[
                top + height // 3 : bottom - height // 3, left + width // 3 : right - width // 3
            ]
            assert middle.mean() < 0.5 * median
    assert seen > 15


def test_counts_of_boxes():
    regions = np.zeros((100, 100), bool)
    regions[10:30, 10:30] = True  # over two defects
    regions[60:70, 60:70] = True  # on dirt
    regions[90:95, 5:10] = True  # on nothing
    truth = boxes((8, 8, 16, 16, 0), (25, 25, 35, 35, 0), (50, 5, 60, 12, 0), (62, 62, 80, 80, 1))
    counts = count_boxes(regions, truth)
    assert counts == BoxCounts(3, 2, 3, 1, 1, 0, 1, 1, 1)
    assert (counts.recall, counts.precision) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    nothing = count_boxes(np.zeros((9, 9), bool), boxes((2, 2, 5, 5, 2)))
    both = counts + nothing
    assert both.image_scores == (1.0, 1.0, 1.0)
    labels = np.zeros((25, 25), np.int32)
    labels[3:7, 3:7] = 1
    assert count_boxes(labels, truth, step=4.0).found == 2
