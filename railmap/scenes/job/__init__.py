"""Classify photos and place their scenes on the map."""

from railmap.scenes.job.run import SceneJob, ScenesFound, find_scenes

__all__ = ["SceneJob", "ScenesFound", "find_scenes"]
