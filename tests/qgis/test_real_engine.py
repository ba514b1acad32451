"""QGIS with the real engine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.slow
def test_qgis_process_gives_the_bytes_of_the_command(
    qgis_environment: dict[str, str], qgis_process: str, image: Path, model: Path, tmp_path: Path
) -> None:
    from tests.qgis.qgis_system import RAILMAP, geometries

    environment = qgis_environment | {"RAILMAP_EXECUTABLE": str(RAILMAP)}

    def call(*words: str) -> str:
        done = subprocess.run(
            [qgis_process, *words],
            capture_output=True,
            encoding="utf-8",
            env=environment,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    output, expected_map = tmp_path / "轨道 out.gpkg", tmp_path / "command.gpkg"
    command = [
        str(RAILMAP),
        "vectorize",
        str(image),
        "-o",
        str(expected_map),
        "--model",
        str(model),
    ]
    subprocess.run(command, check=True, capture_output=True)
    told = call(
        "run", "railmap:extractrailtracks", f"--INPUT={image}", f"--MODEL={model}",
        f"--OUTPUT={output}",
    )  # fmt: skip
    assert f"OUTPUT:\t{output}" in told
    found, expected = geometries(output), geometries(expected_map)
    assert len(expected["railway_link"]) == 2
    assert found == expected
    assert [name for name in os.listdir(tmp_path) if name.startswith(".")] == []


@pytest.mark.slow
def test_model_picture_and_cancel(
    in_qgis: Callable[..., Any], image: Path, model: Path, tmp_path: Path
) -> None:
    from tests.qgis.qgis_inputs import write_image

    large = write_image(tmp_path / "large.tif", 6000, 6000)
    result = in_qgis("real.py", image, model, large, tmp_path)
    assert result["saved"]
    assert result["read"]
    assert result["ok"], result["errors"]
    assert result["errors"] == []
    assert "index.html" in result["site"]
    assert len(result["colours"]) > 3  # lines, halo and nodes, not an empty page
    assert result["cancel"]["error"] == "Cancelled; no partial output remains."
    assert max(result["at"]) < 75
    assert min(result["seconds"]) <= 2
    assert result["left"] == []
