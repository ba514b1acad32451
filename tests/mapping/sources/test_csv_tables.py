from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from railmap.errors import InputError
from railmap.mapping.sources.csv_tables import read_table, typed_cells


def table(folder: Path, content: str | bytes) -> Path:
    path = folder / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def cells(path: Path) -> dict[str, list[str | None]]:
    return {name: column.tolist() for name, column in read_table(path).frame.items()}


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,x\n2,y\n",
        "a;b\r\n1;x\r\n2;y\r\n",
        "a\tb\n1\tx\n2\ty\n",
        "sep=;\r\na;b\r\n1;x\r\n2;y\r\n",
        '"sep=|"\na|b\n1|x\n2|y\n',
        "\ufeffa,b\n1,x\n2,y\n",
        "a,b\r1,x\r2,y\r",
        "a;b\n1;x\n;\n2;y\n;;\n\n",
        "a,b,,\n1,x,,\n2,y,,\n",
        "a;b\n1;x\n2;y\n".encode("utf-16"),
        "\ufeffa\tb\n1\tx\n2\ty\n".encode("utf-16-be"),
        '"a","b"\n"1","x"\n"2","y"\n',
    ],
)
def test_tables_of_many_programs(tmp_path: Path, content: str | bytes) -> None:
    assert cells(table(tmp_path, content)) == {"a": ["1", "2"], "b": ["x", "y"]}


def test_rows_have_the_numbers_of_a_spreadsheet(tmp_path: Path) -> None:
    read = read_table(table(tmp_path, 'a,b\n1,"two\nlines"\n,\n3,4\n'))
    assert list(read.rows) == [2, 4]
    assert read.frame["b"].tolist() == ["two\nlines", "4"]


def test_text_is_not_touched(tmp_path: Path) -> None:
    given = [
        "NA",
        "None",
        "nan",
        "NULL",
        "000123",
        "12E3",
        " x ",
        "1,5",
        "TRUE",
        "#N/A",
        "-0",
        "\0",
    ]
    content = "a;b\n" + "".join(f'1;"{value}"\n' for value in given)
    assert cells(table(tmp_path, content))["b"] == given


def test_headers_that_are_equal_or_empty_are_named(tmp_path: Path) -> None:
    read = read_table(table(tmp_path, "a,a,a_2,,b\n1,2,3,4,\n"))
    assert list(read.frame.columns) == ["a", "a_3", "a_2", "column_4", "b"]
    assert read.notes == (
        "the second column 'a' is called 'a_3'",
        "column 4 has no name and is called column_4",
    )


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("a,b\n1,2,3\n", "row 2 has 3 cells, the header 2"),
        ('a,b\n1,"2\n3,4\n', "row 2 cannot be read.*quotes"),
        ("a,b\n1,\xe9\n".encode("latin-1"), "is not UTF-8 \\(byte 7\\)"),
        (",".join(f"c{i}" for i in range(200_000)) + "\n", "has 200000 columns"),
        ("\n", "no header"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, content: str | bytes, fault: str) -> None:
    with pytest.raises(InputError, match=rf"t\.csv: {fault}|t\.csv: .*{fault}"):
        read_table(table(tmp_path, content))


@pytest.mark.parametrize(
    ("given", "kind", "values"),
    [
        (["1", "-3", "0"], "int64", [1, -3, 0]),
        (["1", None], "Int64", [1, None]),
        (["9223372036854775807"], "int64", [2**63 - 1]),
        (["9223372036854775808"], "object", None),
        (["0.5", "-12.25"], "float64", [0.5, -12.25]),
        (["1e-07", "1e+16"], "float64", [1e-7, 1e16]),
        (["007", "8"], "object", None),
        (["12E3"], "object", None),
        (["1.50"], "object", None),
        (["1", "2.5"], "object", None),
        (["+1"], "object", None),
        (["-0"], "object", None),
        (["1", ""], "object", None),
        (["nan", "0.5"], "object", None),
        (["1_0"], "object", None),
        (["٣"], "object", None),
    ],
)
def test_a_column_is_a_number_only_if_it_comes_back(
    given: list[str | None], kind: str, values: list | None
) -> None:
    import pandas as pd

    typed = typed_cells(pd.Series(given, dtype=object))
    assert str(typed.dtype) == kind
    assert [None if pd.isna(v) else v for v in typed] == (given if values is None else values)


CELL = st.text(st.characters(exclude_categories=("Cs",)), max_size=8) | st.sampled_from(
    ["1", "0.5", "-7", "1e5", "007", "NA", "=1", "a;b", 'q"q', "\r", "\n", "\t", "\0", " "]
)


@given(
    rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=5),
    separator=st.sampled_from(",;\t"),
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_cells_are_read_as_they_are_written(
    tmp_path: Path, rows: list[list[str]], separator: str
) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b", "c"], *rows])
    found = cells(table(tmp_path, buffer.getvalue()))
    kept = [row for row in rows if any(row)]
    assert list(zip(*found.values(), strict=True)) == [
        tuple(cell or None for cell in row) for row in kept
    ]
