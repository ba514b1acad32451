"""RSDDs as published: strips, thresholds, splits; errors name file and fault."""

import numpy as np
import pytest
from PIL import Image

from railmap.errors import InputError, UsageError
from railmap.surface.data.rsdds import cut_strips, read_rsdds, rendered_strips
from railmap.surface.data.splits import hold_out, k_folds

IMAGES, TRUTHS = "Rail surface images", "GroundTruth"


@pytest.fixture
def rsdds(tmp_path):
    rng = np.random.default_rng(1)
    for kind, width, rows in (("I", 160, 1000), ("II", 55, 1250)):
        base = tmp_path / f"Type-{kind} RSDDs dataset"
        for folder in (IMAGES, TRUTHS):
            (base / folder).mkdir(parents=True)
        for i in (1, 2, 3):
            image = rng.integers(60, 200, (rows, width), dtype=np.uint8)
            truth = np.zeros((rows, width), np.uint8)
            truth[205:215, 20:30] = 255
            truth[205:215, 30] = 100  # noise below the threshold
            Image.fromarray(image).save(base / IMAGES / f"rail_{i}.png")
            Image.fromarray(truth).save(base / TRUTHS / f"rail_{i}.png")
    return tmp_path


@pytest.mark.parametrize(("kind", "width", "strips"), [(1, 160, 10), (2, 55, 12)])
def test_published_layout_is_cut_into_strips(rsdds, kind, width, strips):
    found = read_rsdds(rsdds, kind)
    assert found.images.shape == (3 * strips, 100, width)
    assert found.masks.sum() == 3 * 100
    assert found.masks[2, 5:15, 20:30].all()
    assert found.rails.tolist() == [r for r in range(3) for _ in range(strips)]


def _rail(rsdds, array, folder=IMAGES):
    Image.fromarray(array).save(rsdds / "Type-I RSDDs dataset" / folder / "rail_2.png")


def test_bad_files_are_named(rsdds):
    _rail(rsdds, np.zeros((1000, 90), np.uint8), TRUTHS)
    with pytest.raises(InputError, match=r"rail_2.png: 90x1000 pixels, but its image has 160x1000"):
        read_rsdds(rsdds, 1)
    _rail(rsdds, np.zeros((1000, 220), np.uint8))
    _rail(rsdds, np.zeros((1000, 220), np.uint8), TRUTHS)
    with pytest.raises(InputError, match="220 pixels wide; type 1"):
        read_rsdds(rsdds, 1)
    colour = np.zeros((1000, 160, 3), np.uint8)
    colour[..., 0] = 200
    _rail(rsdds, colour)
    with pytest.raises(InputError, match="colour image where grey"):
        read_rsdds(rsdds, 1)
    _rail(rsdds, np.full((60, 160), 90, np.uint8))
    _rail(rsdds, np.zeros((60, 160), np.uint8), TRUTHS)
    with pytest.raises(InputError, match="60 rows"):
        read_rsdds(rsdds, 1)
    (rsdds / "Type-I RSDDs dataset" / IMAGES / "rail_2.png").write_bytes(b"\x89PNG broken")
    with pytest.raises(InputError, match="damaged or not an image"):
        read_rsdds(rsdds, 1)


def test_missing_parts_are_named(rsdds, tmp_path_factory):
    with pytest.raises(InputError, match="no RSDDs type 2"):
        read_rsdds(tmp_path_factory.mktemp("empty"), 2)
    (rsdds / "Type-II RSDDs dataset" / TRUTHS / "rail_3.png").unlink()
    with pytest.raises(InputError, match="no ground truth"):
        read_rsdds(rsdds, 2)


def test_16_bit_greys_are_read(rsdds):
    image = np.full((1000, 160), 30000, np.uint16)
    image[:, :80] = 60000
    _rail(rsdds, image)
    strips = read_rsdds(rsdds, 1)
    assert strips.images[10].max() == 255
    assert 120 <= strips.images[10].min() <= 135


def test_split_by_rail_does_not_leak_and_split_by_strip_does():
    rails = np.repeat(np.arange(20), 10)
    for train, test in k_folds(rails, 5, seed=3, by_rail=True):
        assert not set(rails[train]) & set(rails[test])
        assert len(train) + len(test) == 200
    leaking = k_folds(rails, 5, seed=3)
    assert all(set(rails[test]) <= set(rails[train]) for train, test in leaking)
    assert np.array_equal(np.sort(np.concatenate([t for _, t in leaking])), np.arange(200))
    train, test = hold_out(rails, seed=1)
    assert (len(train), len(test)) == (180, 20)
    with pytest.raises(UsageError, match="2 rails for 5 folds"):
        k_folds(np.array([0, 0, 1, 1]), 5, by_rail=True)


def test_rendered_strips_have_the_papers_geometry():
    strips = rendered_strips(3, 2, (11, 11))
    assert strips.images.shape == (22, 100, 55)
    assert 0.002 < strips.masks.mean() < 0.05
    whole = cut_strips([(np.zeros((250, 55), np.uint8), np.zeros((250, 55), bool))])
    assert len(whole) == 2
