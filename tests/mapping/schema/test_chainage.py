"""Parsing and formatting of chainage."""

from __future__ import annotations

import pytest

from railmap.errors import UsageError
from railmap.mapping.schema.chainage import (
    Location,
    format_location,
    parse_chainage,
    parse_location,
)


@pytest.mark.parametrize(
    ("text", "m"),
    [("12.4", 12400), ("12,4", 12400), ("12.4+35", 12435), ("12.4 + 35,5", 12435.5),
     ("km 12.435", 12435), ("K12+435", 12435), ("0.1", 100), ("-0.05", -50)],
)  # fmt: skip
def test_parse_chainage(text: str, m: float) -> None:
    assert parse_chainage(text) == m


@pytest.mark.parametrize("text", ["", "twelve", "12.4+", "12.4.5", "12.4 35"])
def test_no_chainage(text: str) -> None:
    with pytest.raises(ValueError, match="not a chainage"):
        parse_chainage(text)


def test_parse_location() -> None:
    assert parse_location("6185 km 12.400 +3.2") == Location("6185", 12.4, 3.2)
    assert parse_location("Süd West km 12,4") == Location("Süd West", 12.4)
    assert parse_location("6185 km 12.4+35 left 1.5 m") == Location("6185", 12.4, 35, -1.5)
    for text in ("6185", "km 12.4", "6185 12.4", "6185 km x"):
        with pytest.raises(UsageError, match="write it as"):
            parse_location(text)


def test_format_location() -> None:
    assert format_location(Location("6185", 12.4, 3.2)) == "6185 km 12.400 +3.2"
    assert format_location(Location("6185", 12.4, 0, -1.25)) == "6185 km 12.400 +0.0 left 1.25"
