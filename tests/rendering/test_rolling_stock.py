"""Rolling stock: it covers the rails, casts shadows, and stays track."""

import numpy as np
import pytest

from railmap.rendering import render_crop
from railmap.rendering.paint.canvas import Canvas
from railmap.rendering.paint.rolling_stock import paint_rolling_stock
from railmap.rendering.paint.shapes import paint_raised
from railmap.rendering.plan.kinds import make_plan
from railmap.rendering.scene import tent


def painted(seed: int, kind: str) -> tuple[Canvas, np.ndarray, np.ndarray]:
    """Grey ground, painted with trains: the canvas, what changed, and the tent."""
    rng = np.random.default_rng(seed)
    canvas = Canvas(np.full((600, 600, 3), 120, np.uint8), 10.0, np.array([0.8, 0.3]))
    plan = make_plan(rng, 45.0, kind)
    paint_rolling_stock(canvas, rng, plan)
    paint_raised(canvas)
    return canvas, (canvas.image != 120).any(-1), tent(canvas, plan)


@pytest.mark.parametrize("kind", ["plain", "double", "yard", "junction"])
def test_vehicles_stand_on_the_tracks_and_stay_truth(kind: str) -> None:
    found = [painted(seed, kind) for seed in range(8)]
    covered = np.concatenate([painting for _, painting, _ in found])
    ridge = np.concatenate([target for _, _, target in found])
    assert covered.mean() > 0.01
    # a body of 2.9 m with a leaning roof stays within 3 m of a centreline
    assert ridge[covered].mean() > 3 * ridge[~covered].mean()
    assert not any(canvas.hidden.any() for canvas, _, _ in found)
    assert all(canvas.shadow.any() for canvas, painting, _ in found if painting.any())


def test_the_target_of_a_crop_goes_on_under_its_trains() -> None:
    for seed in range(6):
        without = render_crop(np.random.default_rng(seed), 128, 0.1, track_share=1, train_share=0)
        covered = render_crop(np.random.default_rng(seed), 128, 0.1, track_share=1, train_share=1)
        judged = (without.target != 255) & (covered.target != 255)
        same = without.target[judged] == covered.target[judged]
        assert same.all() or judged.sum() == 0
