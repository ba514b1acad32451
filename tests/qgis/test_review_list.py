"""The list of the review panel, without QGIS."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any

import pytest

from tests.qgis.qgis_system import PLUGIN


@pytest.fixture(scope="module")
def module() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "review_list_of_the_plugin", PLUGIN / "railmap" / "review_list.py"
    )
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = found  # dataclasses look themselves up
    spec.loader.exec_module(found)
    return found


def rows(*keys: str) -> list[dict[str, Any]]:
    return [{"kind": "link", "key": key, "confidence": 0.5, "later": 1} for key in keys]


@pytest.fixture
def review(module: ModuleType) -> Any:
    found = module.ReviewList()
    found.fill(rows("a", "b", "c"))
    return found


def test_an_empty_list_has_nowhere_to_go(module: ModuleType) -> None:
    review = module.ReviewList()
    review.fill([])
    review.move(1)
    assert review.current is None
    assert review.verdict == ""
    assert review.progress == (0, 0)
    assert review.finished


def test_next_and_previous_go_around(review: Any) -> None:
    seen = []
    for step in (0, 1, 1, 1, -1):
        review.move(step)
        seen.append(review.current.key)
    assert seen == ["a", "b", "c", "a", "c"]


def test_a_decision_goes_to_the_next_open_entry(review: Any) -> None:
    review.move(1)
    review.decided(("link", "b"), "reject")
    assert (review.current.key, review.progress) == ("c", (1, 3))
    review.decided(["link", "c"], "accept")
    assert (review.current.key, review.progress) == ("a", (2, 3))
    review.move(1)
    assert (review.current.key, review.verdict) == ("b", "reject")
    review.move(-1)
    review.decided(("link", "a"), "fixed")
    assert review.finished
    assert review.current is not None


def test_a_decision_about_another_entry_moves_nothing(review: Any) -> None:
    review.decided(("link", "c"), "accept")
    assert review.current.key == "a"


def test_taking_back_goes_there(review: Any) -> None:
    review.decided(("link", "a"), "accept")
    review.taken_back(("link", "a"))
    assert (review.current.key, review.verdict, review.progress) == ("a", "", (0, 3))


def test_listing_again_keeps_progress_and_place(review: Any) -> None:
    review.decided(("link", "a"), "accept")
    review.move(1)
    assert review.current.key == "c"
    review.fill(rows("b", "c", "d"))
    assert (review.current.key, review.progress) == ("c", (1, 4))
    review.fill(rows("b", "d"))  # c was edited away
    assert (review.current.key, review.progress) == ("d", (1, 3))
    review.fill(rows("a", "b"))  # a is open again
    assert review.progress == (0, 2)


def test_colours_go_from_red_to_green(module: ModuleType) -> None:
    colours = [module.confidence_colour(value) for value in (None, -1, 0, 0.5, 0.8, 1, 2)]
    assert colours == [
        "#757575", "#c62828", "#c62828", "#ef6c00", "#f9a825", "#2e7d32", "#2e7d32",
    ]  # fmt: skip
    assert module.confidence_colour(0.25) not in colours
