"""`report`: every table of the page; the style and the pictures are masked."""

from __future__ import annotations

import re
from pathlib import Path

from tests.golden import golden_events
from tests.golden.golden_files import Golden
from tests.golden.golden_inputs import unpack
from tests.golden.golden_rows import MASK
from tests.golden.golden_run import run

# The style, the pictures and the version.
_VARYING = (
    r"(?<=<style>).*?(?=</style>)",
    r"(?<=sha256-)[^']*",
    r"(?<=base64,)[^\"]*",
    r"(?<=content=\"railmap )[^\"]*",
    r"(?<=This report: railmap )[0-9.]*\d",
)


def test_report(golden: Golden, event_folder: Path, tmp_path: Path) -> None:
    unpack("survey2.gpkg", tmp_path / "before.gpkg")
    out = tmp_path / "survey.html"
    done = run(
        event_folder, "report", golden_events.MAP, "-o", out,
        "--before", tmp_path / "before.gpkg", "--title", "Öst & West",
    )  # fmt: skip
    assert done.stages == ["report"]
    assert list(done.outputs) == ["report"]
    page = out.read_text(encoding="utf-8")
    for pattern in _VARYING:
        page = re.sub(pattern, MASK, page, flags=re.DOTALL)
    page = re.sub(r"(?=<(?:tr|section|table|figure|path|figcaption|p|h2|/section)\b)", "\n", page)
    golden.text("survey.html", page)
