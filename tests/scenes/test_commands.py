"""The commands train, explain and audit; errors are one line, also in lab."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from railmap.scenes import SceneClassifier, read_photo
from tests.helpers.commands import Answer

Railmap = Callable[..., Answer]


def test_train_then_explain_then_audit(railmap: Railmap, photo_set: Path, tmp_path: Path) -> None:
    root = tmp_path / "set"
    shutil.copytree(photo_set, root)
    (root / "tunnel" / "broken.jpg").write_bytes(b"nothing")
    (root / "tunnel" / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0")
    shutil.copy(root / "platform" / "0000.jpg", root / "platform" / "copy.jpg")
    model = tmp_path / "mine"
    result = railmap(
        "train", "scenes", "--data", root, "-o", model, "--network", "small", "--epochs", 3,
        "--device", "cpu",
    )  # fmt: skip
    assert result.code == 0, result.err
    assert "broken.jpg" in result.err
    assert "HEIC" in result.err
    run = tmp_path / "mine-run"
    assert {"run.json", "split.csv", "curves.png", "accuracy.md"} <= {p.name for p in run.iterdir()}
    classifier = SceneClassifier(tmp_path / "mine.onnx", threads=1)
    photo = root / "tunnel" / "0000.jpg"
    assert classifier([read_photo(photo)]).shape == (1, 4)

    sheet = tmp_path / "sheet.png"
    result = railmap(
        "explain", photo, "-o", sheet, "--model", tmp_path / "mine.onnx", "--class", "Ticket lobby"
    )
    assert result.code == 0, result.err
    assert "ticket_lobby: probability" in result.err
    assert np.asarray(Image.open(sheet)).std() > 20
    again = railmap("explain", photo, "-o", sheet, "--model", tmp_path / "mine.onnx")
    assert again.code == 3
    assert "exists" in again.line

    report, split = tmp_path / "report.html", tmp_path / "better.csv"
    result = railmap(
        "scenes", "audit", root, "-o", report, "--model", tmp_path / "mine.onnx",
        "--rebalance", split,
    )  # fmt: skip
    assert result.code == 0, result.err
    rows = {row["file"]: row["part"] for row in csv.DictReader(split.open(encoding="utf-8"))}
    assert len(rows) == 161
    assert rows["platform/copy.jpg"] == rows["platform/0000.jpg"]
    assert "near-duplicate" in report.read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (("explain", "PHOTO", "-o", "OUT/s.png"), 4, "railmap scenes teach"),
        (("explain", "PHOTO", "-o", "OUT/s.png", "--model", "OUT/no.onnx"), 4, "no such model"),
        (("explain", "OUT/text.jpg", "-o", "OUT/s.png", "--model", "MODEL"), 3, "not an image"),
        (("explain", "PHOTO", "-o", "OUT/s.txt", "--model", "MODEL"), 2, "name it .png"),
        (
            ("explain", "PHOTO", "-o", "OUT/s.png", "--model", "MODEL", "--class", "beach"),
            2,
            "it knows tunnel",
        ),
        (("train", "scenes", "--data", "OUT/none", "-o", "OUT/m"), 3, "no such folder"),
        (("train", "scenes", "--data", "SET", "-o", "OUT/m"), 2, "needs ImageNet weights"),
        (("train", "scenes", "--data", "SET", "-o", "OUT/m.onnx"), 2, "without .onnx"),
        (("train", "scenes", "--data", "SET", "-o", "OUT/m", "--network", "vgg"), 2, "there are"),
        (
            ("train", "scenes", "--data", "SET", "-o", "OUT/m", "--weights", "OUT/w.safetensors"),
            4,
            "cannot be read",
        ),
        (("scenes", "audit", "OUT", "-o", "OUT/r.html"), 3, "no class folder has photos"),
        (
            ("scenes", "audit", "SET", "-o", "OUT/r.html", "--evidence", "OUT/e"),
            3,
            "no such folder",
        ),
        (
            ("scenes", "audit", "SET", "-o", "OUT/r.html", "--split", "OUT/s.csv"),
            3,
            "cannot be read",
        ),
        (
            ("train", "scenes", "--data", "SET", "-o", "OUT/m", "--network", "small", "--imagenet"),
            2,
            "no ImageNet weights",
        ),
        (("lab", "scenes", "--bias", "-o", "OUT/x", "--network", "small"), 2, "leave out"),
        (("lab", "scenes", "--table", "2", "-o", "OUT/x", "--network", "vgg"), 2, "there are"),
        (("lab", "scenes", "-o", "OUT"), 2, "--table 2"),
        (("lab", "scenes", "--table", "9", "-o", "OUT"), 2, "tables 2 and 3"),
    ],
)
def test_an_error_is_one_line(
    railmap: Railmap,
    photo_set: Path,
    scene_model: Path,
    tmp_path: Path,
    words: tuple[str, ...],
    code: int,
    part: str,
) -> None:
    (tmp_path / "text.jpg").write_text("no photo")
    places = {
        "PHOTO": str(photo_set / "tunnel" / "0000.jpg"),
        "SET": str(photo_set),
        "MODEL": str(scene_model),
    }
    before = sorted(tmp_path.rglob("*"))
    result = railmap(*(places.get(w, w.replace("OUT", str(tmp_path))) for w in words))
    assert result.code == code, result.err
    assert part in result.line
    assert sorted(tmp_path.rglob("*")) == before
