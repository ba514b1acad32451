"""The first map on a computer says that it compiles."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from railmap.progress import NullReporter
from railmap.tracing import compilation
from tests.helpers.ragged_bands import network

_CODE = """
from railmap.tracing.compilation import is_compiled
from railmap.tracing.stitching import measure_links
import numpy as np
print(is_compiled())
no = np.empty(0, np.int64)
measure_links(no, no, np.empty(0, np.bool_), no, no, np.empty(0, np.float32), 0)
print(is_compiled())
"""


def _run(code: str, cache: Path, **more: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"NUMBA_CACHE_DIR": str(cache)} | more,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.slow
def test_the_first_run_leaves_the_code(tmp_path: Path) -> None:
    assert _run(_CODE, tmp_path).split() == ["False", "True"]


def test_nothing_is_compiled_without_numba(tmp_path: Path) -> None:
    code = "from railmap.tracing.compilation import is_compiled; print(is_compiled())"
    assert _run(code, tmp_path, NUMBA_DISABLE_JIT="1").split() == ["True"]


def test_the_reporter_says_it_before_the_first_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    reporter = NullReporter()
    monkeypatch.setattr(reporter, "message", said.append)
    kernel = SimpleNamespace(stats=SimpleNamespace(cache_path=str(tmp_path)))
    monkeypatch.setattr(compilation, "measure_links", kernel)
    network(np.zeros((64, 64), np.uint8), 0.5, reporter=reporter)
    assert said == [compilation.COMPILES]
    (tmp_path / "stitching.measure_links-113.py311.nbi").touch()
    network(np.zeros((64, 64), np.uint8), 0.5, reporter=reporter)
    assert len(said) == 1
