"""The audit finds an artificial bias, and its split removes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from railmap.lab.scenes.bias import MARKED, ONE_SIDED, bias_run
from railmap.progress import NullReporter


@pytest.mark.slow
def test_artificial_bias_is_found_and_removed(tmp_path: Path) -> None:
    scenes = (MARKED, ONE_SIDED, "railway_bridge")
    run = bias_run(
        tmp_path, 0, NullReporter(), photos=120, epochs=12, test_photos=30, scenes=scenes,
        device="cpu",
    )  # fmt: skip
    assert run.named_mark
    assert run.named_mode
    assert run.after[1] > run.before[1]
    assert run.after[0] > run.before[0]
