from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.errors import NotGeoreferencedWarning
from shapely.geometry import LineString, box

from railmap.errors import MapError, OutputError, UsageError
from railmap.mapping import render_preview
from railmap.mapping.preview.drawing import dashes, paint
from tests.helpers import networks

GREY = 120


def write_ortho(path: Path, width: int, height: int) -> Path:
    transform = rasterio.transform.from_origin(networks.X0 - 20, networks.Y0 + 60, 0.2, 0.2)
    pixels = np.full((3, height, width), GREY, np.uint8)
    pixels[:, :50, :50] = 0
    with rasterio.open(
        path, "w", driver="GTiff", width=width, height=height, count=3, dtype="uint8",
        crs=networks.CRS, transform=transform, nodata=0,
    ) as dataset:  # fmt: skip
        dataset.write(pixels)
    return path


@pytest.fixture(scope="module")
def ortho(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_ortho(tmp_path_factory.mktemp("ortho") / "ortho.tif", 1700, 500)


def read(path: Path) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        dataset = rasterio.open(path)
    with dataset:
        assert dataset.driver == "PNG"
        return dataset.read()


def test_tracks_are_drawn_where_they_are(junction_map: Path, ortho: Path, tmp_path: Path) -> None:
    out = tmp_path / "map.png"
    render_preview(junction_map, ortho, out, max_size=1700)
    pixels = read(out)
    assert pixels.shape == (3, 500, 1700)
    # Link 4 of the junction, half way: x = X0 + 80, y = Y0 + 4.75.
    col, row = int(100 / 0.2), int((60 - 4.75) / 0.2)
    red, green, blue = pixels[:, row - 1 : row + 2, col].astype(int).mean(axis=1)
    assert red > green + 100
    assert red > blue + 100
    assert (pixels[:, row - 30 : row - 10, col] == GREY).all()
    assert (pixels[:, 10:40, 10:40] > 200).all()


def test_long_side_fits(junction_map: Path, ortho: Path, tmp_path: Path) -> None:
    out = tmp_path / "map.png"
    render_preview(junction_map, [ortho], out, max_size=400)
    assert read(out).shape[2] in range(390, 401)
    assert [path.name for path in tmp_path.iterdir()] == ["map.png"]
    first = out.read_bytes()
    render_preview(junction_map, [ortho], out, max_size=400, overwrite=True)
    assert out.read_bytes() == first


@pytest.mark.parametrize(("max_size", "factor"), [(250, 1), (399, 1), (401, 2), (2000, 4)])
def test_small_image_is_enlarged(
    junction_map: Path, tmp_path: Path, max_size: int, factor: int
) -> None:
    ortho = write_ortho(tmp_path / "ortho.tif", 200, 120)
    render_preview(junction_map, ortho, tmp_path / "map.png", max_size=max_size)
    assert read(tmp_path / "map.png").shape == (3, 120 * factor, 200 * factor)


def test_refusals(junction_map: Path, ortho: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="PNG"):
        render_preview(junction_map, ortho, tmp_path / "map.bmp")
    with pytest.raises(UsageError, match="16"):
        render_preview(junction_map, ortho, tmp_path / "map.png", max_size=3)
    with pytest.raises(MapError):
        render_preview(ortho, ortho, tmp_path / "map.png")
    (tmp_path / "there.png").write_bytes(b"x")
    with pytest.raises(OutputError, match="overwrite"):
        render_preview(junction_map, ortho, tmp_path / "there.png")
    assert [path.name for path in tmp_path.iterdir()] == ["there.png"]


def test_paint_covers_by_area() -> None:
    image = np.zeros((700, 8, 3), np.float32)
    paint(image, [box(2.0, 600.0, 4.5, 602.0)], "#ff0000", opacity=0.5)
    row = image[601, :, 0]
    assert row[:2].tolist() == [0, 0]
    assert row[2:4] == pytest.approx([127.5, 127.5])
    # Half a pixel on three samples: one or two of them.
    assert row[4] in (pytest.approx(42.5), pytest.approx(85.0))
    assert image[..., 1:].max() == 0
    assert image[:600].max() == 0


def test_dashes() -> None:
    pieces = dashes(LineString([(0, 0), (10, 0)]), 3, 2)
    assert [shapely.get_coordinates(piece)[:, 0].tolist() for piece in pieces] == [[0, 3], [5, 8]]
