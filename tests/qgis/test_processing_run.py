"""The algorithms through `processing.run`, under pytest-qgis in QGIS's own Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pyproj import Transformer

from tests.helpers.exif import write_photo
from tests.helpers.surface_scene import write_surface

# pytest-qgis is for QGIS's Python and stands beside this environment, not in it.
PYTEST_QGIS = Path(sys.prefix) / "qgis"


@pytest.mark.slow
def test_every_algorithm(
    qgis_environment: dict[str, str], image: Path, model: Path, cli_map: Path, tmp_path: Path
) -> None:
    from tests.qgis.qgis_inputs import write_defect_model, write_image, write_scene_model
    from tests.qgis.qgis_system import HERE, PLUGIN, QGIS_PYTHON, RAILMAP

    if not (PYTEST_QGIS / "pytest_qgis").is_dir():
        pytest.skip(f"no pytest-qgis in {PYTEST_QGIS}: make test puts it there")
    folder = tmp_path / "项目 two"
    photos = folder / "照片 photos"
    photos.mkdir(parents=True)
    geographic = Transformer.from_crs("EPSG:25832", "EPSG:4326", always_xy=True)
    for name, x in (("一", 500020), ("二", 500060)):
        write_photo(photos / f"{name}.jpg", geographic.transform(x, 5699972))
    surfaces = folder / "rail head"
    surfaces.mkdir()
    for number, spot in enumerate([(200, 150, 30, 25), (100, 140, 40, 30)], 1):
        write_surface(surfaces / f"{number}.png", [spot])
    lined = Path(shutil.copy(cli_map, folder / "lined.gpkg"))
    words = [RAILMAP, "line", "auto", lined]
    subprocess.run([str(word) for word in words], check=True, capture_output=True)
    environment = qgis_environment | {
        "PYTHONPATH": os.pathsep.join(map(str, (PYTEST_QGIS, PLUGIN))),
        "RAILMAP_EXECUTABLE": str(RAILMAP),
        "RAILMAP_MODEL": str(model),
        "RAILMAP_IMAGE": str(image),
        "RAILMAP_IMAGE_BEFORE": str(write_image(folder / "before.tif", tracks=1)),
        "RAILMAP_LINED": str(lined),
        "RAILMAP_PHOTOS": str(photos),
        "RAILMAP_SURFACES": str(surfaces),
        "RAILMAP_DEFECT_MODEL": str(write_defect_model(folder / "defects.onnx")),
        "RAILMAP_SCENE_MODEL": str(write_scene_model(folder / "scenes.onnx")),
        "RAILMAP_FOLDER": str(folder),
    }
    done = subprocess.run(
        [QGIS_PYTHON, "-m", "pytest", "-p", "pytest_qgis", "-p", "no:cacheprovider",
         "-c", os.devnull, "--rootdir", str(tmp_path), "-rA", "--noconftest",
         # else `tests` is a package to it, whose folder would put our railmap before the plugin
         "--confcutdir", str(HERE / "in_qgis"), str(HERE / "in_qgis" / "processing_run.py")],
        capture_output=True, encoding="utf-8", errors="replace", env=environment,
        cwd=tmp_path, check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\d\d passed in", done.stdout), done.stdout + done.stderr
