"""Files that are missing, empty, damaged, locked, no map or two things at once: one plain line."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from railmap.cli.main import app
from railmap.files.inputs import file_fault, is_same_file
from railmap.mapping.sources.image_positions import ByTable, ByTrackLog
from tests.helpers.bright_band import band
from tests.helpers.commands import Answer

Run = Callable[..., Answer]
WriteRaster = Callable[..., Path]

# How GDAL, SQLite, pandas and the operating system word it.
FOREIGN = ("not recognized", "<DRIVER>", "sqlite3_", "malformed", "Errno", "See previous",
           "IReadBlock", "supported file format", "DataSource", "ogr_read")  # fmt: skip


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A probability raster with one band and its map."""
    from affine import Affine
    from typer.testing import CliRunner

    folder = tmp_path_factory.mktemp("made")
    with rasterio.open(
        folder / "p.tif", "w", driver="GTiff", width=420, height=200, count=1, dtype="uint8",
        crs="EPSG:25832", transform=Affine(0.1, 0, 500_000, 0, -0.1, 5_700_000), tiled=True,
        blockxsize=64, blockysize=64,
    ) as file:  # fmt: skip
        file.write((band()[:1] > 128).astype(np.uint8) * 254)
    words = ["trace", str(folder / "p.tif"), "-o", str(folder / "t.gpkg")]
    assert CliRunner().invoke(app, words).exit_code == 0
    return folder / "p.tif", folder / "t.gpkg"


@pytest.fixture
def mask(_made: tuple[Path, Path], tmp_path: Path) -> Path:
    return Path(shutil.copy(_made[0], tmp_path / "p.tif"))


@pytest.fixture
def tracks(_made: tuple[Path, Path], tmp_path: Path) -> Path:
    return Path(shutil.copy(_made[1], tmp_path / "t.gpkg"))


def plain(answer: Answer, code: int = 3) -> str:
    """The one line of a refusal, in our own words; a foreign reason is in brackets only."""
    assert answer.code == code, answer.err
    ours, brackets = answer.err, 1
    while brackets:
        ours, brackets = re.subn(r"\([^()]*\)", "", ours)  # innermost first
    assert not [word for word in FOREIGN if word in ours], answer.err
    return answer.line


def spoilt(tmp_path: Path) -> dict[str, Path]:
    """Files that are no vector data, by what is wrong with them."""
    folder = tmp_path / "folder"
    folder.mkdir()
    empty, text, cut = (tmp_path / f"{name}.gpkg" for name in ("empty", "text", "cut"))
    empty.touch()
    text.write_text("hello, no database " * 20)
    plain_file = tmp_path / "plain.gpkg"
    with sqlite3.connect(plain_file) as sql:
        sql.execute("CREATE TABLE a (b)")
    whole = (tmp_path / "t.gpkg").read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    return {
        "no such file": tmp_path / "no.gpkg",
        "is a folder": folder,
        "is empty (0 bytes)": empty,
        "damaged": cut,
        "another format": text,
        "or another format": plain_file,
        "such file": tmp_path / "t.gpkg" / "below.gpkg",
    }


MAP_COMMANDS = (
    ("check", "MAP"),
    ("line", "add", "MAP", "--ref", "1", "--from", "0,0", "--to", "1,1"),
    ("line", "auto", "MAP"),
    ("locate", "MAP", "1 km 2"),
    ("compare", "MAP", "MAP", "-o", "OUT/c.gpkg"),
    ("export", "MAP", "-o", "OUT/x.geojson"),
    ("publish", "MAP", "-o", "OUT/site"),
    ("report", "MAP", "-o", "OUT/x.html"),
    ("review", "MAP"),
    ("review", "MAP", "--labels", "OUT/x.gpkg"),
)


@pytest.mark.parametrize("words", MAP_COMMANDS, ids=" ".join)
def test_what_is_no_map_is_told_as_what_it_is(
    run: Run, tracks: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    told = {"another format": "not a railmap map", "or another format": "not a railmap map"}
    for reason, path in spoilt(tmp_path).items():
        full = [w.replace("MAP", str(path)).replace("OUT", str(tmp_path)) for w in words]
        line = plain(run(*full, *(() if words[0] == "locate" else ("--progress", "none"))))
        assert told.get(reason, reason) in line
        assert str(path) in line
        assert not {"c.gpkg", "x.geojson", "x.html", "site"} & {p.name for p in tmp_path.iterdir()}


@pytest.mark.parametrize(
    "words",
    [
        ("evaluate", "FILE", "MAP"),
        ("evaluate", "MAP", "FILE"),
        ("evaluate", "MAP", "MAP", "--area", "FILE"),
        ("evaluate", "MAP", "MAP", "--ignore", "FILE"),
        ("conflate", "MAP", "--with", "FILE"),
        ("attach", "FILE", "--to", "MAP"),
    ],
    ids=" ".join,
)
def test_vector_files_are_refused_in_our_words(
    run: Run, tracks: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    before = tracks.read_bytes()
    for reason, path in spoilt(tmp_path).items():
        if reason == "is a folder" and words[0] == "attach":
            reason = "the folder has no photos"
        full = [w.replace("FILE", str(path)).replace("MAP", str(tracks)) for w in words]
        line = plain(run(*full))
        assert reason.removeprefix("or ") in line, line
        assert str(path) in line
    assert tracks.read_bytes() == before


def test_area_of_interest_is_refused_in_our_words(
    run: Run, ortho: Path, tracks: Path, model: Path, tmp_path: Path
) -> None:
    for reason, path in spoilt(tmp_path).items():
        out = tmp_path / "out.gpkg"
        answer = run("vectorize", ortho, "-o", out, "--model", model, "--aoi", path)
        assert reason.removeprefix("or ") in plain(answer)
        assert not out.exists()


def test_polygons_of_one_of_several_layers(
    run: Run, ortho: Path, model: Path, tmp_path: Path
) -> None:
    area, out = tmp_path / "areas.gpkg", tmp_path / "t.gpkg"
    for name, left in (("west", 499_990), ("east", 500_020)):
        frame = gpd.GeoDataFrame(geometry=[shapely.box(left, 5_699_970, left + 30, 5_700_010)],
                                 crs=25832)  # fmt: skip
        frame.to_file(area, layer=name, mode="w" if name == "west" else "a")
    words = ("vectorize", ortho, "-o", out, "--model", model, "--aoi")
    line = plain(run(*words, area))
    assert "several polygon layers (west, east)" in line
    assert f"{area}|layername=west" in line
    answer = run(*words, f"{area}|layername=west")
    assert answer.code == 0, answer.err
    assert "Warning" not in answer.err
    links = gpd.read_file(out, layer="railway_link")
    assert links.total_bounds[2] == pytest.approx(500_020, abs=0.3)


def test_one_file_for_two_things(run: Run, tracks: Path, mask: Path, tmp_path: Path) -> None:
    before = tracks.read_bytes()
    size = ("--width", 64, "--height", 64)
    twice = tmp_path / "a.tif"
    assert "the image and the truth must be different" in plain(
        run("synth", twice, "--truth", tmp_path / "." / "a.tif", *size)
    )
    assert not twice.exists()
    assert "name it *.gpkg" in plain(run("synth", twice, "--truth", tmp_path / "b.tif", *size), 2)
    assert "is the map itself" in plain(run("conflate", tracks, "--with", tracks))
    scores = tmp_path / "e.png"
    assert "the scores and the picture must be different files" in plain(
        run("evaluate", tracks, tracks, "--scores", scores, "--picture", scores)
    )
    assert "is also an input" in plain(
        run("evaluate", tracks, tracks, "--area", mask, "--scores", mask, "--overwrite")
    )
    assert tracks.read_bytes() == before
    answer = run("compare", tracks, tracks, "-o", tmp_path / "c.gpkg")
    assert answer.code == 0
    assert "is compared with itself" in answer.err


def test_the_map_does_not_replace_the_area(
    run: Run, ortho: Path, model: Path, tmp_path: Path
) -> None:
    area = tmp_path / "area.gpkg"
    gpd.GeoDataFrame(geometry=[shapely.box(5e5, 5.6999e6, 500_020, 5.7e6)], crs=25832).to_file(area)
    words = ("--model", model, "--aoi", area, "--overwrite")
    before = area.read_bytes()
    assert "is also an input" in plain(run("vectorize", ortho, "-o", area, *words))
    assert area.read_bytes() == before


def test_outputs_are_named_as_what_they_are(
    run: Run, ortho: Path, tracks: Path, model: Path, tmp_path: Path
) -> None:
    words = ("compare", tracks, tracks, "-o", tmp_path / "c.shp")
    assert "name it *.gpkg" in plain(run(*words), 2)
    words = ("segment", ortho, "-o", tmp_path / "q.png", "--model", model)
    assert "name it *.tif" in plain(run(*words), 2)
    kept = ("--probability", tmp_path / "q.png", "--model", model)
    assert "name it *.tif" in plain(run("vectorize", ortho, "-o", tmp_path / "c.gpkg", *kept), 2)
    assert not [*tmp_path.glob("c.*"), *tmp_path.glob("q.*")]


@pytest.mark.parametrize("command", ["preview", "evaluate"])
def test_pictures_have_one_rule(
    run: Run, tracks: Path, mask: Path, tmp_path: Path, command: str
) -> None:
    def words(name: str) -> tuple[object, ...]:
        if command == "preview":
            return ("preview", tracks, mask, "-o", tmp_path / name)
        return ("evaluate", tracks, tracks, "--picture", tmp_path / name)

    for name, driver in (("a.png", "PNG"), ("a.jpg", "JPEG")):
        assert run(*words(name)).code == 0
        with rasterio.open(tmp_path / name) as picture:
            assert (picture.driver, picture.count) == (driver, 3)
            assert picture.read().std() > 5
    for name in ("a.xyz", "a"):
        assert "name it *.png or *.jpg" in plain(run(*words(name)), 2)
        assert not (tmp_path / name).exists()


def cut(path: Path, share: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


@pytest.fixture
def noisy(write_raster: WriteRaster) -> Path:
    """An ortho with a band, whose tiles don't compress to nothing."""
    image = band(512, 512)
    image = (image + np.random.default_rng(0).integers(0, 8, image.shape)).astype(np.uint8)
    return write_raster("noisy.tif", image, interleave="pixel")


def test_a_cut_off_image_is_told_everywhere(
    run: Run, noisy: Path, tracks: Path, model: Path, tmp_path: Path
) -> None:
    cut(noisy, 0.6)
    answer = run("info", noisy)
    assert answer.code == 0
    assert "of its pixels are missing; copy it again" in answer.out
    answer = run("segment", noisy, "-o", tmp_path / "s.tif", "--model", model)
    assert answer.code == 0
    warnings = [line for line in answer.err.splitlines() if line.startswith("warning")]
    # Neighbouring blocks are one hole.
    assert 1 <= len(warnings) <= 3, answer.err
    assert all("noisy.tif: not readable: damaged or truncated" in line for line in warnings)
    assert not [word for word in FOREIGN if word in answer.err]
    answer = run("preview", tracks, noisy, "-o", tmp_path / "x.png")
    assert answer.code == 0
    assert "; the preview is empty there" in answer.err
    said = plain(run("evaluate", tracks, tracks, "--picture", tmp_path / "e.png",
                     "--scores", tmp_path / "e.json", "--image", noisy))  # fmt: skip
    assert "noisy.tif: is truncated" in said
    assert not (tmp_path / "e.json").exists()
    said = plain(run("publish", tracks, "-o", tmp_path / "site", "--ortho", noisy))
    assert "noisy.tif: is truncated" in said
    assert not (tmp_path / "site").exists()


def test_a_cut_off_probability_is_refused(run: Run, mask: Path, tmp_path: Path) -> None:
    """Silence there would look like a place without tracks."""
    cut(mask, 0.6)
    line = plain(run("trace", mask, "-o", tmp_path / "x.gpkg"))
    assert "p.tif: cannot be read completely" in line
    assert not (tmp_path / "x.gpkg").exists()


def test_an_image_without_any_pixels_is_refused(
    run: Run, noisy: Path, model: Path, tmp_path: Path
) -> None:
    with rasterio.open(noisy) as file:
        first = int(file.get_tag_item("BLOCK_OFFSET_0_0", "TIFF", bidx=1))
    noisy.write_bytes(noisy.read_bytes()[: first + 10])
    for words in (
        ("vectorize", noisy, "-o", tmp_path / "x.gpkg", "--model", model),
        ("segment", noisy, "-o", tmp_path / "x.tif", "--model", model),
    ):
        assert "truncated before its first pixel" in plain(run(*words))
    assert not list(tmp_path.glob("x.*"))


def test_info_says_nothing_of_what_is_not_known(run: Run, ortho: Path) -> None:
    answer = run("info", ortho)
    assert answer.code == 0
    assert "None" not in answer.out
    assert "acquired at" not in answer.out
    told = dict(line.split("  ", 1) for line in answer.out.splitlines())
    assert float(told["gsd (m)"].strip()) == pytest.approx(0.1, rel=1e-3)
    assert len(told["gsd (m)"].strip()) <= 12


def test_info_of_a_map(run: Run, tracks: Path) -> None:
    answer = run("info", tracks)
    assert answer.code == 0
    assert "railmap map" in answer.out
    before = tracks.read_bytes()
    told = json.loads(run("info", tracks, "--json").out)
    assert tracks.read_bytes() == before
    with sqlite3.connect(tracks) as sql:
        links, length = sql.execute("SELECT count(*), sum(length_m) FROM railway_link").fetchone()
        nodes = sql.execute("SELECT count(*) FROM railway_node").fetchone()[0]
    assert told["links"] == links > 0
    assert told["track_length_m"] == pytest.approx(length, abs=0.06)
    assert sum(told["nodes"].values()) == nodes > 0
    assert told["crs"].startswith("EPSG:")
    other = tracks.with_name("other.gpkg")
    with sqlite3.connect(other) as sql:
        sql.execute("CREATE TABLE a (b INTEGER)")
    assert run("info", other).code == 3


@pytest.mark.parametrize("mode", ["EXCLUSIVE", "IMMEDIATE"])
def test_a_map_that_another_program_writes_to(
    run: Run, tracks: Path, mask: Path, tmp_path: Path, mode: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name in ("access", "editing"):
        monkeypatch.setattr(f"railmap.mapping.store.{name}.BUSY_TIMEOUT_S", 0.01)
    before = tracks.read_bytes()
    sql = sqlite3.connect(tracks, isolation_level=None)
    sql.execute(f"BEGIN {mode}")
    try:
        commands = [
            ("trace", mask, "-o", tracks, "--overwrite"),
            ("line", "auto", tracks, "--min-length", 5),
        ]
        if mode == "EXCLUSIVE":  # nobody may even read it
            commands += [("locate", tracks, "1 km 2"), ("check", tracks),
                         ("export", tracks, "-o", tmp_path / "x.osm")]  # fmt: skip
        for words in commands:
            line = plain(run(*words))
            assert "another program is writing to it; save and close it there" in line
    finally:
        sql.execute("ROLLBACK")
        sql.close()
    assert tracks.read_bytes() == before
    assert run("line", "auto", tracks, "--min-length", 5).code == 0


def test_a_damaged_map_is_not_replaced_unseen(
    run: Run, tracks: Path, mask: Path, tmp_path: Path
) -> None:
    cut(tracks, 0.5)
    before = tracks.read_bytes()
    line = plain(run("trace", mask, "-o", tracks, "--overwrite"))
    assert "is damaged or cut off" in line
    assert "delete it to start again" in line
    assert tracks.read_bytes() == before


def test_outputs_below_a_file_or_in_no_folder(
    run: Run, tracks: Path, mask: Path, tmp_path: Path
) -> None:
    for folder in (mask, tmp_path / "no"):
        for words in (
            ("export", tracks, "-o", folder / "x.csv"),
            ("export", tracks, "-o", folder / "x.qgz"),
            ("publish", tracks, "-o", folder / "site"),
            ("report", tracks, "-o", folder / "x.html"),
            ("compare", tracks, tracks, "-o", folder / "c.gpkg"),
            ("preview", tracks, mask, "-o", folder / "x.png"),
            ("evaluate", tracks, tracks, "--scores", folder / "e.json"),
            ("trace", mask, "-o", folder / "t.gpkg"),
            ("synth", folder / "s.tif", "--width", 64, "--height", 64),
        ):
            assert "folder" in plain(run(*words))


def test_unicode_and_odd_signs_in_paths(run: Run, tracks: Path, mask: Path, tmp_path: Path) -> None:
    folder = tmp_path / "Gleise 铁路 ü #1?%20"
    folder.mkdir()
    path = Path(shutil.copy(tracks, folder / "Süd #?%.gpkg"))
    picture = Path(shutil.copy(mask, folder / "Bild ü.tif"))
    for words in (
        ("check", path),
        ("line", "auto", path, "--min-length", 5),
        ("export", path, "-o", folder / "x.qgz"),
        ("export", path, "-o", folder / "x ö.geojson"),
        ("publish", path, "-o", folder / "seite ö"),
        ("report", path, "-o", folder / "Bericht ö.html", "--before", tracks, "--image", picture),
        ("compare", path, tracks, "-o", folder / "c ü.gpkg"),
        ("preview", path, picture, "-o", folder / "x ü.png"),
        ("evaluate", path, tracks, "--scores", folder / "e ü.json"),
        ("trace", picture, "-o", path, "--overwrite"),
        ("info", picture),
    ):
        answer = run(*words)
        assert answer.code == 0, answer.err


def test_full_disk_is_told(run: Run, tracks: Path, mask: Path, tmp_path: Path) -> None:
    """/dev/full stands for the disk: what is written there never fits."""
    import railmap.files.output

    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full")

    def full(target: Path) -> Path:
        partial = target.with_name(f".{target.name}.partial{target.suffix}")
        partial.unlink(missing_ok=True)
        partial.symlink_to("/dev/full")
        return partial

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(railmap.files.output, "_partial", full)
        # check_output touches and removes it
        patch.setattr(railmap.files.output, "check_output", lambda path, **_: Path(path))
        for words in (
            ("export", tracks, "-o", tmp_path / "x.geojson"),
            ("report", tracks, "-o", tmp_path / "x.html"),
            ("preview", tracks, mask, "-o", tmp_path / "x.png"),
            ("evaluate", tracks, tracks, "--scores", tmp_path / "x.json"),
            ("compare", tracks, tracks, "-o", tmp_path / "x.gpkg"),
        ):
            assert "cannot be written" in plain(run(*words))
    assert not [file for file in tmp_path.iterdir() if file.name.startswith("x.")]


def test_counts_of_csv_tell_events_from_issues(run: Run, tracks: Path, tmp_path: Path) -> None:
    links = gpd.read_file(tracks, layer="railway_link")
    x, y = links.geometry.iloc[0].interpolate(20).coords[0][:2]
    (tmp_path / "d.csv").write_text(f"defect_id,class,x,y\nA,squat,{x},{y}\n")
    assert run("attach", tmp_path / "d.csv", "--to", tracks).code == 0
    assert run("check", tracks, "--min-spacing", 99, "--min-radius", 1e9).code == 0
    issues = len(gpd.read_file(tracks, layer="qa_issue"))
    answer = run("export", tracks, "-o", tmp_path / "x.csv")
    wanted = "1 events" + (f", {issues} issues" if issues else "")
    assert f"x.csv: {wanted}\n" in answer.err + answer.out


def test_positions_and_logs_are_refused_in_our_words(tmp_path: Path) -> None:
    from railmap.errors import InputError

    for place in (ByTable(tmp_path / "no.csv"), ByTrackLog(tmp_path / "no.gpx")):
        with pytest.raises(InputError, match=r"no\.(csv|gpx): no such file$"):
            place.positions([], None)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match=r"folder\.csv: is a folder; name a file"):
        ByTable(tmp_path / "folder.csv").positions([], None)


def test_file_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    assert file_fault(secret) is None
    assert file_fault("/vsicurl/https://example.org/a.tif") is None

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)  # root may read everything
    assert file_fault(secret) == "no permission to read it; change its permissions"
    link = tmp_path / "link"
    link.symlink_to(secret)
    assert is_same_file(secret, link)
    assert is_same_file(tmp_path / "new", tmp_path / "x" / ".." / "new")
    assert not is_same_file(secret, tmp_path / "new")
