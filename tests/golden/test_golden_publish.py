"""`publish`: the files, the style, the chainage and the tiles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely

from tests.golden import golden_events
from tests.golden.golden_files import Golden
from tests.golden.golden_rows import MASK, Rows, digest, geometry, plain
from tests.golden.golden_run import run


@pytest.fixture(scope="module")
def site(event_folder: Path) -> Path:
    run(event_folder, "publish", golden_events.MAP, "-o", "site", "--title", "Öst & West")
    return event_folder / "site"


def _json(path: Path) -> Any:
    return plain(json.loads(path.read_text(encoding="utf-8")))


def test_files_and_page(golden: Golden, site: Path) -> None:
    files = sorted(path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file())
    page = (site / "index.html").read_text(encoding="utf-8")
    assert "<title>Öst &amp; West</title>" in page
    assert "{{" not in page
    golden.rows("publish_files", [("file", name) for name in files])


def test_description(golden: Golden, site: Path) -> None:
    about = _json(site / "map.json") | {"generator": MASK}
    layers, columns = about.pop("layers"), about.pop("columns")
    rows: Rows = [("about", about)]
    rows += [("columns", [name, list(told), digest(str(told))]) for name, told in columns.items()]
    for layer in layers:
        layer["legend"] = [[one["label"], digest(one["svg"])] for one in layer["legend"]]
    golden.rows("publish_map", rows + [("layer", layer) for layer in layers])


def test_style(golden: Golden, site: Path) -> None:
    look = _json(site / "style.json")
    rows: Rows = [("keys", list(look)), ("sources", look["sources"])]
    rows += [("icon", [name, digest(icon)]) for name, icon in look["icons"].items()]
    for layer in look["layers"]:
        for key, usual in (
            ("metadata", {"railmap:layer": layer["source"]}),
            ("source-layer", layer["source"]),
        ):
            layer[key] = "=" if layer[key] == usual else layer[key]  # of its source
    golden.rows("publish_style", rows + [("layer", layer) for layer in look["layers"]])


def test_chainage(golden: Golden, site: Path) -> None:
    for folder in ("lines", "links"):
        paths = sorted((site / folder).iterdir())
        text = "".join(f"{path.name}: {path.read_text(encoding='utf-8')}" for path in paths)
        golden.text(f"publish_{folder}.txt", text.replace("],[", "],\n["))


def test_tiles(golden: Golden, site: Path) -> None:
    rows: Rows = []
    for name, source in _json(site / "style.json")["sources"].items():
        frame = pyogrio.read_dataframe(site / source["file"], ZOOM_LEVEL=str(source["maxzoom"]))
        rows.append((f"{name}.columns", list(frame.columns)))
        known: list[Any] = []
        for values in frame.to_dict("records"):
            shape = geometry(shapely.transform(values.pop("geometry"), lambda xy: xy.round(3)))
            told = {key: plain(value) for key, value in values.items() if value == value}
            if told in known:  # another piece of it, in the next tile
                told = {"as": known.index(told)}
            else:
                known.append(told)
            rows.append((name, told | {"geometry": shape}))
    # Where a coordinate lies between two steps of a tile, its last bit decides. The steps are
    # 1.9 cm at zoom 18, 30 cm at zoom 14, and 1.2 m in the overview.
    golden.rows(
        "publish_tiles",
        rows,
        tolerances={"overview.*geometry": 1.3, "source_image.*geometry": 0.4, "geometry": 0.03},
    )
