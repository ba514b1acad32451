"""Help of every command: light, with examples, bare flags, the same options for messages."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from railmap.cli.main import app
from tests.helpers.commands import run_command

HEAVY = (
    "PIL", "cv2", "geopandas", "numba", "numpy", "openvino", "pandas", "pyogrio", "pyproj",
    "rasterio", "scipy", "shapely", "skimage", "torch",
)  # fmt: skip
JSON = {"vectorize", "check", "compare", "evaluate", "locate", "route", "review", "info", "doctor"}


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands(typer.main.get_command(app)))
NAMES = [" ".join(path) for path in COMMANDS]


@pytest.mark.parametrize("words", [["--help"], ["vectorize", "-h"], ["lab", "tracks", "--help"]])
def test_help_imports_no_heavy_module(words: list[str]) -> None:
    code = f"""
import sys
from railmap.cli.main import app
try:
    app({words!r})
except SystemExit:
    pass
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", NAMES)
def test_help_has_an_example_and_bare_flags(name: str) -> None:
    answer = run_command(*name.split(), "-h")
    assert answer.code == 0
    assert "Example" in answer.out
    assert f"railmap {name}" in " ".join(answer.out.split())
    assert "<bool>" not in answer.out


@pytest.mark.parametrize("name", NAMES)
def test_commands_share_the_options_for_messages(name: str) -> None:
    options = {word for option in COMMANDS[tuple(name.split())].params for word in option.opts}
    assert {"--quiet", "-q", "--verbose", "-v", "--log-file", "--debug", "--progress"} <= options
    assert ("--json" in options) == (name in JSON)


@pytest.mark.parametrize("name", NAMES)
def test_a_command_has_few_parameters(name: str) -> None:
    callback = COMMANDS[tuple(name.split())].callback
    function = inspect.unwrap(callback)
    assert len(inspect.signature(function, follow_wrapped=False).parameters) <= 12


@pytest.mark.parametrize("name", NAMES)
def test_numbers_have_a_range_in_the_help(name: str) -> None:
    signed = {"--time-offset", "--start-km", "--heading", "--tolerance"}
    for option in COMMANDS[tuple(name.split())].params:
        if option.type_descriptor.annotation in (int, float) and not signed & set(option.opts):
            assert option.min is not None, option.opts


def test_the_program_offers_shell_completion() -> None:
    assert "--install-completion" in run_command("--help").out
