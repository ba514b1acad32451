"""The worst defects as one self-contained HTML page: image with outline, measures, position."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from railmap.errors import InputError
from railmap.files.photo import read_image
from railmap.files.photo_files import PhotoFile
from railmap.surface.job.output import DefectTables
from railmap.surface.job.severity import SEVERITY_RULE

__all__ = ["write_report"]

_IMAGE_SIDE = 220  # pixels on the page
_MAP_SIDE = 180  # pixels on the page
_MIN_BRIGHTNESS = 24.0  # grey level; darker images are not stretched further
_MAP_REACH_M = 60.0  # half the width of an overview map
_COLOURS = ("#8a8d91", "#e0b000", "#e06a00", "#c4161c")
_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:84rem;padding:0 1rem;
color:#1d2329;background:#fff}h1{font-size:1.5rem}.grid{display:grid;gap:1rem;
grid-template-columns:repeat(auto-fill,minmax(40rem,1fr))}article{border:1px solid #d5d9dd;
border-left:6px solid var(--c);border-radius:6px;padding:.8rem;display:flex;gap:.8rem}
article svg{flex:none;border-radius:4px;background:#f1f3f4}dl{display:grid;
grid-template-columns:auto 1fr;gap:0 .6rem;margin:0;font-size:.85rem}dt{color:#667}dd{margin:0}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .8rem;text-align:right;
border-bottom:1px solid #e3e6e8}th:first-child,td:first-child{text-align:left}
@media print{article{break-inside:avoid}}
"""


def write_report(
    path: Path,
    tables: DefectTables,
    images: Sequence[PhotoFile],
    tracks: Path | None,
    crs: Any,
    worst: int,
) -> None:
    """Write the page.

    Parameters
    ----------
    path
        HTML file.
    tables
        Defects of the job.
    images
        Images of the job; the page shows crops of them.
    tracks
        Map of the tracks; None: the page has no overview maps.
    crs
        CRS of the columns ``x`` and ``y`` of the defects.
    worst
        Maximum number of defects shown: the most severe first, then the largest.
    """
    defects = tables.defects
    order = defects.sort_values(["severity", "area_mm2"], ascending=False, kind="stable").index
    by_name = {image.name: image for image in images}
    lines = _lines(tracks, defects, crs)
    cards: dict[int, str] = {}
    shown = list(order[:worst])
    # each image is read once, however many of its defects are shown
    for name, group in defects.loc[shown].groupby("image_id", sort=False):
        try:
            pixels = _grey(read_image(by_name[str(name)].path))
        except InputError:
            pixels = np.zeros((0, 0), np.uint8)  # moved since: the measures are still shown
        for index in group.index:
            cards[index] = _card(defects.loc[index], tables.outlines[index], pixels, lines)
    body = "\n".join(cards[index] for index in shown)
    bad = tables.images[tables.images["problem"].notna()]
    problems = "".join(f"<li>{escape(str(text))}</li>" for text in bad["problem"].head(200))
    page = f"""<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Rail-surface defects</title>
<style>{_STYLE}</style>
<h1>Rail-surface defects</h1>
<p>{len(defects)} defects in {len(tables.images)} images; the {len(shown)} worst are below.
Severity {escape(SEVERITY_RULE)}: from the size on the surface alone, not a grade of a standard.</p>
{_counts(defects)}
<div class="grid">{body}</div>
{f"<h2>Images that could not be used</h2><ul>{problems}</ul>" if problems else ""}
</html>
"""
    path.write_text(page, encoding="utf-8")


def _counts(defects: pd.DataFrame) -> str:
    if defects.empty:
        return "<p>No defects were found.</p>"
    table = defects.groupby(["class", "severity"]).size().unstack(fill_value=0)
    head = "".join(f"<th>severity {escape(str(level))}</th>" for level in table.columns)
    rows = "".join(
        f"<tr><td>{escape(str(kind))}</td>{''.join(f'<td>{n}</td>' for n in row)}</tr>"
        for kind, row in zip(table.index, table.to_numpy(), strict=True)
    )
    return f"<table><tr><th>class</th>{head}</tr>{rows}</table>"


def _card(
    defect: pd.Series, outline: shapely.Polygon, pixels: NDArray[np.uint8], lines: list[Any]
) -> str:
    facts = {
        "class": f"{defect['class']}, severity {defect['severity']}",
        "area": f"{defect['area_mm2']:.0f} mm²",
        "length × width": f"{1000 * defect['length_m']:.0f} × {1000 * defect['width_m']:.0f} mm",
        "confidence": f"{defect['confidence']:.2f}",
    }
    if isinstance(defect["line"], str):
        facts["place"] = f"{defect['line']} km {defect['km']:.4f}"
    elif pd.notna(defect["x"]):
        facts["place"] = f"{defect['x']:.6g}, {defect['y']:.6g}"
    if isinstance(defect["side"], str):
        facts["rail"] = defect["side"].removesuffix("_rail")
    facts["image"] = f"{defect['image_id']}, row {defect['px_top']:.0f}"
    items = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in facts.items())
    colour = _COLOURS[min(int(defect["severity"]), len(_COLOURS)) - 1]
    return (
        f'<article style="--c:{colour}">{_crop(outline, pixels, colour)}'
        f"{_overview_map(defect, lines, colour)}<dl>{items}</dl></article>"
    )


def _grey(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Scale pixels to 8 bits; cameras of 10, 12 and 14 bits leave the top of 16 bits empty."""
    if pixels.dtype == np.uint16:
        top = max(float(np.percentile(pixels, 99.9)), 255.0)
        pixels = np.clip(pixels * (255.0 / top), 0, 255)
    return np.asarray(pixels, np.uint8)


def _crop(outline: shapely.Polygon, pixels: NDArray[np.uint8], colour: str) -> str:
    """Crop the image around a defect and draw its outline over it."""
    from PIL import Image

    if pixels.size == 0:
        return "<p>image not found</p>"
    left, top, right, bottom = outline.bounds
    half = max(right - left, bottom - top, 40) * 0.8
    x, y = (left + right) / 2, (top + bottom) / 2
    a, b = int(max(0, x - half)), int(max(0, y - half))
    crop = pixels[b : int(y + half) + 1, a : int(x + half) + 1]
    rows, columns = crop.shape[:2]
    bright = max(float(np.percentile(crop, 99.5)), _MIN_BRIGHTNESS)  # line scans are dark
    image = Image.fromarray(np.clip(crop * (240.0 / bright), 0, 255).astype(np.uint8))
    factor = _IMAGE_SIDE / max(rows, columns)
    if factor < 1:  # the page shows no more pixels
        image = image.resize((max(1, int(columns * factor)), max(1, int(rows * factor))))
    data = io.BytesIO()
    image.save(data, "JPEG", quality=85)
    code = base64.b64encode(data.getvalue()).decode()
    points = " ".join(f"{px - a:.1f},{py - b:.1f}" for px, py in outline.exterior.coords)
    return (
        f'<svg width="{columns * factor:.0f}" height="{rows * factor:.0f}" '
        f'viewBox="0 0 {columns} {rows}" role="img" aria-label="image with outline">'
        f'<image href="data:image/jpeg;base64,{code}" width="{columns}" height="{rows}" '
        f'preserveAspectRatio="none"/><polygon points="{points}" fill="none" stroke="{colour}" '
        f'stroke-width="2" vector-effect="non-scaling-stroke"/></svg>'
    )


def _lines(tracks: Path | None, defects: pd.DataFrame, crs: Any) -> list[Any]:
    if tracks is None or not defects["x"].notna().any():
        return []
    import pyogrio

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Measured")  # drawing needs no M
        frame = pyogrio.read_dataframe(tracks, layer="railway_link", columns=[])
    return list(frame.to_crs(crs).geometry) if len(frame) else []


def _overview_map(defect: pd.Series, lines: list[Any], colour: str) -> str:
    """Draw the tracks within 60 m of a defect, north up."""
    if not lines or pd.isna(defect["x"]):
        return ""
    x, y = float(defect["x"]), float(defect["y"])
    box = shapely.box(x - _MAP_REACH_M, y - _MAP_REACH_M, x + _MAP_REACH_M, y + _MAP_REACH_M)
    paths = []
    for part in shapely.get_parts(shapely.intersection(np.array(lines, dtype=object), box)):
        if part.geom_type != "LineString" or part.is_empty:
            continue
        xy = shapely.get_coordinates(part) - [x, y]
        points = " ".join(f"{px:.2f},{-py:.2f}" for px, py in xy)
        paths.append(f'<polyline points="{points}" fill="none" stroke="#30363c" stroke-width="1"/>')
    side = f"{-_MAP_REACH_M:g} {-_MAP_REACH_M:g} {2 * _MAP_REACH_M:g} {2 * _MAP_REACH_M:g}"
    return (
        f'<svg width="{_MAP_SIDE}" height="{_MAP_SIDE}" viewBox="{side}" role="img" '
        f'aria-label="position">'
        f'{"".join(paths)}<circle r="4" fill="{colour}"/></svg>'
    )
