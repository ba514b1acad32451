"""Two worker processes, an image of a few parts, and what one process makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio
from affine import Affine

from railmap.inference.sliding import parts
from railmap.pipeline import segment_images
from railmap.pipeline.options import ClusterOptions, ComputeOptions
from tests.helpers.bright_band import band, write_model

if TYPE_CHECKING:
    from distributed import Client


@pytest.fixture(scope="session")
def client() -> Iterator[Client]:
    """A client of two workers of one thread."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0",
            silence_logs=60,
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):  # fmt: skip
        yield client


@pytest.fixture(scope="session")
def address(client: Client) -> str:
    return str(client.scheduler.address)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "bright.onnx")


@pytest.fixture(scope="session")
def ortho(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ortho") / "ortho.tif"
    noise = np.random.default_rng(5).integers(0, 40, (3, 900, 700), np.uint8)
    pixels = np.concatenate([band(450, 700), band(450, 700)], axis=1) + noise
    pixels[:, 300:500, 100:300] = 0
    with rasterio.open(
        path, "w", driver="GTiff", width=700, height=900, count=3, dtype="uint8", nodata=0,
        crs="EPSG:25832", transform=Affine(0.1, 0, 500000, 0, -0.1, 5500000),
    ) as data:  # fmt: skip
        data.write(pixels)
    return path


@pytest.fixture(scope="session")
def alone(ortho: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The probability raster that one process writes."""
    out = tmp_path_factory.mktemp("alone") / "p.tif"
    segment_images(ortho, out, model=model, compute=ComputeOptions(threads=1))
    return out.read_bytes()


@pytest.fixture
def compute(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ComputeOptions:
    """Work on the two workers, in parts of two rows of windows."""
    monkeypatch.setattr(parts, "PART_ROWS", 210)
    scratch = tmp_path / "scratch"
    return ComputeOptions(threads=1, cluster=ClusterOptions(address, scratch=scratch))
