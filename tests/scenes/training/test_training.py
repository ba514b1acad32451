"""Data sets, splits, kept features and training."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from railmap.errors import InputError, UsageError
from railmap.nets.scene_networks import build_scene_network
from railmap.progress import NullReporter
from railmap.scenes.data.dataset import SceneDataset, read_dataset
from railmap.scenes.data.split import read_split, split_dataset, write_split
from railmap.scenes.training.features import kept_features
from railmap.scenes.training.fitting import FittedScenes, SceneRecipe, fit_scenes
from railmap.scenes.training.module import Photographs, swap_boxes
from railmap.scenes.training.scores import score


def made_up(counts: list[int]) -> SceneDataset:
    labels = np.repeat(np.arange(len(counts)), counts)
    files = tuple(Path(f"c{label}/{n}.jpg") for n, label in enumerate(labels))
    names = tuple(f"c{n}" for n in range(len(counts)))
    parts = np.full(len(labels), "", dtype="<U8")
    return SceneDataset(Path("set"), names, files, labels, parts, np.ones(len(labels), np.int64))


def test_classes_are_found_in_any_spelling_and_odd_folders_named(
    photo_set: Path, tmp_path: Path
) -> None:
    root = tmp_path / "mine"
    for old, new in (
        ("tunnel", "隧道"),
        ("ticket_lobby", "Ticket Lobby"),
        ("platform", "platfrom"),
    ):
        shutil.copytree(photo_set / old, root / new)
    (root / "carriage").mkdir()
    reporter = NullReporter()
    data = read_dataset(root, reporter)
    assert data.classes == ("tunnel", "ticket_lobby")
    assert len(data) == 80
    text = "\n".join(reporter.warnings)
    assert "did you mean platform?" in text
    assert "carriage: the class folder has no photos" in text
    assert "no photos of waiting_hall" in text


def test_folders_of_no_known_scene_are_classes_of_their_own(
    photo_set: Path, tmp_path: Path
) -> None:
    for part in ("train", "test"):
        for old, new in (("tunnel", "dark"), ("platform", "bright")):
            shutil.copytree(photo_set / old, tmp_path / part / new)
    data = read_dataset(tmp_path, NullReporter())
    assert data.classes == ("bright", "dark")
    assert set(data.parts) == {"train", "test"}


def test_unusable_sets(photo_set: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        read_dataset(tmp_path / "none", NullReporter())
    with pytest.raises(InputError, match="no class folder"):
        read_dataset(tmp_path, NullReporter())
    shutil.copytree(photo_set / "tunnel", tmp_path / "tunnel")
    with pytest.raises(InputError, match="only the class tunnel"):
        read_dataset(tmp_path, NullReporter())


def test_split_is_7_2_1_in_every_class() -> None:
    data = split_dataset(made_up([100, 50, 10]), seed=4)
    for label, count in enumerate((100, 50, 10)):
        parts = data.parts[data.labels == label]
        found = [int((parts == part).sum()) for part in ("train", "val", "test")]
        assert found == [0.7 * count, 0.2 * count, 0.1 * count]
    again = split_dataset(made_up([100, 50, 10]), seed=4)
    assert (again.parts == data.parts).all()
    other = split_dataset(made_up([100, 50, 10]), seed=5)
    assert (other.parts != data.parts).any()


def test_groups_are_never_torn() -> None:
    data = made_up([60, 60])
    groups = np.arange(120) // 3
    parts = split_dataset(data, seed=1, groups=groups).parts.reshape(-1, 3)
    assert (parts == parts[:, :1]).all()
    assert set(parts.ravel()) == {"train", "val", "test"}


def test_split_file_comes_back(tmp_path: Path) -> None:
    data = split_dataset(made_up([20, 20]))
    data = replace(data, repeats=np.arange(40) % 4 + 1, swaps=((0.5, 0.75, 1.0, 1.0),))
    write_split(data, tmp_path / "split.csv")
    back = read_split(made_up([20, 20]), tmp_path / "split.csv")
    assert (back.parts == data.parts).all()
    assert (back.repeats == data.repeats).all()
    assert back.swaps == data.swaps
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="no split of this data set"):
        read_split(made_up([20, 20]), tmp_path / "odd.csv")


def test_scores_are_counted() -> None:
    probabilities = np.array(
        [[0.5, 0.3, 0.1, 0.1], [0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.4, 0.3]]
    )
    found = score(probabilities, np.array([0, 1, 3, 2]))
    assert found.top1 == 0.5
    assert found.top3 == 0.75
    assert found.class_top1.tolist() == [1, 0, 1, 0]
    assert found.confusion[1].tolist() == [0, 0, 0, 1]
    few = score(probabilities[:, :3], np.array([0, 1, 1, 2]))
    assert few.top3 is None  # among three classes every class is one of the first three


def test_exchanged_boxes_keep_the_rest_and_the_marks() -> None:
    torch.manual_seed(0)
    pixels = torch.arange(64, dtype=torch.uint8).view(64, 1, 1, 1).expand(64, 3, 8, 8).clone()
    found = swap_boxes(pixels, ((0.5, 0.75, 1.0, 1.0),))
    changed = found != pixels
    assert changed[:, :, 6:, 4:].any()
    changed[:, :, 6:, 4:] = False
    assert not changed.any()
    assert 12 <= int((found[:, 0, 7, 7] != pixels[:, 0, 7, 7]).sum()) <= 50


def test_features_are_kept_and_used_again(photo_set: Path, tmp_path: Path) -> None:
    data = read_dataset(photo_set, NullReporter())
    data = split_dataset(data.take(np.arange(len(data)) % 10 == 0))
    (tmp_path / "set" / "tunnel").mkdir(parents=True)
    network = build_scene_network("resnet50-improved", 4)
    prepare = Photographs((0.5,) * 3, (0.5,) * 3)
    file = tmp_path / "features.safetensors"

    def keep(reporter: NullReporter, draws: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
        found = kept_features(network, data, 64, prepare, file, reporter, draws=draws)
        return found.clean, found.draws

    class Ear(NullReporter):
        said = ""

        def message(self, text: str) -> None:
            self.said += text

    clean, draws = keep(NullReporter())
    assert clean.shape == (16, 2048)
    assert draws.shape == (2, 16, 2048)
    assert not torch.equal(draws[0], draws[1])
    with torch.inference_mode():
        from railmap.scenes.data.dataset import read_pixels

        pixels = torch.from_numpy(read_pixels(data, 64, NullReporter())[1])
        direct = network.eval().backbone(prepare.eval()(pixels)).mean((2, 3))
    torch.testing.assert_close(clean, direct, rtol=1e-3, atol=1e-4)
    ear = Ear()
    again, _ = keep(ear)
    assert "taken from" in ear.said
    assert torch.equal(again, clean)
    with torch.no_grad():
        network.backbone.conv1.weight.mul_(1.1)  # type: ignore[union-attr, operator]
    ear = Ear()
    changed, _ = keep(ear)
    assert not ear.said
    assert not torch.equal(changed, clean)


def test_frozen_networks_need_weights(photo_set: Path, tmp_path: Path) -> None:
    data = read_dataset(photo_set, NullReporter())
    with pytest.raises(UsageError, match="needs ImageNet weights"):
        fit_scenes(data, SceneRecipe(), tmp_path)


def test_small_network_learns_the_rendered_scenes(fitted: FittedScenes) -> None:
    unseen = fitted.data.parts != "train"
    right = fitted.probabilities.argmax(axis=1) == fitted.data.labels
    assert right[unseen].mean() >= 0.8
    assert fitted.scores["test"].photos == 16
    assert fitted.scores["val"].photos == 32
