"""Rendered photos of four scenes, and a small network that was trained on them in seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from railmap.models.export.scenes import export_scene_model
from railmap.progress import NullReporter
from railmap.scenes.data.dataset import read_dataset
from railmap.scenes.training.fitting import FittedScenes, SceneRecipe, fit_scenes
from tests.helpers.commands import Answer, run_command
from tests.helpers.scene_photos import write_photo_set
from tests.helpers.torch_threads import one_thread

__all__ = ["one_thread"]


@pytest.fixture(scope="session")
def photo_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`write_photo_set`; read only."""
    return write_photo_set(tmp_path_factory.mktemp("photos"))


@pytest.fixture(scope="session")
def fitted(photo_set: Path, tmp_path_factory: pytest.TempPathFactory) -> FittedScenes:
    data = read_dataset(photo_set, NullReporter())
    recipe = SceneRecipe("small", epochs=20, batch=16)
    return fit_scenes(data, recipe, tmp_path_factory.mktemp("run"), device="cpu")


@pytest.fixture(scope="session")
def scene_model(fitted: FittedScenes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "four.onnx"
    export_scene_model(fitted.network, "small", fitted.data.classes, path, size=96)
    return path


@pytest.fixture
def railmap() -> Callable[..., Answer]:
    """`run_command`."""
    return run_command
