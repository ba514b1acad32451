"""Imports on another thread."""

import sys

import pytest

from railmap.pipeline.prefetch import imported_meanwhile


def test_modules_are_there_after_the_block() -> None:
    sys.modules.pop("colorsys", None)
    with imported_meanwhile("no_such_module_of_railmap"):
        pass
    with imported_meanwhile("colorsys"):
        pass
    assert "colorsys" in sys.modules


def test_the_error_of_the_block_comes_through() -> None:
    with pytest.raises(ZeroDivisionError), imported_meanwhile("json"):
        _ = 1 / 0
