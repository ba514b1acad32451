from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "docs" / "tutorial" / "run_tutorial.py"


@pytest.fixture
def tutorial() -> ModuleType:
    spec = importlib.util.spec_from_file_location("run_tutorial", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_the_page_shows_what_the_commands_print() -> None:
    done = subprocess.run(
        [sys.executable, str(PROGRAM)], capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stdout[-4000:] + done.stderr[-2000:]


def test_comparing_ignores_numbers_ids_and_plurals(tutorial: ModuleType) -> None:
    before = "4 links, 0.45 km\nlink 3923c4a2-0ec2-57b6-9691-c1e8922e432b at 44.9 m"
    after = "1 link, 12 km\nlink aa23c4a2-0ec2-57b6-9691-c1e8922e432b at 4 m"
    assert tutorial.masked(before) == tutorial.masked(after)
    assert tutorial.masked("4 links") != tutorial.masked("4 nodes")
    assert tutorial.masked("┃  0.1 m ┃\n┡━━━━┩") == tutorial.masked("┃ – m ┃\n┡━┩")


def test_commands_run_in_order_and_their_output_replaces_the_old(
    tutorial: ModuleType, tmp_path: Path
) -> None:
    text = "# T\n```console\n$ echo one > a\n$ cat a\n```\nend"
    page = tutorial.run_text(text, tmp_path)
    assert page.splitlines()[1:] == ["# T", "```console", "$ echo one > a", "$ cat a", "one",
                                     "```", "end"]  # fmt: skip
    with pytest.raises(SystemExit, match="exit code 1"):
        tutorial.run_text("```console\n$ false\n```", tmp_path)
