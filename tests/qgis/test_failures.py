"""No engine, another version, errors, cancelling."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from railmap._version import __version__

_BUTTON = "“Set up the engine…” in the menu Plugins › Railmap"
_PARTS = """
output = sys.argv[sys.argv.index('-o') + 1]
folder, name = os.path.split(output)
os.mkdir(os.path.join(folder, '.' + name + '.work-abc'))
partial = os.path.join(folder, '.' + name + '.partial-1.gpkg')
open(partial, 'w').close()
say('stage', stage='segment', done=0, total=100)
"""
_NEWER_PATCH = __version__.rpartition(".")[0] + ".7"
_ENGINES = {
    "same": ("say('result', message='done', outputs={})", __version__),
    "newer patch": ("say('result', message='done', outputs={})", _NEWER_PATCH),
    "other": ("", "0.9.0"),
    "error": (
        "say('error', message='ortho.tif: has no CRS; pass --crs')\nsys.exit(3)",
        __version__,
    ),
    "crash": ("sys.stderr.write('Killed by\\nsomething odd\\n')\nos._exit(9)", __version__),
    "stubborn slow": (
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + _PARTS + "time.sleep(60)",
        __version__,
    ),
    "polite slow": (
        _PARTS + "def stop(*_):\n    os.unlink(partial)\n    say('error', message='cancelled')\n"
        "    os._exit(130)\nsignal.signal(signal.SIGTERM, stop)\n"
        "for _ in range(600):\n    time.sleep(0.1)\n",
        __version__,
    ),
}


@pytest.fixture(scope="module")
def result(
    in_qgis: Callable[..., Any], image: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    from tests.qgis.qgis_system import write_fake_engine

    programs = tmp_path_factory.mktemp("programs")
    engines = [
        write_fake_engine(programs / name, body, version)
        for name, (body, version) in _ENGINES.items()
        if "slow" not in name
    ]
    slow = [
        write_fake_engine(programs / name, body, version)
        for name, (body, version) in _ENGINES.items()
        if "slow" in name
    ]
    folder = tmp_path_factory.mktemp("failures")
    return in_qgis("failures.py", image, folder, *engines, "--slow", *slow, engine=None)


def test_without_an_engine_the_button_is_named(result: dict[str, Any]) -> None:
    assert result["missing"]["error"].startswith("The railmap engine is not set up: press")
    assert _BUTTON in result["missing"]["error"]
    named = result["named but missing"]["error"]
    assert "not there (RAILMAP_EXECUTABLE) does not run" in named
    assert named.endswith("Correct the variable RAILMAP_EXECUTABLE or remove it.")


def test_versions(result: dict[str, Any]) -> None:
    assert result["same"]["SUMMARY"] == "done"
    assert result["same"]["warnings"] == []
    assert result["newer patch"]["SUMMARY"] == "done"
    assert f"version {_NEWER_PATCH}" in result["newer patch"]["warnings"][0]
    assert "is version 0.9.0" in result["other"]["error"]
    assert f"press {_BUTTON} to install {__version__}" in result["other"]["error"]


def test_errors_keep_their_line(result: dict[str, Any]) -> None:
    assert result["error"]["error"] == "ortho.tif: has no CRS; pass --crs"
    assert result["crash"]["error"] == "The railmap engine stopped with code 9: something odd"


def test_where_the_engine_is_looked_for(result: dict[str, Any]) -> None:
    assert result["setting"] == "chosen in “Set up the engine”"
    assert result["path"] == "PATH"
    assert result["python"] == ["/usr/bin/python3.12", "-P", "-m", "railmap"]
    assert result["foreign"] == []


@pytest.mark.parametrize("kind", ["polite slow", "stubborn slow"])
def test_cancel_ends_in_two_seconds_and_leaves_nothing(result: dict[str, Any], kind: str) -> None:
    found = result["cancelled"][kind]
    assert found["error"] == "Cancelled; no partial output remains."
    assert min(found["seconds"]) <= 2
    assert found["left"] == []
