"""From photos to scenes on the map: positions, stretches, unusable photos, the page."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyogrio
import pyproj
import pytest
import rasterio
from PIL import Image
from shapely.geometry import box
from typer.testing import CliRunner

from railmap.cli.main import app
from railmap.errors import InputError
from railmap.geometry.types import Link, Node, Relation, TrackNetwork
from railmap.mapping import write_map
from railmap.mapping.referencing.lines import add_line
from railmap.mapping.store.types import RunRecord, SourceImage
from railmap.progress import NullReporter
from railmap.scenes.job import SceneJob, find_scenes
from railmap.scenes.job.options import PlacementOptions
from railmap.scenes.job.stretches import SceneOnLine, join_scenes

X0, Y0 = 500_000.0, 5_600_000.0
BACK = pyproj.Transformer.from_crs(25832, 4326, always_xy=True)


class ByBrightness:
    """Dark photos are tunnels, bright ones platforms: a classifier whose answers are known."""

    classes = ("tunnel", "platform", "carriage")
    version = "brightness 1"

    def explain(self, images: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        bright = np.array([image.mean() / 255 for image in images], np.float32)
        sure = np.stack([0.9 * (1 - bright), 0.9 * bright, np.full_like(bright, 0.1)], axis=1)
        return sure, np.ones((len(images), 3, 4, 4), np.float32)


def write_photo(
    path: Path, level: int, x: float | None = None, taken: str = "2026:05:01 10:00:00"
) -> None:
    tags = Image.Exif()
    tags.get_ifd(0x8769)[0x9003] = taken
    if x is not None:
        lon, lat = BACK.transform(X0 + x, Y0 + 2.0) if x >= 0 else (0.0, 0.0)
        gps = tags.get_ifd(0x8825)
        gps[1], gps[3] = "N", "E"
        for tag, value in ((2, lat), (4, lon)):
            gps[tag] = (int(value), int(value % 1 * 60), round(value * 60 % 1 * 60, 6))
    Image.fromarray(np.full((48, 64, 3), level, np.uint8)).save(path, exif=tags)


def straight(a: float, b: float) -> np.ndarray:
    return np.stack([np.linspace(X0 + a, X0 + b, 9), np.full(9, Y0)], 1)


def write_track(path: Path) -> Path:
    """A line of two links that meet at 150 m, 400 m long."""
    stations = [0.0, 150.0, 400.0]
    nodes = [
        Node(X0 + s, Y0, form, None, degree)
        for s, form, degree in zip(
            stations, ("railwayEnd", "pseudoNode", "railwayEnd"), (1, 2, 1), strict=True
        )
    ]
    links = [
        Link(
            np.stack([np.linspace(X0 + a, X0 + b, 9), np.full(9, Y0)], 1),
            i,
            i + 1,
            "rail_pair",
            h_accuracy_m=0.05,
        )
        for i, (a, b) in enumerate(itertools.pairwise(stations))
    ]
    network = TrackNetwork(nodes, links, [Relation(1, 0, 1, 1, 0)])
    started = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
    run = RunRecord(
        version="0", command="test", parameters={}, started_at=started, seconds=1.0, model="m",
        model_sha256="0" * 64,
    )  # fmt: skip
    flown = [SourceImage("o.tif", box(X0, Y0 - 9, X0 + 400, Y0 + 9), 0.05, "EPSG:25832", started)]
    write_map(path, network, "EPSG:25832", images=flown, run=run)
    add_line(path, ref="6185", start=f"{X0},{Y0}", end=f"{X0 + 400},{Y0}")
    return path


def test_photos_become_events_and_a_tunnel_becomes_a_stretch(tmp_path: Path) -> None:
    photos = tmp_path / "Fotos 照片"
    photos.mkdir()
    for number, (x, level) in enumerate([(20, 240), (100, 10), (140, 12), (200, 15), (390, 240)]):
        write_photo(photos / f"p{number}.jpg", level, x)
    tracks, out, page = write_track(tmp_path / "t.gpkg"), tmp_path / "s.gpkg", tmp_path / "s.html"
    found = find_scenes(SceneJob([photos], out, tracks, sheet=page), ByBrightness())
    assert (found.photos, found.bad, found.placed) == (5, 0, 5)
    events = pyogrio.read_dataframe(tracks, layer="scene_event")
    points = events[events.geometry.geom_type == "Point"]
    assert sorted(points["scene_class"]) == ["platform"] * 2 + ["tunnel"] * 3
    assert points["link_id"].notna().all()
    stretches = events[events.geometry.geom_type != "Point"]
    # the tunnel's photos are at 100, 140 and 200 m; the links meet at 150 m
    assert set(stretches["scene_class"]) == {"tunnel"}
    lengths = sorted(shape.length for shape in stretches.geometry)
    assert lengths == pytest.approx([50.0, 50.0], abs=0.1)
    assert sorted(stretches["m_to"] - stretches["m_from"]) == pytest.approx([50, 50], abs=0.1)
    assert stretches["link_id"].nunique() == 2
    text = page.read_text(encoding="utf-8")
    assert text.count("data:image/jpeg") == 5


def test_attaching_again_changes_nothing(tmp_path: Path) -> None:
    photos = tmp_path / "p"
    photos.mkdir()
    for number, x in enumerate((100, 140)):
        write_photo(photos / f"p{number}.jpg", 10, x)
    tracks = write_track(tmp_path / "t.gpkg")
    for _ in range(2):
        find_scenes(SceneJob([photos], tmp_path / "s.gpkg", tracks, overwrite=True), ByBrightness())
    assert len(pyogrio.read_dataframe(tracks, layer="scene_event")) == 3


def test_unusable_photos_are_reported_in_a_line_each(tmp_path: Path) -> None:
    photos = tmp_path / "p"
    photos.mkdir()
    write_photo(photos / "good.jpg", 200, 30)
    write_photo(photos / "zero.jpg", 200, -1)
    write_photo(photos / "future.jpg", 200, 35, "2093:01:01 00:00:00")
    (photos / "text.jpg").write_text("no photo")
    (photos / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic" + b"\0" * 40)
    Image.new("RGB", (1, 1)).save(photos / "dot.png")
    reporter = NullReporter()
    tracks = write_track(tmp_path / "t.gpkg")
    found = find_scenes(SceneJob([photos], tmp_path / "s.gpkg", tracks), ByBrightness(), reporter)
    assert (found.photos, found.bad, found.placed) == (6, 3, 2)
    warnings = [text for text in reporter.warnings if "p/" in text]
    assert len(warnings) == 4
    assert all("\n" not in text for text in warnings)
    assert any("future" in text for text in warnings)
    assert any("HEIC" in text for text in warnings)
    assert any("4 of 6 photos have no position" in text for text in reporter.warnings)
    table = pyogrio.read_dataframe(tmp_path / "s.gpkg", layer="photo").set_index("image_id")
    assert table.loc["zero.jpg"].geometry is None
    assert table.loc["zero.jpg", "scene_class"] == "platform"
    assert isinstance(table.loc["good.jpg", "taken_at"], str)
    assert not isinstance(table.loc["future.jpg", "taken_at"], str)


def test_no_photo_can_be_used(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("no")
    with pytest.raises(InputError, match=r"none of 1 photos.*a\.jpg"):
        find_scenes(SceneJob([tmp_path / "a.jpg"], tmp_path / "s.gpkg"), ByBrightness())
    with pytest.raises(InputError, match="no such photo"):
        find_scenes(SceneJob([tmp_path / "b*.jpg"], tmp_path / "s.gpkg"), ByBrightness())
    assert not (tmp_path / "s.gpkg").exists()


def test_uncertain_scenes_are_not_attached(tmp_path: Path) -> None:
    write_photo(tmp_path / "grey.jpg", 127, 30)
    reporter = NullReporter()
    tracks = write_track(tmp_path / "t.gpkg")
    job = SceneJob(
        [tmp_path / "grey.jpg"], tmp_path / "s.gpkg", tracks, placement=PlacementOptions(0.8)
    )
    assert find_scenes(job, ByBrightness(), reporter).attached == "nothing attached"
    assert any("0.8" in text for text in reporter.warnings)


def test_joining_keeps_lines_scenes_and_distances_apart() -> None:
    def at(line: int, s: float, scene: str = "tunnel") -> SceneOnLine:
        return SceneOnLine(line, s, scene, 0.9, f"{line}/{s}")

    groups = join_scenes(
        [at(0, 0), at(0, 80), at(0, 300), at(0, 350), at(1, 90), at(0, 400, "platform")], 100
    )
    assert [[scene.s for scene in group] for group in groups] == [[0, 80], [300, 350]]


def write_ortho(path: Path) -> Path:
    """420 x 80 m at 0.25 m: dark up to 150 m along the track, bright beyond; a red line north."""
    pixels = np.full((3, 320, 1680), 20, np.uint8)
    pixels[:, :, 640:] = 235
    pixels[:, 120:124] = np.array([255, 0, 0], np.uint8)[:, None, None]
    with rasterio.open(
        path, "w", driver="GTiff", width=1680, height=320, count=3, dtype="uint8",
        crs="EPSG:25832", transform=rasterio.Affine(0.25, 0, X0 - 10, 0, -0.25, Y0 + 40),
    ) as data:  # fmt: skip
        data.write(pixels)
    return path


def test_an_orthophoto_gives_each_stretch_its_scene(tmp_path: Path) -> None:
    from railmap.scenes.job.along import TrackViews, scenes_along

    tracks, ortho = write_track(tmp_path / "t.gpkg"), write_ortho(tmp_path / "o.tif")
    assert scenes_along(TrackViews(tracks, ortho, 10, 20), ByBrightness()) == 2
    events = pyogrio.read_dataframe(tracks, layer="scene_event").set_index("scene_class")
    assert events.loc["tunnel"].geometry.length == pytest.approx(150, abs=10.1)
    assert events.loc["platform"].geometry.length == pytest.approx(250, abs=10.1)
    assert set(events["image_id"]) == {"o.tif"}


def test_views_have_the_track_upwards(tmp_path: Path) -> None:
    from railmap.scenes.job.along import TrackViews, write_views

    tracks, ortho = write_track(tmp_path / "t.gpkg"), write_ortho(tmp_path / "o.tif")
    (tmp_path / "views").mkdir()
    count = write_views(TrackViews(tracks, ortho, 50, 40), tmp_path / "views")
    files = sorted((tmp_path / "views").glob("*.jpg"))
    assert len(files) == count == 8
    view = np.asarray(Image.open(files[0]), float)
    red = (view[..., 0] - view[..., 1]) > 60
    # the track runs east, so north (the red line, 9.5 to 10 m off) is to the left: 112 - 9.75 * 5.6
    rows, columns = np.nonzero(red)
    assert columns.mean() == pytest.approx(112 - 9.5 * 5.6, abs=2.0)
    assert np.ptp(rows) > 200
    away = write_ortho(tmp_path / "o2.tif")
    with rasterio.open(away, "r+") as data:
        data.transform = rasterio.Affine(0.25, 0, X0 + 5000, 0, -0.25, Y0)
    with pytest.raises(InputError, match="none of the tracks"):
        write_views(TrackViews(tracks, away), tmp_path / "none")


def test_views_are_written_to_a_new_folder_or_not_at_all(tmp_path: Path) -> None:
    def windows(folder: Path, ortho: Path) -> tuple[int, str]:
        words = ["scenes", "windows", str(tracks), str(ortho), "-o", str(folder), "--step", "50"]
        result = CliRunner().invoke(app, words)
        return result.exit_code, result.stderr

    tracks, ortho = write_track(tmp_path / "t.gpkg"), write_ortho(tmp_path / "o.tif")
    assert windows(tmp_path / "views", ortho)[0] == 0
    views = sorted((tmp_path / "views").iterdir())
    assert len(views) == 8
    (tmp_path / "views" / "platform").mkdir()
    code, message = windows(tmp_path / "views", ortho)
    assert code == 3
    assert "name a new folder" in message
    assert sorted((tmp_path / "views").iterdir())[: len(views)] == views
    code, message = windows(tmp_path / "no" / "views", ortho)
    assert (code, "create it first" in message) == (3, True)
    (tmp_path / "text.tif").write_text("no image")
    assert windows(tmp_path / "other", tmp_path / "text.tif")[0] == 3
    assert {path.name for path in tmp_path.iterdir()} == {"t.gpkg", "o.tif", "text.tif", "views"}
