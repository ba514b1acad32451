"""Growth of defects as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from railmap.mapping.compare.growth import DefectGrowth
from railmap.publishing.exchange.safe_text import no_formula

__all__ = ["growth_csv"]

_COLUMNS = (
    "defect_id", "layer", "class", "link_id", "link_m", "surveys", "first_seen", "last_seen",
    "first_area_mm2", "last_area_mm2", "rate_mm2_day", "rate_low", "rate_high",
    "forecast_on", "forecast_mm2", "forecast_low", "forecast_high",
)  # fmt: skip


def growth_csv(defects: Sequence[DefectGrowth]) -> str:
    """Return a row for each defect; cells are empty where there is no value.

    ``_low`` and ``_high`` are 95 % intervals, which three surveys or more give.
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(_COLUMNS)
    table.writerows(_row(one) for one in defects)
    return out.getvalue()


def _row(one: DefectGrowth) -> list[str]:
    found = one.forecast
    rate = found.rate_interval if found else None
    area = found.interval if found else None
    return [
        no_formula(one.defect_id),
        one.layer,
        no_formula(one.kind),
        no_formula(one.link_id or ""),
        _number(one.link_m, 3),
        str(len(one.seen)),
        one.seen[0].date().isoformat(),
        one.seen[-1].date().isoformat(),
        _number(one.areas[0], 1),
        _number(one.areas[-1], 1),
        _number(found.rate if found else None, 4),
        *(_number(value, 4) for value in rate or (None, None)),
        found.at.date().isoformat() if found and found.at else "",
        _number(found.area if found else None, 1),
        *(_number(value, 1) for value in area or (None, None)),
    ]


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
