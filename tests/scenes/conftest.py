"""Rendered photos of four scenes, and a small network that was trained on them in seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from railmap.models.export.scenes import export_scene_model
from railmap.progress import NullReporter
from railmap.scenes.data.dataset import read_dataset
from railmap.scenes.training.fitting import FittedScenes, SceneRecipe, fit_scenes
from railmap.synth.photos.photos import PhotoPlan, write_photos
from tests.helpers.commands import Answer, run_command

SCENES = ("tunnel", "platform", "railway_bridge", "ticket_lobby")


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """Small tensors: threads would only wait for each other."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def photo_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 photos of each of four scenes, with masks of the evidence in the folder beside it."""
    root = tmp_path_factory.mktemp("photos")
    plans = [PhotoPlan(scene, 40) for scene in SCENES]
    write_photos(root / "set", plans, seed=1, size=96, evidence=root / "evidence")
    return root / "set"


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
