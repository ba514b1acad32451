"""The program in-process, in a folder, as a person would type it there."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from typer.testing import CliRunner

from railmap.cli.main import app
from tests.golden.golden_rows import Rows


@dataclass
class Done:
    """What a command reported: its stages, its outputs, and what it printed."""

    stages: list[str] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    out: str = ""

    def rows(self) -> Rows:
        """Stages and outputs as rows."""
        return [("stages", self.stages), ("outputs", self.outputs)]


def run(folder: Path, *words: object) -> Done:
    """Run a command in `folder` and return what it reported; file names are relative to it."""
    texts = [*map(str, words), "--progress", "json"]
    with pytest.MonkeyPatch.context() as change, patch.object(sys, "argv", ["railmap", *texts]):
        change.chdir(folder)
        result = CliRunner().invoke(app, texts)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.stderr
    events = [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]
    done = Done(out=result.stdout)
    done.stages = [event["stage"] for event in events if event["event"] == "stage"]
    for event in events:
        if event["event"] == "result":
            done.outputs = event["outputs"]
    return done
