"""The scene paper's tables, with and without labelled photos."""

from __future__ import annotations

import csv
from pathlib import Path

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
    assert (tmp_path / "runs" / "small" / "curves.png").is_file()
