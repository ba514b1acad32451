"""``--quiet``, ``--verbose``, ``--log-file`` and ``--json``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from railmap import __version__
from tests.golden import golden_inputs
from tests.helpers.commands import Answer

Run = Callable[..., Answer]


def test_quiet_verbose_and_log_file(run: Run, tmp_path: Path) -> None:
    tracks = golden_inputs.unpack("survey1.gpkg", tmp_path / "tracks.gpkg")
    log = tmp_path / "railmap.log"
    assert run("export", tracks, "-o", tmp_path / "a.osm", "-q").err == ""
    done = run("export", tracks, "-o", tmp_path / "b.osm", "-v", "--log-file", log)
    assert done.code == 0
    assert re.search(r"export: \d+\.\d s", done.err)
    failed = run("export", tracks, "-o", tmp_path / "b.osm", "-q", "--log-file", log)
    assert failed.code == 3
    assert failed.line
    written = log.read_text("utf-8")
    assert f"railmap {__version__}" in written
    assert "b.osm: " in written
    assert "ERROR railmap: " in written
    assert "Traceback" in written  # for whoever looks into it; the terminal shows one line
    bad = run("export", tracks, "-o", tmp_path / "c.osm", "--log-file", tmp_path / "x" / "y.log")
    assert (bad.code, "the log can't be written" in bad.line) == (3, True)


def test_json_is_one_object_on_stdout(run: Run, tmp_path: Path) -> None:
    tracks = golden_inputs.unpack("survey1.gpkg", tmp_path / "tracks.gpkg")
    checked = json.loads(run("check", tracks, "--json").out)
    assert checked["version"] == __version__
    assert checked["errors"] + checked["warnings"] == len(checked["issues"])
    words = ("compare", tracks, tracks, "-o", tmp_path / "c.gpkg", "--json")
    compared = json.loads(run(*words).out)
    assert compared["outputs"] == {"changes": str(tmp_path / "c.gpkg")}
    assert compared["counts"]["links"] == {}
    scored = json.loads(run("evaluate", tracks, tracks, "--json").out)
    assert scored["scores"]
    failed = run(*words)  # the output exists
    assert (failed.code, failed.out) == (3, "")
