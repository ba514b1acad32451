"""Run the commands of the tutorial, and compare or write its page.

    python docs/tutorial/run_tutorial.py            compares docs/tutorial/first_map.md
    python docs/tutorial/run_tutorial.py --write    writes it again, with the image of the map

The text is in first_map.in: blocks ``console`` hold the commands, ``<!-- step: NAME -->`` calls a
function of prepared.py, ``{{NAME}}`` is a value that it returned. Comparing ignores numbers and
ids, which depend on the weights and on the processor; it compares commands, words and order.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from railmap.pipeline.kernels.compilation import COMPILES

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TEXT, PAGE = HERE / "first_map.in", HERE / "first_map.md"
PICTURE = ROOT / "docs" / "images" / "tutorial_map.jpg"

_NOTE = "<!-- Written by run_tutorial.py: change first_map.in and run it with --write. -->\n"
_STEP = re.compile(r"<!-- step: (\w+) -->")
# The stages of a command that runs without a terminal.
_PROGRESS = re.compile(r"[a-z]+( [a-z]+)?( \([\d.]+ \w+\))?$")
_UUID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{8}\b")
_NUMBER = re.compile(r"-?\d+(\.\d+)?|–")
_FRAME = re.compile(r"[─━┏┓┗┛┡┩┳┻╇┴└┘├┤┼]+")
_SPACE = re.compile(r"[ \t]+")
_PLURAL = re.compile(r"(# \w+?)s\b")


def run_text(text: str, folder: Path) -> str:
    """Return the page of a text: its commands run in a folder, with what they print."""
    sys.path.insert(0, str(HERE))
    import prepared

    steps = {"draw": prepared.draw, "make_inputs": prepared.make_inputs}
    values: dict[str, str] = {}
    page: list[str] = []
    inside = False
    for line in text.splitlines():
        if step := _STEP.fullmatch(line.strip()):
            values |= steps[step[1]]()
            continue
        for name, value in values.items():
            line = line.replace(f"{{{{{name}}}}}", value)
        if line.startswith("```"):
            inside = line == "```console"
        page.append(line)
        if inside and line.startswith("$ "):
            page += run(line[2:], folder)
    return _NOTE + "\n".join(page) + "\n"


def run(command: str, folder: Path) -> list[str]:
    """Run a command in a shell; return the lines that it prints, without its progress."""
    print("$", command, flush=True)
    path = f"{folder / '.bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, shell=True, cwd=folder, capture_output=True, text=True, check=False,
        env=os.environ | {"COLUMNS": "100", "PATH": path},
    )  # fmt: skip
    errors = [
        line
        for line in done.stderr.splitlines()
        if not _PROGRESS.fullmatch(line) and line != COMPILES
    ]
    lines = [*done.stdout.splitlines(), *errors]
    print("\n".join(lines), flush=True)
    if done.returncode:
        raise SystemExit(f"{command}: exit code {done.returncode}")
    return lines


def masked(page: str) -> list[str]:
    """Return the lines of a page without numbers, ids, plurals and the widths of tables."""
    text = _NUMBER.sub("#", _UUID.sub("id", page))
    text = _SPACE.sub(" ", _FRAME.sub("", _PLURAL.sub(r"\1", text)))
    return [line.rstrip() for line in text.splitlines()]


def main() -> int:
    """Run the tutorial; return 1 where the page differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the page again")
    write = parser.parse_args().write
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / ".bin").mkdir()
        program = folder / ".bin" / "railmap"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m railmap "$@"\n')
        program.chmod(0o755)
        os.environ["PYTHONPATH"] = str(ROOT)
        os.chdir(folder)
        page = run_text(TEXT.read_text("utf-8"), folder)
        if write:
            PAGE.write_text(page, "utf-8")
            with Image.open(folder / "map.jpg") as image:
                image.thumbnail((1200, 1200))
                image.save(PICTURE, quality=80)
            return 0
    before, after = masked(PAGE.read_text("utf-8")), masked(page)
    if before == after:
        return 0
    print("\n".join(difflib.unified_diff(before, after, "first_map.md", "now", lineterm="")))
    print("The tutorial prints something else: run docs/tutorial/run_tutorial.py --write")
    return 1


if __name__ == "__main__":
    sys.exit(main())
