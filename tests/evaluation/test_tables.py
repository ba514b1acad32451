"""Tables as Markdown and as CSV."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from railmap.errors import OutputError, UsageError
from railmap.evaluation.tables import markdown_table, write_table


def test_tables_are_written_in_both_forms(tmp_path: Path) -> None:
    stem = tmp_path / "new" / "table-0.3"
    rows = [["a|b", 12.3456, 1], ["c", None, 20]]
    write_table(stem, "Title", ["name", "x", "n"], rows, ["first", "second"])
    markdown = (tmp_path / "new" / "table-0.3.md").read_text("utf-8")
    assert markdown == (
        "# Title\n\n| name | x | n |\n| --- | ---: | ---: |\n"
        "| a\\|b | 12.35 | 1 |\n| c | – | 20 |\n\n- first\n- second\n"
    )
    with (tmp_path / "new" / "table-0.3.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["name", "x", "n"],
            ["a|b", "12.3456", "1"],
            ["c", "", "20"],
        ]
    with pytest.raises(UsageError, match="a row of 1 values in a table of 2 columns"):
        markdown_table(["a", "b"], [["x"]])
    with pytest.raises((OutputError, OSError)):
        write_table(tmp_path / "new" / "table-0.3.md" / "t", "T", ["a"], [], [])
