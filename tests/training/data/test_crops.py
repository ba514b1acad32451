"""Crops, augmentation, splits: what the networks are fed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import torch
from torch.utils.data import DataLoader

from railmap.errors import InputError, UsageError
from railmap.raster.types import PixelWindow
from railmap.rendering import Crop
from railmap.rendering.roads import render_road_crop
from railmap.training.data import (
    AUGMENTATIONS,
    CropDataset,
    LineImage,
    SampleImage,
    TileDataset,
    place,
    rendered_images,
    split_images,
)
from railmap.training.data.image import RegionImage
from railmap.training.data.sample import FILL, Sample, normalise
from railmap.training.data.tent import draw_tent


def picture(name: str = "a", rows: int = 120, cols: int = 160, site: str | None = None):
    """One slanted track; the image is as bright as the target."""
    line = np.array([[-10.0, 30.0], [cols + 10.0, 90.0]])
    target = draw_tent((rows, cols), [line], 26.0)
    image = np.repeat(target[..., None], 3, 2)
    return SampleImage(Sample(image, target), name, site)


def empty(name: str):
    sample = Sample(np.full((64, 64, 3), 90, np.uint8), np.zeros((64, 64), np.uint8))
    return SampleImage(sample, name)


@pytest.mark.parametrize("angle", [0.0, 0.3, 2.0])
@pytest.mark.parametrize("zoom", [0.75, 1.0, 1.3])
def test_a_placed_crop_shows_its_centre_in_the_middle(angle: float, zoom: float) -> None:
    whole = picture()
    for col in (40.0, 80.0, 120.0):
        row = float(np.interp(col, [-10, 170], [30, 90]))  # on the track
        image, target, _ = place(whole, (row, col), 48, angle=angle, zoom=zoom)
        assert target.shape == (48, 48)
        middle = target[23:25, 23:25].astype(float).mean()
        # Up to half a pixel off where the crop isn't turned: 254 * 0.5 / 26.
        assert middle > 254 - 16
        # Image and target move together.
        judged = target != 255
        assert np.abs(image[..., 0].astype(int) - target)[judged].mean() < 2


def test_turning_is_clockwise_and_fills_with_nothing() -> None:
    image = np.zeros((40, 40, 3), np.uint8)
    image[18:22, 30:34] = 255  # to the right of the middle
    whole = SampleImage(Sample(image, np.zeros((40, 40), np.uint8)), "a")
    turned = place(whole, (20, 20), 40, angle=np.pi / 2)
    rows, cols = np.nonzero(turned.image[..., 0] > 200)
    assert abs(rows.mean() - 31.5) < 1  # below it
    assert abs(cols.mean() - 19.5) < 1
    out = place(whole, (0, 0), 40, angle=0.5)
    assert (out.image[:5, :5] == FILL).all()
    assert (out.target[:5, :5] == 255).all()


def test_masks_stay_masks_under_rotation() -> None:
    mask = np.where(picture().sample.target >= 127, np.uint8(254), np.uint8(0))
    mask[:, 100:] = 255
    whole = SampleImage(Sample(picture().sample.image, mask), "a")
    target = place(whole, (60, 80), 64, angle=0.4, zoom=1.1).target
    assert set(np.unique(target)) == {0, 254, 255}


def test_the_papers_flips_are_all_there() -> None:
    image = np.zeros((32, 32, 3), np.uint8)
    image[2:6, 2:6] = 255  # upper left
    whole = SampleImage(Sample(image, np.zeros((32, 32), np.uint8)), "a")
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(60):
        found = AUGMENTATIONS["paper"](whole, rng, 32).image[..., 0]
        rows, cols = np.nonzero(found > 250)
        for name, corner in {"ul": (3.5, 3.5), "ur": (3.5, 27.5), "ll": (27.5, 3.5)}.items():
            if len(rows) == 16 and (rows.mean(), cols.mean()) == corner:
                seen.add(name)
        if len(rows) == 16 and (rows.mean(), cols.mean()) == (27.5, 27.5):
            seen.add("lr")
    assert seen == {"ul", "ur", "ll", "lr"}


def test_crops_depend_on_seed_epoch_and_index_alone() -> None:
    pictures = [picture("a"), picture("b", 90, 90)]
    one, two = CropDataset(pictures, 48, seed=3), CropDataset(pictures, 48, seed=3)
    assert len(one) == round(120 * 160 / 48**2 + 90 * 90 / 48**2)
    for index in (0, 5, len(one) - 1):
        assert all(torch.equal(a, b) for a, b in zip(one[index], two[index], strict=True))
    before = one[5][0]
    assert not torch.equal(before, CropDataset(pictures, 48, seed=4)[5][0])
    one.set_epoch(1)
    assert not torch.equal(before, one[5][0])
    one.set_epoch(0)
    assert torch.equal(before, one[5][0])
    image, target = one[5]
    assert (image.shape, image.dtype) == ((3, 48, 48), torch.float32)
    assert (target.shape, target.dtype) == ((48, 48), torch.uint8)
    with pytest.raises(IndexError):
        one[len(one)]


def test_workers_return_the_same_crops_in_every_epoch() -> None:
    data = CropDataset([picture()], 32, crops=8)
    loader = DataLoader(data, batch_size=2, num_workers=2, persistent_workers=True)
    for epoch in range(2):
        data.set_epoch(epoch)
        found = torch.cat([target for _, target in loader])
        alone = torch.stack([data[i][1] for i in range(8)])
        assert torch.equal(found, alone)


def test_every_image_gets_its_share() -> None:
    small, large = picture("small", 48, 48), picture("large", 96, 192)
    small.sample.image[:] = 7
    data = CropDataset([small, large], 48, augmentation="none")
    shares = [(data.sample(i).image == 7).all() for i in range(len(data))]
    assert (len(shares), sum(shares)) == (9, 1)


def test_tiles_cover_everything_once() -> None:
    whole = picture(rows=100, cols=130)
    tiles = TileDataset([whole], 64)
    assert len(tiles) == 6
    judged = sum(int((tiles.sample(i).target != 255).sum()) for i in range(6))
    assert judged == 100 * 130
    image, target = tiles[0]
    assert np.allclose(image, normalise(whole.sample.image[:64, :64]))
    assert (target.numpy() == whole.sample.target[:64, :64]).all()
    assert len(TileDataset([whole] * 5, 64, most=7)) == 7


def test_split_by_scene_keeps_sites_together() -> None:
    pictures = [picture(f"{s}{i}", site=s) for s in "abcdefghij" for i in range(3)]
    train, held = split_images(pictures, seed=1)
    assert len(train) + len(held) == 30
    assert len(held) == 3
    assert not {p.site for p in train} & {p.site for p in held}
    train, held = split_images(pictures, by="image", seed=1)
    assert len(held) == 3
    assert {p.site for p in train} & {p.site for p in held}  # it leaks


def test_a_split_always_has_track_on_both_sides() -> None:
    pictures = [empty(f"e{i}") for i in range(8)] + [picture("a"), picture("b")]
    for seed in range(10):
        train, held = split_images(pictures, seed=seed)
        assert any(p.has_track for p in train)
        assert any(p.has_track for p in held)
    with pytest.raises(InputError, match="only 1 of 9 sites hold track"):
        split_images(pictures[:9])
    with pytest.raises(InputError, match="all 2 images show one site"):
        split_images([picture("a", site="s"), picture("b", site="s")])
    with pytest.raises(UsageError, match="by scene or by image"):
        split_images(pictures, by="day")


def test_one_image_is_cut_across_with_a_gap() -> None:
    whole = picture(rows=100, cols=900)
    train, held = split_images([whole])
    assert len(held) == 1
    windows = [p.window for p in train + held]
    covered = np.zeros(900, int)
    for window in windows:
        assert (window.row, window.height) == (0, 100)
        covered[window.col : window.col + window.width] += 1
    assert covered.max() == 1
    assert 800 < covered.sum() < 870  # what is missing is the gaps
    part = held[0].read(PixelWindow(0, -8, 100, 40))
    assert (part.target[:, :8] == 255).all()  # nothing of its neighbour
    col = held[0].window.col
    assert (part.target[:, 8:] == whole.sample.target[:, col : col + 32]).all()
    with pytest.raises(InputError, match="too small to hold a part out"):
        split_images([picture()])


def test_a_region_outside_reads_nothing() -> None:
    region = RegionImage(picture(), PixelWindow(20, 20, 50, 50))
    assert (region.read(PixelWindow(60, 0, 10, 10)).target == 255).all()


def test_line_images_propose_crops_on_tracks_and_work_in_workers(
    tmp_path: Path, write_raster: Callable[..., Path]
) -> None:
    raster = write_raster("a.tif", np.full((3, 600, 600), 90, np.uint8))
    line = shapely.LineString([(499990.0, 5699970.0), (500080.0, 5699970.0)])
    labels = tmp_path / "t.gpkg"
    gpd.GeoDataFrame(geometry=[line], crs="EPSG:25832").to_file(labels)
    lined = LineImage(raster, labels, 0.1)
    rng = np.random.default_rng(0)
    near = np.mean([abs(lined.centre(rng)[0] - 300) <= 120 for _ in range(300)])
    assert near > 0.85
    data = CropDataset([lined], 64, crops=4, augmentation="paper")
    alone = torch.stack([data[i][1] for i in range(4)])
    for context in ("fork", "spawn"):
        loader = DataLoader(data, batch_size=4, num_workers=1, multiprocessing_context=context)
        assert torch.equal(next(iter(loader))[1], alone)


def test_rendered_images_are_rendered_once_and_reproducible() -> None:
    calls = []

    def renderer(rng: np.random.Generator, size: int, gsd: float, _: object) -> Crop:
        calls.append(gsd)
        value = rng.integers(0, 200)
        target = draw_tent((size, size), [np.array([[-9.0, 9.0], [99.0, 9.0]])], 26)
        return Crop(np.full((size, size, 3), value, np.uint8), target)

    one, two = rendered_images(renderer, 2, 32, 0.1, seed=5, target="mask")
    first = one.read(PixelWindow(0, 0, 32, 32))
    assert (one.read(PixelWindow(0, 0, 32, 32)).image == first.image).all()
    assert calls == [0.1]
    assert set(np.unique(first.target)) == {0, 254}
    assert (first.target == 254)[:, 0].sum() == 9 + 13
    again = rendered_images(renderer, 2, 32, 0.1, seed=5)[0]
    assert (again.read(PixelWindow(0, 0, 32, 32)).image == first.image).all()
    assert (two.read(PixelWindow(0, 0, 32, 32)).image != first.image).any()


def test_rendered_roads_match_their_mask() -> None:
    shares, same = [], []
    for seed in range(8):
        crop = render_road_crop(np.random.default_rng(seed), 96, 0.5)
        again = render_road_crop(np.random.default_rng(seed), 96, 0.5)
        assert crop.image.shape == (96, 96, 3)
        assert set(np.unique(crop.target)) <= {0, 254}
        same.append((crop.image == again.image).all() and (crop.target == again.target).all())
        shares.append((crop.target > 0).mean())
    assert all(same)
    assert 0.02 < np.mean(shares) < 0.4  # DeepGlobe's roads are about 4 % of its pixels
