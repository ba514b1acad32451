"""Data sets and their splits."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from railmap.errors import InputError
from railmap.progress import NullReporter
from railmap.scenes.data.dataset import SceneDataset, read_dataset
from railmap.scenes.data.split import read_split, split_dataset, write_split


def made_up(counts: list[int]) -> SceneDataset:
    labels = np.repeat(np.arange(len(counts)), counts)
    files = tuple(Path(f"c{label}/{n}.jpg") for n, label in enumerate(labels))
    names = tuple(f"c{n}" for n in range(len(counts)))
    parts = np.full(len(labels), "", dtype="<U8")
    return SceneDataset(Path("set"), names, files, labels, parts, np.ones(len(labels), np.int64))


def test_classes_are_found_by_any_name_and_unknown_folders_reported(
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


def test_folders_without_a_known_scene_are_the_classes(photo_set: Path, tmp_path: Path) -> None:
    for part in ("train", "test"):
        for old, new in (("tunnel", "dark"), ("platform", "bright")):
            shutil.copytree(photo_set / old, tmp_path / part / new)
    data = read_dataset(tmp_path, NullReporter())
    assert data.classes == ("bright", "dark")
    assert set(data.parts) == {"train", "test"}


def test_unusable_sets_are_refused(photo_set: Path, tmp_path: Path) -> None:
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


def test_groups_are_never_split() -> None:
    data = made_up([60, 60])
    groups = np.arange(120) // 3
    parts = split_dataset(data, seed=1, groups=groups).parts.reshape(-1, 3)
    assert (parts == parts[:, :1]).all()
    assert set(parts.ravel()) == {"train", "val", "test"}


def test_a_written_split_is_read_back(tmp_path: Path) -> None:
    data = split_dataset(made_up([20, 20]))
    data = replace(data, repeats=np.arange(40) % 4 + 1, swaps=((0.5, 0.75, 1.0, 1.0),))
    write_split(data, tmp_path / "split.csv")
    back = read_split(made_up([20, 20]), tmp_path / "split.csv")
    assert (back.parts == data.parts).all()
    assert (back.repeats == data.repeats).all()
    assert back.swaps == data.swaps
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="not a split of this data set"):
        read_split(made_up([20, 20]), tmp_path / "odd.csv")
