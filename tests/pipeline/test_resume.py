"""A job that was killed in any stage goes on with the same command and gives the same bytes."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import rasterio.shutil
import shapely
from affine import Affine

from railmap.pipeline import images, segment_images, vectorize
from railmap.pipeline.options import ComputeOptions, ReadOptions
from tests.helpers.array_rasters import texture
from tests.helpers.repository import REPOSITORY
from tests.helpers.tiny_models import write_model

# Kills itself when a function is called for the n-th time.
_KILLED = """
import importlib, json, os, sys
sys.path.insert(0, sys.argv[1])
where, number, arguments = sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])
module, name = where.rsplit(".", 1)
holder = importlib.import_module(module.split(":")[0])
for part in module.split(":")[1:]:
    holder = getattr(holder, part)
real, calls = getattr(holder, name), []
def killer(*values, **named):
    calls.append(1)
    if len(calls) == number:
        os._exit(9)
    return real(*values, **named)
setattr(holder, name, killer)
from railmap.pipeline import segment_images, vectorize
from railmap.pipeline.options import ComputeOptions, ReadOptions
job = {"segment": segment_images, "vectorize": vectorize}[arguments.pop("job")]
aoi = arguments.pop("aoi", None)
job(**arguments, read=ReadOptions(aoi=aoi), compute=ComputeOptions(threads=1))
"""
# In the order of the work: windows, the record, the name of the probability, lines, the map.
_STAGES = {
    "windows": ("railmap.inference.sliding.store:WindowStore.save", 2),
    "record": ("railmap.inference.sliding.store:WindowStore.finish", 1),
    "name": ("railmap.files.output.sync", 1),
    "named": ("railmap.files.output.sync_folder", 1),
    "trace": ("railmap.pipeline.images.lines_from_probability", 1),
}


@pytest.fixture(scope="module")
def ortho(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ortho") / "ortho.tif"
    write_image(path, texture(500, 700))
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(write_model(tmp_path_factory.mktemp("model") / "tiny.onnx"))


def write_image(path: Path, pixels: np.ndarray, left: float = 500000.0) -> None:
    with rasterio.open(
        path, "w", driver="GTiff", width=pixels.shape[2], height=pixels.shape[1], count=3,
        dtype="uint8", crs="EPSG:32632", transform=Affine(0.1, 0, left, 0, -0.1, 5500000),
    ) as data:  # fmt: skip
        data.write(pixels)


def write_area(path: Path, *boxes: tuple[float, float, float, float]) -> Path:
    path.unlink(missing_ok=True)
    shapes = [shapely.box(5e5 + x0, 5.5e6 - y1, 5e5 + x1, 5.5e6 - y0) for x0, y0, x1, y1 in boxes]
    gpd.GeoDataFrame(geometry=shapes, crs=32632).to_file(path)
    return path


def kill(where: str, number: int, **arguments: object) -> None:
    words = {name: str(value) if isinstance(value, Path) else value
             for name, value in arguments.items()}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(REPOSITORY), where, str(number), json.dumps(words)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 9, done.stderr


def rows(path: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as sql:
        return sql.execute("SELECT link_id, geom FROM railway_link ORDER BY fid").fetchall()


@pytest.mark.slow
@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("stage", ["windows", "record", "name", "named", "trace"])
def test_vectorize_goes_on(
    ortho: Path, model: Path, tmp_path: Path, stage: str, kept: bool, monkeypatch
) -> None:
    where, number = _STAGES[stage]
    arguments = {"rasters": ortho, "output": tmp_path / "m.gpkg", "model": model}
    if kept:
        arguments["probability"] = tmp_path / "p.tif"
    kill(where, number, job="vectorize", **arguments)
    assert not (tmp_path / "m.gpkg").exists()
    found = []
    real = images.run_network
    monkeypatch.setattr(
        images, "run_network", lambda *values, **named: found.append(real(*values, **named))
    )
    compute = ComputeOptions(threads=1)
    vectorize(**arguments, compute=compute)
    assert found[0].windows_resumed > 0
    # From its name on, nothing of the probability is computed again.
    assert bool(found[0].windows_run) == (stage == "windows")
    fresh = tmp_path / "fresh.gpkg"
    vectorize(
        ortho, fresh, model=model, compute=compute,
        probability=tmp_path / "q.tif" if kept else None,
    )  # fmt: skip
    assert rows(tmp_path / "m.gpkg") == rows(fresh)
    if kept:
        assert (tmp_path / "p.tif").read_bytes() == (tmp_path / "q.tif").read_bytes()
    assert not list(tmp_path.glob(".*"))


@pytest.mark.slow
def test_what_the_windows_depend_on_is_in_the_signature(
    ortho: Path, model: Path, tmp_path: Path
) -> None:
    out, area = tmp_path / "p.tif", tmp_path / "area.gpkg"
    write_area(area, (0, 0, 70, 10), (0, 30, 70, 50))

    def run(rasters: object, aoi: Path | None = area) -> int:
        found = segment_images(
            rasters, out, model=model, read=ReadOptions(aoi=aoi), overwrite=True,
            compute=ComputeOptions(threads=1),
        )  # fmt: skip
        return found.windows_resumed

    def killed(rasters: Path) -> None:
        where, number = _STAGES["windows"]
        kill(where, number, job="segment", rasters=rasters, output=out, model=model, aoi=area)

    killed(ortho)
    assert run(ortho) > 0
    out.unlink()
    killed(ortho)
    write_area(area, (0, 0, 70, 50))  # the user mends the area
    assert run(ortho) == 0
    resumed = out.read_bytes()
    out.unlink()
    run(ortho)
    assert out.read_bytes() == resumed

    vrt, tile = tmp_path / "mosaic.vrt", tmp_path / "tile.tif"
    write_image(tile, texture(500, 700))
    rasterio.shutil.copy(tile, vrt, driver="VRT")
    out.unlink()
    killed(vrt)
    pixels = texture(500, 700)
    pixels[:, 200:210, 300:310] = 255  # between the places that are compared
    write_image(tile, pixels)
    assert run(vrt) == 0
    resumed = out.read_bytes()
    out.unlink()
    run(vrt)
    assert out.read_bytes() == resumed


@pytest.mark.slow
def test_an_output_of_someone_else_is_not_taken(ortho: Path, model: Path, tmp_path: Path) -> None:
    from railmap.errors import OutputError

    where, number = _STAGES["named"]
    arguments = {"rasters": ortho, "output": tmp_path / "m.gpkg", "model": model,
                 "probability": tmp_path / "p.tif"}  # fmt: skip
    kill(where, number, job="vectorize", **arguments)
    (tmp_path / "p.tif").write_bytes(ortho.read_bytes())
    with pytest.raises(OutputError, match="exists"):
        vectorize(**arguments, compute=ComputeOptions(threads=1))
    assert (tmp_path / "p.tif").read_bytes() == ortho.read_bytes()
