"""Growth of defects over several surveys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from railmap.errors import InputError, UsageError
from railmap.mapping.compare.growth import defect_growth, fit_growth
from railmap.mapping.store.editing import edit_map
from railmap.progress import NullReporter
from tests.mapping.compare.test_surveys import add_defects, tracks, write

START = datetime(2026, 1, 1, tzinfo=UTC)


def survey(folder: Path, day: float, areas: dict[str, float | None], shift: float = 0.0) -> Path:
    """A map whose defects lie at x = 20, 40, ... in the order of their names' first letters."""
    date = START + timedelta(days=day)
    path = write(folder / f"day{day:g}.gpkg", tracks(), started=date)
    rows = []
    for name, area in areas.items():
        row = {"defect_id": name, "class": "squat", "x": 20.0 * (ord(name[0]) - 96) + shift}
        rows.append(row | ({} if area is None else {"area_mm2": area}) | {"severity": 2})
    add_defects(path, rows)
    return path


def test_three_surveys_give_a_forecast(tmp_path: Path) -> None:
    maps = [
        survey(tmp_path, 0, {"a1": 100.0, "b1": 50.0}),
        survey(tmp_path, 20, {"a3": 210.0, "b3": 50.0}, shift=0.2),
        survey(tmp_path, 10, {"a2": 150.0, "b2": 50.0}, shift=0.1),
    ]
    fast, still = defect_growth(maps)
    assert (fast.defect_id, fast.kind, fast.layer) == ("a3", "squat", "defect")
    assert fast.areas == (100.0, 150.0, 210.0)
    assert fast.seen == tuple(START + timedelta(days=day) for day in (0, 10, 20))
    assert fast.forecast is not None
    assert fast.forecast.rate == pytest.approx(5.5)
    assert fast.forecast.at == START + timedelta(days=30)
    assert fast.forecast.area == pytest.approx(153.3333 + 5.5 * 20, abs=1e-3)
    assert still.forecast is not None
    assert still.forecast.rate == 0.0
    assert still.forecast.interval == (50.0, 50.0)


def test_two_surveys_give_a_rate_only(tmp_path: Path) -> None:
    maps = [survey(tmp_path, 0, {"a1": 100.0}), survey(tmp_path, 10, {"a2": 150.0})]
    (one,) = defect_growth(maps, at=START + timedelta(days=99))
    assert one.forecast is not None
    assert one.forecast.rate == 5.0
    assert (one.forecast.rate_interval, one.forecast.area, one.forecast.at) == (None, None, None)


def test_a_defect_is_followed_until_a_survey_does_not_show_it(tmp_path: Path) -> None:
    maps = [
        survey(tmp_path, 0, {"a1": 100.0, "b1": 10.0, "c1": None}),
        survey(tmp_path, 10, {"a2": 150.0, "b2": 20.0, "c2": 5.0}),
        survey(tmp_path, 20, {"b3": 30.0, "d3": 1.0}),
        survey(tmp_path, 30, {"a4": 300.0, "b4": 40.0, "d4": 2.0}),
    ]
    found = {one.defect_id: one.areas for one in defect_growth(maps)}
    assert found == {"a2": (100.0, 150.0), "b4": (10.0, 20.0, 30.0, 40.0), "d4": (1.0, 2.0)}


def test_what_the_last_survey_does_not_show_has_no_forecast(tmp_path: Path) -> None:
    maps = [
        survey(tmp_path, day, {f"b{day}": 50.0 + day} | ({} if day == 30 else {f"a{day}": 100.0}))
        for day in (0, 10, 20, 30)
    ]
    still, gone = defect_growth(maps)
    assert (still.defect_id, gone.defect_id) == ("b30", "a20")
    assert still.forecast is not None
    assert still.forecast.area == pytest.approx(90.0)
    assert gone.forecast is not None
    assert gone.forecast.rate_interval == (0.0, 0.0)
    assert (gone.forecast.at, gone.forecast.area, gone.forecast.interval) == (None, None, None)


def test_the_intervals_are_those_of_the_regression() -> None:
    found = fit_growth([0, 1, 2, 3, 4], [1.0, 3.1, 4.9, 7.2, 8.8], 6)
    # numpy.polyfit, and 3.182446 for 95 % of Student's t with 3 degrees of freedom
    (rate, start), ((variance, _), _) = np.polyfit(
        [0, 1, 2, 3, 4], [1.0, 3.1, 4.9, 7.2, 8.8], 1, cov=True
    )
    assert found.rate == pytest.approx(rate)
    assert found.rate_interval is not None
    assert found.rate_interval[1] - rate == pytest.approx(3.182446 * variance**0.5, rel=1e-5)
    assert found.area == pytest.approx(start + 6 * rate)
    scatter = (variance * 10) ** 0.5
    assert found.interval is not None
    assert found.interval[1] - found.area == pytest.approx(
        3.182446 * scatter * (1 + 1 / 5 + 16 / 10) ** 0.5, rel=1e-5
    )


def test_an_area_is_never_below_nothing() -> None:
    found = fit_growth([0, 1, 2], [30.0, 20.0, 10.5], 9)
    assert found.area == 0.0
    assert found.interval is not None
    assert found.interval[0] == 0.0


@pytest.mark.slow
def test_the_prediction_interval_covers_what_it_says() -> None:
    rng = np.random.default_rng(7)
    inside = 0
    for _ in range(2000):
        days = np.sort(rng.uniform(0, 100, 5))
        areas = 1000 + 4 * days + rng.normal(0, 20, 5)
        found = fit_growth(days.tolist(), areas.tolist(), 130)
        assert found.interval is not None
        low, high = found.interval
        inside += low <= 1000 + 4 * 130 + rng.normal(0, 20) <= high
    assert inside / 2000 == pytest.approx(0.95, abs=0.02)


def test_what_cannot_be_told_is_said(tmp_path: Path) -> None:
    one = survey(tmp_path, 0, {"a1": 1.0})
    with pytest.raises(UsageError, match="two or more surveys"):
        defect_growth([one])
    empty = write(tmp_path / "empty.gpkg", tracks(), started=START + timedelta(days=5))
    reporter = NullReporter()
    said: list[str] = []
    reporter.warning = said.append  # type: ignore[method-assign]
    assert defect_growth([one, empty], reporter=reporter) == []
    assert said == ["empty.gpkg: has no defects; attach them first"]
    with edit_map(empty) as sql:
        sql.execute("UPDATE source_image SET acquired_at = NULL")
    with pytest.raises(InputError, match=r"empty\.gpkg: its survey has no date"):
        defect_growth([one, empty])


def test_areas_below_nothing_are_left_out_and_the_forecast_is_ahead(tmp_path: Path) -> None:
    maps = [
        survey(tmp_path, 0, {"a1": -1.0, "b1": 10.0}),
        survey(tmp_path, 10, {"a2": 150.0, "b2": 20.0}),
    ]
    assert [one.defect_id for one in defect_growth(maps)] == ["b2"]
    with pytest.raises(UsageError, match="2026-01-11, is not after the last survey, 2026-01-11"):
        defect_growth(maps, at=datetime(2026, 1, 11))


@pytest.mark.parametrize("there", ["g.csv", "g.svg"])
def test_an_output_that_exists_stops_before_the_other_is_written(
    tmp_path: Path, there: str
) -> None:
    from railmap.errors import OutputError
    from railmap.publishing.growth.write import write_growth

    maps = [survey(tmp_path, 0, {"a1": 100.0}), survey(tmp_path, 10, {"a2": 150.0})]
    (tmp_path / there).write_text("mine")
    with pytest.raises(OutputError, match=there):
        write_growth(maps, tmp_path / "g.csv", picture=tmp_path / "g.svg")
    assert {path.name for path in tmp_path.glob("g.*")} == {there}
    assert (tmp_path / there).read_text() == "mine"
