"""The published folder: its tiles, its style, its chainage files."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from affine import Affine
from rasterio.io import MemoryFile

from railmap.errors import (
    Cancelled,
    InputError,
    MapError,
    MissingExtraError,
    OutputError,
    RasterError,
)
from railmap.mapping import read_map
from railmap.mapping.store.editing import edit_map
from railmap.mapping.store.licences import ODBL, add_licence
from railmap.mapping.style.rules import PAPER, STYLES
from railmap.progress import NullReporter
from railmap.publishing import publish_map
from railmap.publishing.web import assets
from railmap.publishing.web.chainage import shard_of
from railmap.publishing.web.pmtiles import WEBP, tile_id, write_pmtiles
from railmap.publishing.web.style import WebStyle
from railmap.publishing.web.tile_processes import write_all_tiles
from railmap.publishing.web.tiles import DEEPEST_ZOOM, tile_jobs
from railmap.publishing.web.zooms import metres_per_pixel, zoom_of_scale
from tests.helpers import published
from tests.helpers.file_rights import file_modes_count

VENDOR = {asset.name for asset in assets.ASSETS}


@pytest.fixture(scope="module")
def site(line_map: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    publish_map(line_map, folder)
    return folder


def test_tiles_hold_every_track_to_the_centimetre(site: Path, line_map: Path) -> None:
    content = read_map(line_map)
    tiled = pyogrio.read_dataframe(
        site / "tiles" / "railway_link.pmtiles", ZOOM_LEVEL=str(DEEPEST_ZOOM)
    ).to_crs(content.crs)
    assert set(tiled["link_id"]) == set(content.links["link_id"])
    # Tiles cut lines and repeat what is in their margins: compare both ways by distance.
    for link in content.links.itertuples():
        line = shapely.force_2d(link.geom)
        pieces = tiled.loc[tiled["link_id"] == link.link_id, "geometry"].to_numpy()
        drawn = shapely.union_all(pieces)
        assert shapely.hausdorff_distance(line, drawn, densify=0.1) < 0.02


def test_overview_merges_links_and_keeps_their_style(site: Path) -> None:
    tiled = pyogrio.read_dataframe(site / "tiles" / "overview.pmtiles", ZOOM_LEVEL="13")
    assert set(tiled["geometry_source"]) == {"seen", "interpolated"}
    assert set(tiled["service"].dropna()) == {"siding"}
    assert len(tiled) < 9


def test_style_equals_the_maps_style(site: Path) -> None:
    look = json.loads((site / "style.json").read_text())
    about = json.loads((site / "map.json").read_text())
    for layer in about["layers"]:
        drawn = [
            entry for entry in look["layers"] if entry["metadata"]["railmap:layer"] == layer["name"]
        ]
        wanted = sum(len(rule.symbols) for rule in STYLES[layer["name"]])
        assert len(drawn) >= wanted
        assert layer["legend"]
    ids = [entry["id"] for entry in look["layers"]]
    assert len(ids) == len(set(ids))
    assert all(entry["source"] in look["sources"] for entry in look["layers"])
    icons = [entry.get("layout", {}).get("icon-image") for entry in look["layers"]]
    assert {icon for icon in icons if isinstance(icon, str)} == {
        icon for icon in look["icons"] if icon.startswith("marker")
    }


def test_user_event_layers_are_shown(user_layers: Path, tmp_path: Path) -> None:
    shown = publish_map(user_layers, tmp_path / "site")
    assert {"Schrauben öst", "walk"} <= set(shown.layers)
    about = json.loads((tmp_path / "site" / "map.json").read_text())
    look = json.loads((tmp_path / "site" / "style.json").read_text())
    keys = {layer["title"]: layer["name"] for layer in about["layers"] if "title" in layer}
    assert list(keys) == ["Schrauben öst", "walk"]  # in the panel above the schema's
    assert [layer["name"] for layer in about["layers"]][:2] == list(keys.values())
    for key in keys.values():
        assert {"kind", "link_id"} <= set(about["columns"][key])
        drawn = [e for e in look["layers"] if e["metadata"]["railmap:layer"] == key]
        assert {entry["source"] for entry in drawn} == {key}
        assert look["layers"].index(drawn[0]) > len(look["layers"]) / 2  # above the tracks
    tiled = pyogrio.read_dataframe(tmp_path / "site" / look["sources"][keys["walk"]]["file"])
    assert sorted(tiled["kind"]) == ["dug", "seen"]
    assert set(tiled.geom_type.str.removeprefix("Multi")) == {"Point", "LineString"}
    bolts = tmp_path / "site" / look["sources"][keys["Schrauben öst"]]["file"]
    assert set(pyogrio.read_dataframe(bolts)["x"]) == {"left", "right"}


def test_user_columns_may_have_mixed_types(user_layers: Path, tmp_path: Path) -> None:
    with edit_map(user_layers) as sql:
        sql.execute('ALTER TABLE "walk" ADD COLUMN "mixed" INTEGER')
        sql.execute('ALTER TABLE "walk" ADD COLUMN "geometry" TEXT')
        sql.execute('ALTER TABLE "walk" ADD COLUMN "count" INTEGER')
        sql.execute('UPDATE "walk" SET mixed = 3, "count" = 7 WHERE kind = \'dug\'')
        sql.execute("UPDATE \"walk\" SET mixed = 'three' WHERE kind = 'seen'")
    publish_map(user_layers, tmp_path / "site")
    look = json.loads((tmp_path / "site" / "style.json").read_text())
    about = json.loads((tmp_path / "site" / "map.json").read_text())
    key = next(layer["name"] for layer in about["layers"] if layer.get("title") == "walk")
    tiled = pyogrio.read_dataframe(tmp_path / "site" / look["sources"][key]["file"])
    rows = tiled.set_index("kind")
    assert (rows.loc["dug", "mixed"], rows.loc["seen", "mixed"]) == ("3", "three")
    assert rows.loc["dug", "count"] == 7


def test_damaged_orthophoto_is_reported_before_the_work(line_map: Path, tmp_path: Path) -> None:
    path = tmp_path / "o.tif"
    random = np.random.default_rng(0).integers(0, 255, (3, 512, 512), np.uint8)
    with rasterio.open(
        path, "w", driver="GTiff", width=512, height=512, count=3, dtype="uint8", tiled=True,
        crs="EPSG:25832", transform=Affine(0.2, 0, 499_990, 0, -0.2, 5_400_030),
    ) as image:  # fmt: skip
        image.write(random)
    path.write_bytes(path.read_bytes()[:300_000])
    with pytest.raises(RasterError, match=r"o\.tif: is truncated, \d+% of it is missing"):
        publish_map(line_map, tmp_path / "site", ortho=path)
    assert [file.name for file in tmp_path.iterdir()] == ["o.tif"]


def test_rails_are_one_gauge_apart_at_every_zoom() -> None:
    latitude = 48.75
    layers = WebStyle(["railway_link"], latitude).layers
    offsets = [layer["paint"]["line-offset"] for layer in layers if "line-offset" in layer["paint"]]
    assert offsets
    for offset in offsets:
        kind, base, _, *stops = offset
        assert (kind, base) == ("interpolate", ["exponential", 2])
        for zoom, (_, factor, _) in zip(stops[::2], stops[1::2], strict=True):
            metres = factor * 1435 * metres_per_pixel(zoom, latitude)
            assert abs(metres) == pytest.approx(1.435 / 2)


def test_zoom_of_a_scale() -> None:
    # 1:1000 at 96 pixels an inch: a pixel is 26.458 cm.
    zoom = zoom_of_scale(1000, 60.0)
    assert metres_per_pixel(zoom, 60.0) == pytest.approx(0.0254 / 96 * 1000)
    assert metres_per_pixel(0, 0.0) == pytest.approx(40_075_016.686 / 512)


def test_lines_and_links_keep_their_m(site: Path, line_map: Path) -> None:
    about = json.loads((site / "map.json").read_text())
    (line,) = about["lines"]
    assert (line["ref"], line["name"]) == ("6185", "Köln–Öst")
    assert line["m_min"] == pytest.approx(published.M0, abs=1e-3)
    link = read_map(line_map).links.iloc[0]
    shard = json.loads((site / "links" / f"{shard_of(link.link_id)}.json").read_text())
    assert shard[link.link_id]["lines"] == [0]
    m = [vertex[2] for vertex in shard[link.link_id]["xym"]]
    assert np.allclose(m, shapely.get_coordinates(link.geom, include_m=True)[:, 2], atol=1e-4)


def test_shards_as_the_page_computes_them() -> None:
    # FNV-1a 32: the published test vectors of "" and "foobar".
    assert shard_of("") == "c5"
    assert shard_of("foobar") == "68"


def test_everything_is_inside_the_folder(site: Path) -> None:
    for page in (site / "index.html", *(site / "assets").glob("*.css")):
        text = page.read_text(encoding="utf-8")
        places = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?([^"')>]+)""", text)
        places = [place for place in places if not place.startswith(("data:", "#"))]
        for place in places:
            assert "//" not in place, place
            assert (page.parent / place).is_file(), place
    page = (site / "index.html").read_text(encoding="utf-8")
    assert "{{" not in page
    # Nothing that a policy without 'unsafe-inline' forbids.
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", page)
    scripts = [path for path in (site / "assets").glob("*.js") if path.name not in VENDOR]
    assert len(scripts) > 5
    for path in scripts:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|\beval\b|new Function|setAttribute\(.style", text), path
        for place in re.findall(r'from "(.+?)"', text):
            assert (path.parent / place).is_file(), place


def test_the_page_is_small(site: Path) -> None:
    first = [*site.glob("*.*"), *(site / "assets").iterdir()]
    packed = sum(len(gzip.compress(path.read_bytes())) for path in first)
    assert packed < 500_000


def test_vendored_files_are_those_of_their_packages() -> None:
    folder = Path(assets.__file__).parent / "vendor"
    for asset in assets.ASSETS:
        digest = hashlib.sha384((folder / asset.name).read_bytes()).digest()
        assert base64.b64encode(digest).decode() == asset.sha384, asset.name
        assert f"{asset.version}\n" in (folder / "LICENSES.txt").read_text()
    known = {asset.name for asset in assets.ASSETS} | {"LICENSES.txt"}
    assert {path.name for path in folder.iterdir()} == known


def test_a_damaged_installation_is_told(
    line_map: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(assets.ASSETS[2], sha384="other")
    monkeypatch.setattr(assets, "ASSETS", (*assets.ASSETS[:2], other))
    with pytest.raises(InputError, match=r"pmtiles\.js: is not pmtiles 4"):
        publish_map(line_map, tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_legend_has_only_what_is_there(site: Path) -> None:
    about = json.loads((site / "map.json").read_text())
    legends = {
        layer["name"]: [one["label"] for one in layer["legend"]] for layer in about["layers"]
    }
    assert legends["defect"] == [
        "Defect, severity 1", "Defect, severity 2", "Defect, severity 3 or more",
    ]  # fmt: skip
    assert "Siding, yard, spur, interpolated" in legends["railway_link"]
    assert "Siding, yard, spur" not in legends["railway_link"]
    # One issue of each severity: a point, a line and an area.
    issues = next(layer for layer in about["layers"] if layer["name"] == "qa_issue")
    kinds = [re.findall(r"<(polygon|path|rect)", one["svg"])[0] for one in issues["legend"]]
    assert sorted(kinds) == ["path", "polygon", "rect"]
    drawn = [rule for one in issues["legend"] for rule in one["rules"]]
    assert len(drawn) == len(set(drawn)) == 3


def test_every_colour_has_one_for_dark_screens(site: Path) -> None:
    def light(color: str) -> float:
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    look = json.loads((site / "style.json").read_text())
    ground, dark = light("#17191d"), look["dark"]
    used = set(re.findall(r"#[0-9a-f]{6}\b", json.dumps([look["layers"], look["icons"]]).lower()))
    for color in used - {PAPER}:
        contrast = (light(dark.get(color, color)) + 0.05) / (ground + 0.05)
        assert contrast > 4.5, (color, contrast)


def test_same_map_same_files(site: Path, line_map: Path, tmp_path: Path) -> None:
    publish_map(line_map, tmp_path / "site")
    names = {path.relative_to(site) for path in site.rglob("*") if path.is_file()}
    again = tmp_path / "site"
    assert names == {path.relative_to(again) for path in again.rglob("*") if path.is_file()}
    for name in sorted(names):
        assert (site / name).read_bytes() == (again / name).read_bytes(), name


@pytest.mark.slow
def test_processes_write_the_same_tiles(
    site: Path, line_map: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("railmap.publishing.web.tile_processes._HEAVY", 40)
    jobs = tile_jobs(read_map(line_map))
    heavy = [job.name for job in jobs if len(job.frame) * (job.last - job.first + 1) >= 40]
    assert len(heavy) >= 2
    assert len(heavy) < len(jobs)
    reporter, calls = NullReporter(), []
    write_all_tiles(
        jobs, tmp_path, reporter, meanwhile=lambda: calls.append(list(tmp_path.iterdir())),
        processes=2,
    )  # fmt: skip
    assert len(calls) == 1
    assert len(list(tmp_path.iterdir())) == len(jobs)
    for job in jobs:
        name = f"{job.name}.pmtiles"
        assert (tmp_path / name).read_bytes() == (site / "tiles" / name).read_bytes(), name
    with pytest.raises(OutputError, match=r"the tiles of \w+ cannot be written"):
        write_all_tiles(
            [job for job in jobs if job.name in heavy], tmp_path / "none", reporter,
            meanwhile=lambda: None, processes=2,
        )  # fmt: skip


def test_cancelling_ends_the_processes(
    line_map: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("railmap.publishing.web.tile_processes._HEAVY", 1)
    reporter = NullReporter()
    with pytest.raises(Cancelled):
        write_all_tiles(
            tile_jobs(read_map(line_map)), tmp_path, reporter, meanwhile=reporter.cancel,
            processes=2,
        )  # fmt: skip


def test_title_is_escaped_and_licence_is_named(line_map: Path, tmp_path: Path) -> None:
    path = shutil.copy(line_map, tmp_path / "m.gpkg")
    with edit_map(path) as sql:
        add_licence(sql, ODBL)
        add_licence(sql, ODBL)
    publish_map(path, tmp_path / "site", title="<script>x")
    assert "<title>&lt;script&gt;x" in (tmp_path / "site" / "index.html").read_text()
    about = json.loads((tmp_path / "site" / "map.json").read_text())
    assert [entry["text"] for entry in about["attribution"]] == ["© OpenStreetMap contributors"]


def test_empty_map(tmp_path: Path) -> None:
    from railmap.geometry.types import TrackNetwork

    path = published.make_map(
        tmp_path / "m.gpkg", events=False, network=TrackNetwork(nodes=[], links=[])
    )
    site = publish_map(path, tmp_path / "site")
    assert "source_image" in site.layers
    assert "railway_link" not in site.layers


def test_other_folders_are_not_changed(line_map: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").write_text("a")
    with pytest.raises(OutputError, match="contains other files"):
        publish_map(line_map, tmp_path / "mine", overwrite=True)
    publish_map(line_map, tmp_path / "site")
    with pytest.raises(OutputError, match="overwrite=True"):
        publish_map(line_map, tmp_path / "site")
    (tmp_path / "site" / "old.txt").write_text("old")
    publish_map(line_map, tmp_path / "site", overwrite=True)
    assert not (tmp_path / "site" / "old.txt").exists()
    with pytest.raises(MapError):
        publish_map(tmp_path / "missing.gpkg", tmp_path / "new")
    with pytest.raises(OutputError, match="does not exist"):
        publish_map(line_map, tmp_path / "a" / "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "site"]


def test_failure_leaves_the_old_site(
    line_map: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_map(line_map, tmp_path / "site")
    before = (tmp_path / "site" / "map.json").stat().st_mtime_ns
    drivers = dict(pyogrio.list_drivers()) | {"PMTiles": "r"}
    monkeypatch.setattr(pyogrio, "list_drivers", lambda: drivers)
    with pytest.raises(MissingExtraError, match="PMTiles driver"):
        publish_map(line_map, tmp_path / "site", overwrite=True)
    assert (tmp_path / "site" / "map.json").stat().st_mtime_ns == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_orthophoto_becomes_transparent_webp_tiles(
    line_map: Path, tmp_path: Path, write_raster
) -> None:
    pixels = np.full((3, 200, 300), 90, np.uint8)
    pixels[0, :100] = 200
    pixels[:, :, :50] = 0
    transform = Affine(0.8, 0, 500_000, 0, -0.8, 5_400_060)
    image = write_raster("o.tif", pixels, transform=transform, nodata=0)
    publish_map(line_map, tmp_path / "site", ortho=image)
    look = json.loads((tmp_path / "site" / "style.json").read_text())
    source = look["sources"]["ortho"]
    # 0.8 m on the ground at 48.75° is 1.21 m of Mercator: zoom 16 has 1.19 m a pixel of 512.
    assert source["maxzoom"] == 16
    data = (tmp_path / "site" / "tiles" / "ortho.pmtiles").read_bytes()
    tiles = read_tiles(data)
    assert min(tiles) >= tile_id(source["minzoom"], 0, 0)
    alphas, reds = [], []
    for content in tiles.values():
        assert content[:4] == b"RIFF"
        with MemoryFile(content) as memory, memory.open() as tile:
            assert tile.shape == (512, 512)
            values = tile.read()
            alphas.append(values[3].min() if tile.count == 4 else 255)
            reds.append(values[0].max())
    assert min(alphas) == 0
    assert abs(int(max(reds)) - 200) < 12
    # Tiles made before are taken as they are.
    publish_map(line_map, tmp_path / "b", ortho=tmp_path / "site" / "tiles" / "ortho.pmtiles")
    assert (tmp_path / "b" / "tiles" / "ortho.pmtiles").read_bytes() == data


@pytest.mark.parametrize("kind", ["missing", "text", "uint16", "vector tiles"])
def test_bad_orthophotos(
    line_map: Path, site: Path, tmp_path: Path, write_raster, kind: str
) -> None:
    ortho = tmp_path / "o.tif"
    if kind == "text":
        ortho.write_text("x")
    elif kind == "uint16":
        ortho = write_raster("o.tif", np.ones((3, 64, 64), np.uint16))
    elif kind == "vector tiles":
        ortho = site / "tiles" / "overview.pmtiles"
    with pytest.raises(RasterError):
        publish_map(line_map, tmp_path / "site", ortho=ortho)
    assert not (tmp_path / "site").exists()


def _varints(data: bytes) -> list[int]:
    out, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            out.append(value)
            value = shift = 0
    return out


def read_tiles(data: bytes) -> dict[int, bytes]:
    """Read PMTiles by the specification, leaves included."""
    field = [int.from_bytes(data[8 + 8 * i : 16 + 8 * i], "little") for i in range(11)]
    root_at, root_size, _, _, leaves_at, _, data_at, _, *_ = field

    def walk(start: int, size: int) -> dict[int, bytes]:
        numbers = _varints(gzip.decompress(data[start : start + size]))
        count, numbers = numbers[0], numbers[1:]
        deltas, runs, lengths, offsets = (numbers[i * count : (i + 1) * count] for i in range(4))
        out, tile, end = {}, 0, 0
        for delta, run, length, offset in zip(deltas, runs, lengths, offsets, strict=True):
            tile += delta
            place = end if offset == 0 else offset - 1
            end = place + length
            if run == 0:
                out |= walk(leaves_at + place, length)
            else:
                out[tile] = data[data_at + place : data_at + place + length]
        return out

    return walk(root_at, root_size)


def test_many_tiles_go_into_leaves(tmp_path: Path) -> None:
    path = tmp_path / "t.pmtiles"
    rng = np.random.default_rng(0)
    numbers = np.cumsum(rng.integers(1, 1000, 40_000)).tolist()
    tiles = [(number, str(number).encode() * int(rng.integers(1, 9))) for number in numbers]
    write_pmtiles(path, tiles, tile_type=WEBP, zooms=(0, 14), bounds=(9, 48, 10, 49), metadata={})
    assert read_tiles(path.read_bytes()) == dict(tiles)
    assert int.from_bytes(path.read_bytes()[16:24], "little") < 16_384 - 127


def test_tile_ids_follow_hilberts_curve() -> None:
    # From the specification's examples.
    assert [tile_id(1, *xy) for xy in ((0, 0), (0, 1), (1, 1), (1, 0))] == [1, 2, 3, 4]
    assert tile_id(12, 3423, 1763) == 19078479
    side = 8
    places = {tile_id(3, x, y): (x, y) for x in range(side) for y in range(side)}
    order = [places[number] for number in sorted(places)]
    steps = np.abs(np.diff(order, axis=0)).sum(axis=1)
    assert (steps == 1).all()


def test_read_only_parent(line_map: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with file_modes_count(), pytest.raises(OutputError, match="cannot be written"):
            publish_map(line_map, tmp_path / "site")
    finally:
        tmp_path.chmod(0o700)
