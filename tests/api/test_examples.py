"""The examples in the docstrings of the public functions run as they stand."""

from __future__ import annotations

import doctest
import os
import shutil
from pathlib import Path

import pytest
import shapely

import railmap
from railmap import api, errors

FUNCTIONS = sorted(api.__all__)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_example(
    name: str,
    example_files: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    shutil.copytree(example_files, tmp_path, dirs_exist_ok=True)
    if name == "classify_scenes":
        shutil.copyfile(request.getfixturevalue("example_scene_model"), tmp_path / "scenes.onnx")
    monkeypatch.chdir(tmp_path)
    found = doctest.DocTestFinder(recurse=False).find(
        getattr(api, name), name, globs={"railmap": railmap, "shapely": shapely}
    )
    assert any(test.examples for test in found), f"railmap.{name} has no example"
    report: list[str] = []
    for test in found:
        doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    assert not report, os.linesep.join(report)


def test_examples_of_errors() -> None:
    assert doctest.testmod(errors).failed == 0
