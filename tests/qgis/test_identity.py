"""Which programs are taken for the engine: those that prove it, whatever their name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from railmap._version import __version__

_QUESTION = "“doctor --json --no-speed” gave"
# The railmap of PyPI, which places programs on GPUs, knows no doctor.
_STRANGER = """
if sys.argv[1:] == ['--version']:
    print('railmap 0.1.0')
    sys.exit()
sys.stderr.write("Usage: railmap [OPTIONS] COMMAND [ARGS]...\\nError: No such command 'doctor'.\\n")
sys.exit(2)
"""
_PROGRAMS = {
    "stranger": _STRANGER,
    "other identity": "print(json.dumps({'identity': 'railmap: a planner', 'version': '0.1.0'}))",
    "other json": "print(json.dumps({'version': '0.1.0', 'gpus': []}, indent=1))",
    "no json": "print('\\x1b[1mHello\\x1b[0m\\r\\n' + 2000 * 'x')",
    "long": "print(2000 * 'x')",
    "silent": "",
    "exit 1": "sys.exit(1)",
    "traceback": "raise RuntimeError('libgdal is missing')",
    "hangs": "print('railmap 0.1.0', flush=True)\ntime.sleep(60)",
}


@pytest.fixture(scope="module")
def result(
    in_qgis: Callable[..., Any], image: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    from tests.qgis.qgis_system import RAILMAP, write_fake_engine, write_program

    folder = tmp_path_factory.mktemp("programs")
    programs = [write_program(folder / name, body) for name, body in _PROGRAMS.items()]
    counted = folder / "counted" / "railmap"
    counted.parent.mkdir()
    write_fake_engine(counted)
    count = "with open(__file__ + '.count', 'a') as file:\n    file.write('.')\n"
    count += "if os.path.exists(__file__ + '.broken'):\n    sys.exit(1)\n"
    head, rest = counted.read_text(encoding="utf-8").split("\nif ", 1)
    counted.write_text(f"{head}\n{count}if {rest}", encoding="utf-8")
    return in_qgis("identity.py", image, counted, RAILMAP, sys.executable, *programs, engine=None)


def test_a_stranger_is_refused_and_named(result: dict[str, Any]) -> None:
    text = result["stranger"]
    assert "stranger (RAILMAP_EXECUTABLE) does not answer as the engine of this plugin" in text
    assert f"{_QUESTION} exit code 2: Usage: railmap [OPTIONS] COMMAND [ARGS]" in text
    assert "“--version” gave railmap 0.1.0." in text
    assert text.endswith("Correct the variable RAILMAP_EXECUTABLE or remove it.")
    assert result["algorithm"] == text


def test_on_the_path_the_button_is_named(result: dict[str, Any]) -> None:
    assert "railmap (PATH) does not answer as the engine of this plugin" in result["on the path"]
    assert result["on the path"].endswith(
        "Press “Set up the engine…” in the menu Plugins › Railmap."
    )


@pytest.mark.parametrize(
    ("program", "answer"),
    [
        ("other identity", "the identity “railmap: a planner”"),
        ("other json", 'other JSON: {"version": "0.1.0", "gpus": []}'),
        ("no json", "[1mHello [0m"),
        ("long", 119 * "x" + "…"),
        ("silent", "no answer."),
        ("exit 1", "exit code 1."),
        ("traceback", "exit code 1: RuntimeError: libgdal is missing."),
        ("hangs", "no answer in 1 s."),
    ],
)
def test_what_was_answered_is_told(result: dict[str, Any], program: str, answer: str) -> None:
    assert f"{_QUESTION} {answer}" in result[program]
    assert result["seconds"][program] < 20


def test_the_real_engine_is_accepted(result: dict[str, Any]) -> None:

    assert result["real"] == __version__
    assert result["interpreter"] == __version__


def test_an_engine_is_asked_once_a_session(result: dict[str, Any]) -> None:
    assert result["asked"] == {"at first": 1, "again": 1, "anew": 2, "file changed": 3}


def test_what_answered_wrong_when_asked_anew_is_asked_again(result: dict[str, Any]) -> None:
    before, anew, after, mended = result["broken"]
    assert before == mended == __version__
    assert "exit code 1" in anew
    assert after == anew
