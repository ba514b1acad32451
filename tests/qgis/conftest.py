"""A real QGIS, where the system has one: Debian's python3-qgis, run as another program."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.qgis.qgis_system import (
    HERE,
    QGIS_PYTHON,
    RAILMAP,
    has_qgis_process,
    qgis_variables,
)


@pytest.fixture(scope="session")
def qgis_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment of a QGIS with a fresh profile; skips where there is no QGIS."""
    if not Path(QGIS_PYTHON).exists():
        pytest.skip(f"no {QGIS_PYTHON}; QGIS_PYTHON names the interpreter with QGIS")
    home = tmp_path_factory.mktemp("qgis home")
    home.chmod(0o700)
    found = qgis_variables(home)
    probe = subprocess.run(
        [QGIS_PYTHON, "-c", "import qgis.core"], capture_output=True, env=found, check=False
    )
    if probe.returncode:
        pytest.skip("no QGIS on this system (Debian: apt install python3-qgis qgis-providers)")
    return found


@pytest.fixture(scope="session")
def qgis_process(qgis_environment: dict[str, str]) -> str:
    """`qgis_process`, with the plugin enabled in the profile of `qgis_environment`.

    Enabling it a second time in one profile is an error in QGIS.
    """
    program = has_qgis_process()
    if program is None:
        pytest.skip("no qgis_process")
    done = subprocess.run(
        [program, "plugins", "enable", "railmap"],
        capture_output=True, encoding="utf-8", env=qgis_environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return program


@pytest.fixture(scope="session")
def in_qgis(qgis_environment: dict[str, str]) -> Callable[..., Any]:
    """Run a script of ``in_qgis/`` with arguments; gives what it answers."""

    def run(script: str, *arguments: Any, engine: Path | None = RAILMAP, **extra: str) -> Any:
        environment = qgis_environment | extra
        if engine is not None:
            environment["RAILMAP_EXECUTABLE"] = str(engine)
        done = subprocess.run(
            [QGIS_PYTHON, str(HERE / "in_qgis" / script), *map(str, arguments)],
            capture_output=True, encoding="utf-8", errors="replace", env=environment,
            check=False, timeout=900,
        )  # fmt: skip
        assert "RESULT" in done.stdout, done.stdout + done.stderr
        return json.loads(done.stdout.split("RESULT", 1)[1])

    return run


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that takes white for track."""
    from tests.qgis.qgis_inputs import write_model

    return write_model(tmp_path_factory.mktemp("model") / "white.onnx")


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tracks, in a folder whose name has a space and Chinese characters."""
    from tests.qgis.qgis_inputs import write_image

    return write_image(tmp_path_factory.mktemp("铁路 地图") / "正射 影像.tif")


@pytest.fixture(scope="session")
def cli_map(image: Path, model: Path) -> Path:
    """What the command makes of it."""
    path = image.parent / "from the command.gpkg"
    command = [str(RAILMAP), "vectorize", str(image), "-o", str(path), "--model", str(model)]
    subprocess.run(command, check=True, capture_output=True)
    return path
