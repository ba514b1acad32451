"""The loss counts more, and wants a deeper valley, where two tracks draw together only."""

from __future__ import annotations

import numpy as np
import torch

from railmap.training.tracks.losses import deepened, narrow_zone, tent_loss, valleys

SIDE, GSD = 128, 0.1


def tents(*columns: float) -> torch.Tensor:
    """Vertical tracks at these columns, metres."""
    x = (np.arange(SIDE) + 0.5) * GSD
    across = np.max([np.clip(1 - np.abs(x - at) / 2.6, 0, 1) for at in columns], axis=0)
    return torch.from_numpy(np.tile(across, (1, SIDE, 1)).astype(np.float32))


def test_one_track_and_tracks_apart_have_no_zone() -> None:
    assert narrow_zone(valleys(tents(6.0))).sum() == 0
    assert narrow_zone(valleys(tents(2.4, 10.4))).sum() == 0


def test_the_zone_covers_two_tracks_that_draw_together() -> None:
    zone = narrow_zone(valleys(tents(5.5, 7.0)))[0, SIDE // 2]
    assert zone[55:71].all()
    assert zone[:40].sum() == zone[85:].sum() == 0


def test_a_merged_band_costs_more_than_a_missed_metre_elsewhere() -> None:
    wanted = tents(5.5, 7.0)
    target = (wanted * 254).round().to(torch.uint8)
    merged = torch.logit(tents(5.5, 6.25, 7.0).clamp(0.01, 0.99))[:, None]
    plain = torch.logit(wanted.clamp(0.01, 0.99))[:, None]
    assert tent_loss(merged, target) > tent_loss(plain, target)


def test_the_valley_of_close_tracks_is_deepened_and_their_ridges_stay() -> None:
    for apart, least in ((1.0, 0.2), (2.0, 0.2), (3.5, 0.0)):
        wanted = tents(6.4 - apart / 2, 6.4 + apart / 2)
        changed = deepened(wanted, valleys(wanted))[0, SIDE // 2]
        before = wanted[0, SIDE // 2]
        middle, ridge = 64, round((6.4 - apart / 2) / GSD)
        assert before[middle] - changed[middle] >= least
        assert (changed <= before).all()
        assert torch.equal(changed[:ridge], before[:ridge])
        assert int(changed[:64].argmax()) in (ridge - 1, ridge)
    one = tents(6.0)
    assert torch.equal(deepened(one, valleys(one)), one)
