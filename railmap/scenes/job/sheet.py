"""HTML page of photos with their scene class and activation map."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["Thumbnail", "make_thumbnail", "write_sheet"]

_SIDE = 240  # pixels
_COLOURS = np.array(
    [[0, 0, 60], [30, 80, 200], [60, 200, 140], [250, 220, 40], [220, 20, 20]], float
)
_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem;color:#1d2329}h1{font-size:1.5rem}
.grid{display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr))}
figure{margin:0;border:1px solid #d5d9dd;border-radius:6px;padding:.5rem}
img{max-width:100%;border-radius:4px}figcaption{font-size:.85rem}small{color:#667}
"""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """Photo blended with its activation map, JPEG, and its caption."""

    jpeg: bytes
    title: str
    lines: tuple[str, ...]


def make_thumbnail(
    image: NDArray[np.uint8], activation: NDArray[np.float32], title: str, lines: tuple[str, ...]
) -> Thumbnail:
    """Blend the positive part of a class activation map over a photo.

    Parameters
    ----------
    image
        ``(H, W, 3)`` uint8 RGB.
    activation
        ``(h, w)`` float32 over the whole photo.
    title, lines
        Caption.
    """
    photo = Image.fromarray(image)
    photo.thumbnail((_SIDE, _SIDE))
    heat = np.maximum(activation, 0)
    heat = heat / max(float(heat.max()), 1e-9)
    smooth = Image.fromarray((heat * 255).astype(np.uint8)).resize(
        photo.size, Image.Resampling.BICUBIC
    )
    level = np.asarray(smooth, float) / 255
    colour = np.stack(
        [np.interp(level, np.linspace(0, 1, len(_COLOURS)), _COLOURS[:, c]) for c in range(3)],
        axis=2,
    )
    weight = 0.55 * level[..., None]
    mixed = np.asarray(photo, float) * (1 - weight) + colour * weight
    data = io.BytesIO()
    Image.fromarray(mixed.clip(0, 255).astype(np.uint8)).save(data, "JPEG", quality=82)
    return Thumbnail(data.getvalue(), title, lines)


def write_sheet(path: Path, thumbnails: Iterable[Thumbnail], problems: Iterable[str]) -> None:
    """Write a self-contained page.

    Parameters
    ----------
    path
        HTML file to write.
    thumbnails
        Photos shown.
    problems
        Why photos could not be used, one text per photo.
    """
    with path.open("w", encoding="utf-8") as page:
        page.write(
            '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" '
            f'content="width=device-width"><title>Railway scenes</title><style>{_STYLE}</style>'
            "<h1>Railway scenes</h1><p>Warm colours: activation for the class "
            '(Grad-CAM). S is the activation score of a class.</p><div class="grid">'
        )
        for shown in thumbnails:
            code = base64.b64encode(shown.jpeg).decode()
            caption = "<br>".join(escape(line) for line in shown.lines)
            page.write(
                f'<figure><img src="data:image/jpeg;base64,{code}" alt="{escape(shown.title)}">'
                f"<figcaption><b>{escape(shown.title)}</b><br><small>{caption}</small></figcaption>"
                "</figure>"
            )
        page.write("</div>")
        items = "".join(f"<li>{escape(text)}</li>" for text in problems)
        if items:
            page.write(f"<h2>Photos that could not be used</h2><ul>{items}</ul>")
        page.write("</html>\n")
