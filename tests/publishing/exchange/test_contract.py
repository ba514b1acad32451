"""What a user's table holds comes out of the map again, or a message names what was changed."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from railmap.errors import InputError
from railmap.mapping.attach.attach import attach_events
from railmap.progress import NullReporter
from railmap.publishing import export_map
from tests.helpers import networks, railway

OURS = ("event_id", "link_id", "link_m", "line_id", "line_m", "offset_m", "side",
        "match_distance_m", "match_ambiguous")  # fmt: skip
PLACE = ("event_layer", "lon", "lat", "x", "y", "line_ref", "position_km")
X, Y = railway.along_south(100.0)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return railway.write_railway(tmp_path_factory.mktemp("contract") / "plain.gpkg")


def attached(plain: Path, folder: Path, events: Any) -> tuple[Path, list[str]]:
    """Attach events to a copy of a map; return it and the warnings."""
    path = Path(shutil.copy(plain, folder / "map.gpkg"))
    reporter = NullReporter()
    attach_events(path, events, layer="mine", reporter=reporter, threads=1)
    return path, reporter.warnings


def stored(path: Path) -> tuple[list[str], list[list[Any]]]:
    """Return the names and values of the user's columns as SQLite has them."""
    with closing(sqlite3.connect(path)) as sql:
        names = [row[1] for row in sql.execute('PRAGMA table_info("mine")')]
        kept = [name for name in names if name not in ("fid", "geom", *OURS)]
        listed = ", ".join('"' + name.replace('"', '""') + '"' for name in kept)
        rows = sql.execute(f'SELECT {listed} FROM "mine" ORDER BY fid') if kept else []
        return kept, [list(row) for row in rows]


def table(folder: Path, header: list[str], rows: list[list[str]], separator: str = ",") -> Path:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=separator, quoting=csv.QUOTE_ALL)
    places = [[repr(X), repr(Y)] for _ in rows]
    writer.writerow(["x", "y", *header])
    writer.writerows([[*place, *row] for place, row in zip(places, rows, strict=True)])
    path = folder / "t.csv"
    path.write_bytes(buffer.getvalue().encode())
    return path


def features(folder: Path, rows: list[dict[str, Any]]) -> Path:
    lon, lat = gpd.GeoSeries([shapely.Point(X, Y)], crs=networks.CRS).to_crs(4326)[0].coords[0]
    path = folder / "t.geojson"
    content = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": row,
             "geometry": {"type": "Point", "coordinates": [lon, lat]}}
            for row in rows
        ],
    }  # fmt: skip
    path.write_text(json.dumps(content))
    return path


def same_text(cell: str, value: Any) -> bool:
    return value is None if cell == "" else (str(value) == cell)


NAME = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=6) | st.sampled_from(
    ["ID", "id", "Id", "side", "Side", "offset_m", "link_id", "own_side", "fid", "geom", "geometry",
     "lon_", "name", "Name", 'a"b', "a\0b", " a ", "select", "_geometry", "=a", "event_layer"]
)  # fmt: skip
CELL = st.text(st.characters(exclude_categories=("Cs",)), max_size=6) | st.sampled_from(
    ["", "000123", "12E3", "NA", "nan", "1", "-7", "0.5", "1,5", "9223372036854775808", "=1+1",
     "@x", "-2+3", "\0", "\x07", "2024-01-02T03:04:05Z", "2024-01-02", '{"a": 1}', "True", "<&>"]
)  # fmt: skip
POSITIONS = {"x", "y", "lon", "lat", "longitude", "latitude", "lng", "long", "easting", "northing",
             "h_accuracy_m", "accuracy_m", "event_id"}  # fmt: skip


@given(
    names=st.lists(NAME, min_size=1, max_size=5).filter(
        lambda names: all(name.strip() and name.strip().lower() not in POSITIONS for name in names)
    ),
    cells=st.lists(st.lists(CELL, min_size=5, max_size=5), min_size=1, max_size=3),
    separator=st.sampled_from(",;\t"),
)
@settings(
    max_examples=60, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
def test_any_csv(
    plain: Path, tmp_path: Path, names: list[str], cells: list[list[str]], separator: str
) -> None:
    rows = [row[: len(names)] for row in cells]
    path, warnings = attached(plain, tmp_path, table(tmp_path, names, rows, separator))
    said = "\n".join(warnings)
    kept, values = stored(path)
    assert len(kept) == len(names)
    assert len({name.lower() for name in kept}) == len(kept) or not all(map(str.isascii, kept))
    for at, (name, final) in enumerate(zip(names, kept, strict=True)):
        assert name == final or final in said or repr(final)[1:-1] in said
        for row, out in zip(rows, values, strict=True):
            cell, value = row[at], out[at]
            if "\0" in cell:
                assert value == cell.replace("\0", "\ufffd")
                assert "NUL" in said
            elif "decimal comma" in said and isinstance(value, float):
                assert str(value) == cell.replace(",", ".")
            else:
                assert same_text(cell, value), (name, cell, value)
    # and out again
    summary = export_map(path, tmp_path / "x.csv", layer="mine", overwrite=True)
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    assert len(lines) == len(rows)
    for at, final in enumerate(kept):
        wanted = (f"own_{final}",) if final in PLACE else (final, f"'{final}")
        column = next(i for i, text in enumerate(header) if text in wanted)
        for line, out in zip(lines, values, strict=True):
            text = "" if out[at] is None else str(out[at])
            assert line[column] == text or (line[column] == f"'{text}" and "formula" in summary)
    export_map(path, tmp_path / "x.geojson", layer="mine", overwrite=True)
    found = json.loads((tmp_path / "x.geojson").read_text(encoding="utf-8"))["features"]
    for feature, out in zip(found, values, strict=True):
        assert [feature["properties"][name] for name in kept] == out


SCALAR = (
    st.none() | st.booleans() | st.integers() | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False) | CELL
)  # fmt: skip
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(CELL, inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


@given(rows=st.lists(st.dictionaries(NAME, VALUE, max_size=4), min_size=1, max_size=3))
@settings(
    max_examples=60, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
def test_any_geojson(plain: Path, tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    path, warnings = attached(plain, tmp_path, features(tmp_path, rows))
    said = "\n".join(warnings)
    kept, _ = stored(path)
    names = list(dict.fromkeys(name for row in rows for name in row))
    assert len(kept) == len(names)
    export_map(path, tmp_path / "x.geojson", layer="mine", overwrite=True)
    found = json.loads((tmp_path / "x.geojson").read_text(encoding="utf-8"))["features"]
    for name, final in zip(names, kept, strict=True):
        assert name == final or final in said
        for row, feature in zip(rows, found, strict=True):
            given_value, value = row.get(name), feature["properties"][final]
            if value != given_value or isinstance(value, bool) != isinstance(given_value, bool):
                # only what is said may differ, and then it is the same as text
                assert f"{final}: " in said, (name, given_value, value, warnings)
                assert "\0" in str(given_value) or str(given_value).lower() == str(value).lower()


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb"])
def test_vector_files_keep_types(plain: Path, tmp_path: Path, suffix: str) -> None:
    frame = gpd.GeoDataFrame(
        {
            "long": pd.array([2**62 + 1, None], dtype="Int64"),
            "flag": pd.array([True, None], dtype="boolean"),
            "real": [0.1, None],
            "text": ["007", None],
            "utc": pd.to_datetime(["2024-01-02T10:00:00Z", None], utc=True),
            "zone": pd.to_datetime(["2024-01-02T10:00:00+02:00", None]),
            "naive": pd.to_datetime(["2024-01-02T10:00:00", None]),
        },
        geometry=[shapely.Point(X, Y), shapely.Point(X, Y)],
        crs=networks.CRS,
    )
    frame.to_file(tmp_path / f"t{suffix}")
    path, _ = attached(plain, tmp_path, tmp_path / f"t{suffix}")
    names, values = stored(path)
    row = dict(zip(names, values[0], strict=True))
    assert values[1] == [None] * len(names)
    assert row["long"] == 2**62 + 1
    assert row["flag"] == 1
    assert row["real"] == 0.1
    assert row["text"] == "007"
    assert row["utc"].startswith("2024-01-02T10:00:00")
    assert row["utc"].endswith(("Z", "+00:00"))
    # A time without a zone is not one in UTC.
    assert row["naive"] == "2024-01-02T10:00:00"
    assert pd.Timestamp(row["zone"]) == pd.Timestamp("2024-01-02T10:00:00+02:00")
    export_map(path, tmp_path / "x.geojson", layer="mine")
    text = json.loads((tmp_path / "x.geojson").read_text())["features"][0]["properties"]
    assert (text["long"], text["flag"], text["naive"]) == (2**62 + 1, True, "2024-01-02T10:00:00")


def test_a_table_in_memory_keeps_what_it_holds(plain: Path, tmp_path: Path) -> None:
    import datetime
    import decimal

    import numpy as np

    frame = gpd.GeoDataFrame(
        {
            "list": [[1, 2], None],
            "array": [np.array([1.5, 2.5]), None],
            "object": [{"a": [1, "ä"]}, None],
            "exact": [decimal.Decimal("0.10"), None],
            "day": [datetime.date(2024, 1, 2), None],
            "kind": pd.Categorical(["a", None]),
            "bytes": [b"\0\1", None],
            "mixed": [1, "one"],
        },
        geometry=[shapely.Point(X, Y), shapely.Point(X, Y)],
        crs=networks.CRS,
    )
    path, warnings = attached(plain, tmp_path, frame)
    names, values = stored(path)
    row = dict(zip(names, values[0], strict=True))
    assert json.loads(row["list"]) == [1, 2]
    assert json.loads(row["array"]) == [1.5, 2.5]
    assert json.loads(row["object"]) == {"a": [1, "ä"]}
    assert (row["exact"], row["day"], row["kind"], row["mixed"]) == ("0.10", "2024-01-02", "a", "1")
    assert "bytes" not in row
    assert any("'bytes' is left out: its values are binary" in text for text in warnings)
    assert any(text.startswith("mixed: values of several types are text") for text in warnings)


def test_columns_in_number(plain: Path, tmp_path: Path) -> None:
    names = [f"c{i}" for i in range(1989)]
    path, warnings = attached(plain, tmp_path, table(tmp_path, names, [["1"] * 1989]))
    assert not warnings
    assert stored(path) == (names, [[1] * 1989])
    events = table(tmp_path, [*names, "one_more"], [["1"] * 1990])
    with pytest.raises(InputError, match=r"t\.csv: has 1990 columns .* a layer takes 2000"):
        attached(plain, tmp_path, events)


def test_a_second_file_does_not_change_values(plain: Path, tmp_path: Path) -> None:
    path, _ = attached(plain, tmp_path, table(tmp_path, ["asset"], [["123"]]))
    events = table(tmp_path, ["asset"], [["000123"]])
    with pytest.raises(Exception, match="the column asset of the layer mine is integer, that of"):
        attach_events(path, events, layer="mine", threads=1)
    path, _ = attached(plain, tmp_path, table(tmp_path, ["asset"], [["000123"]]))
    attach_events(path, table(tmp_path, ["asset"], [["7"]]), layer="mine", threads=1)
    assert stored(path)[1] == [["000123"], ["7"]]


def test_names_with_quotes_and_the_like(plain: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(plain, tmp_path / "map.gpkg"))
    events = table(tmp_path, ["a"], [["1"]])
    attach_events(path, events, layer="O'Hara; DROP", threads=1)
    attach_events(path, events, layer="O'Hara; DROP", threads=1)
    with closing(sqlite3.connect(path)) as sql:
        assert sql.execute('SELECT count(*) FROM "O\'Hara; DROP"').fetchone() == (1,)
        assert sql.execute(
            "SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = 'O''Hara; DROP'"
        ).fetchone() == (1,)


def test_the_schema_names_what_it_has_no_place_for(plain: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(plain, tmp_path / "map.gpkg"))
    reporter = NullReporter()
    events = table(
        tmp_path,
        ["Defect_ID", "class", "CLASS", "link_id", "colour"],
        [["d7", "squat", "x", "mine", "red"]],
    )
    attach_events(path, events, reporter=reporter, threads=1)
    with closing(sqlite3.connect(path)) as sql:
        found = sql.execute("SELECT defect_id, class FROM defect").fetchall()
    assert found == [("d7", "squat")]
    assert reporter.warnings == ["the layer defect has no place for CLASS, link_id, colour"]


def test_times_that_are_none_stay_text(plain: Path, tmp_path: Path) -> None:
    times = ["2024-05-06T07:08:09Z", "2024-13-45T99:99:99Z", "2016-12-31T23:59:60Z"]
    names = ["time", "month", "second"]
    path, warnings = attached(plain, tmp_path, table(tmp_path, names, [times]))
    assert not warnings
    assert stored(path) == (names, [times])
    with closing(sqlite3.connect(path)) as sql:
        kinds = {row[1]: row[2] for row in sql.execute('PRAGMA table_info("mine")')}
    assert [kinds[name] for name in names] == ["DATETIME", "TEXT", "TEXT"]


@pytest.mark.filterwarnings("error")
def test_a_wide_table_comes_out_without_warnings(plain: Path, tmp_path: Path) -> None:
    names = [f"c{i}" for i in range(300)]
    path, _ = attached(plain, tmp_path, table(tmp_path, names, [["1"] * 300]))
    export_map(path, tmp_path / "x.csv", layer="mine")
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    assert [row[name] for name in names] == ["1"] * 300


KINDS = {".gpkg": "GPKG", ".sqlite": "SQLite", ".fgb": "FlatGeobuf", ".shp": "ESRI Shapefile",
         ".geojsonl": "GeoJSONSeq", ".gml": "GML", ".tab": "MapInfo File"}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("suffix", KINDS)
def test_values_of_every_kind_of_vector_file(plain: Path, tmp_path: Path, suffix: str) -> None:
    values = {"asset": "000123", "code": "12E3", "land": "NA", "note": "=1+1 <ä>", "n": 7}
    frame = gpd.GeoDataFrame(
        {name: [value, value] for name, value in values.items()},
        geometry=[shapely.Point(X, Y), shapely.Point(X, Y)],
        crs=networks.CRS,
    )
    frame.to_file(tmp_path / f"t{suffix}", driver=KINDS[suffix])
    if suffix == ".geojsonl":  # is in degrees
        frame.to_crs(4326).to_file(tmp_path / f"t{suffix}", driver=KINDS[suffix])
    path, _ = attached(plain, tmp_path, tmp_path / f"t{suffix}")
    names, rows = stored(path)
    for row in rows:
        found = dict(zip(names, row, strict=True))
        assert {name: found[name] for name in values} == values
    for out in ("x.geojson", "x.fgb", "x.kml", "x.shp"):
        export_map(path, tmp_path / out, layer="mine")
        back = gpd.read_file(tmp_path / out)
        for name, value in values.items():
            assert [str(one) for one in back[name]] == [str(value)] * 2, (out, name)
