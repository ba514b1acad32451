"""Paths, programs and interpreters on Windows, with a stand-in for the platform."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

_HOME = r"C:\Users\Zoë Öst"


@pytest.fixture(scope="module")
def told(in_qgis: Callable[..., Any]) -> dict[str, Any]:
    found: dict[str, Any] = in_qgis("windows.py", engine=None)
    return found


def test_programs_are_found_in_absolute_folders_only(told: dict[str, Any]) -> None:
    # railmap.exe is in the working folder and in sub\ too, which come first in PATH
    assert told["found"] == r"D:\Program Files\Rail Map\railmap.exe"
    assert told["batch"] == r"C:\Windows\py\python3.12.bat"
    assert told["none"] == ""


def test_the_engine_searches_no_working_folder_and_sees_nothing_of_qgis(
    told: dict[str, Any],
) -> None:
    assert told["search"] == [
        rf"{_HOME}\AppData\Local\Microsoft\WindowsApps", r"D:\Program Files\Rail Map",
        r"C:\Windows\py",
    ]  # fmt: skip
    assert told["foreign"] == []
    assert told["safe"] == "1"
    assert told["no window"] == {"creationflags": 0x08000000}


def test_paths_with_spaces_stay_one_word(told: dict[str, Any]) -> None:
    assert told["inside"] == rf"{_HOME}\engine\Scripts\python.exe"
    assert told["as python"] == [
        r"C:\Program Files\Python312\pythonw.exe", "-P", "-m", "railmap",
    ]  # fmt: skip
    assert told["as program"] == [r"D:\Program Files\Rail Map\railmap.exe"]


def test_interpreters_are_found_but_for_the_stub_of_the_shop(told: dict[str, Any]) -> None:
    assert told["pythons"] == [
        r"C:\Windows\py\python3.12.bat",
        rf"{_HOME}\AppData\Local\Programs\Python\Python312\python.exe",
    ]
