"""Growth of defects over two or more surveys, with a forecast where three or more allow one."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from railmap.errors import InputError, UsageError
from railmap.mapping.compare.defects import dated
from railmap.mapping.compare.surveys import find_changes
from railmap.mapping.compare.tracks import CompareLimits
from railmap.mapping.store.reader import Map, read_map
from railmap.progress import NullReporter, Reporter

__all__ = ["DefectGrowth", "Forecast", "defect_growth", "fit_growth"]

_LAYERS = ("defect", "defect_area")
_DAY = timedelta(days=1)
_COVERAGE = 0.95


@dataclass(frozen=True, slots=True)
class Forecast:
    """A straight line through the areas of a defect over time, by least squares.

    Parameters
    ----------
    rate
        Growth, mm² a day.
    rate_interval
        Its 95 % confidence interval; None of two surveys, which tell no scatter.
    at
        Date of the forecast; None of two surveys, and of a defect that the last survey does not
        show.
    area, interval
        Area at that date and its 95 % prediction interval, mm². Areas are at least 0.
    """

    rate: float
    rate_interval: tuple[float, float] | None = None
    at: datetime | None = None
    area: float | None = None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class DefectGrowth:
    """One defect in several surveys.

    Parameters
    ----------
    defect_id
        Its id in the latest survey that shows it.
    layer
        ``defect`` or ``defect_area``.
    kind
        Its class in that survey; empty if unknown.
    link_id, link_m
        Its place in that survey; None if it is not attached.
    seen
        Dates of the surveys that show it, in order.
    areas
        Its area in each, mm².
    forecast
        The line through them; None if all have the same date.
    """

    defect_id: str
    layer: str
    kind: str
    link_id: str | None
    link_m: float | None
    seen: tuple[datetime, ...]
    areas: tuple[float, ...]
    forecast: Forecast | None


def defect_growth(
    maps: Sequence[str | os.PathLike[str]],
    *,
    at: datetime | None = None,
    limits: CompareLimits | None = None,
    reporter: Reporter | None = None,
) -> list[DefectGrowth]:
    """Follow the defects of a place through its surveys.

    Each survey is compared with the one before it (`railmap.compare`): a defect is followed as long
    as every survey shows it. Sightings without an area or a date are left out.

    Parameters
    ----------
    maps
        Two or more maps with attached defects, in any order and CRS.
    at
        Date of the forecast, UTC unless it has a zone; None takes the mean time between the
        surveys after the last one.
    limits
        Distances within which defects are the same.
    reporter
        Receives the progress; warns of surveys without defects.

    Returns
    -------
    list of DefectGrowth
        Defects that two or more surveys show, the fastest growing first.

    Raises
    ------
    UsageError
        If there are fewer than two maps, or the forecast is not after the last survey.
    InputError
        If they are of different places, or a survey has no date.
    MapError
        If a map cannot be read.
    """
    reporter = reporter or NullReporter()
    if len(maps) < 2:
        raise UsageError("growth needs the maps of two or more surveys")
    reporter.stage("growth", len(maps) - 1)
    surveys = sorted((_survey(path, reporter) for path in maps), key=lambda survey: survey.date)
    if at is not None:
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        if at <= surveys[-1].date:
            raise UsageError(
                f"the date of the forecast, {at.date()}, is not after the last survey,"
                f" {surveys[-1].date.date()}"
            )
    # Sightings of each defect that the latest survey shows, by layer and id there.
    followed: dict[tuple[str, str], list[pd.Series]] = {}
    ended: list[tuple[tuple[str, str], list[pd.Series]]] = []
    for old, new in pairwise(surveys):
        ids = find_changes(old.content, new.content, limits=limits).ids
        before = followed
        followed = {}
        for layer in _LAYERS:
            earlier, later = old.defects(layer), new.defects(layer)
            for new_id, old_id in ids[layer].items():
                sightings = before.pop((layer, old_id), None) or [earlier.loc[old_id]]
                followed[layer, new_id] = [*sightings, later.loc[new_id]]
        ended += before.items()
        reporter.advance(1)
    dates = [survey.date for survey in surveys]
    moment = at or dates[-1] + (dates[-1] - dates[0]) / (len(dates) - 1)
    # What the last survey does not show may be repaired: its past is told, not its future.
    grown = [_growth(*key, sightings, None) for key, sightings in ended]
    grown += [_growth(*key, sightings, moment) for key, sightings in followed.items()]
    return sorted(
        (one for one in grown if one is not None),
        key=lambda one: (-(one.forecast.rate if one.forecast else -math.inf), one.defect_id),
    )


def fit_growth(days: Sequence[float], areas: Sequence[float], ahead: float) -> Forecast:
    """Fit a straight line to areas over time.

    Parameters
    ----------
    days, areas
        Times in days, not all the same, and areas in mm²; at least two.
    ahead
        Time of the forecast, on the scale of `days`.

    Returns
    -------
    Forecast
        Without its date. Two values give a rate only.

    Examples
    --------
    >>> fit_growth([0, 10], [100, 150], 20).rate
    5.0
    """
    x, y = np.asarray(days, dtype=np.float64), np.asarray(areas, dtype=np.float64)
    off = x - x.mean()
    spread = float(off @ off)
    rate = float(off @ y) / spread
    count = len(x)
    if count < 3:
        return Forecast(rate)
    from scipy.special import stdtrit

    left = y - y.mean() - rate * off
    scatter = math.sqrt(float(left @ left) / (count - 2))
    times = float(stdtrit(count - 2, (1 + _COVERAGE) / 2)) * scatter
    area = float(y.mean()) + rate * (ahead - float(x.mean()))
    error = times * math.sqrt(1 + 1 / count + (ahead - float(x.mean())) ** 2 / spread)
    slope = times / math.sqrt(spread)
    return Forecast(
        rate,
        (rate - slope, rate + slope),
        None,
        max(area, 0.0),
        (max(area - error, 0.0), max(area + error, 0.0)),
    )


@dataclass(frozen=True, slots=True)
class _Survey:
    content: Map
    date: datetime

    def defects(self, layer: str) -> pd.DataFrame:
        frame = dated(self.content.layers.get(layer), self.content.layers["source_image"])
        if frame is None:
            return pd.DataFrame()
        return frame.drop_duplicates("defect_id").set_index("defect_id", drop=False)


def _survey(path: str | os.PathLike[str], reporter: Reporter) -> _Survey:
    content = read_map(path)
    seen = [
        dated(content.layers[layer], content.layers["source_image"])["last_seen"].dropna()  # type: ignore[index]
        for layer in _LAYERS
        if layer in content.layers
    ]
    seen.append(content.layers["source_image"]["acquired_at"].dropna())
    if not any(layer in content.layers and len(content.layers[layer]) for layer in _LAYERS):
        reporter.warning(f"{Path(path).name}: has no defects; attach them first")
    latest = [column.max() for column in seen if len(column)]
    if not latest:
        raise InputError(
            f"{os.fspath(path)}: its survey has no date; give the images or the defects one"
        )
    return _Survey(content, max(latest).to_pydatetime())


def _growth(
    layer: str, defect_id: str, rows: Sequence[pd.Series], at: datetime | None
) -> DefectGrowth | None:
    known = [row for row in rows if row["area_mm2"] >= 0 and not pd.isna(row["last_seen"])]
    if len(known) < 2:
        return None
    seen = [row["last_seen"].to_pydatetime() for row in known]
    areas = [float(row["area_mm2"]) for row in known]
    days = [(moment - seen[0]) / _DAY for moment in seen]
    forecast = None
    if len(set(days)) > 1:
        forecast = fit_growth(days, areas, ((at or seen[-1]) - seen[0]) / _DAY)
        if at is None:
            forecast = replace(forecast, area=None, interval=None)
        elif forecast.area is not None:
            forecast = replace(forecast, at=at)
    last = known[-1]
    return DefectGrowth(
        defect_id, layer, _text(last["class"]), _text(last["link_id"]) or None,
        None if pd.isna(last["link_m"]) else float(last["link_m"]),
        tuple(seen), tuple(areas), forecast,
    )  # fmt: skip


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
