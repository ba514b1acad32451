"""`check`, `export`, `publish`, `compare` and `conflate`: what they print, and exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from railmap.cli.main import app
from railmap.mapping import read_map
from railmap.mapping.store.editing import edit_map
from tests.helpers import heights, published


@pytest.fixture(scope="module")
def line_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map with a line, a post, defects and a scene; not to be changed."""
    return published.make_map(tmp_path_factory.mktemp("published") / "Gleise öst.gpkg")


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.output


def test_check_prints_a_table_and_is_strict_if_asked(line_map: Path, tmp_path: Path) -> None:
    path = shutil.copy(line_map, tmp_path / "m.gpkg")
    with edit_map(path) as sql:
        sql.execute("UPDATE railway_link SET end_node = 'gone' WHERE fid = 1")
    code, said = run("check", path)
    assert code == 0
    assert "unknown_node" in said
    assert "unknown_node" in set(read_map(path).layers["qa_issue"]["rule"])
    code, said = run("check", path, "--strict")
    assert code == 3
    assert "errors" in said


def test_export_publish_compare_and_conflate(line_map: Path, tmp_path: Path) -> None:
    code, said = run("export", line_map, "-o", tmp_path / "x.osm")
    assert (code, "9 ways" in said) == (0, True)
    code, said = run("publish", line_map, "-o", tmp_path / "site", "--title", "Öst")
    assert (code, (tmp_path / "site" / "index.html").is_file()) == (0, True)
    code, said = run("compare", line_map, line_map, "-o", tmp_path / "c.gpkg")
    assert (code, "links: no change" in said, "defects: 3 open" in said) == (0, True, True)
    path = shutil.copy(line_map, tmp_path / "m.gpkg")
    code, said = run("conflate", path, "--with", tmp_path / "x.osm")
    assert (code, "9 of 9 links matched" in said) == (0, True)


def test_drape(tmp_path: Path) -> None:
    tracks = heights.write_tracks(tmp_path / "t.gpkg")
    dem = heights.write_dem(tmp_path / "dem.tif", crs="EPSG:25832+7837", scale=1 / 0.3048)
    words = ("drape", tracks, "--dem", dem, "--step", "20", "--accuracy", "0.05", "--unit", "ft")
    code, said = run(*words)
    assert code == 0
    assert "heights on 1844 of 1844 m of track; 3 of 3 links whole" in said
    assert "steepest 17.0 per mille; EPSG:7837" in said
    code, said = run("drape", tracks, "--dem", dem, "--max-gradient", "2000")
    assert (code, "--max-gradient is 1 to 1000, not 2000" in said) == (2, True)


def test_review_lists_writes_labels_and_answers(line_map: Path, tmp_path: Path) -> None:
    code, said = run("review", line_map, "--below", 1)
    assert (code, "doubtful_track" in said, "issues to review" in said) == (0, True, True)
    path = shutil.copy(line_map, tmp_path / "m.gpkg")
    requests = [{"do": "list", "below": 1}, {"do": "labels"}]
    text = "".join(json.dumps(request) + "\n" for request in requests)
    done = CliRunner().invoke(app, ["review", str(path), "--serve"], input=text)
    listed, labels = (json.loads(line) for line in done.output.splitlines())
    assert (done.exit_code, listed["do"], "error" in labels) == (0, "list", True)
    assert listed["items"]
    code, said = run("review", path, "--labels", tmp_path / "l.gpkg")
    assert (code, "no track was accepted or rejected yet" in said) == (3, True)
    with edit_map(path) as sql:
        sql.execute("UPDATE railway_link SET geometry_source = 'edited' WHERE fid = 1")
    code, said = run("review", path, "--labels", tmp_path / "l.gpkg")
    assert (code, "around 1 accepted and 0 rejected tracks" in said) == (0, True)


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("drape", "MAP", "--dem", "OUT/none.tif"), 3, "no such file"),
        (("export", "MAP", "-o", "OUT/x.tif"), 2, "no export to '.tif'"),
        (("export", "OUT/none.gpkg", "-o", "OUT/x.osm"), 3, "no such file"),
        (("publish", "MAP", "-o", "OUT"), 3, "contains other files"),
        (("publish", "MAP", "-o", "OUT/s", "--basemap", "A"), 2, "write NAME=https://HOST"),
        (("publish", "MAP", "-o", "OUT/s", "--photos", "OUT/none"), 3, "is not a folder"),
        (("publish", "MAP", "-o", "OUT/s", "--before", "OUT/none.gpkg"), 3, "no such file"),
        (("publish", "MAP", "-o", "OUT/s", "--before-ortho", "OUT/none.tif"), 3, "none.tif"),
        (("report", "MAP", "-o", "OUT/x.pdf"), 2, "a report is HTML; name it *.html"),
        (("report", "MAP", "-o", "OUT/x.html", "--image", "OUT/no.tif"), 3, "no such file"),
        (("report", "MAP", "-o", "OUT/mine.txt/x.html"), 3, "is a file, not a folder"),
        (("compare", "MAP", "OUT/none.gpkg", "-o", "OUT/c.gpkg"), 3, "no such file"),
        (("conflate", "MAP", "--with", "OUT/none.osm"), 3, "no such file"),
        (("check", "OUT/none.gpkg"), 3, "no such file"),
    ],
)
def test_bad_input_is_one_line(
    line_map: Path, tmp_path: Path, words: tuple[str, ...], code: int, text: str
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    before = line_map.read_bytes()
    words = tuple(
        word.replace("MAP", str(line_map)).replace("OUT", str(tmp_path)) for word in words
    )
    got, said = run(*words, "--progress", "none")
    assert got == code
    assert text in said
    assert len(said.strip().splitlines()) == 1
    assert line_map.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
