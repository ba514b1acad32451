"""Rendered photos of the twelve scenes."""

from __future__ import annotations

import numpy as np
import pytest

from railmap.rendering.photos.photos import SCENE_MODES, render_photo
from railmap.scenes.classify.classes import SCENE_CLASSES


def test_every_scene_of_the_paper_can_be_drawn() -> None:
    assert {scene.key for scene in SCENE_CLASSES} == set(SCENE_MODES)


@pytest.mark.parametrize("scene", list(SCENE_MODES))
def test_modes_differ_and_have_evidence(scene: str) -> None:
    modes = [mode.name for mode in SCENE_MODES[scene]]
    assert len(modes) == 2
    photos = [render_photo(scene, 3, mode=mode, size=96) for mode in modes]
    for photo in photos:
        again = render_photo(scene, 3, mode=photo.mode, size=96)
        assert (photo.image == again.image).all()
        assert 0.01 < photo.evidence.mean() < 0.95
    assert (photos[0].evidence != photos[1].evidence).mean() > 0.02
    assert np.abs(photos[0].image.astype(int) - photos[1].image).mean() > 3
