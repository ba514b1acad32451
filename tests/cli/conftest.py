"""The program in-process, and an ortho with a bright band."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from command_helpers import Answer, band, write_model
from typer.testing import CliRunner

from railmap.cli.main import app


@pytest.fixture
def run() -> Callable[..., Answer]:
    def call(*words: object) -> Answer:
        result = CliRunner().invoke(app, [str(word) for word in words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    return call


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "bright.onnx")


@pytest.fixture
def ortho(write_raster: Callable[..., Path]) -> Path:
    return write_raster("ortho.tif", band())
