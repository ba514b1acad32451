"""Python callers read keywords, users of the command line read flags."""

from __future__ import annotations

import ast
import pickle
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
import typer

import railmap
from railmap.cli.common.wording import command_words, flag_of
from railmap.cli.main import app
from railmap.errors import Call, MapError, MissingExtraError, Option, OutputError, RailmapError
from railmap.files.output import check_output
from tests.helpers.commands import Answer

PACKAGE = Path(railmap.__file__).parent
FLAG = re.compile(r"(^|[\s(`])--[a-z][a-z-]+")
KEYWORD = re.compile(r"(^|[\s(`])[a-z][a-z_]*=[\w\"{]")


def modules(cli: bool) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if name.startswith("cli/") == cli:
            yield name, ast.parse(path.read_text("utf-8"))


def docstrings(tree: ast.Module) -> set[int]:
    """Line numbers of texts that stand alone: docstrings of modules, functions and constants."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def test_messages_outside_the_command_line_name_no_flags() -> None:
    found = []
    for name, tree in modules(cli=False):
        aside = docstrings(tree)
        found += [
            f"{name}:{node.lineno}: {node.value}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in aside
            and FLAG.search(node.value)
        ]
    assert not found


def test_messages_of_the_command_line_name_no_keywords() -> None:
    found = []
    for name, tree in modules(cli=True):
        for call in ast.walk(tree):
            named = isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
            if named and call.func.id.endswith("Error"):
                found += [
                    f"{name}:{node.lineno}: {node.value}"
                    for argument in call.args
                    for node in ast.walk(argument)
                    if isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and KEYWORD.search(node.value)
                ]
    assert not found


def flags(command: click.Command) -> set[str]:
    own = {word for option in command.params for word in (*option.opts, *option.secondary_opts)}
    inner = getattr(command, "commands", {}).values()
    return own.union(*(flags(one) for one in inner))


def test_every_option_that_an_error_names_is_a_flag() -> None:
    known = flags(typer.main.get_command(app))
    unknown = []
    for name, tree in modules(cli=False):
        for call in ast.walk(tree):
            named = isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
            if named and call.func.id == "Option" and isinstance(call.args[0], ast.Constant):
                option = call.args[0].value
                if flag_of(option) not in known:
                    unknown.append(f"{name}:{call.lineno}: {option}")
    assert not unknown


@pytest.mark.parametrize(
    ("part", "python", "command"),
    [
        (Option("overwrite", True), "overwrite=True", "--overwrite"),
        (Option("resume", False), "resume=False", "--no-resume"),
        (Option("max_distance_m", 2.5), "max_distance_m=2.5", "--max-distance 2.5"),
        (Option("crs", "EPSG:4326"), 'crs="EPSG:4326"', "--crs EPSG:4326"),
        (Option("gsd", "METRES"), "gsd=METRES", "--gsd METRES"),
        (Option("bands"), "bands", "--bands"),
        (
            Call("attach", {"events": "a b.gpkg", "tracks": "map.gpkg"}),
            'railmap.attach(events="a b.gpkg", tracks="map.gpkg")',
            "railmap attach 'a b.gpkg' --to map.gpkg",
        ),
    ],
)
def test_an_option_in_both_wordings(part: Option | Call, python: str, command: str) -> None:
    error = RailmapError("give ", part, " here")
    assert str(error) == f"give {python} here"
    assert error.render(command_words) == f"give {command} here"


@pytest.mark.parametrize("kind", [OutputError, MapError, MissingExtraError])
def test_an_error_keeps_its_options_across_processes(kind: type[RailmapError]) -> None:
    error = pickle.loads(pickle.dumps(kind("pass ", Option("overwrite", True))))
    assert type(error) is kind
    assert error.render(command_words) == "pass --overwrite"


def test_the_same_fault_for_python_and_the_command_line(
    run: Callable[..., Answer], tmp_path: Path
) -> None:
    target = tmp_path / "tracks.gpkg"
    target.write_bytes(b"")
    with pytest.raises(OutputError, match="pass overwrite=True to replace it"):
        check_output(target)
    answer = run("export", target, "-o", target.with_suffix(".osm"))
    assert answer.code == 3
    out = target.with_suffix(".osm")
    out.write_bytes(b"")
    assert "pass --overwrite to replace it" in run("export", target, "-o", out).line
