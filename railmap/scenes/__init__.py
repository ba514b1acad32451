"""Railway scenes: classify photos into the 12 classes of Railway12 and explain the result."""

from __future__ import annotations

from railmap.files.photo import read_photo
from railmap.files.photo_files import list_photos
from railmap.scenes.classify.classes import SCENE_CLASSES, SceneClass, find_class
from railmap.scenes.classify.classifier import SceneClassifier

__all__ = [
    "SCENE_CLASSES",
    "SceneClass",
    "SceneClassifier",
    "find_class",
    "list_photos",
    "read_photo",
]
