"""Areas of the fastest growing defects over time, drawn as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from railmap.mapping.compare.growth import DefectGrowth
from railmap.publishing.exchange.safe_text import xml_text
from railmap.publishing.report.markup import number, text

__all__ = ["MOST_DRAWN", "growth_svg"]

MOST_DRAWN = 6
"""Number of defects that are drawn."""

_WIDTH, _HEIGHT = 900.0, 460.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 80.0, 250.0, 44.0, 44.0
# Okabe and Ito: told apart also by the colour-blind.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_TICKS = 5


def growth_svg(defects: Sequence[DefectGrowth]) -> str:
    """Return the picture: a line for each defect, its forecast dashed, the interval as a bar.

    Parameters
    ----------
    defects
        The first `MOST_DRAWN` that have two areas of different dates are drawn.
    """
    drawn = [one for one in defects if one.forecast is not None][:MOST_DRAWN]
    moments = [moment for one in drawn for moment in _moments(one)]
    if not moments:
        return _page('<text x="20" y="40">No defect has two areas of different dates.</text>')
    first, last = min(moments), max(moments)
    # An interval that is far wider than all areas would flatten them: its bar is cut off.
    known = max(area for one in drawn for area in one.areas)
    highest = max(_highest(one) for one in drawn)
    top = min(highest, 2.5 * known) * 1.05 or 1.0
    seconds = max((last - first).total_seconds(), 1.0)

    def x(moment: datetime) -> float:
        return _LEFT + (moment - first).total_seconds() / seconds * (_WIDTH - _LEFT - _RIGHT)

    def y(area: float) -> float:
        return _HEIGHT - _BOTTOM - min(area / top, 1.0) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [_title(drawn), _areas(top), _dates(first, last, x(first), x(last))]
    for row, (one, colour) in enumerate(zip(drawn, _COLOURS, strict=False)):
        points = [(x(moment), y(area)) for moment, area in zip(one.seen, one.areas, strict=True)]
        parts.append(_line(points, colour))
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{colour}"/>' for a, b in points]
        found = one.forecast
        if found and found.at and found.area is not None and found.interval:
            end = (x(found.at), y(found.area))
            parts.append(_line([points[-1], end], colour, dashed=True))
            low, high = (y(area) for area in found.interval)
            beside = end[0] + 6 * (row + 1)
            parts.append(
                f'<path d="M{beside - 3:.1f} {low:.1f}h6m-3 0V{high:.1f}m-3 0h6" '
                f'stroke="{colour}" fill="none"/>'
            )
        parts.append(_entry(row, one, colour))
    return _page("".join(parts))


def _moments(one: DefectGrowth) -> list[datetime]:
    return [*one.seen, *([one.forecast.at] if one.forecast and one.forecast.at else [])]


def _highest(one: DefectGrowth) -> float:
    ahead = one.forecast.interval if one.forecast else None
    return max(*one.areas, *(ahead or ()))


def _title(drawn: Sequence[DefectGrowth]) -> str:
    bars = ""
    if any(one.forecast and one.forecast.interval for one in drawn):
        bars = "; dashed: straight line, bar: 95 % prediction interval"
    return f'<text x="{_LEFT:g}" y="24" class="title">Area of defects (mm²){bars}</text>'


def _areas(top: float) -> str:
    step = 10.0 ** math.floor(math.log10(top / _TICKS))
    step = next(step * factor for factor in (1, 2, 5, 10) if step * factor * _TICKS >= top)
    out = []
    for tick in range(math.floor(top / step) + 1):
        at = _HEIGHT - _BOTTOM - tick * step / top * (_HEIGHT - _TOP - _BOTTOM)
        label = number(tick * step, 0 if step >= 1 else 2)
        out.append(
            f'<path class="grid" d="M{_LEFT:g} {at:.1f}H{_WIDTH - _RIGHT:g}"/>'
            f'<text x="{_LEFT - 8:g}" y="{at + 4:.1f}" text-anchor="end">{label}</text>'
        )
    return "".join(out)


def _dates(first: datetime, last: datetime, left: float, right: float) -> str:
    out = []
    count = 4 if last - first >= timedelta(days=4) else 1
    for tick in range(count + 1):
        share = tick / count
        at, day = left + share * (right - left), first + share * (last - first)
        out.append(
            f'<text x="{at:.1f}" y="{_HEIGHT - _BOTTOM + 22:g}" text-anchor="middle">'
            f"{day.date().isoformat()}</text>"
        )
    return "".join(out)


def _line(points: Sequence[tuple[float, float]], colour: str, *, dashed: bool = False) -> str:
    steps = "L".join(f"{a:.1f} {b:.1f}" for a, b in points)
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    return f'<path d="M{steps}" stroke="{colour}" stroke-width="2" fill="none"{dash}/>'


def _entry(row: int, one: DefectGrowth, colour: str) -> str:
    left, top = _WIDTH - _RIGHT + 52, _TOP + 14 + 40 * row
    rate = one.forecast.rate if one.forecast else math.nan
    name = text(f"{one.kind or 'defect'} {one.defect_id[:8]}").removeprefix("<bdi>")
    return (
        f'<path d="M{left:g} {top - 5:g}h18" stroke="{colour}" stroke-width="3"/>'
        f'<text x="{left + 26:g}" y="{top:g}">{name.removesuffix("</bdi>")}</text>'
        f'<text x="{left + 26:g}" y="{top + 16:g}" class="more">{number(rate, 2)} mm² a day</text>'
    )


def _page(content: str) -> str:
    style = (
        "text{font:13px sans-serif;fill:#222}.title{font-size:15px}.more{fill:#666}"
        ".grid{stroke:#ddd;fill:none}"
    )
    return xml_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" '
        f'width="{_WIDTH:g}" height="{_HEIGHT:g}"><style>{style}</style>'
        f'<rect width="100%" height="100%" fill="#fff"/>{content}</svg>\n'
    )
