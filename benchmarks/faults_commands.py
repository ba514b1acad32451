"""The commands that `faults.py` kills, and the files that they work on."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

__all__ = ["COMMANDS", "Command", "filled", "make_inputs"]


@dataclass(frozen=True)
class Command:
    """A command that changes `results` (maps, files or folders) in its folder.

    `before` are commands that make its folder ready, `asked` is what it reads from stdin.
    """

    name: str
    words: list[str]
    results: list[str]
    inputs: list[str]
    before: list[list[str]] = field(default_factory=list)
    asked: str = ""


_LINE = ["line", "add", "m.gpkg", "--ref", "1", "--from", "{0}", "--to", "{3}"]
_TRACE = {"do": "trace", "start": "{leg start}", "end": "{leg end}", "rasters": ["switch.tif"]}
_ASKED = "\n".join(json.dumps(one) for one in (_TRACE, {"do": "keep"}))
_NETWORK = ["--model", "bright.onnx", "--device", "cpu", "--threads", "1"]
_RAILS = ["--quick", "--threads", "1"]
_SCENES = ["--model", "scenes.onnx", "--threads", "1"]

COMMANDS = (
    Command("line add", _LINE, ["m.gpkg"], ["m.gpkg"]),
    Command("milestones add", ["milestones", "add", "m.gpkg", "posts.csv", "--ref", "1"],
            ["m.gpkg"], ["m.gpkg", "posts.csv"], [_LINE]),
    Command("attach", ["attach", "events.csv", "--to", "m.gpkg", "--layer", "seen"],
            ["m.gpkg"], ["m.gpkg", "events.csv"]),
    Command("check", ["check", "m.gpkg", "--min-spacing", "6"], ["m.gpkg"], ["m.gpkg"]),
    Command("conflate", ["conflate", "m.gpkg", "--with", "osm.geojson"],
            ["m.gpkg"], ["m.gpkg", "osm.geojson"]),
    Command("drape", ["drape", "m.gpkg", "--dem", "dem.tif"], ["m.gpkg"], ["m.gpkg", "dem.tif"]),
    Command("review keep", ["review", "switch.gpkg", "--serve"],
            ["switch.gpkg"], ["switch.gpkg", "switch.tif"], asked=_ASKED),
    Command("review labels", ["review", "decided.gpkg", "--labels", "l.gpkg"],
            ["l.gpkg"], ["decided.gpkg"]),
    Command("segment", ["segment", "ortho.tif", "-o", "s.tif", *_NETWORK],
            ["s.tif"], ["ortho.tif", "bright.onnx"]),
    Command("vectorize (new map)", ["vectorize", "ortho.tif", "-o", "n.gpkg", *_NETWORK],
            ["n.gpkg"], ["ortho.tif", "bright.onnx"]),
    Command("vectorize (map again)",
            ["vectorize", "ortho.tif", "-o", "m.gpkg", "--probability", "q.tif", "--overwrite",
             *_NETWORK],
            ["m.gpkg", "q.tif"], ["ortho.tif", "bright.onnx", "m.gpkg"]),
    Command("trace (new map)", ["trace", "p.tif", "-o", "n.gpkg"], ["n.gpkg"], ["p.tif"]),
    Command("trace (map again)", ["trace", "p.tif", "-o", "m.gpkg", "--overwrite"],
            ["m.gpkg"], ["p.tif", "m.gpkg", "events.csv"],
            [_LINE, ["attach", "events.csv", "--to", "m.gpkg", "--layer", "seen"]]),
    Command("compare", ["compare", "m.gpkg", "later.gpkg", "-o", "c.gpkg"],
            ["c.gpkg"], ["m.gpkg", "later.gpkg"]),
    Command("growth",
            ["growth", "day0.gpkg", "day10.gpkg", "day20.gpkg", "-o", "g.csv", "--picture",
             "g.svg"],
            ["g.csv", "g.svg"], ["day0.gpkg", "day10.gpkg", "day20.gpkg"]),
    Command("report", ["report", "m.gpkg", "-o", "r.html"], ["r.html"], ["m.gpkg"]),
    Command("preview", ["preview", "switch.gpkg", "switch.tif", "-o", "v.png"],
            ["v.png"], ["switch.gpkg", "switch.tif"]),
    Command("export .geojson", ["export", "m.gpkg", "-o", "o.geojson", "--overwrite"],
            ["o.geojson"], ["m.gpkg", "later.gpkg"], [["export", "later.gpkg", "-o", "o.geojson"]]),
    Command("export .fgb", ["export", "m.gpkg", "-o", "o.fgb"], ["o.fgb"], ["m.gpkg"]),
    Command("export .osm", ["export", "m.gpkg", "-o", "o.osm"], ["o.osm"], ["m.gpkg"]),
    Command("export .xml", ["export", "m.gpkg", "-o", "o.xml"], ["o.xml"], ["m.gpkg"]),
    Command("export .csv", ["export", "m.gpkg", "-o", "o.csv"], ["o.csv"], ["m.gpkg"]),
    Command("export .dxf", ["export", "m.gpkg", "-o", "o.dxf"], ["o.dxf"], ["m.gpkg"]),
    Command("export .shp", ["export", "m.gpkg", "-o", "o.shp"],
            ["o.shp", "o.dbf", "o.shx", "o.prj", "o.cpg"], ["m.gpkg"]),
    Command("export .qgz", ["export", "m.gpkg", "-o", "o.qgz"], ["o.qgz"], ["m.gpkg"]),
    Command("synth",
            ["synth", "y.tif", "--truth", "y.gpkg", "--dem", "y-dem.tif", "--width", "300",
             "--height", "300", "--kind", "double"],
            ["y.tif", "y.gpkg", "y-dem.tif"], []),
    Command("evaluate",
            ["evaluate", "m.gpkg", "later.gpkg", "--scores", "e.json", "--picture", "e.png"],
            ["e.json", "e.png"], ["m.gpkg", "later.gpkg"]),
    Command("export-model", ["export-model", "bright.onnx", "-o", "x.xml"],
            ["x.xml", "x.bin"], ["bright.onnx"]),
    Command("defects",
            ["defects", "rails", "-o", "d.gpkg", "--report", "d.html", *_RAILS],
            ["d.gpkg", "d.html"], ["rails"]),
    Command("defects --to",
            ["defects", "rails", "-o", "d.gpkg", "--to", "line.gpkg", "--line", "6185",
             "--start-km", "0", "--row-mm", "1", *_RAILS],
            ["d.gpkg", "line.gpkg"], ["rails", "line.gpkg"]),
    Command("scenes teach", ["scenes", "teach", "classes", "-o", "t.onnx"], ["t.onnx"],
            ["classes"]),
    Command("scenes classify",
            ["scenes", "classify", "photos", "-o", "c.gpkg", "--to", "line.gpkg", "--report",
             "c.html", *_SCENES],
            ["c.gpkg", "c.html", "line.gpkg"], ["photos", "line.gpkg", "scenes.onnx"]),
    Command("scenes along",
            ["scenes", "along", "switch.gpkg", "switch.tif", "--min-probability", "0", *_SCENES],
            ["switch.gpkg"], ["switch.gpkg", "switch.tif", "scenes.onnx"]),
    Command("scenes windows", ["scenes", "windows", "switch.gpkg", "switch.tif", "-o", "views"],
            ["views"], ["switch.gpkg", "switch.tif"]),
    Command("scenes audit",
            ["scenes", "audit", "classes", "-o", "a.html", "--rebalance", "a.csv", "--model",
             "scenes.onnx"],
            ["a.html", "a.csv"], ["classes", "scenes.onnx"]),
    Command("explain", ["explain", "photos/1.jpg", "-o", "h.png", "--model", "scenes.onnx"],
            ["h.png"], ["photos", "scenes.onnx"]),
    Command("publish (new)", ["publish", "m.gpkg", "-o", "site"], ["site"], ["m.gpkg"]),
    Command("publish (again)", ["publish", "m.gpkg", "-o", "site", "--overwrite", "--title", "new"],
            ["site"], ["m.gpkg"], [["publish", "m.gpkg", "-o", "site", "--title", "old"]]),
)  # fmt: skip


def filled(text: str) -> str:
    """Return a word or what is asked, with its marks replaced by places."""
    from tests.helpers import railway, switch_image
    from tests.helpers.line_scenes import X0, Y0

    marks = {f"{{{number}}}": railway.node(number) for number in range(7)}
    if text in marks:
        return marks[text]
    height = switch_image.SIZE[1]
    for name, index in (("start", 240), ("end", 500)):
        x, y = switch_image.LEG[index] + (X0, Y0 - height)
        text = text.replace(f'"{{leg {name}}}"', f"[{x}, {y}]")
    return text


def make_inputs(folder: Path) -> dict[str, Path]:
    """Write a small railway, what is placed on it, and images of tracks."""
    from railmap.mapping import write_map
    from tests.helpers import bright_band, networks, railway, switch_image

    folder.mkdir()
    railway.write_railway(folder / "m.gpkg")
    shutil.copy(folder / "m.gpkg", folder / "later.gpkg")
    with sqlite3.connect(folder / "later.gpkg") as sql:
        for trigger in sql.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            sql.execute(f'DROP TRIGGER "{trigger[0]}"')
        sql.execute("UPDATE railway_link SET service = 'siding' WHERE fid = 1")
    x0, y0 = railway.X0, railway.Y0
    (folder / "posts.csv").write_text(
        "position_km,x,y\n" + "".join(
            f"{12 + x / 1000},{x0 + x},{y0 + x * x / 4000}\n" for x in (100, 300, 500, 800)
        )
    )  # fmt: skip
    (folder / "events.csv").write_text(
        "x,y,kind,note\n" + "".join(
            f"{x0 + x},{y0 + x * x / 4000 + 1},wear,note {x} {'é' * 40}\n" for x in range(5, 995, 2)
        )
    )  # fmt: skip
    lines = [link.xy for link in railway.railway().links]
    _write_osm(folder / "osm.geojson", lines)
    _write_rasters(folder, lines)
    _write_surveys(folder)
    switch_image.write_switch_image(folder / "switch.tif")
    write_map(
        folder / "switch.gpkg", switch_image.main_track(), networks.CRS,
        images=networks.images(), run=networks.run_record(),
    )  # fmt: skip
    _write_decided(folder)
    bright_band.write_model(folder / "bright.onnx")
    _write_photos(folder)
    return {path.name: path for path in folder.iterdir()}


def _write_osm(path: Path, lines: Sequence[Any]) -> None:
    import pyproj

    from tests.helpers import networks

    features = [
        {
            "type": "Feature",
            "properties": {"railway": "rail", "maxspeed": "80", "gauge": "1435", "usage": "main"},
            "geometry": {"type": "LineString", "coordinates": xy.tolist()},
        }
        for xy in lines
    ]
    code = int(pyproj.CRS.from_user_input(networks.CRS).to_epsg() or 0)
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{code}"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))


def _write_rasters(folder: Path, lines: Sequence[Any]) -> None:
    """Write p.tif, a probability of the railway, ortho.tif, a bright track, and dem.tif."""
    import numpy as np
    import rasterio
    from affine import Affine
    from rasterio.features import rasterize
    from shapely import LineString

    from tests.helpers import bright_band, networks, railway

    x0, y0 = railway.X0, railway.Y0
    at = Affine(0.2, 0, x0 - 20, 0, -0.2, y0 + 300)
    band = rasterize(
        [LineString(xy).buffer(1.3) for xy in lines], out_shape=(1700, 5200), transform=at
    )
    heights = np.fromfunction(lambda row, col: 200 + col * 0.02, (40, 120)).astype(np.float32)
    bright = bright_band.band()
    for name, values, transform in (
        ("p.tif", (band * 254).astype(np.uint8)[None], at),
        ("ortho.tif", bright, Affine(0.1, 0, x0, 0, -0.1, y0)),
        ("dem.tif", heights[None], Affine(10, 0, x0 - 50, 0, -10, y0 + 350)),
    ):
        with rasterio.open(
            folder / name, "w", driver="GTiff", width=values.shape[2], height=values.shape[1],
            count=len(values), dtype=values.dtype, crs=networks.CRS, transform=transform,
            compress="deflate",
        ) as data:  # fmt: skip
            data.write(values)


def _write_decided(folder: Path) -> None:
    """Write decided.gpkg, a map whose track was accepted in a review."""
    from railmap.mapping import read_map
    from railmap.mapping.review.decisions import decide
    from railmap.mapping.review.items import review_items

    shutil.copy(folder / "switch.gpkg", folder / "decided.gpkg")
    (track,) = review_items(read_map(folder / "decided.gpkg"), 1.0)
    decide(folder / "decided.gpkg", track, "accept")


def _write_surveys(folder: Path) -> None:
    """Write day0.gpkg, day10.gpkg and day20.gpkg, in which two defects grow."""
    from tests.mapping.compare.test_surveys import add_defects, tracks, write

    start = datetime(2026, 1, 1, tzinfo=UTC)
    for day in (0, 10, 20):
        path = write(folder / f"day{day}.gpkg", tracks(), started=start + timedelta(days=day))
        rows = [
            {"defect_id": name, "class": "squat", "x": x, "area_mm2": 50.0 + day * x / 20.0}
            for name, x in (("a", 20.0), ("b", 40.0))
        ]
        add_defects(path, rows)


def _write_photos(folder: Path) -> None:
    """Write rails, classes and photos (folders of images), scenes.onnx and line.gpkg."""
    from railmap.rendering.photos.photos import PhotoPlan, write_photos
    from railmap.scenes.teach.job import teach_scenes
    from tests.helpers.surface_scene import write_surface, write_track
    from tests.scenes.job.test_job import write_photo

    write_track(folder / "line.gpkg")
    for name in ("rails", "photos"):
        (folder / name).mkdir()
    for number in (1, 2):
        write_surface(folder / "rails" / f"{number}.png", [(100.0, 150.0, 20.0, 10.0)])
        write_photo(folder / "photos" / f"{number}.jpg", 100 * number, 30.0 * number)
    plans = [PhotoPlan(scene, 4) for scene in ("tunnel", "platform")]
    write_photos(folder / "classes", plans, seed=3, size=96)
    teach_scenes(folder / "classes", folder / "scenes.onnx")
