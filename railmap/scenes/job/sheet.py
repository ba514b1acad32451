"""Photos with their scene and where the evidence for it lies, as one HTML page."""

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

_SIDE = 240
_WARM = np.array([[0, 0, 60], [30, 80, 200], [60, 200, 140], [250, 220, 40], [220, 20, 20]], float)
_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem;color:#1d2329}h1{font-size:1.5rem}
.grid{display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr))}
figure{margin:0;border:1px solid #d5d9dd;border-radius:6px;padding:.5rem}
img{max-width:100%;border-radius:4px}figcaption{font-size:.85rem}small{color:#667}
"""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A photo with its activations over it, JPEG, and what is told under it."""

    jpeg: bytes
    title: str
    lines: tuple[str, ...]


def make_thumbnail(
    image: NDArray[np.uint8], activation: NDArray[np.float32], title: str, lines: tuple[str, ...]
) -> Thumbnail:
    """Lay the positive part of a class activation map over a photo.

    Parameters
    ----------
    image
        ``(H, W, 3)`` uint8 RGB.
    activation
        ``(h, w)`` float32 over the whole photo.
    title, lines
        Told under it.
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
        [np.interp(level, np.linspace(0, 1, len(_WARM)), _WARM[:, c]) for c in range(3)], axis=2
    )
    weight = 0.55 * level[..., None]
    mixed = np.asarray(photo, float) * (1 - weight) + colour * weight
    data = io.BytesIO()
    Image.fromarray(mixed.clip(0, 255).astype(np.uint8)).save(data, "JPEG", quality=82)
    return Thumbnail(data.getvalue(), title, lines)


def write_sheet(path: Path, thumbnails: Iterable[Thumbnail], left_out: Iterable[str]) -> None:
    """Write the page, self-contained."""
    with path.open("w", encoding="utf-8") as page:
        page.write(
            '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" '
            f'content="width=device-width"><title>Railway scenes</title><style>{_STYLE}</style>'
            "<h1>Railway scenes</h1><p>Warm colours: what spoke for the class "
            '(Grad-CAM).</p><div class="grid">'
        )
        for shown in thumbnails:
            code = base64.b64encode(shown.jpeg).decode()
            told = "<br>".join(escape(line) for line in shown.lines)
            page.write(
                f'<figure><img src="data:image/jpeg;base64,{code}" alt="{escape(shown.title)}">'
                f"<figcaption><b>{escape(shown.title)}</b><br><small>{told}</small></figcaption>"
                "</figure>"
            )
        page.write("</div>")
        problems = "".join(f"<li>{escape(text)}</li>" for text in left_out)
        if problems:
            page.write(f"<h2>Photos that couldn't be used</h2><ul>{problems}</ul>")
        page.write("</html>\n")
