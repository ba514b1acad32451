"""Fixtures for all rooms: small GeoTIFFs of every odd kind, versions in the report's header."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray

pytest.register_assert_rewrite("tests.helpers")

from tests.helpers import light  # noqa: E402  (after the line above)

WriteRaster = Callable[..., Path]

PACKAGES = ("numpy", "numba", "rasterio", "pyproj", "shapely", "geopandas", "pyogrio")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew-golden",
        action="store_true",
        help="write the golden files of tests/golden anew instead of comparing with them",
    )
    parser.addoption(
        "--light",
        action="store_true",
        help="only tests that need neither PyTorch nor QGIS nor minutes; PyTorch is not imported",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--light"):
        light.block_torch()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    inside = collection_path.is_relative_to(light.ROOT / "tests")
    return (
        True
        if config.getoption("--light") and inside and light.needs_more(collection_path)
        else None
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--light"):
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


def pytest_report_header(config: pytest.Config) -> list[str]:
    from rasterio.drivers import raster_driver_extensions

    drivers = sorted(set(raster_driver_extensions().values()))
    return [
        f"python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        f"GDAL {rasterio.__gdal_version__}, drivers by extension: {' '.join(drivers)}",
    ]


@pytest.fixture(scope="session", autouse=True)
def _temporary_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what programs leave behind (QGIS some folders at every start) where pytest tidies up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("t")))
        patch.setattr(tempfile, "tempdir", None)
        yield


def shared_data() -> Path:
    """Folder of the real images, beside the checkout; it may be absent."""
    return Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The real images; tests that use them are marked `real` and skip without them."""
    folder = shared_data()
    if not folder.is_dir():
        pytest.skip("the real images are not here")
    return folder


def smooth_image(height: int, width: int, bands: int = 3) -> NDArray[np.uint8]:
    """An image whose value says where it is: smooth waves, a different one in each band."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [
        127 + 60 * np.sin(x / (9.0 + 3 * b)) + 60 * np.cos(y / (11.0 + 2 * b)) for b in range(bands)
    ]
    return np.stack(waves).astype(np.uint8)


@pytest.fixture
def image() -> Callable[..., NDArray[np.uint8]]:
    """`smooth_image`."""
    return smooth_image


@pytest.fixture
def write_raster(tmp_path: Path) -> WriteRaster:
    """Write ``(bands, rows, cols)`` pixels as a GeoTIFF.

    By default 10 cm in UTM 32N with its corner at (500000, 5700000), in tiles of 64.
    """

    def write(
        name: str,
        pixels: NDArray[Any],
        *,
        crs: str | None = "EPSG:25832",
        gsd: float = 0.1,
        transform: Affine | None = None,
        overviews: list[int] | None = None,
        mask: NDArray[Any] | None = None,
        colormap: dict[int, tuple[int, ...]] | None = None,
        tags: dict[str, str] | None = None,
        **profile: Any,
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if transform is None:
            transform = Affine(gsd, 0, 500000, 0, -gsd, 5700000)
        count, height, width = pixels.shape
        settings: dict[str, Any] = {
            "driver": "GTiff",
            "tiled": True,
            "blockxsize": 64,
            "blockysize": 64,
            "compress": "deflate",
            "dtype": pixels.dtype,
        }
        settings |= profile
        with (
            rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
            rasterio.open(
                path,
                "w",
                count=count,
                height=height,
                width=width,
                crs=crs,
                transform=transform,
                **settings,
            ) as dataset,
        ):
            dataset.write(pixels)
            if mask is not None:
                dataset.write_mask(mask)
            if colormap is not None:
                dataset.write_colormap(1, colormap)
            if tags:
                dataset.update_tags(**tags)
        if overviews:
            with rasterio.open(path, "r+") as dataset:
                dataset.build_overviews(overviews, rasterio.enums.Resampling.average)
        return path

    return write
