"""The paper's equations 3-8 on examples counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from affine import Affine
from shapely import box

from railmap.errors import InputError, RasterError, UsageError
from railmap.evaluation import ConfusionMatrix, evaluate_pixels, evaluate_probability

PLACE = Affine(0.1, 0, 500_000, 0, -0.1, 5_700_000)


@pytest.fixture
def raster(tmp_path):
    def write(name, values, nodata=None, transform=PLACE):
        path = tmp_path / f"{name}.tif"
        rows, columns = values.shape
        with rasterio.open(
            path, "w", driver="GTiff", width=columns, height=rows, count=1, dtype=values.dtype,
            crs="EPSG:25832", transform=transform, nodata=nodata,
        ) as file:  # fmt: skip
            file.write(values, 1)
        return path

    return write


def test_counted_example():
    # TP 2, FN 1, FP 3, TN 4.
    truth = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 0])
    predicted = np.array([1, 1, 0, 1, 1, 1, 0, 0, 0, 0])
    matrix = ConfusionMatrix()
    matrix.add(predicted, truth)
    assert matrix.counts.tolist() == [[4, 3], [1, 2]]
    scores = matrix.scores()
    assert scores.iou[1] == pytest.approx(2 / 6)
    assert scores.iou[0] == pytest.approx(4 / 8)
    assert scores.miou == pytest.approx((2 / 6 + 4 / 8) / 2)
    assert scores.cpa[1] == pytest.approx(2 / 5)
    assert scores.cpa[0] == pytest.approx(4 / 5)
    assert scores.mpa == pytest.approx(3 / 5)
    assert scores.recall[1] == pytest.approx(2 / 3)
    assert scores.accuracy == pytest.approx(6 / 10)
    assert scores.pixels == 10


def test_three_classes():
    matrix = ConfusionMatrix(3)
    matrix.add(np.array([0, 1, 2, 2]), np.array([0, 1, 1, 2]))
    scores = matrix.scores()
    assert scores.iou == (1.0, 0.5, 0.5)
    assert scores.recall == (1.0, 0.5, 1.0)
    assert scores.accuracy == pytest.approx(3 / 4)


def test_pieces_add_up_and_invalid_pixels_do_not_count():
    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, 2, (2, 40, 30)).astype(np.uint8)
    valid = rng.random((40, 30)) < 0.7
    whole, pieces, plain = ConfusionMatrix(), ConfusionMatrix(), ConfusionMatrix()
    whole.add(predicted, truth, valid)
    for row in range(0, 40, 7):
        part = slice(row, row + 7)
        pieces.add(predicted[part], truth[part], valid[part])
    plain.add(predicted[valid], truth[valid])
    assert (whole.counts == pieces.counts).all()
    assert (whole.counts == plain.counts).all()


def test_nothing_counted_and_absent_class():
    assert ConfusionMatrix().scores().accuracy is None
    matrix = ConfusionMatrix()
    matrix.add(np.zeros(5, int), np.zeros(5, int))
    scores = matrix.scores()
    assert scores.iou == (1.0, None)
    assert scores.miou == 1.0
    assert scores.recall == (1.0, None)


def test_bad_labels_and_shapes():
    with pytest.raises(UsageError):
        ConfusionMatrix(1)
    with pytest.raises(InputError, match="differ in size"):
        ConfusionMatrix().add(np.zeros(3, int), np.zeros(4, int))
    with pytest.raises(InputError, match="label 2 is not a class"):
        ConfusionMatrix().add(np.array([2]), np.array([0]))
    with pytest.raises(InputError, match="label -1 is not a class"):
        ConfusionMatrix().add(np.array([-1]), np.array([0]))


def test_rasters_with_probability_nodata_and_ignore(raster):
    truth = np.zeros((1500, 40), np.uint8)
    truth[:, 10:20] = 1
    predicted = np.where(truth > 0, 200, 20).astype(np.uint8)
    predicted[:, 19] = 126  # just below one half of 254
    predicted[:, 9] = 127
    predicted[:100] = 255
    paths = raster("predicted", predicted, nodata=255), raster("truth", truth)
    scores = evaluate_pixels(*paths)
    assert scores.pixels == 1400 * 40
    assert scores.iou[1] == pytest.approx(9 / 11)
    right = box(500_000 + 1.5, 5_700_000 - 1000, 500_100, 5_700_001)
    assert evaluate_pixels(*paths, ignore=right).pixels == 1400 * 15
    assert evaluate_pixels(*paths, threshold=0.9).recall[1] == 0.0


def test_float_probability_and_mask(raster):
    truth = np.array([[0, 1], [1, 0]], np.uint8)
    predicted = np.array([[0.4, 0.6], [np.nan, 0.1]], np.float32)
    scores = evaluate_pixels(raster("p", predicted), raster("t", truth))
    assert (scores.pixels, scores.accuracy) == (3, 1.0)
    mask = raster("m", truth * 255)
    assert evaluate_pixels(mask, raster("t2", truth)).accuracy == 1.0


def test_grids_must_agree(raster):
    small, large = np.zeros((4, 4), np.uint8), np.zeros((4, 5), np.uint8)
    with pytest.raises(InputError, match="same grid"):
        evaluate_pixels(raster("a", small), raster("b", large))
    moved = raster("c", small, transform=PLACE * Affine.translation(1, 0))
    with pytest.raises(InputError, match="different extents"):
        evaluate_pixels(raster("d", small), moved)


def test_missing_raster(tmp_path, raster):
    there = raster("a", np.zeros((4, 4), np.uint8))
    with pytest.raises(RasterError, match="cannot be opened"):
        evaluate_pixels(tmp_path / "nothing.tif", there)


def test_a_mosaic_without_one_of_its_files_is_refused(tmp_path, raster, tracks):
    there = raster("a", np.zeros((4, 4), np.uint8))
    mosaic = tmp_path / "mosaic.vrt"
    mosaic.write_text(
        '<VRTDataset rasterXSize="4" rasterYSize="4"><SRS>EPSG:25832</SRS>'
        "<GeoTransform>500000,0.1,0,5700000,0,-0.1</GeoTransform>"
        '<VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        '<SourceFilename relativeToVRT="1">moved.tif</SourceFilename><SourceBand>1</SourceBand>'
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )
    with pytest.raises(RasterError, match=r"mosaic\.vrt: a file of this mosaic.*moved\.tif"):
        evaluate_pixels(mosaic, there)
    with pytest.raises(RasterError, match=r"mosaic\.vrt: a file of this mosaic.*moved\.tif"):
        evaluate_probability(mosaic, tracks)
    raster("moved", np.zeros((4, 4), np.uint8))
    assert evaluate_pixels(mosaic, there).accuracy == 1.0


def test_against_centrelines_at_sleeper_width(raster, tracks):
    predicted = np.zeros((100, 200), np.uint8)
    predicted[37:63] = 254  # 2.6 m around the line 5 m below the upper edge
    path = raster("p", predicted, nodata=255)
    line = tracks([(-5, -5), (25, -5)])
    scores = evaluate_probability(path, line)
    assert scores.iou[1] == 1.0
    assert evaluate_probability(path, line, width_m=5.2).recall[1] == pytest.approx(0.5)
    assert evaluate_probability(path, line.to_crs("EPSG:4326")).iou[1] > 0.99
    left = box(500_000, 5_600_000, 500_010, 5_800_000)
    assert evaluate_probability(path, line, ignore=left).pixels == 100 * 100
