"""The fault trials, a few of them: that they count, and find what does not survive."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from railmap.cli.main import app
from tests.helpers.repository import REPOSITORY

PROGRAM = REPOSITORY / "benchmarks" / "faults.py"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("cc"), reason="needs Linux and cc")
def test_a_few_trials(tmp_path: Path) -> None:
    counts = tmp_path / "counts.json"
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "--kills", "4", "--failures", "4", "--only", "line add",
         "--save", str(counts)],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {how: (tried, survived) for _, how, tried, survived, _ in json.loads(counts.read_text())}
    assert sum(rows["kill"][0].values()) == sum(rows["kill"][1].values()) == 4
    assert sum(rows["fail"][0].values()) == sum(rows["fail"][1].values()) == 4
    table = [line for line in done.stdout.splitlines() if line.startswith("| **all**")]
    assert [line.split("|")[-2].strip() for line in table] == ["4/4", "4/4"]


def test_its_commands_have_the_options_that_it_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PROGRAM.parent))
    for entry in importlib.import_module("faults").COMMANDS:
        for words in (*entry.before, entry.words):
            command = typer.main.get_command(app)
            while subcommands := getattr(command, "commands", None):
                name, *words = words
                command = subcommands[name]
            known = {option for parameter in command.params for option in parameter.opts}
            assert {word for word in words if word.startswith("-")} <= known, entry.name
