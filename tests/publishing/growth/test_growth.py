"""The table and the picture of growing defects, and the command."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from railmap.errors import OutputError, UsageError
from railmap.mapping.compare.growth import DefectGrowth, Forecast
from railmap.publishing.growth.picture import MOST_DRAWN, growth_svg
from railmap.publishing.growth.table import growth_csv
from railmap.publishing.growth.write import write_growth
from tests.helpers.commands import run_command
from tests.mapping.compare.test_growth import survey

DAYS = tuple(datetime(2026, 1, day, tzinfo=UTC) for day in (1, 11, 21, 31))
FORECAST = Forecast(5.5, (4.25, 6.75), DAYS[3], 260.0, (200.0, 320.04))


def growth(defect_id: str = "a", kind: str = "squat", **changes: object) -> DefectGrowth:
    values = {
        "defect_id": defect_id, "layer": "defect", "kind": kind, "link_id": "L", "link_m": 12.5,
        "seen": DAYS[:3], "areas": (100.0, 150.0, 210.0), "forecast": FORECAST,
    }  # fmt: skip
    return DefectGrowth(**(values | changes))  # type: ignore[arg-type]


def test_a_row_for_each_defect() -> None:
    two = growth("=b", link_id=None, link_m=None, forecast=Forecast(5.0))
    one, other = csv.DictReader(growth_csv([growth(), two]).splitlines())
    assert list(one.values()) == [
        "a", "defect", "squat", "L", "12.500", "3", "2026-01-01", "2026-01-21", "100.0", "210.0",
        "5.5000", "4.2500", "6.7500", "2026-01-31", "260.0", "200.0", "320.0",
    ]  # fmt: skip
    assert other["defect_id"] == "'=b"
    assert [other[name] for name in ("link_id", "link_m", "rate_mm2_day", "rate_low")] == [
        "", "", "5.0000", "",
    ]  # fmt: skip
    assert other["forecast_on"] == other["forecast_mm2"] == ""


def test_the_picture_is_xml_and_shows_the_fastest() -> None:
    drawn = growth_svg([growth(str(index), "a<b&") for index in range(MOST_DRAWN + 2)])
    root = ElementTree.fromstring(drawn)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count("5.50 mm² a day") == MOST_DRAWN
    assert "a<b& 0" in texts
    circles = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    assert len(circles) == 3 * MOST_DRAWN
    heights = [float(circle.attrib["cy"]) for circle in circles[:3]]
    # areas of 100, 150 and 210 on one scale
    assert (heights[0] - heights[1]) / (heights[1] - heights[2]) == pytest.approx(5 / 6, abs=0.01)


def test_a_picture_of_nothing_says_so() -> None:
    assert "No defect has two areas" in growth_svg([growth(forecast=None)])


def test_the_command_writes_both(tmp_path: Path) -> None:
    maps = [survey(tmp_path, day, {f"a{day}": 100.0 + day}) for day in (0, 10, 20)]
    table, picture = tmp_path / "growth.csv", tmp_path / "growth.svg"
    done = run_command("growth", *maps, "-o", table, "--picture", picture, "--at", "2026-03-02")
    assert done.code == 0
    assert f"{table}: 1 defects in two or more surveys, 1 forecasts" in done.out + done.err
    (row,) = csv.DictReader(table.read_text().splitlines())
    assert (row["surveys"], row["forecast_on"], row["forecast_mm2"]) == ("3", "2026-03-02", "160.0")
    ElementTree.parse(picture)
    with pytest.raises(OutputError, match="exists"):
        write_growth(maps, table)


def test_wrong_names_and_one_map_twice_are_refused(tmp_path: Path) -> None:
    one = survey(tmp_path, 0, {"a": 1.0})
    with pytest.raises(UsageError, match=r"name it \*\.csv"):
        write_growth([one, one], tmp_path / "growth.xlsx")
    with pytest.raises(UsageError, match=r"name it \*\.svg"):
        write_growth([one, one], tmp_path / "growth.csv", picture=tmp_path / "growth.png")
    with pytest.raises(UsageError, match="named twice"):
        write_growth([one, one], tmp_path / "growth.csv")
    assert not list(tmp_path.glob("growth.*"))
