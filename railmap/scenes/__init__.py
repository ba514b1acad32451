"""Railway scenes: photos into the 12 classes of Railway12, explained."""

from __future__ import annotations

from railmap.scenes.classes import SCENE_CLASSES, SceneClass, find_class
from railmap.scenes.classifier import SceneClassifier
from railmap.scenes.photos import list_photos, read_photo

__all__ = [
    "SCENE_CLASSES",
    "SceneClass",
    "SceneClassifier",
    "find_class",
    "list_photos",
    "read_photo",
]
