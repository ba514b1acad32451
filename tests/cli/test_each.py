"""`railmap vectorize --each`: one map for each image of a folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import railmap
from railmap.inference.backends import choose
from tests.helpers.commands import Answer

Run = Callable[..., Answer]


@pytest.fixture
def folder(ortho: Path, tmp_path: Path) -> Path:
    """Two images, one that is none between them, and a text file."""
    images = tmp_path / "orthos"
    images.mkdir()
    shutil.copyfile(ortho, images / "a.tif")
    (images / "b.tif").write_bytes(b"no image")
    shutil.copyfile(ortho, images / "c.tif")
    (images / "readme.txt").write_text("not an image", "utf-8")
    return images


def test_a_failure_does_not_stop_the_others_and_the_model_is_loaded_once(
    run: Run, folder: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    make = choose.make_backend
    monkeypatch.setattr(
        choose, "make_backend", lambda *given, **more: made.append(1) or make(*given, **more)
    )
    out = tmp_path / "new" / "maps"
    words = ("vectorize", "--each", folder, "--out-dir", out, "--model", model)
    answer = run(*words)
    assert answer.code == 3
    assert answer.line.endswith("2 of 3 images have a map; 1 failed")
    assert [name for name in ("a.tif", "b.tif", "c.tif") if name in answer.out] == [
        "a.tif", "b.tif", "c.tif",
    ]  # fmt: skip
    assert sorted(path.name for path in out.iterdir()) == ["a.gpkg", "c.gpkg"]
    assert len(made) == 1
    first = (out / "a.gpkg").read_bytes()
    assert len(railmap.read_map(out / "a.gpkg").links)

    (folder / "b.tif").unlink()
    again = run(*words, "--json")  # maps that exist are kept
    assert again.code == 0, again.err
    found = json.loads(again.out)
    assert [one["status"] for one in found["images"]] == ["exists", "exists"]
    assert (found["failed"], len(found["outputs"]["maps"])) == (0, 2)
    assert (out / "a.gpkg").read_bytes() == first


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], "give images and --output FILE, or --each FOLDER"),
        (["--each", "orthos"], "give images and --output FILE, or --each FOLDER"),
        (["x.tif", "--each", "orthos", "--out-dir", "maps"], "give images and --output FILE"),
        (["--each", "orthos", "--out-dir", "maps", "--probability", "p.tif"], "is for one map"),
    ],
)
def test_contradictions_are_refused(run: Run, words: list[str], text: str) -> None:
    answer = run("vectorize", *words)
    assert answer.code == 2
    assert text in answer.line


def test_a_folder_without_images_or_with_two_of_one_name(run: Run, tmp_path: Path) -> None:
    images = tmp_path / "orthos"
    images.mkdir()
    words = ("vectorize", "--each", images, "--out-dir", tmp_path / "maps")
    assert "no image in it" in run(*words).line
    assert "no such folder" in run("vectorize", "--each", tmp_path / "x", *words[3:]).line
    for suffix in (".tif", ".png"):
        (images / f"a{suffix}").write_bytes(b"")
    assert "several images are named a" in run(*words).line
