"""A plan of the whole map as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from railmap.publishing.report.markup import Html, number
from railmap.publishing.report.survey import Survey
from railmap.publishing.report.worst import Spot

__all__ = ["overview"]

_SIDE = 1000.0  # of the longer side of the plan
_MARGIN = 24.0
_LEAST = 160.0  # of the shorter side
_LABEL = 12.0


def overview(survey: Survey, spots: Sequence[Spot]) -> Html:
    """Return the plan, north up, with the numbers of the pictures; empty without track."""
    links = survey.content.links
    lines = shapely.force_2d(links.geometry.to_numpy())
    sound = ~(shapely.is_missing(lines) | shapely.is_empty(lines))
    if not sound.any():
        return Html("")
    shown = [*lines[sound], *(shapely.Point(spot.x, spot.y) for spot in spots)]
    west, south, east, north = shapely.total_bounds(shown).tolist()
    extent = max(east - west, north - south, 1.0)
    scale = (_SIDE - 2 * _MARGIN) / extent
    width = max((east - west) * scale + 2 * _MARGIN, _LEAST)
    height = max((north - south) * scale + 2 * _MARGIN, _LEAST)
    x0 = (width - (east - west) * scale) / 2
    y0 = (height - (north - south) * scale) / 2

    def place(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([(xy[:, 0] - west) * scale + x0, (north - xy[:, 1]) * scale + y0])

    siding = links["service"].notna().to_numpy()
    hidden = (links["geometry_source"] == "interpolated").to_numpy()
    paths = []
    for kind, chosen in (
        ("siding", siding & ~hidden),
        ("main", ~siding & ~hidden),
        ("hidden", hidden),
    ):
        some = shapely.simplify(lines[sound & chosen], extent / 4000)
        steps = "".join(_path(place(shapely.get_coordinates(line))) for line in some)
        paths.append(f'<path class="{kind}" d="{steps}"/>' if steps else "")
    bar = 10.0 ** math.floor(math.log10(extent / 3))
    bar *= max(step for step in (1, 2, 5) if step * bar <= extent / 3)
    end = _MARGIN + bar * scale
    below = height + 30
    return Html(
        f'<svg class="plan" viewBox="0 0 {width:.0f} {below + 12:.0f}" role="img" '
        f'aria-label="Plan of the tracks">{"".join(paths)}{_marks(spots, place)}'
        f'<path class="bar" d="M{_MARGIN:g} {below:.1f}H{end:.1f}"/>'
        f'<text x="{end + 10:.1f}" y="{below + 5:.1f}">{number(bar)} m, north is up</text></svg>'
        '<p class="note">Dark: running track; brown: siding, yard or spur; orange: interpolated. '
        "Numbers: pictures of the worst places.</p>"
    )


def _path(xy: NDArray[np.float64]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in xy.tolist())


def _marks(
    spots: Sequence[Spot], place: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> str:
    out = []
    for index, spot in enumerate(spots, 1):
        ((x, y),) = place(np.array([[spot.x, spot.y]])).tolist()
        out.append(
            f'<a href="#place-{index}" class="{spot.kind}"><circle class="spot" cx="{x:.1f}" '
            f'cy="{y:.1f}" r="{_LABEL:g}"/><text class="spot" x="{x:.1f}" y="{y + 4.5:.1f}">'
            f"{index}</text></a>"
        )
    return "".join(out)
