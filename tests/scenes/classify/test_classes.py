"""The twelve scene classes and their names."""

from __future__ import annotations

from railmap.scenes.classify.classes import SCENE_CLASSES, find_class, nearest_class


def test_the_twelve_classes() -> None:
    assert len(SCENE_CLASSES) == len({scene.key for scene in SCENE_CLASSES}) == 12
    names = ("Station square", "火车站广场", "station-square", "Station Spuare", "站前广场")
    assert {find_class(name).key for name in names} == {"station_square"}  # type: ignore[union-attr]
    assert find_class("beach") is None
    near = nearest_class("tunnell")
    assert near is not None
    assert near.key == "tunnel"
    assert nearest_class("beach") is None
