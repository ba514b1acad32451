"""One rendered photo of each mode of each scene, on a sheet."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from railmap.files.output import atomic_output
from railmap.rendering.photos.photos import SCENE_MODES, render_photo

__all__ = ["write_photo_sheet"]

_SIDE, _GAP, _LINE, _ACROSS = 150, 6, 16, 8


def write_photo_sheet(path: Path, seed: int) -> None:
    """Write a JPEG with the modes of a scene next to each other.

    Parameters
    ----------
    path
        File to write.
    seed
        Of the photos.
    """
    shown = [(scene, mode.name) for scene, modes in SCENE_MODES.items() for mode in modes]
    down = -(-len(shown) // _ACROSS)
    size = (_GAP + _ACROSS * (_SIDE + _GAP), _GAP + down * (_SIDE + _LINE + _GAP))
    sheet = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for number, (scene, mode) in enumerate(shown):
        left = _GAP + number % _ACROSS * (_SIDE + _GAP)
        top = _GAP + number // _ACROSS * (_SIDE + _LINE + _GAP)
        photo = render_photo(scene, seed, mode=mode, size=_SIDE)
        sheet.paste(Image.fromarray(photo.image), (left, top))
        pen.text((left, top + _SIDE + 1), f"{scene}, {mode}", "black", font)
    with atomic_output(path, overwrite=True) as partial:
        sheet.save(partial, "jpeg", quality=85)
