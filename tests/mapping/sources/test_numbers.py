from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from railmap.mapping.sources.numbers import (
    column_numbers,
    has_decimal_comma,
    parse_degrees,
    parse_number,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("500010.5", 500010.5),
        ("500010,5", 500010.5),
        ("500.010,5", 500010.5),
        ("5.699.978", 5699978.0),
        ("5.699.978,9", 5699978.9),
        ("500,010.5", 500010.5),
        ("5,699,978", 5699978.0),
        ("500 010,5", 500010.5),
        ("500\u00a0010.5", 500010.5),
        ("500\u202f010", 500010.0),
        ("500'010.5", 500010.5),
        ("500’010.5", 500010.5),
        (" -0,5 ", -0.5),
        ("−3.5", -3.5),
        ("5e5", 5e5),
        (".5", 0.5),
    ],
)
def test_numbers_of_many_countries(text: str, value: float) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize(
    "text", ["", "abc", "500,010", "12.34.56", "1.2345.678", "5e999", "nan", "inf", "0x10", "1 2",
             "500.010.5", "1_000", "٣"],
)  # fmt: skip
def test_what_is_no_number_or_could_be_two(text: str) -> None:
    assert parse_number(text) is None


def test_a_comma_and_a_point_by_what_the_other_cells_show() -> None:
    assert parse_number("51,449", comma=True) == 51.449
    assert parse_number("500.010", thousands=True) == 500010.0
    assert parse_number("500.010") == 500.01
    assert has_decimal_comma(["x", "500010,5"])
    assert not has_decimal_comma(["500,010", "500.010", "1"])


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
def test_every_float_is_read_as_it_is_written(value: float) -> None:
    assert parse_number(repr(value)) == value
    if "e" not in repr(value) and not 1 <= abs(value) < 1000:
        assert parse_number(repr(value).replace(".", ","), comma=True) == value


@pytest.mark.parametrize(
    ("text", "letters", "value"),
    [
        ("51°26'59.5\"N", "NS", 51 + 26 / 60 + 59.5 / 3600),
        ("9°00'00.5''E", "EW", 9 + 0.5 / 3600),
        ("9° 0′ 0,5″ W", "EW", -(9 + 0.5 / 3600)),
        ("N 51 26.992", "NS", 51 + 26.992 / 60),
        ("S51.5", "NS", -51.5),
        ("51:26:59.5", "NS", 51 + 26 / 60 + 59.5 / 3600),
        ("-51 30 0", "NS", -51.5),
        ("51.5°", "NS", 51.5),
        ("51,4499", "NS", 51.4499),
        ("51d26m59.5sN", "NS", 51 + 26 / 60 + 59.5 / 3600),
    ],
)
def test_degrees(text: str, letters: str, value: float) -> None:
    assert parse_degrees(text, letters) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "letters"),
    [("9°00'E", "NS"), ("51°60'N", "NS"), ("51°10'61\"", "NS"), ("-51°N", "NS"),
     ("9°O", "EW"), ("N51N", "NS"), ("fifty", "NS"), ("", "NS")],
)  # fmt: skip
def test_what_is_no_angle_of_this_axis(text: str, letters: str) -> None:
    assert parse_degrees(text, letters) is None


def test_a_column_names_what_it_does_not_understand() -> None:
    values, bad = column_numbers(["1,5", None, " ", "one", 2, np.float64(3)], comma=True)
    assert values[[0, 4, 5]].tolist() == [1.5, 2.0, 3.0]
    assert np.isnan(values[[1, 2, 3]]).all()
    assert bad == {3: "one"}
    values, bad = column_numbers(pd.Series([1, None], dtype="Int64"))
    assert values[0] == 1.0
    assert math.isnan(values[1])
    assert not bad
