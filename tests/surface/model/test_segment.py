"""Regions, outlines and the segmenter with the shipped model."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from railmap.errors import DeviceError, InputError, ModelError
from railmap.models.defects import RegionRule
from railmap.models.package import load_model, model_folder
from railmap.surface.model.outline import tighten_regions
from railmap.surface.model.regions import keep_regions, mask_gaps
from railmap.surface.model.segment import DefectSegmenter
from railmap.surface.model.windows import WINDOW, ramp, unzoom, window_starts

RULE = RegionRule(sure=0.5, edge=0.3, cells=4)


def test_a_region_needs_a_peak_and_a_minimum_size():
    p = np.zeros((20, 20), np.float32)
    p[2:6, 2:6], p[3, 3] = 0.4, 0.8  # kept, with all cells above the edge threshold
    p[10:14, 2:6] = 0.45  # no peak
    p[2, 12:14] = 0.9  # too small
    held, labels = keep_regions(p, RULE)
    assert labels.max() == 1
    assert (labels > 0).sum() == 16
    assert held[12, 3] < RULE.edge
    assert held[2, 12] < RULE.edge
    assert held[3, 3] == np.float32(0.8)


def test_gaps_and_blank_rows_are_masked():
    p = np.full((50, 80), 0.9, np.float32)
    gap = np.zeros_like(p)
    gap[20:23] = 1
    strip = np.full((200, 320), 90, np.uint8)
    strip[:20] = 255
    left = mask_gaps(p, gap, strip) > 0
    assert not left[:6].any()
    assert not left[18:25].any()
    assert left[10:16].all()
    assert left[30:].all()


def test_regions_are_tightened_to_the_damaged_pixels():
    strip = np.random.default_rng(0).normal(120, 4, (80, 320)).astype(np.uint8)
    strip[30:42, 100:116] = 20
    labels = np.zeros((20, 80), np.int32)
    labels[5:13, 20:33] = 1
    p = np.where(labels > 0, np.float32(0.8), np.float32(0))
    tight = tighten_regions(p, labels, strip, 0.3) > 0.3
    assert tight[30:42, 100:116].all()
    assert tight.sum() < 1.6 * 12 * 16
    plain = tighten_regions(p, labels, np.full((80, 320), 120, np.uint8), 0.3) > 0.3
    assert plain.sum() == (labels > 0).sum() * 16


def test_windows_cover_a_long_strip_with_weights_that_never_vanish():
    for rows in (320, WINDOW, WINDOW + 32, 5000 // 32 * 32):
        total = np.zeros(rows // 4)
        for begin in window_starts(rows):
            size = min(WINDOW, rows)
            fade = ramp(size // 4, begin > 0, begin + size < rows)[:, 0]
            total[begin // 4 : begin // 4 + len(fade)] += fade
        assert total.min() > 0.003


def test_an_enlarged_map_is_resampled_to_the_cells_of_the_plain_one():
    def field(rows, zoom):
        y = (np.arange(rows) + 0.5) / zoom
        x = (np.arange(80) + 0.5 - 40) / zoom + 40
        return (np.sin(y / 7)[:, None] + np.cos(x / 9)[None])[None].astype(np.float32)

    back, seen = unzoom(field(125, 1.25), 1.25, 100)
    assert back.shape == (1, 100, 80)
    assert seen.sum() == 64
    assert np.abs(back - field(100, 1.0))[:, 2:-2, seen].max() < 0.01


def rail(height=1100, spots=()):
    rng = np.random.default_rng(4)
    image = rng.normal(5, 1.5, (height, 1200))
    image[:, 380:820] = rng.normal(110, 14, (height, 440))
    for row, column, r in spots:
        y, x = np.mgrid[:height, :1200]
        image[((y - row) / r) ** 2 + ((x - column) / (1.3 * r)) ** 2 < 1] = 12
    return image.clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def segmenter():
    return DefectSegmenter(threads=1)


def test_a_hole_is_segmented_at_its_position(segmenter):
    image = rail(spots=[(500, 600, 24)])
    mask = segmenter(image)
    found = mask.probability > segmenter.threshold
    assert mask.probability.shape == image.shape
    assert mask.probability.dtype == np.float32
    assert found[480:520, 580:620].mean() > 0.5
    assert found.sum() < 12 * np.pi * 24**2
    assert mask.rail is not None
    assert mask.rail.width == pytest.approx(440, abs=15)
    assert mask.classes is not None
    assert 1 <= mask.classes[500, 600] < len(segmenter.class_names)
    assert not (segmenter(rail()).probability > segmenter.threshold).any()


def test_threads_and_a_single_caller_get_equal_results(segmenter):
    images = [rail(spots=[(300 + 60 * i, 600, 20)]) for i in range(3)]
    alone = [segmenter(i).probability for i in images]
    with ThreadPoolExecutor(3) as pool:
        together = [m.probability for m in pool.map(segmenter, images)]
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_a_cpu_without_avx_is_reported():
    code = (
        "import numpy as np\n"
        "from railmap.surface.model.segment import DefectSegmenter\n"
        "DefectSegmenter(threads=1).strip_probability(np.full((320, 320), 90, np.uint8))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "ONEDNN_MAX_CPU_ISA": "SSE41"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0 or "DeviceError: " in run.stderr, run.stderr


def test_long_images_and_16_bits(segmenter):
    long = rail(3000, [(2500, 600, 24)])
    assert (segmenter(long).probability > segmenter.threshold)[2480:2520, 580:620].any()
    deep = segmenter(rail(spots=[(500, 600, 24)]).astype(np.uint16) * 200).probability
    assert (deep > segmenter.threshold)[480:520, 580:620].any()


def test_bad_input_is_refused(segmenter):
    with pytest.raises(InputError, match=r"a\.png: the image is black"):
        segmenter(np.zeros((500, 500), np.uint8), "a.png")
    with pytest.raises(InputError, match="saturated"):
        segmenter(np.full((500, 500), 255, np.uint8))
    with pytest.raises(InputError, match="8 or 16 bits"):
        segmenter(np.zeros((500, 500), np.float64))


def test_files_that_are_not_defect_models_are_refused(tmp_path):
    with pytest.raises(ModelError, match="no model of this name is shipped"):
        DefectSegmenter("nothing")
    with pytest.raises(DeviceError, match="cuda"):
        DefectSegmenter(device="cuda")
    with pytest.raises(
        ModelError, match="is a model of railway tracks, not of rail-surface defects"
    ):
        load_model(model_folder() / "tracks.onnx", kind="defects")
    pickled = tmp_path / "model.pt"
    pickled.write_bytes(b"PK\x03\x04")
    with pytest.raises(ModelError, match="pickled"):
        load_model(pickled, kind="defects")
    broken = tmp_path / "model.onnx"
    broken.write_bytes(json.dumps({"a": 1}).encode())
    with pytest.raises(ModelError):
        load_model(broken, kind="defects")
