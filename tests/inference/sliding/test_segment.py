from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import rasterio
from affine import Affine

from railmap.errors import Cancelled, ModelError, OutputError, RasterError
from railmap.inference import make_backend, segment
from railmap.inference.sliding import plan as plan_module
from railmap.models.package import load_model
from railmap.models.tracks import TrackModel
from railmap.progress import NullReporter
from railmap.raster import open_raster
from railmap.raster.types import Patch, PixelWindow
from tests.helpers.array_rasters import ArraySource, StopAfter, holed, levels, texture
from tests.helpers.tiny_models import MEAN, STD, write_model


@pytest.fixture
def model(tmp_path: Path) -> TrackModel:
    return load_model(write_model(tmp_path / "tiny.onnx"))


def whole_image(folder: Path, source: ArraySource) -> np.ndarray:
    """The same network over the whole raster in one pass."""
    path = write_model(folder / "open.onnx", tile=None)
    mean, std = (np.array(v, np.float32)[:, None, None] for v in (MEAN, STD))
    fill = np.round(mean * 255)
    image = (np.where(source.mask, source.pixels, fill) / np.float32(255) - mean) / std
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    probability = session.run(None, {"image": image[None].astype(np.float32)})[0][0, 0]
    return np.where(source.mask, np.floor(probability * 254 + 0.5), 255).astype(np.uint8)


@pytest.mark.parametrize(
    "size", [(300, 500), (64, 64), (65, 200), (700, 130), (20, 30), (1, 1), (40, 300)]
)
def test_windows_leave_no_seams(tmp_path: Path, model: TrackModel, size: tuple[int, int]) -> None:
    source = holed(*size)
    result = segment(source, model, tmp_path / "p.tif", precision="fp32", threads=2)
    expected = whole_image(tmp_path, source)
    found = levels(result.path)
    assert np.array_equal(found == 255, ~source.mask)
    # Where the raster is smaller than a window, the network sees the fill instead of its padding.
    far = [n if n >= 64 else max(0, n - 4) for n in size]
    difference = np.abs(found.astype(int) - expected)[: far[0], : far[1]]
    assert difference.max(initial=0) <= 1
    assert result.windows_run + result.windows_skipped >= 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["open.onnx", "p.tif", "tiny.onnx"]


def test_the_file_stores_grid_and_model(tmp_path: Path, model: TrackModel) -> None:
    source = holed(100, 90)
    result = segment(source, model, tmp_path / "p.tif", threads=1)
    with rasterio.open(result.path) as raster:
        assert raster.crs == source.grid.crs
        assert raster.transform == source.grid.transform
        assert (raster.height, raster.width, raster.nodata) == (100, 90, 255)
        assert raster.tags()["RAILMAP_MODEL_SHA256"] == model.sha256
    assert result.megapixels == pytest.approx(0.009)
    assert result.backend.startswith("openvino ")


@pytest.mark.parametrize("resume", [True, False])
def test_result_does_not_depend_on_threads_batch_or_blocks(
    tmp_path: Path, model: TrackModel, monkeypatch: pytest.MonkeyPatch, resume: bool
) -> None:
    files = []
    for n, (threads, batch, block) in enumerate(
        [(1, 1, 8192), (2, 5, 8192), (3, None, 600), (2, 2, 96), (1, 3, 1100)]
    ):
        monkeypatch.setattr(plan_module, "BLOCK_PIXELS", block)
        path = tmp_path / f"{n}.tif"
        backend = make_backend(model, threads=threads, batch=batch)
        segment(holed(400, 1700), model, path, backend=backend, resume=resume)
        files.append(levels(path).tobytes())
    assert len(set(files)) == 1


def test_same_input_same_bytes(tmp_path: Path, model: TrackModel) -> None:
    for name in ("a.tif", "b.tif"):
        segment(holed(300, 300), model, tmp_path / name, threads=2)
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


def test_windows_without_data_cost_nothing(tmp_path: Path, model: TrackModel) -> None:
    mask = np.zeros((2000, 3000), bool)
    mask[1500:1530, 2500:2530] = True
    source = ArraySource(np.full((3, 2000, 3000), 90, np.uint8), mask)
    result = segment(source, model, tmp_path / "p.tif", threads=1, resume=False)
    assert 1 <= result.windows_run <= 4
    assert result.windows_run + result.windows_skipped > 2000
    assert sum(w.height * w.width for w in source.reads) < 20_000
    found = levels(result.path)
    assert np.array_equal(found != 255, mask)
    assert result.path.stat().st_size < 10_000


def test_a_raster_without_any_data(tmp_path: Path, model: TrackModel) -> None:
    source = ArraySource(np.zeros((3, 200, 300), np.uint8), np.zeros((200, 300), bool))
    result = segment(source, model, tmp_path / "p.tif", threads=1)
    assert result.windows_run == 0
    assert (levels(result.path) == 255).all()


def test_a_raster_file_gives_the_same_as_its_pixels(tmp_path: Path, model: TrackModel) -> None:
    source = holed(300, 400)
    source.pixels = np.maximum(source.pixels, 1)
    profile = {
        "driver": "GTiff",
        "height": 300,
        "width": 400,
        "count": 3,
        "dtype": "uint8",
        "nodata": 0,
        "crs": source.grid.crs,
        "transform": source.grid.transform,
    }
    with rasterio.open(tmp_path / "ortho.tif", "w", **profile) as raster:
        raster.write(source.pixels * source.mask)
    with open_raster(tmp_path / "ortho.tif", gsd=model.gsd_m) as opened:
        segment(opened, model, tmp_path / "b.tif", threads=2)
        source.source_gsd = opened.source_gsd
    segment(source, model, tmp_path / "a.tif", threads=1)
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


def test_each_pixel_is_read_once(tmp_path: Path, model: TrackModel) -> None:
    source = ArraySource(texture(500, 640))
    segment(source, model, tmp_path / "p.tif", threads=1, resume=False)
    assert sum(w.height * w.width for w in source.reads) == 500 * 640


def test_values_under_no_data_do_not_matter(tmp_path: Path, model: TrackModel) -> None:
    one, other = holed(200, 300), holed(200, 300)
    other.pixels = np.where(other.mask, other.pixels, 255 - other.pixels)
    for name, source in (("a", one), ("b", other)):
        segment(source, model, tmp_path / f"{name}.tif", threads=1)
    assert np.array_equal(levels(tmp_path / "a.tif"), levels(tmp_path / "b.tif"))


def test_bf16_differs_by_little(tmp_path: Path, model: TrackModel) -> None:
    segment(holed(200, 300), model, tmp_path / "a.tif", threads=1, precision="auto")
    segment(holed(200, 300), model, tmp_path / "b.tif", threads=1, precision="fp32")
    a, b = (levels(tmp_path / f"{n}.tif").astype(int) for n in "ab")
    assert np.abs(a - b).max() <= 0.05 * 254


def test_progress_adds_up_and_a_wrong_gsd_is_a_warning(tmp_path: Path, model: TrackModel) -> None:
    class Recorder(NullReporter):
        total = done = 0.0

        def stage(self, name: str, total: float, unit: str = "") -> None:
            self.total = total

        def advance(self, amount: float) -> None:
            super().advance(amount)
            self.done += amount

    for source in (holed(300, 400), ArraySource(texture(64, 64), np.zeros((64, 64), bool))):
        reporter = Recorder()
        segment(source, model, tmp_path / "p.tif", threads=1, reporter=reporter, overwrite=True)
        assert reporter.done == pytest.approx(reporter.total)
        assert reporter.warnings == []
    coarse = holed(64, 64)
    transform = coarse.grid.transform @ Affine.scale(3)
    coarse.grid = replace(coarse.grid, transform=transform)
    segment(coarse, model, tmp_path / "p.tif", threads=1, reporter=reporter, overwrite=True)
    assert "0.3 m per pixel" in reporter.warnings[0]


def railmap_threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("railmap-")]


def test_cancel_leaves_nothing(tmp_path: Path, model: TrackModel) -> None:
    for windows in (1, 20):
        with pytest.raises(Cancelled):
            segment(
                holed(500, 500), model, tmp_path / "p.tif", threads=2, reporter=StopAfter(windows)
            )
        assert [p.name for p in tmp_path.iterdir()] == ["tiny.onnx"]
        assert railmap_threads() == []


def test_cancel_works_while_a_read_takes_long(tmp_path: Path, model: TrackModel) -> None:
    reporter = NullReporter()

    class Slow(ArraySource):
        def has_data(self, window: PixelWindow) -> bool:
            reporter.cancel()
            return super().has_data(window)

    with pytest.raises(Cancelled):
        segment(Slow(texture(300, 300)), model, tmp_path / "p.tif", threads=1, reporter=reporter)
    assert railmap_threads() == []


def test_an_error_while_reading_is_raised(tmp_path: Path, model: TrackModel) -> None:
    class Broken(ArraySource):
        def read(self, window: PixelWindow) -> Patch:
            if window.row > 200:
                raise RasterError("ortho.tif: block 7 cannot be decoded")
            return super().read(window)

    with pytest.raises(RasterError, match="block 7"):
        segment(Broken(texture(500, 300)), model, tmp_path / "p.tif", threads=2, resume=False)
    assert [p.name for p in tmp_path.iterdir()] == ["tiny.onnx"]
    assert railmap_threads() == []


def test_an_error_while_writing_is_raised(
    tmp_path: Path, model: TrackModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from railmap.raster import ProbabilityWriter

    def full(*_: object) -> None:
        raise OutputError("p.tif: cannot be written; check the free disk space")

    monkeypatch.setattr(ProbabilityWriter, "write", full)
    with pytest.raises(OutputError, match="free disk space"):
        segment(holed(1400, 300), model, tmp_path / "p.tif", threads=2)
    assert [p.name for p in tmp_path.iterdir()] == ["tiny.onnx"]
    assert railmap_threads() == []


def test_an_existing_output_is_kept(tmp_path: Path, model: TrackModel) -> None:
    path = tmp_path / "p.tif"
    path.write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"p\.tif"):
        segment(holed(64, 64), model, path, threads=1)
    assert path.read_bytes() == b"mine"
    with pytest.raises(OutputError, match="input"):
        segment(holed(64, 64), model, path, threads=1, overwrite=True, inputs=[path])
    assert path.read_bytes() == b"mine"
    segment(holed(64, 64), model, path, threads=1, overwrite=True)
    assert levels(path).shape == (64, 64)


def test_nan_is_an_error(
    tmp_path: Path, model: TrackModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from railmap.inference.backends.openvino import OpenVinoBackend

    good = OpenVinoBackend.map

    def bad(self: OpenVinoBackend, tiles: object):  # type: ignore[no-untyped-def]
        for n, result in enumerate(good(self, tiles)):  # type: ignore[arg-type]
            yield np.full_like(result, np.nan) if n == 3 else result

    monkeypatch.setattr(OpenVinoBackend, "map", bad)
    with pytest.raises(ModelError, match="computed NaN"):
        segment(ArraySource(texture(300, 300)), model, tmp_path / "p.tif", threads=1)
