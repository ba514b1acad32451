from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from shapely.geometry import LineString, Point, Polygon

from railmap.errors import InputError, MapError, OutputError, RailmapError, UsageError
from railmap.mapping import check_map, read_map
from railmap.mapping.attach.attach import attach_events
from railmap.mapping.referencing.lines import add_line
from railmap.mapping.referencing.link_arrays import LinkArrays, read_moves
from railmap.mapping.referencing.projection import LinkIndex
from railmap.mapping.sources.events import EventSource
from railmap.mapping.store.editing import edit_map
from railmap.progress import NullReporter
from tests.helpers import exif, networks, railway

X0, Y0 = railway.X0, railway.Y0


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = railway.write_railway(tmp_path_factory.mktemp("railway") / "plain.gpkg")
    add_line(path, ref="6185", start=railway.node(0), end=railway.node(3))
    return path


@pytest.fixture
def tracks(plain: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(plain, tmp_path / "tracks.gpkg"))


def offset_point(s: float, offset: float) -> tuple[float, float]:
    """A point `offset` metres right of the south track."""
    (x, y), (ax, ay) = railway.along_south(s), railway.along_south(s + 0.01)
    along = np.array([ax - x, ay - y]) / np.hypot(ax - x, ay - y)
    return float(x + offset * along[1]), float(y - offset * along[0])


def lonlat(x: float, y: float) -> tuple[float, float]:
    lon, lat = pyproj.Transformer.from_crs(networks.CRS, 4326, always_xy=True).transform(x, y)
    return lon, lat


def table(path: Path, rows: list[tuple], header: str = "x,y,kind") -> Path:
    lines = [header, *(",".join(str(value) for value in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def rows_of(path: Path, layer: str) -> gpd.GeoDataFrame:
    return pyogrio.read_dataframe(path, layer=layer)


def test_points_of_a_csv(tracks: Path, tmp_path: Path) -> None:
    events = [
        (*offset_point(100, 1.2), "rot"),
        (*offset_point(200, -0.4), "Größe"),
        (*offset_point(850, 0.3), "c"),
    ]
    result = attach_events(tracks, table(tmp_path / "loose bolts.csv", events))
    assert (result.layer, result.events, result.matched) == ("loose_bolts", 3, 3)
    found = rows_of(tracks, "loose_bolts")
    assert found["kind"].tolist() == ["rot", "Größe", "c"]
    assert found["line_m"].to_numpy() == pytest.approx([100, 200, 850], abs=0.01)
    # Link 2 is reversed: measured from its other end, right becomes left.
    assert found["link_m"].to_numpy() == pytest.approx([100, 200, 1040.2286 - 850], abs=0.05)
    assert found["offset_m"].to_numpy() == pytest.approx([1.2, -0.4, -0.3], abs=0.002)
    assert found["match_distance_m"].to_numpy() == pytest.approx([1.2, 0.4, 0.3], abs=0.002)
    assert not found["match_ambiguous"].any()
    links = read_map(tracks).links["link_id"].tolist()
    assert found["link_id"].tolist() == [links[0], links[0], links[2]]
    assert found.crs == pyproj.CRS(networks.CRS)
    assert check_map(tracks) == []
    # It opens styled in QGIS, as the layers of the schema do.
    styles = pyogrio.read_dataframe(tracks, layer="layer_styles")
    (style,) = styles.loc[styles["f_table_name"] == "loose_bolts", "styleQML"]
    assert "Track uncertain" in style


def test_attaching_twice_changes_nothing(tracks: Path, tmp_path: Path) -> None:
    events = table(tmp_path / "events.csv", [(*offset_point(s, 0.1), "a") for s in (100, 200, 200)])
    attach_events(tracks, events)
    before = rows_of(tracks, "events")
    attach_events(tracks, events)
    after = rows_of(tracks, "events")
    assert before.equals(after)
    assert len(after["event_id"].unique()) == 3


def test_spatial_index_and_counts_are_updated(tracks: Path, tmp_path: Path) -> None:
    attach_events(
        tracks, table(tmp_path / "events.csv", [(*offset_point(s, 0), "a") for s in (9, 99)])
    )
    attach_events(
        tracks, table(tmp_path / "more.csv", [(*offset_point(500, 0), "b")]), layer="events"
    )
    with edit_map(tracks) as sql:
        (count,) = sql.execute(
            "SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = 'events'"
        ).fetchone()
        (triggers,) = sql.execute(
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'events'"
        ).fetchone()
        boxes = sql.execute("SELECT id, minx, maxx FROM rtree_events_geom ORDER BY id").fetchall()
        x = [row[0] for row in sql.execute("SELECT ST_MinX(geom) FROM events ORDER BY fid")]
    assert count == 3
    assert triggers == 8
    assert [box[0] for box in boxes] == [1, 2, 3]
    for (_, low, high), value in zip(boxes, x, strict=True):
        assert low <= value <= high


def test_side_needs_accurate_positions(tracks: Path, tmp_path: Path) -> None:
    places = [
        (*offset_point(s, o), "a") for s, o in ((100, -0.75), (120, 0.75), (140, 0.1), (160, 1.9))
    ]
    attach_events(tracks, table(tmp_path / "a.csv", places), position_accuracy_m=0.05)
    assert rows_of(tracks, "a")["side"].tolist() == ["left_rail", "right_rail", "track", "off"]
    attach_events(tracks, table(tmp_path / "b.csv", places), position_accuracy_m=1.0)
    assert rows_of(tracks, "b")["side"].tolist() == ["track", "track", "track", "off"]


def test_lon_lat_and_line_km(tracks: Path, tmp_path: Path) -> None:
    at = offset_point(300.5, 0.0)
    attach_events(tracks, table(tmp_path / "a.csv", [lonlat(*at)], "Longitude,Latitude"))
    attach_events(
        tracks,
        table(tmp_path / "b.csv", [("6185", "0.3+0.5", 1.5), ("6185", "0.85", 0)],
              "line,km,offset_m"),
    )  # fmt: skip
    a, b = rows_of(tracks, "a"), rows_of(tracks, "b")
    assert a["line_m"].iloc[0] == pytest.approx(300.5, abs=1e-3)
    assert b["line_m"].to_numpy() == pytest.approx([300.5, 850.0], abs=1e-6)
    assert b["offset_m"].iloc[0] == 1.5
    assert b.geometry.iloc[0].distance(Point(offset_point(300.5, 1.5))) < 0.01


def test_km_outside_the_line(tracks: Path, tmp_path: Path) -> None:
    events = table(tmp_path / "e.csv", [("6185", "0.3"), ("6185", "7.3")], "line,km")
    refuse(tracks, events, r"row 3: km 7\.300 is not on line 6185, which runs from km 0\.000")
    events = table(tmp_path / "f.csv", [("99", "0.3")], "line,km")
    refuse(tracks, events, "no line '99' in the map")


def test_defects_as_points_and_areas(tracks: Path, tmp_path: Path) -> None:
    attributes = {"defect_id": ["d1", "d2"], "class": ["squat", "crack"], "severity": [2, 3],
                  "colour": ["red", "blue"]}  # fmt: skip
    points = [Point(offset_point(100, 0.75)), Point(offset_point(150, -0.75))]
    frame = gpd.GeoDataFrame(attributes, geometry=points, crs=networks.CRS)
    frame.to_file(tmp_path / "found.gpkg", layer="found")
    reporter = NullReporter()
    result = attach_events(tracks, tmp_path / "found.gpkg", reporter=reporter)
    assert result.layer == "defect"
    assert any("no place for colour" in text for text in reporter.warnings)
    defects = read_map(tracks).layers["defect"]
    assert defects["defect_id"].tolist() == ["d1", "d2"]
    assert defects["severity"].tolist() == [2, 3]
    x, y = offset_point(200, 0.75)
    box = Polygon([(x, y), (x + 0.4, y), (x + 0.4, y + 0.1), (x, y + 0.1)])
    frame = gpd.GeoDataFrame({"class": ["squat"]}, geometry=[box], crs=networks.CRS)
    frame.to_crs(4326).to_file(tmp_path / "areas.geojson")
    result = attach_events(
        tracks, tmp_path / "areas.geojson", layer="defect", position_accuracy_m=0.1
    )
    assert result.layer == "defect_area"
    area = read_map(tracks).layers["defect_area"].iloc[0]
    assert area["line_m"] == pytest.approx(200.2, abs=0.05)
    assert area["length_m"] == pytest.approx(0.4, abs=0.03)
    assert area["area_mm2"] == pytest.approx(40_000, rel=0.01)
    assert area["side"] == "right_rail"


def test_scenes_and_lines(tracks: Path, tmp_path: Path) -> None:
    line = LineString([offset_point(s, 0.4) for s in range(100, 161, 5)])
    frame = gpd.GeoDataFrame(
        {"scene_class": ["bridge"], "probability": [0.9]}, geometry=[line], crs=networks.CRS
    )
    frame.to_file(tmp_path / "s.geojson")
    assert attach_events(tracks, tmp_path / "s.geojson").layer == "scene_event"
    scene = read_map(tracks).layers["scene_event"].iloc[0]
    assert (scene["m_from"], scene["m_to"]) == pytest.approx((100, 160), abs=0.05)
    attach_events(tracks, tmp_path / "s.geojson", layer="works")
    works = rows_of(tracks, "works").iloc[0]
    assert works["link_m_from"] == pytest.approx(100, abs=0.05)
    assert works["line_m"] == pytest.approx(130, abs=0.1)
    assert works["offset_m"] == pytest.approx(0.4, abs=0.01)


def test_photos(tracks: Path, tmp_path: Path) -> None:
    folder = tmp_path / "Fotos"
    folder.mkdir()
    exif.write_photo(
        folder / "a.jpg", lonlat(*offset_point(100, 1.0)), heading=123.25, accuracy=0.3
    )
    exif.write_photo(folder / "b.JPG", lonlat(*offset_point(400, -1.0)))
    result = attach_events(tracks, folder)
    assert (result.layer, result.matched) == ("photo", 2)
    photos = rows_of(tracks, "photo")
    assert photos["uri"].tolist() == ["a.jpg", "b.JPG"]
    assert photos["heading_deg"].iloc[0] == 123.25
    assert np.isnan(photos["heading_deg"].iloc[1])
    assert photos["line_m"].to_numpy() == pytest.approx([100, 400], abs=0.1)
    assert photos["taken_at"].iloc[0] == "2026-02-27T09:00:00"
    # GPS with 0.3 m determines the track; usual GPS does not, 4 m from the next track.
    assert photos["match_ambiguous"].tolist() == [False, True]


def test_photos_of_the_south_and_west(tmp_path: Path) -> None:
    from railmap.mapping.sources.exif import read_photos

    exif.write_photo(tmp_path / "rio.jpg", (-43.2105, -22.9519))
    found = read_photos(tmp_path / "rio.jpg").lonlat
    assert found[0] == pytest.approx([-43.2105, -22.9519], abs=1e-7)


def test_double_track_with_noise(tracks: Path) -> None:
    """Rail positions with 0.5 m noise: 99 % on the right track or flagged."""
    content = read_map(tracks)
    track = LinkArrays.of(content)
    index = LinkIndex(track, read_moves(content, track))
    random = np.random.default_rng(11)
    count = 20_000
    truth = random.choice([0, 1, 2, 3, 4, 5], count)
    m = random.random(count) * track.length[truth]
    lines = content.links.geometry.to_numpy()[truth]
    on = shapely.get_coordinates(shapely.line_interpolate_point(lines, m))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines, m - 0.01))
    along = (on - ahead) / np.maximum(np.hypot(*(on - ahead).T), 1e-9)[:, None]
    rail = random.choice([-0.75, 0.75], count)
    xy = on + rail[:, None] * np.column_stack([along[:, 1], -along[:, 0]])
    xy += random.normal(0, 0.5, (count, 2))
    found = index.match(xy, np.full(count, 0.5), max_distance_m=25)
    # Tracks, not links: 0-1-2 are one track, 3-4 the other, 5 the crossover.
    tracks_of = np.array([0, 0, 0, 1, 1, 2])
    right = tracks_of[found.link] == tracks_of[truth]
    away_from_switches = (on[:, 0] < X0 + 290) | (on[:, 0] > X0 + 410)
    good = right | found.ambiguous
    assert good.mean() >= 0.99
    assert good[away_from_switches].mean() >= 0.999
    # A flag on everything would be worth nothing.
    assert found.ambiguous[away_from_switches].mean() < 0.15
    between = np.abs(m - track.length[truth] / 2) < 10
    assert found.m[between & right] == pytest.approx(m[between & right], abs=3)


def test_matching_is_the_nearest_for_any_point(tracks: Path) -> None:
    content = read_map(tracks)
    track = LinkArrays.of(content)
    index = LinkIndex(track, read_moves(content, track))
    random = np.random.default_rng(2)
    xy = np.column_stack(
        [random.uniform(X0 - 150, X0 + 1150, 3000), random.uniform(Y0 - 150, Y0 + 400, 3000)]
    )
    far = 60.0
    found = index.match(xy, np.full(len(xy), 0.5), max_distance_m=far)
    tree = shapely.STRtree(shapely.force_2d(content.links.geometry.to_numpy()))
    _, distance = tree.query_nearest(shapely.points(xy), return_distance=True, all_matches=False)
    near = distance <= far
    assert ((found.link >= 0) == near).all()
    assert found.distance[near] == pytest.approx(distance[near], abs=1e-9)
    again = index.match(xy, np.full(len(xy), 0.5), max_distance_m=far, threads=1)
    assert np.array_equal(found.link, again.link)
    # On the two links about a node the track goes on: no ambiguity there.
    passing = np.array([railway.along_south(s) for s in (0.5, 735.2, 735.8, 736.4)])
    assert not index.match(passing, np.full(4, 0.5), max_distance_m=far).ambiguous.any()


def test_chainage_of_events_follows_the_posts(tracks: Path, tmp_path: Path) -> None:
    from railmap.mapping.referencing.milestones import add_milestones

    attach_events(tracks, table(tmp_path / "e.csv", [(*offset_point(150, 0.2), "a")]))
    posts = [("12.4", *railway.along_south(100)), ("12.5", *railway.along_south(200))]
    add_milestones(tracks, table(tmp_path / "p.csv", posts, "position_km,x,y"), ref="6185")
    assert rows_of(tracks, "e")["line_m"].iloc[0] == pytest.approx(12450, abs=0.01)


def test_a_table_in_memory_is_attached_as_a_file_is(tracks: Path, tmp_path: Path) -> None:
    places = [Point(offset_point(s, 0.5)) for s in (100, 200, 300)]
    frame = gpd.GeoDataFrame(
        {"text": ["a", None, "c"], "size": [1.5, 2.5, None], "count": [1, 2, 3]},
        geometry=places, crs=networks.CRS, index=[5, 3, 1],
    ).to_crs(4326)  # fmt: skip
    frame.to_file(tmp_path / "events.gpkg")
    other = Path(shutil.copy(tracks, tmp_path / "other.gpkg"))
    before = frame.copy()
    assert attach_events(tracks, frame) == attach_events(other, tmp_path / "events.gpkg")
    assert_geodataframe_equal(rows_of(tracks, "events"), rows_of(other, "events"))
    assert_geodataframe_equal(frame, before)


def test_bad_tables_in_memory(tracks: Path) -> None:
    frame = gpd.GeoDataFrame({"text": ["a"]}, geometry=[Point(offset_point(100, 0))])
    refuse(tracks, frame, "^events: has no CRS")
    refuse(tracks, frame.set_crs(4326), "^mine: (no event|feature 1)", name="mine")
    refuse(tracks, frame.iloc[:0].set_crs(networks.CRS), "^events: has no events")
    refuse(tracks, gpd.GeoDataFrame({"text": ["a"]}), "^events: has no geometry column")
    assert attach_events(tracks, frame, events_crs=networks.CRS, layer="works").matched == 1


def test_far_events_are_kept_without_a_track(tracks: Path, tmp_path: Path) -> None:
    events = table(
        tmp_path / "e.csv", [(*offset_point(100, 0), "a"), (*offset_point(100, 80), "b")]
    )
    reporter = NullReporter()
    result = attach_events(tracks, events, reporter=reporter)
    assert (result.events, result.matched) == (2, 1)
    assert reporter.warnings == ["1 events are farther than 25 m from any track"]
    found = rows_of(tracks, "e")
    assert found["link_id"].isna().tolist() == [False, True]
    assert found["match_distance_m"].isna().tolist() == [False, True]
    assert found["line_m"].isna().tolist() == [False, True]


def refuse(
    tracks: Path,
    events: EventSource,
    message: str,
    kind: type[RailmapError] = InputError,
    **options: object,
) -> None:
    before = tracks.read_bytes()
    with pytest.raises(kind, match=message) as caught:
        attach_events(tracks, events, **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    assert tracks.read_bytes() == before


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        ("x,y,kind", [("", "", "a")], "row 2 has no position"),
        ("x,y,kind", [("east", 5, "a")], 'row 2 has the x "east", which is no number'),
        ("lon,lat", [(0, 0)], "row 2 is at 0, 0: its GPS had no fix"),
        ("lon,lat", [(48.7, 190.0)], "row 2 has the latitude 190: are lon and lat swapped"),
        ("lon,lat", [(48.7, 9.0)], "no event is within 25 m of a track"),
        ("x,y", [(5, 5)], "no event is within 25 m of a track of .*EPSG:25832"),
        ("name,kind", [("a", "b")], "no position columns; name them lon and lat"),
        ("x,y", [], "has no events"),
    ],
)
def test_bad_tables(
    tracks: Path, tmp_path: Path, header: str, rows: list[tuple], message: str
) -> None:
    refuse(tracks, table(tmp_path / "e.csv", rows, header), message)


def test_skip_bad(tracks: Path, tmp_path: Path) -> None:
    events = table(tmp_path / "e.csv", [(*offset_point(100, 0), "a"), ("", "", "b")])
    result = attach_events(tracks, events, skip_bad=True)
    assert result.events == 1
    assert result.left_out == ("row 3 has no position",)
    refuse(tracks, table(tmp_path / "f.csv", [("", "", "b")]), "no event has", skip_bad=True)


def test_bad_vector_files(tracks: Path, tmp_path: Path) -> None:
    bow = Polygon([(X0, Y0), (X0 + 4, Y0 + 4), (X0 + 4, Y0), (X0, Y0 + 4)])
    gpd.GeoDataFrame(geometry=[bow], crs=networks.CRS).to_file(tmp_path / "bow.gpkg")
    refuse(tracks, tmp_path / "bow.gpkg", "feature 1 has a broken geometry .Self-intersection")
    gpd.GeoDataFrame(geometry=[Point(1, 1), None], crs=networks.CRS).to_file(tmp_path / "no.gpkg")
    refuse(tracks, tmp_path / "no.gpkg", "feature 2 has no position")
    gpd.GeoDataFrame({"a": [1]}, geometry=[Point(X0, Y0)]).to_file(tmp_path / "crs.shp")
    refuse(tracks, tmp_path / "crs.shp", "has no CRS; give it with crs")
    (tmp_path / "junk.gpkg").write_bytes(b"junk" * 100)
    refuse(tracks, tmp_path / "junk.gpkg", r"junk\.gpkg: cannot be read")
    refuse(tracks, tmp_path / "gone.gpkg", "no such file")


def test_photos_without_position(tracks: Path, tmp_path: Path) -> None:
    exif.write_photo(tmp_path / "bare.jpg", None)
    refuse(tracks, tmp_path / "bare.jpg", r"bare\.jpg has no position")
    exif.write_photo(tmp_path / "null.jpg", (0.0, 0.0))
    refuse(tracks, tmp_path / "null.jpg", r"null\.jpg is at 0, 0: its GPS had no fix")
    (tmp_path / "torn.jpg").write_bytes(b"\xff\xd8torn")
    refuse(tracks, tmp_path / "torn.jpg", r"torn\.jpg: cannot be read as a photo")
    (tmp_path / "empty").mkdir()
    refuse(tracks, tmp_path / "empty", "the folder has no photos")


def test_bad_layer_names_and_options(tracks: Path, tmp_path: Path) -> None:
    events = table(tmp_path / "e.csv", [(*offset_point(100, 0), "a")])
    for name in ("railway_link", "gpkg_contents", "QA_issue", 'a"b', ""):
        refuse(tracks, events, "cannot be added|not a valid", UsageError, layer=name)
    refuse(tracks, events, "above 0", UsageError, position_accuracy_m=-1.0)
    refuse(tracks, events, "from 0", UsageError, max_distance_m=0.0)
    refuse(tracks, events, "not a CRS", UsageError, events_crs="EPSG:none")


def test_layer_with_other_columns(tracks: Path, tmp_path: Path) -> None:
    attach_events(tracks, table(tmp_path / "e.csv", [(*offset_point(100, 0), "a")]))
    other = table(tmp_path / "f.csv", [(*offset_point(100, 0), "a")], "x,y,colour")
    refuse(tracks, other, "exists with other columns", MapError, layer="e")


def test_bad_status_of_a_defect(tracks: Path, tmp_path: Path) -> None:
    events = table(tmp_path / "e.csv", [(*offset_point(100, 0), "a")], "x,y,status")
    refuse(tracks, events, "status cannot be 'a'", MapError, layer="defect")
    events = table(tmp_path / "f.csv", [(*offset_point(100, 0), "bad")], "x,y,severity")
    refuse(tracks, events, "severity has a value that is not integer", layer="defect")


def test_invalid_or_locked_maps(tracks: Path, tmp_path: Path) -> None:
    import sqlite3

    events = table(tmp_path / "e.csv", [(*offset_point(100, 0), "a")])
    other = tmp_path / "other.gpkg"
    gpd.GeoDataFrame(geometry=[Point(0, 0)], crs=networks.CRS).to_file(other)
    refuse(other, events, "not a railmap map", MapError)
    holder = sqlite3.connect(tracks, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        refuse(tracks, events, "another program is writing to it", OutputError)
    finally:
        holder.close()


def test_same_input_same_bytes(plain: Path, tmp_path: Path) -> None:
    events = table(tmp_path / "e.csv", [(*offset_point(s, 0.1), "a") for s in range(10, 900, 7)])
    copies = [Path(shutil.copy(plain, tmp_path / name)) for name in ("a.gpkg", "b.gpkg")]
    for path, threads in zip(copies, (1, 2), strict=True):
        attach_events(path, events, threads=threads)
    assert copies[0].read_bytes() == copies[1].read_bytes()


def test_tables_of_european_spreadsheets(tracks: Path, tmp_path: Path) -> None:
    """Semicolons and decimal commas give the same positions as commas."""
    x, y = railway.along_south(150.25)
    plain, european = tmp_path / "plain.csv", tmp_path / "european.csv"
    plain.write_text(f"name,x,y,depth\nä,{x:.4f},{y:.4f},1.5\n", encoding="utf-8")
    text = f"name;x;y;depth\nä;{x:.4f};{y:.4f};1.5\n".replace(".", ",")
    european.write_text(text, encoding="utf-8-sig")
    for path in (plain, european):
        attach_events(tracks, path)
    rows = []
    for layer in ("plain", "european"):
        row = gpd.read_file(tracks, layer=layer).iloc[0]
        rows.append((row["name"], row["link_id"], row["link_m"], row["depth"]))
    assert rows[0] == rows[1]
    assert rows[0][3] == 1.5


def test_tables_in_another_encoding_are_refused(tracks: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_text("name,x,y\nä,1,2\n", encoding="latin-1")
    refuse(tracks, path, r"old\.csv: is not UTF-8 .byte 10.; save it as CSV UTF-8")
