"""Draw the map's symbols as SVG for the web map and its legend."""

from __future__ import annotations

from collections.abc import Sequence

from railmap.mapping.style.symbols import Fill, Line, Marker, Symbol
from railmap.publishing.web.zooms import PIXELS_PER_MM

__all__ = ["hatch_svg", "legend_svg", "marker_svg"]

# Corners in a square of side 2 around the centre, north up. The half symbol of a switch points
# from the toe towards the heel, on the side of the diverging track.
_CORNERS: dict[str, Sequence[tuple[float, float]]] = {
    "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
    "diamond": ((0, -1), (1, 0), (0, 1), (-1, 0)),
    "triangle": ((0, -1), (1, 1), (-1, 1)),
    "left_half": ((0, -1), (0, 1), (-1, 1)),
    "right_half": ((0, -1), (0, 1), (1, 1)),
}
_HATCH_PIXELS = 8


def marker_svg(marker: Marker) -> str:
    """Return a marker as SVG, sized in CSS pixels."""
    size = marker.size * PIXELS_PER_MM
    outline = marker.outline_width * PIXELS_PER_MM
    side = size + 2 * outline
    return _svg(side, side, _marker_shape(marker, side / 2, side / 2))


def hatch_svg(color: str) -> str:
    """Return the tile of a diagonal hatch as SVG."""
    n = _HATCH_PIXELS
    path = f"M-1 1L1 -1M0 {n}L{n} 0M{n - 1} {n + 1}L{n + 1} {n - 1}"
    return _svg(n, n, f'<path d="{path}" stroke="{color}" stroke-width="1"/>')


def legend_svg(symbols: Sequence[Symbol]) -> str:
    """Return superimposed symbols as a swatch of 28 by 16 pixels."""
    width, height = 28, 16
    parts = []
    for symbol in sorted(symbols, key=lambda symbol: getattr(symbol, "level", 0)):
        if isinstance(symbol, Marker):
            parts.append(_marker_shape(symbol, width / 2, height / 2, at_most=height - 3))
        elif isinstance(symbol, Line):
            parts.append(_stroke(symbol, width, height))
        else:
            parts.append(_area(symbol, width, height))
    return _svg(width, height, "".join(parts))


def _svg(width: float, height: float, content: str) -> str:
    box = f"0 0 {width:.6g} {height:.6g}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.6g}" height="{height:.6g}"'
    return f'{head} viewBox="{box}" fill="none">{content}</svg>'


def _marker_shape(marker: Marker, x: float, y: float, at_most: float = 1e9) -> str:
    radius = min(marker.size * PIXELS_PER_MM, at_most) / 2
    outline = marker.outline_width * PIXELS_PER_MM
    paint = f'fill="{marker.fill}" stroke="{marker.outline}" stroke-width="{outline:.4g}"'
    if marker.shape == "circle":
        return f'<circle cx="{x:.5g}" cy="{y:.5g}" r="{radius:.5g}" {paint}/>'
    if marker.shape == "cross":
        d = (
            f"M{x - radius:.5g} {y - radius:.5g}L{x + radius:.5g} {y + radius:.5g}"
            f"M{x - radius:.5g} {y + radius:.5g}L{x + radius:.5g} {y - radius:.5g}"
        )
        return f'<path d="{d}" stroke="{marker.outline}" stroke-width="{outline:.4g}"/>'
    points = " ".join(
        f"{x + radius * dx:.5g},{y + radius * dy:.5g}" for dx, dy in _CORNERS[marker.shape]
    )
    return f'<polygon points="{points}" stroke-linejoin="round" {paint}/>'


def _stroke(line: Line, width: float, height: float) -> str:
    stroke = line.width * PIXELS_PER_MM
    y = height / 2 - line.gauge_offset * 8
    dash = " ".join(f"{length * PIXELS_PER_MM:.4g}" for length in line.dash)
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<path d="M0 {y:.5g}H{width}" stroke="{line.color}" stroke-width="{stroke:.4g}"{dashes}/>'
    )


def _area(fill: Fill, width: float, height: float) -> str:
    paint = f'fill="{fill.fill}" fill-opacity="{fill.opacity:g}"' if fill.fill else ""
    dash = " ".join(f"{length * PIXELS_PER_MM:.4g}" for length in fill.dash)
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    outline = fill.outline_width * PIXELS_PER_MM
    box = f'<rect x="2" y="2" width="{width - 4}" height="{height - 4}"'
    out = f'{box} {paint} stroke="{fill.outline}" stroke-width="{outline:.4g}"{dashes}/>'
    if fill.hatch:
        out += f'<path d="M4 14L14 2M12 14L22 2" stroke="{fill.hatch}" stroke-width="1"/>'
    return out
