"""Targets of the heads for direction, toes and crossings."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from railmap.nets import build_network
from railmap.training.data.augment import turn
from railmap.training.data.fields import (
    HEAT_TOP,
    UNJUDGED_HEAT,
    NodeTruth,
    draw_fields,
    hide_fields,
)
from railmap.training.data.sample import Sample
from railmap.training.tracks.losses import fields_loss

SIDE = 128
GSD = 0.25


def turnout(points: NDArray[np.float64]) -> tuple[list[NDArray[np.float64]], NodeTruth]:
    """A through track along x with a leg of 1:9 that leaves it at (40, 60) towards +x, +y."""
    x = np.linspace(-20, 150, 171)
    through = np.stack([x, np.full_like(x, 60.0)], 1)
    leg = np.stack([x[x >= 40], 60 + (x[x >= 40] - 40) / 9], 1)
    lines = [line @ points[:, :2].T + points[:, 2] for line in (through, leg)]
    at = points[:, :2] @ (40.0, 60.0) + points[:, 2]
    return lines, NodeTruth(float(at[0]), float(at[1]), "switch")


def same(one: NDArray[np.int8], two: NDArray[np.int8]) -> bool:
    """Equal but for the rounding of components."""
    return bool((np.abs(one.astype(int) - two.astype(int)) <= 2).mean() > 0.99)


IDENTITY = np.array([[1.0, 0, 0], [0, 1, 0]])


def test_direction_heat_and_facing_of_a_turnout() -> None:
    lines, node = turnout(IDENTITY)
    fields = draw_fields((SIDE, SIDE), lines, [node], GSD, 2.6)
    assert fields.shape == (6, SIDE // 4, SIDE // 4)
    assert tuple(fields[:2, 15, 2]) == (127, 0)
    assert fields[0, 2, 2] == 0  # far from track
    row, col = np.unravel_index(fields[2].argmax(), fields[2].shape)
    assert (row, col) == (15, 10)
    assert fields[2].max() == HEAT_TOP
    assert fields[3].max() == 0
    assert tuple(fields[4:, 15, 10]) == pytest.approx((127, -7), abs=2)


@pytest.mark.parametrize("quarter", range(4))
@pytest.mark.parametrize("mirror", [False, True])
def test_turned_samples_have_turned_fields(quarter: int, mirror: bool) -> None:
    """Turning the targets gives what drawing the turned lines gives."""
    lines, node = turnout(IDENTITY)
    plain = draw_fields((SIDE, SIDE), lines, [node], GSD, 2.6)
    image, target = np.zeros((SIDE, SIDE, 3), np.uint8), np.zeros((SIDE, SIDE), np.uint8)

    class Fixed:
        def integers(self, high: int) -> int:
            return quarter

        def random(self) -> float:
            return 0.0 if mirror else 1.0

    turned = turn(Sample(image, target, plain), Fixed())  # type: ignore[arg-type]
    move = IDENTITY.copy()
    for _ in range(quarter):  # counterclockwise: (x, y) -> (y, side - x)
        move = np.array([[0.0, 1, 0], [-1, 0, SIDE]]) @ np.vstack([move, [0, 0, 1]])
    if mirror:
        move = np.array([[-1.0, 0, SIDE], [0, 1, 0]]) @ np.vstack([move, [0, 0, 1]])
    lines, node = turnout(move)
    wanted = draw_fields((SIDE, SIDE), lines, [node], GSD, 2.6)
    assert turned.fields is not None
    assert same(turned.fields, wanted)


def test_unknown_nodes_are_not_judged_and_known_absence_is() -> None:
    lines, _ = turnout(IDENTITY)
    assert (draw_fields((SIDE, SIDE), lines, None, GSD, 2.6)[2:4] == UNJUDGED_HEAT).all()
    assert (draw_fields((SIDE, SIDE), lines, [], GSD, 2.6)[2:4] == 0).all()


def test_fields_are_hidden_where_the_image_shows_nothing() -> None:
    lines, node = turnout(IDENTITY)
    fields = draw_fields((SIDE, SIDE), lines, [node], GSD, 2.6)
    target = np.full((SIDE, SIDE), 100, np.uint8)
    target[:, :64] = 0  # a collar that no one declared: the switch lies under it
    target[:, 100:] = 255
    hide_fields(fields, target)
    assert not fields[:2, :, :16].any()
    assert not fields[4:].any()
    assert (fields[2, 13:18, 8:13] <= 0).all()
    assert fields[2, 15, 10] == UNJUDGED_HEAT
    assert (fields[2:4, :, 25:] == UNJUDGED_HEAT).all()
    assert fields[0, 15, 20] == 127


def test_heads_learn_and_unjudged_fields_cost_nothing() -> None:
    torch.manual_seed(0)
    network = build_network("deeplabv3plus-efficientnetlite0cut-carafe-fields")
    logits, fields = network.heads(torch.randn(2, 3, 64, 64))
    assert logits.shape == (2, 1, 64, 64)
    assert fields.shape == (2, 6, 16, 16)
    target = torch.zeros(2, 6, 16, 16, dtype=torch.int8)
    target[:, 2:4] = UNJUDGED_HEAT
    assert float(fields_loss(fields, target)) == 0.0
    target[:, 2:4] = 0
    target[0, 2, 5, 5] = HEAT_TOP
    target[0, 0, 5] = 127
    loss = fields_loss(fields, target)
    assert 0 < float(loss) < 5
    right = target.float() / HEAT_TOP
    right[:, 2:4] = torch.where(right[:, 2:4] == 1, 9.0, -9.0)
    assert float(fields_loss(right, target)) < 0.01


def test_weights_without_fields_start_a_network_with_them(tmp_path) -> None:
    from railmap.models.tensors import load_weights, save_weights

    slim = build_network("deeplabv3plus-efficientnetlite0cut-carafe-slim")
    save_weights(slim, tmp_path / "slim.safetensors")
    wide = build_network("deeplabv3plus-efficientnetlite0cut-carafe-fields")
    load_weights(wide, tmp_path / "slim.safetensors")
    assert torch.equal(wide.state_dict()["classify.weight"], slim.state_dict()["classify.weight"])
    assert float(wide.state_dict()["fields.1.bias"][2]) == -4.0
