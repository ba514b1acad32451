"""The program in-process, and an ortho with a bright band."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.bright_band import band, write_model
from tests.helpers.commands import Answer, run_command


@pytest.fixture
def run() -> Callable[..., Answer]:
    """`run_command`."""
    return run_command


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "bright.onnx")


@pytest.fixture
def ortho(write_raster: Callable[..., Path]) -> Path:
    return write_raster("ortho.tif", band())
