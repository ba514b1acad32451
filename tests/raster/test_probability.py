from __future__ import annotations

import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS

from railmap.errors import InputError, OutputError, UsageError
from railmap.raster import Grid, ProbabilityWriter, open_probability

Write = Callable[..., Path]


def make_grid(height: int = 700, width: int = 900) -> Grid:
    transform = Affine(0.1, 0, 500000, 0, -0.1, 5700000)
    return Grid(CRS.from_epsg(25832), transform, width, height)


def band_of_tracks(height: int = 90, width: int = 110) -> NDArray[np.uint8]:
    values = np.zeros((height, width), np.uint8)
    values[40:60] = 200
    values[50] = 254
    return values


def test_round_trip(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 255, (700, 900), np.uint8)
    path = tmp_path / "probability.tif"
    with ProbabilityWriter(path, make_grid(), tile=256, tags={"MODEL": "m"}) as writer:
        for row in range(0, 700, 256):
            for col in range(0, 900, 256):
                if (row, col) != (256, 256):
                    writer.write(row, col, values[row : row + 256, col : col + 256])
        assert not path.exists()
    assert [p.name for p in tmp_path.iterdir()] == ["probability.tif"]
    values[256:512, 256:512] = 255
    with rasterio.open(path) as dataset:
        assert dataset.nodata == 255
        assert dataset.descriptions == ("track probability",)
        assert dataset.tags()["MODEL"] == "m"
        assert dataset.block_shapes == [(256, 256)]
        assert dataset.compression.value == "DEFLATE"
        assert dataset.get_tag_item("BLOCK_SIZE_1_1", "TIFF", bidx=1) in (None, "0")
    with open_probability(path) as source:
        assert source.grid == make_grid()
        assert source.uri == str(path)
        assert source.scale == "railmap probability, 0-254"
        assert np.array_equal(source.read(0, 0, 700, 900), values)
        past = source.read(-10, 890, 30, 40)
    assert np.array_equal(past[10:, :10], values[:20, 890:])
    assert (past[:10] == 255).all()
    assert (past[:, 10:] == 255).all()


def test_same_values_same_bytes(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 255, (700, 900), np.uint8)
    for name in ("a.tif", "b.tif"):
        with ProbabilityWriter(tmp_path / name, make_grid()) as writer:
            writer.write(0, 0, values)
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


def test_failure_leaves_nothing_and_overwriting_needs_permission(tmp_path: Path) -> None:
    path = tmp_path / "p.tif"
    with pytest.raises(KeyError), ProbabilityWriter(path, make_grid()) as writer:  # noqa: PT012
        writer.write(0, 0, np.zeros((512, 512), np.uint8))
        raise KeyError
    assert list(tmp_path.iterdir()) == []
    path.write_text("old")
    with pytest.raises(OutputError, match="overwrite=True"), ProbabilityWriter(path, make_grid()):
        pass
    assert path.read_text() == "old"
    with ProbabilityWriter(path, make_grid(), overwrite=True):
        pass
    with open_probability(path) as source:
        assert (source.read(0, 0, 700, 900) == 255).all()


def test_writer_refuses_bad_tiles_and_values(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="16"):
        ProbabilityWriter(tmp_path / "p.tif", make_grid(), tile=100)
    with pytest.raises(OutputError, match="does not exist"):
        ProbabilityWriter(tmp_path / "none" / "p.tif", make_grid()).__enter__()
    with ProbabilityWriter(tmp_path / "p.tif", make_grid()) as writer:
        with pytest.raises(ValueError, match="uint8"):
            writer.write(0, 0, np.zeros((5, 5), np.float32))  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="beyond the grid"):
            writer.write(0, 890, np.zeros((5, 20), np.uint8))


FULL_DISK = """
import sys
import numpy as np
from affine import Affine
from rasterio.crs import CRS
from railmap.errors import OutputError
from railmap.raster import Grid, ProbabilityWriter

grid = Grid(CRS.from_epsg(25832), Affine(0.1, 0, 0, 0, -0.1, 0), 2048, 2048)
values = np.random.default_rng(0).integers(0, 255, (512, 512), np.uint8)
try:
    with ProbabilityWriter(sys.argv[1], grid) as writer:
        for i in range(int(sys.argv[2])):
            writer.write(i // 4 * 512, i % 4 * 512, values)
except OutputError as error:
    print(error)
    sys.exit(3)
"""


@pytest.mark.parametrize("tiles", [1, 2, 16])
def test_full_disk(tmp_path: Path, tiles: int) -> None:
    """A limit on the file size stands for the full disk; one tile fails only when closing."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "p.tif"), str(tiles)],
        preexec_fn=limit,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 3, done.stderr
    assert "p.tif: cannot be written" in done.stdout
    assert done.stdout.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


FOREIGN: dict[str, tuple[Callable[[NDArray[np.uint8]], NDArray[Any]], dict[str, Any], str]] = {
    "float": (lambda v: (v / 254).astype(np.float32), {}, "float probability, 0-1"),
    "float nodata": (
        lambda v: np.where(v == 254, -1, v / 254).astype(np.float64),
        {"nodata": -1},
        "float probability, 0-1",
    ),
    "0-255": (lambda v: np.rint(v / 254 * 255).astype(np.uint8), {}, "0-255"),
    "0/1": (lambda v: (v >= 127).astype(np.uint8), {}, "mask, 0/1"),
    "0/255": (lambda v: (v >= 127).astype(np.uint8) * np.uint8(255), {}, "0-255"),
    "single bits": (lambda v: (v >= 127).astype(np.uint8), {"nbits": 1}, "mask, 0/1"),
    "palette": (
        lambda v: (v >= 127).astype(np.uint8),
        {"colormap": {0: (0, 0, 0, 255), 1: (255, 0, 0, 255)}},
        "mask, 0/1",
    ),
    "0-254": (lambda v: v, {"nodata": 255}, "0-254, 255 is no data"),
    "16 bit": (lambda v: (v / 254 * 65535).astype(np.uint16), {}, "0-65535"),
    "int32 mask": (lambda v: (v >= 127).astype(np.int32), {}, "mask, 0/1"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_rasters_of_other_programs(write_raster: Write, kind: str) -> None:
    convert, settings, scale = FOREIGN[kind]
    values = band_of_tracks()
    path = write_raster("p.tif", convert(values)[None], **settings)
    expected = values if "mask" not in scale and kind != "0/255" else (values >= 127) * 254
    with open_probability(path) as source:
        assert source.scale == scale
        found = source.read(0, 0, 90, 110)
    if kind == "float nodata":
        expected = np.where(values == 254, 255, values)
    assert np.abs(found.astype(int) - expected).max() <= 1
    assert set(found[:30].ravel()) == {0}


def test_sparse_mask_whose_tracks_a_low_resolution_view_misses(write_raster: Write) -> None:
    for value, expected in ((1, 254), (255, 254)):
        values = np.zeros((1, 3000, 3000), np.uint8)
        values[0, 1999, 1999] = value
        path = write_raster(f"{value}.tif", values, overviews=None)
        with open_probability(path) as source:
            assert source.read(1999, 1999, 1, 1)[0, 0] == expected


def test_certainty_can_be_given(write_raster: Write) -> None:
    path = write_raster("p.tif", np.full((1, 64, 64), 50, np.uint8))
    with open_probability(path, levels=100) as source:
        assert source.scale == "0-100, as given"
        assert (source.read(0, 0, 64, 64) == 127).all()
    with pytest.raises(UsageError, match="above 0"):
        open_probability(path, levels=0)


@pytest.mark.parametrize(
    ("crs", "transform"),
    [
        ("EPSG:4326", Affine(1.4e-6, 0, 9.1, 0, -9e-7, 51.5)),
        ("EPSG:2263", Affine(0.33, 0, 984000, 0, -0.33, 200000)),
        ("EPSG:25832", Affine(0.08, 0.06, 500000, 0.06, -0.08, 5700000)),
    ],
)
def test_warped_to_metres(write_raster: Write, crs: str, transform: Affine) -> None:
    path = write_raster("p.tif", band_of_tracks()[None], nodata=255, crs=crs, transform=transform)
    with open_probability(path) as source:
        grid = source.grid
        assert grid.gsd == pytest.approx(0.1, rel=0.05)
        found = source.read(0, 0, grid.height, grid.width)
        assert np.array_equal(source.read(20, 30, 40, 50), found[20:60, 30:80])
    valid = found != 255
    assert valid.sum() * grid.gsd**2 == pytest.approx(90 * 110 * 0.1**2, rel=0.05)
    assert (found[valid] >= 127).mean() == pytest.approx(20 / 90, rel=0.1)


def test_alpha_is_no_data(write_raster: Write) -> None:
    values = np.stack([band_of_tracks(), np.full((90, 110), 255, np.uint8)])
    values[1, :, :20] = 0
    with open_probability(write_raster("p.tif", values, alpha="yes")) as source:
        found = source.read(0, 0, 90, 110)
    assert (found[:, :20] == 255).all()
    assert (found[:, 20:] != 255).all()


def test_black_is_a_value_not_a_collar(write_raster: Write) -> None:
    with open_probability(write_raster("p.tif", np.zeros((1, 64, 64), np.uint8))) as source:
        assert (source.read(0, 0, 64, 64) == 0).all()


def test_an_image_is_not_a_probability(write_raster: Write) -> None:
    with pytest.raises(InputError, match="has 3 bands"):
        open_probability(write_raster("p.tif", np.zeros((3, 64, 64), np.uint8)))
    with pytest.raises(InputError, match="which value is certain track"):
        open_probability(write_raster("h.tif", np.full((1, 64, 64), 812.5, np.float32)))


def test_threads_write_and_read(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 255, (1024, 1024), np.uint8)
    tiles = [(r, c) for r in range(0, 1024, 128) for c in range(0, 1024, 128)]
    with (
        ProbabilityWriter(tmp_path / "p.tif", make_grid(1024, 1024), tile=128) as writer,
        ThreadPoolExecutor(4) as pool,
    ):
        for row, col in tiles:
            pool.submit(writer.write, row, col, values[row : row + 128, col : col + 128])
    with open_probability(tmp_path / "p.tif") as source, ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda t: source.read(*t, 128, 128), tiles))
    for (row, col), part in zip(tiles, parts, strict=True):
        assert np.array_equal(part, values[row : row + 128, col : col + 128])
