from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from railmap.errors import InputError, RasterError
from railmap.training.data.augment import collar, photometric, turn
from railmap.training.data.sample import FILL, IGNORE, Sample
from railmap.training.tracks.real_images import RealImage, read_labelled, read_negatives

GSD = 0.1


def image_with_line(gsd: float, angle: float = 0.3) -> RealImage:
    """A dark image whose line is also painted, 0.4 m wide, so that target and image compare."""
    side = round(40 / gsd)
    y, x = (np.mgrid[0:side, 0:side] + 0.5) * gsd
    along, off = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    distance = np.abs((x - 20) * off[0] + (y - 20) * off[1])
    image = np.repeat(((distance < 0.2) * 255)[..., None], 3, 2).astype(np.uint8)
    line = (np.array([20.0, 20.0]) + np.outer([-40, 40], along)) / gsd
    return RealImage("s", image, np.ones((side, side), bool), gsd, [line])


@pytest.mark.parametrize("gsd", [0.04, 0.1, 0.23])
def test_target_stays_on_the_image(gsd: float) -> None:
    labelled = image_with_line(gsd)
    rng = np.random.default_rng(0)
    seen = 0
    samples = [labelled.at(GSD)] + [labelled.crop(rng, 128, GSD, (0.75, 1.35)) for _ in range(12)]
    for image, target, _ in samples:
        judged = target != IGNORE
        painted = (image[..., 0] > 127) & judged
        if painted.sum() < 40:
            continue
        seen += 1
        # The painted band is centred on the ridge: its mean height is that of a centred band.
        assert target[painted].mean() / 254 > 1 - 0.22 / 2.6
        assert target[judged & (target > 246)].size > 0
        assert image[..., 0][judged & (target == 254)].mean() > 127
    assert seen >= 6


def test_zoom_takes_the_tent_along() -> None:
    """The slope of the tent shows its width."""
    labelled = image_with_line(GSD, angle=0.0)
    widths: dict[float, list[float]] = {1.0: [], 2.0: []}
    for zoom, found in widths.items():
        for seed in range(20):
            target = labelled.crop(np.random.default_rng(seed), 192, GSD, (zoom, zoom)).target
            slopes = np.hypot(*np.gradient(target.astype(float)))
            inside = (target > 20) & (target < 230)
            inside[[0, -1]] = inside[:, [0, -1]] = False
            if inside.sum() > 500:
                found.append(254 / np.median(slopes[inside]) * GSD)
    assert len(widths[1.0]) > 3 < len(widths[2.0])
    np.testing.assert_allclose(widths[1.0], 2.6, rtol=0.03)
    np.testing.assert_allclose(widths[2.0], 5.2, rtol=0.06)


def test_nodata_and_ignored_polygons_are_not_judged() -> None:
    labelled = image_with_line(GSD)
    labelled.valid[:, :100] = False
    labelled.ignore.append(np.array([[200, 200], [300, 200], [300, 300], [200, 300]], float))
    image, target, _ = labelled.at(GSD)
    assert (target[:, :100] == IGNORE).all()
    assert (image[:, :100] == FILL).all()
    assert (target[200:300, 200:300] == IGNORE).all()
    assert (image[200:300, 200:300] != FILL).any()
    assert (target[320:390, 320:390] != IGNORE).all()


def test_whole_image_is_padded() -> None:
    image, target, _ = RealImage(
        "s", np.zeros((30, 50, 3), np.uint8), np.ones((30, 50), bool), GSD
    ).at(GSD)
    assert image.shape == (32, 64, 3)
    assert (target[30:] == IGNORE).all()
    assert (target[:30, :50] == 0).all()


def test_labelled_folder(write_raster: Callable[..., Path]) -> None:
    path = write_raster("one.tif", np.full((3, 100, 200), 90, np.uint8))
    features = [
        {"geometry": {"type": "LineString", "coordinates": [[500000, 5699999], [500020, 5699999]]}},
        {"geometry": {"type": "Polygon", "coordinates": [[[500000, 5700000], [500001, 5700000],
                                                         [500001, 5699995], [500000, 5700000]]]}},
    ]  # fmt: skip
    path.with_suffix(".geojson").write_text(json.dumps({"features": features}), "utf-8")
    (labelled,) = read_labelled(path.parent)
    assert labelled.name == "one"
    assert labelled.gsd == pytest.approx(0.1)
    np.testing.assert_allclose(labelled.lines[0], [[0, 10], [200, 10]], atol=1e-6)
    assert len(labelled.ignore) == 1
    assert labelled.occluded == [False]
    features[0]["properties"] = {"occluded": True}
    path.with_suffix(".geojson").write_text(json.dumps({"features": features}), "utf-8")
    assert read_labelled(path.parent)[0].occluded == [True]


def test_bad_labels(write_raster: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no NAME\.geojson"):
        read_labelled(tmp_path)
    path = write_raster("one.tif", np.zeros((3, 8, 8), np.uint8)).with_suffix(".geojson")
    path.write_text('{"features": [{"geometry": null}]}', "utf-8")
    with pytest.raises(InputError, match=r"one\.geojson: labels"):
        read_labelled(tmp_path)
    (tmp_path / "one.tif").unlink()
    with pytest.raises(RasterError, match=r"one\.tif"):
        read_labelled(tmp_path)


def test_negatives(write_raster: Callable[..., Path], tmp_path: Path) -> None:
    write_raster("fine.tif", np.full((3, 80, 80), 9, np.uint8), gsd=0.01)
    write_raster("coarse.tif", np.full((3, 8, 8), 9, np.uint8), gsd=5.0)
    write_raster("degrees.tif", np.full((3, 8, 8), 9, np.uint8), crs="EPSG:4326",
                 gsd=2e-6)  # fmt: skip
    write_raster("left_out.tif", np.full((3, 8, 8), 9, np.uint8))
    deep = np.arange(64, dtype=np.uint16).reshape(1, 8, 8) * 40
    write_raster("plain.tif", deep, crs=None)
    images = {s.name: s for s in read_negatives([(tmp_path, 0.3, 1.0)], GSD, ["left*"])}
    assert set(images) == {"fine", "degrees", "plain"}
    assert images["fine"].gsd == pytest.approx(GSD / 2)  # finer is not kept
    assert images["fine"].image.shape == (16, 16, 3)
    assert images["plain"].gsd == 0.3
    assert images["plain"].image.max() == 255
    with pytest.raises(InputError, match="no image"):
        read_negatives([(tmp_path, 0.3, 1.0)], GSD, ["*"])


def test_turning_moves_image_and_target_alike() -> None:
    target = np.arange(64, dtype=np.uint8).reshape(8, 8)
    sample = Sample(np.repeat(target[..., None], 3, 2), target)
    seen = set()
    for seed in range(40):
        image, turned, _ = turn(sample, np.random.default_rng(seed))
        np.testing.assert_array_equal(image[..., 0], turned)
        seen.add(turned.tobytes())
    assert len(seen) == 8


def test_photometric_changes_pixels_but_keeps_the_image() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (8, 8, 3), np.uint8).repeat(12, 0).repeat(12, 1)
    likeness = []
    for seed in range(30):
        changed = photometric(image, np.random.default_rng(seed))
        assert changed.shape == image.shape
        assert changed.dtype == np.uint8
        again = photometric(image, np.random.default_rng(seed))
        np.testing.assert_array_equal(changed, again)
        likeness.append(np.corrcoef(changed.mean(2).ravel(), image.mean(2).ravel())[0, 1])
    assert min(likeness) > 0.5
    assert min(likeness) < 0.99


def test_collar_fills_and_silences() -> None:
    sample = Sample(np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64), np.uint8))
    shares = []
    for seed in range(30):
        image, target, _ = collar(sample, np.random.default_rng(seed))
        gone = target == IGNORE
        assert (image[gone] == FILL).all()
        assert (image[~gone] == 0).all()
        shares.append(gone.mean())
    assert 0 < max(shares) < 0.6


@pytest.mark.real
def test_real_images(real_data: Path) -> None:
    images = read_labelled(real_data / "rail_dev")
    assert len(images) >= 19
    for labelled in images:
        target = labelled.at(GSD).target
        assert ((target > 240) & (target != IGNORE)).any(), labelled.name
