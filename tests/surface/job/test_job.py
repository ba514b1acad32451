"""From images to defects on the map: size, position, bad images, resume, report, growth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
from PIL import Image

from railmap.errors import Cancelled, InputError, OutputError, UsageError
from railmap.mapping.compare.surveys import compare_maps
from railmap.mapping.sources.image_positions import ByExif, ByTable, ByTrackLog
from railmap.progress import NullReporter
from railmap.surface.job import DefectJob, find_defects
from railmap.surface.job.chainage import ByChainage
from railmap.surface.job.options import ReportOptions, ScaleOptions
from railmap.surface.job.scale import PixelScale, parse_pixel_size
from railmap.surface.job.severity import severity
from tests.helpers.surface_scene import HEIGHT, WIDTH, X0, Y0, DarkSpots, write_surface, write_track

SPOT = (100.0, 150.0, 20.0, 10.0)  # 16 x 8 mm at the head's middle


def folder(tmp_path: Path, count: int = 3) -> Path:
    images = tmp_path / "run 1 轨道"
    images.mkdir()
    for number in range(count):
        write_surface(images / f"img{number + 1}.png", [SPOT] if number != 1 else [])
    return images


def defects(path: Path) -> gpd.GeoDataFrame:
    return pyogrio.read_dataframe(path, layer="defect")


def test_sizes_come_from_the_rail_head(tmp_path: Path) -> None:
    out = tmp_path / "d.gpkg"
    found = find_defects(DefectJob([folder(tmp_path)], out), DarkSpots(), "m")
    assert (found.images, found.bad, found.defects, found.placed) == (3, 0, 2, 0)
    table = defects(out)
    assert not isinstance(table, gpd.GeoDataFrame)
    assert table["area_mm2"].to_numpy() == pytest.approx(np.pi * 8 * 4, rel=0.05)
    assert table["length_m"].to_numpy() == pytest.approx(0.016, rel=0.05)
    assert table["width_m"].to_numpy() == pytest.approx(0.008, rel=0.05)
    assert list(table["severity"]) == [2, 2]
    assert set(table["image_id"]) == {"img1.png", "img3.png"}
    outline = pyogrio.read_dataframe(out, layer="outline").geometry.iloc[0]
    assert outline.area == pytest.approx(np.pi * 20 * 10, rel=0.05)
    assert outline.centroid.x == pytest.approx(150, abs=0.5)
    assert outline.centroid.y == pytest.approx(-100, abs=0.5)
    assert len(pyogrio.read_dataframe(out, layer="image")) == 3


def test_given_pixel_size_is_used(tmp_path: Path) -> None:
    out = tmp_path / "d.gpkg"
    job = DefectJob([folder(tmp_path, 1)], out, scale=ScaleOptions(PixelScale(0.5, 2.0)))
    find_defects(job, DarkSpots(), "m")
    assert defects(out)["length_m"].iloc[0] == pytest.approx(0.080, rel=0.05)
    assert defects(out)["width_m"].iloc[0] == pytest.approx(0.010, rel=0.05)


@pytest.mark.parametrize("decreasing", [False, True])
def test_chainage_places_every_defect_on_its_rail(tmp_path: Path, decreasing: bool) -> None:
    tracks, out = write_track(tmp_path / "tracks.gpkg"), tmp_path / "d.gpkg"
    start, sign = (100.0, -1) if decreasing else (50.0, 1)
    where = ByChainage("6185", start / 1000, "right", decreasing=decreasing)
    found = find_defects(
        DefectJob(
            [folder(tmp_path)], out, tracks=tracks, locator=where, scale=ScaleOptions(row_mm=10.0)
        ),
        DarkSpots(),
        "m",
    )
    assert found.placed == 2
    assert "2 attached" in str(found.attached)
    on_map = defects(tracks)
    # rows of 10 mm: the images are 4 m long, the positions 1 m from their upper ends
    wanted = start + sign * np.array([1.0, 9.0])
    order = np.argsort(on_map["line_m"] * sign)
    assert on_map["line_m"].to_numpy()[order] == pytest.approx(wanted, abs=0.01)
    assert on_map["offset_m"].to_numpy() == pytest.approx(0.7535, abs=0.002)
    assert set(on_map["side"]) == {"right_rail"}
    assert on_map["link_id"].notna().all()
    assert on_map.geometry.iloc[0].y == pytest.approx(Y0 - 0.7535, abs=0.01)


def test_chainage_without_a_map_is_reported(tmp_path: Path) -> None:
    job = DefectJob([folder(tmp_path)], tmp_path / "d.gpkg", locator=ByChainage("6185", 1.0),
                    scale=ScaleOptions(row_mm=10.0))  # fmt: skip
    found = find_defects(job, DarkSpots(), "m")
    assert (found.placed, found.chained) == (0, 2)
    assert "2 with line and km" in found.summary()
    assert defects(job.output)["km"].to_numpy() == pytest.approx([1.001, 1.009], abs=1e-4)


def test_chainage_outside_the_line_is_refused_before_segmentation(tmp_path: Path) -> None:
    tracks, out = write_track(tmp_path / "tracks.gpkg"), tmp_path / "d.gpkg"
    segmenter = DarkSpots()
    where = ByChainage("6185", 0.195)
    with pytest.raises(InputError, match=r"img2.*outside line 6185.*0\.200"):
        find_defects(
            DefectJob(
                [folder(tmp_path)],
                out,
                tracks=tracks,
                locator=where,
                scale=ScaleOptions(row_mm=10.0),
            ),
            segmenter,
            "m",
        )
    assert segmenter.calls == 0
    assert not out.exists()


def test_table_and_track_log_and_exif(tmp_path: Path) -> None:
    import pyproj

    images = folder(tmp_path)
    back = pyproj.Transformer.from_crs(25832, 4326, always_xy=True)
    lonlat = [back.transform(X0 + 20 + 30 * i, Y0 + 0.4) for i in range(3)]
    table = tmp_path / "where.csv"
    table.write_text(
        "image,lon,lat,accuracy_m\n"
        + "".join(f"img{i + 1}.png,{a:.9f},{b:.9f},0.5\n" for i, (a, b) in enumerate(lonlat))
    )
    log = tmp_path / "log.gpx"
    points = "".join(
        f'<trkpt lon="{a:.9f}" lat="{b:.9f}"><time>2026-05-01T10:00:{10 * i:02d}Z</time></trkpt>'
        for i, (a, b) in enumerate(lonlat)
    )
    log.write_text(
        f'<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{points}</trkseg></trk></gpx>'
    )
    for i in range(3):
        import os
        from datetime import UTC, datetime

        at = datetime(2026, 5, 1, 12, 0, 10 * i, tzinfo=UTC).timestamp()
        os.utime(images / f"img{i + 1}.png", (at, at))
    exif = tmp_path / "exif"
    exif.mkdir()
    for i, (lon, lat) in enumerate(lonlat):
        image = Image.open(images / f"img{i + 1}.png").convert("L")
        tags = Image.Exif()
        gps = tags.get_ifd(0x8825)
        gps[1], gps[3] = "N", "E"
        for tag, value in ((2, lat), (4, lon)):
            gps[tag] = (int(value), int(value % 1 * 60), round(value * 60 % 1 * 60, 6))
        image.save(exif / f"img{i + 1}.jpg", exif=tags, quality=98)
    sources = [
        (images, ByTable(table)),
        (images, ByTrackLog(log, offset_s=-7200)),
        (exif, ByExif()),
    ]
    for number, (source, where) in enumerate(sources):
        tracks = write_track(tmp_path / f"tracks{number}.gpkg")
        out = tmp_path / f"d{number}.gpkg"
        find_defects(DefectJob([source], out, tracks=tracks, locator=where), DarkSpots(), "m")
        at = np.sort(defects(tracks).geometry.x.to_numpy())
        assert at == pytest.approx([X0 + 20, X0 + 80], abs=0.05), type(where)


def test_bad_images_are_reported_and_skipped(tmp_path: Path) -> None:
    images = folder(tmp_path)
    whole = (images / "img1.png").read_bytes()
    (images / "img10_cut.png").write_bytes(whole[: len(whole) // 2])
    (images / "img11_text.png").write_text("no image")
    Image.fromarray(np.zeros((HEIGHT, WIDTH), np.uint8)).save(images / "img12_black.png")
    out, reporter = tmp_path / "d.gpkg", NullReporter()
    found = find_defects(DefectJob([images], out), DarkSpots(), "m", reporter)
    assert (found.images, found.bad, found.defects) == (6, 3, 2)
    assert len(reporter.warnings) == 3
    assert all(".png" in text and "\n" not in text for text in reporter.warnings)
    problems = pyogrio.read_dataframe(out, layer="image").set_index("image_id")["problem"]
    assert "black" in problems["img12_black.png"]
    assert problems.notna().sum() == 3


def test_no_usable_image_and_no_image(tmp_path: Path) -> None:
    images = tmp_path / "empty"
    images.mkdir()
    with pytest.raises(InputError, match="no images"):
        find_defects(DefectJob([images], tmp_path / "d.gpkg"), DarkSpots(), "m")
    with pytest.raises(InputError, match="no such"):
        find_defects(DefectJob([tmp_path / "x*.png"], tmp_path / "d.gpkg"), DarkSpots(), "m")
    (images / "a.png").write_text("no")
    with pytest.raises(InputError, match=r"none of 1 images.*a\.png"):
        find_defects(DefectJob([images], tmp_path / "d.gpkg"), DarkSpots(), "m")
    assert not (tmp_path / "d.gpkg").exists()


def test_contradictory_options_are_refused(tmp_path: Path) -> None:
    images, out = folder(tmp_path), tmp_path / "d.gpkg"
    tracks = write_track(tmp_path / "tracks.gpkg")
    with pytest.raises(UsageError, match="tracks needs positions"):
        find_defects(DefectJob([images], out, tracks=tracks), DarkSpots(), "m")
    with pytest.raises(UsageError, match="step along"):
        find_defects(DefectJob([images], out, locator=ByChainage("6185", 0.0)), DarkSpots(), "m")
    with pytest.raises(UsageError, match="future"):
        find_defects(DefectJob([images], out, survey_date="2099-01-01"), DarkSpots(), "m")
    with pytest.raises(UsageError, match="pixel_size"):
        parse_pixel_size("0")
    out.write_text("mine")
    with pytest.raises(OutputError, match="exists"):
        find_defects(DefectJob([images], out), DarkSpots(), "m")
    assert out.read_text() == "mine"


def test_an_interrupted_job_resumes(tmp_path: Path) -> None:
    images, out = folder(tmp_path, 6), tmp_path / "d.gpkg"
    with pytest.raises(KeyboardInterrupt):
        find_defects(DefectJob([images], out), DarkSpots(fail_at=5), "m")
    assert not out.exists()
    again = DarkSpots()
    find_defects(DefectJob([images], out), again, "m")
    assert again.calls == 2
    whole = tmp_path / "whole.gpkg"
    find_defects(DefectJob([images], whole), DarkSpots(), "m")
    assert defects(out).equals(defects(whole))
    assert not list(tmp_path.glob(".*resume*"))


def test_a_cancelled_job_reports_where_it_resumes(tmp_path: Path) -> None:
    reporter = NullReporter()

    class Cancelling(DarkSpots):
        def __call__(self, image: np.ndarray, name: str = "image") -> Any:
            if self.calls == 1:
                reporter.cancel()
            return super().__call__(image, name)

    job = DefectJob([folder(tmp_path, 4)], tmp_path / "d.gpkg")
    with pytest.raises(Cancelled, match=r"after 2 of 4 images; the same command resumes"):
        find_defects(job, Cancelling(), "m", reporter)
    again = DarkSpots()
    find_defects(job, again, "m")
    assert again.calls == 2


def test_another_model_starts_from_the_beginning(tmp_path: Path) -> None:
    images, out = folder(tmp_path, 4), tmp_path / "d.gpkg"
    with pytest.raises(KeyboardInterrupt):
        find_defects(DefectJob([images], out), DarkSpots(fail_at=3), "m")
    again = DarkSpots()
    find_defects(DefectJob([images], out), again, "other")
    assert again.calls == 4


def test_report_shows_the_worst_first(tmp_path: Path) -> None:
    images = tmp_path / "i"
    images.mkdir()
    write_surface(images / "small<b>.png", [(200, 150, 6, 6)])
    write_surface(images / "large.png", [(200, 150, 60, 30)])
    tracks, page = write_track(tmp_path / "tracks.gpkg"), tmp_path / "r.html"
    where = ByChainage("6185", 0.1, "left")
    find_defects(
        DefectJob(
            [images],
            tmp_path / "d.gpkg",
            tracks=tracks,
            locator=where,
            report=ReportOptions(page, 5),
            scale=ScaleOptions(row_mm=1.0),
        ),
        DarkSpots(),
        "m",
    )
    text = page.read_text()
    assert text.index("large.png") < text.index("small&lt;b&gt;.png")
    assert "<b>.png" not in text
    assert text.count("data:image/jpeg;base64,") == 2
    assert text.count("<polyline") >= 2
    assert "6185 km 0.1" in text


def test_growth_between_two_surveys(tmp_path: Path) -> None:
    surveys = {
        "2026-03-01": {"a": (100, 150, 20, 10), "b": (300, 150, 16, 16), "c": (200, 120, 12, 12)},
        "2026-05-10": {"a": (100, 150, 40, 15), "b": (300, 150, 16, 16), "d": (40, 170, 14, 14)},
    }
    maps = []
    for day, positions in surveys.items():
        images = tmp_path / day
        images.mkdir()
        write_surface(images / "s.png", list(positions.values()))
        tracks = write_track(tmp_path / f"tracks {day}.gpkg")
        where = ByChainage("6185", 0.1, "left")
        out = tmp_path / f"{day}.gpkg"
        find_defects(
            DefectJob(
                [images],
                out,
                tracks=tracks,
                locator=where,
                survey_date=day,
                scale=ScaleOptions(row_mm=5.0),
            ),
            DarkSpots(),
            "m",
        )
        maps.append(tracks)
    change = tmp_path / "change.gpkg"
    compare_maps(maps[0], maps[1], change)
    changes = pyogrio.read_dataframe(change, layer="defect_change")
    assert sorted(changes["status"]) == ["grown", "new", "open", "repaired"]
    grown = changes[changes["status"] == "grown"].iloc[0]
    # half axes 20 x 10 to 40 x 15 pixels, 0.4 mm across and 5 mm along each
    growth = np.pi * (40 * 15 - 20 * 10) * 0.4 * 5
    assert grown["area_growth_mm2"] == pytest.approx(growth, rel=0.05)
    assert grown["area_growth_mm2_day"] == pytest.approx(growth / 70, rel=0.05)


def test_severity_is_the_higher_of_area_and_length() -> None:
    assert [severity(10, 5), severity(60, 5), severity(10, 31), severity(1500, 5)] == [1, 2, 3, 4]


def test_the_kind_is_given_where_the_model_is_certain(tmp_path: Path) -> None:
    images = folder(tmp_path, 1)
    for kind, name in ((1, "crush"), (2, "defect"), (3, "defect"), (None, "defect")):
        out, page = tmp_path / f"{kind}.gpkg", tmp_path / f"{kind}.html"
        find_defects(
            DefectJob([images], out, report=ReportOptions(page)), DarkSpots(kind=kind), "m"
        )
        assert list(defects(out)["class"]) == [name]
        assert list(pyogrio.read_dataframe(out, layer="outline")["class"]) == [name]
        assert f"{name}, severity" in page.read_text()


def test_nothing_usable_leaves_no_journal(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no")
    with pytest.raises(InputError, match="none of 1 images"):
        find_defects(DefectJob([tmp_path / "a.png"], tmp_path / "d.gpkg"), DarkSpots(), "m")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_where_attaching_fails_the_output_stays(tmp_path: Path) -> None:
    tracks, out = write_track(tmp_path / "tracks.gpkg"), tmp_path / "d.gpkg"
    table = tmp_path / "where.csv"
    table.write_text("image,lon,lat\nimg1.png,9.0,52.0\nimg3.png,9.0,52.0\n")
    job = DefectJob([folder(tmp_path)], out, tracks=tracks, locator=ByTable(table))
    with pytest.raises(
        InputError, match=r"no event is within.*d\.gpkg is written.*railmap\.attach\("
    ):
        find_defects(job, DarkSpots(), "m")
    assert len(defects(out)) == 2
    assert not list(tmp_path.glob(".*resume*"))


def test_symbolic_links_to_one_image_are_separate_images(tmp_path: Path) -> None:
    images = folder(tmp_path, 1)
    (images / "link.png").symlink_to(images / "img1.png")
    out = tmp_path / "d.gpkg"
    find_defects(DefectJob([images], out), DarkSpots(), "m")
    assert sorted(defects(out)["image_id"]) == ["img1.png", "link.png"]
    assert defects(out)["defect_id"].is_unique
