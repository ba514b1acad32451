"""Railway scenes: photos into the 12 classes of Railway12, explained."""

from __future__ import annotations

from railmap.scenes.classify.classes import SCENE_CLASSES, SceneClass, find_class
from railmap.scenes.classify.classifier import SceneClassifier
from railmap.scenes.classify.photos import list_photos, read_photo

__all__ = [
    "SCENE_CLASSES",
    "SceneClass",
    "SceneClassifier",
    "find_class",
    "list_photos",
    "read_photo",
]
