"""Pictures of events: which are published, under which names, and that nothing else is."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely
from PIL import Image

from railmap.errors import InputError
from railmap.mapping import read_map
from railmap.mapping.attach.attach import attach_events
from railmap.mapping.store.editing import edit_map
from railmap.progress import NullReporter
from railmap.publishing import publish_map
from railmap.publishing.web.pictures import PICTURES_COLUMN, PictureFolder
from tests.helpers import networks


def save(path: Path, size: tuple[int, int] = (60, 40), colour: str = "red") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


def with_photos(line_map: Path, folder: Path, names: list[str]) -> Path:
    path = Path(shutil.copy(line_map, folder / "m.gpkg"))
    spot = shapely.Point(read_map(path).links.geometry.iloc[0].interpolate(30.0))
    frame = gpd.GeoDataFrame({"photo": names, "geometry": [spot] * len(names)}, crs=networks.CRS)
    frame.to_file(folder / "e.gpkg", layer="walk")
    attach_events(path, folder / "e.gpkg", layer="walk")
    return path


def published_rows(site: Path) -> Any:
    look = json.loads((site / "style.json").read_text())
    (file,) = [one["file"] for name, one in look["sources"].items() if name.startswith("own-")]
    return pyogrio.read_dataframe(site / file)


def test_a_photo_beside_the_map_is_reduced_and_has_no_metadata(
    photo_map: Path, tools_site: Path
) -> None:
    (file,) = (tools_site / "photos").iterdir()
    assert re.fullmatch(r"[0-9a-f]{16}\.jpg", file.name)
    with Image.open(file) as image:
        assert image.size == (400, 300)
        assert not image.getexif()
    assert b"secret" not in file.read_bytes()
    assert b"secret" in (photo_map.parent / "DCIM" / "crack.jpg").read_bytes()
    (row,) = published_rows(tools_site).to_dict("records")
    assert json.loads(row[PICTURES_COLUMN]) == [[file.name, 400, 300]]
    assert row["photo"] == "crack.jpg"


def test_photos_of_other_folders_are_found_by_name_only_where_given(
    line_map: Path, tmp_path: Path
) -> None:
    save(tmp_path / "elsewhere" / "deep" / "a.png", (2600, 1300))
    for place in ("one", "two"):
        save(tmp_path / "elsewhere" / place / "twice.jpg")
    path = with_photos(line_map, tmp_path, ["/home/alice/a.png", "twice.jpg", "none.jpg"])
    reporter = NullReporter()
    publish_map(path, tmp_path / "without", reporter=reporter)
    assert not (tmp_path / "without" / "photos").exists()
    assert reporter.warnings == []
    publish_map(path, tmp_path / "site", photos=[tmp_path / "elsewhere"], reporter=reporter)
    (file,) = (tmp_path / "site" / "photos").iterdir()
    assert Image.open(file).size == (1280, 640)
    assert reporter.warnings == [
        "2 pictures that the map names, such as twice.jpg, are not in the folders of photos, or"
        " twice"
    ]
    names = set(published_rows(tmp_path / "site")["photo"])
    assert names == {"a.png", "twice.jpg", "none.jpg"}


@pytest.mark.parametrize(
    "name", ["../secret.jpg", "link.jpg", "{outside}/secret.jpg", "https://a.b/secret.jpg"]
)
def test_nothing_outside_the_folders_is_published(
    line_map: Path, tmp_path: Path, name: str
) -> None:
    secret = save(tmp_path / "secret.jpg")
    (tmp_path / "map").mkdir()
    (tmp_path / "map" / "link.jpg").symlink_to(secret)
    path = with_photos(line_map, tmp_path / "map", [name.format(outside=tmp_path)])
    publish_map(path, tmp_path / "site")
    assert not (tmp_path / "site" / "photos").exists()


@pytest.mark.parametrize("name", ["link.jpg", "loop.jpg"])
def test_links_in_a_folder_of_photos_lead_nowhere(
    line_map: Path, tmp_path: Path, name: str
) -> None:
    secret = save(tmp_path / "secret.jpg")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "link.jpg").symlink_to(secret)
    (tmp_path / "photos" / "loop.jpg").symlink_to(tmp_path / "photos" / "loop.jpg")
    (tmp_path / "map").mkdir()
    path = with_photos(line_map, tmp_path / "map", [name])
    reporter = NullReporter()
    publish_map(path, tmp_path / "site", photos=[tmp_path / "photos"], reporter=reporter)
    assert not (tmp_path / "site" / "photos").exists()
    assert any(f"such as {name}, are not in the folders" in text for text in reporter.warnings)


def test_embedded_pictures_are_published_as_files(line_map: Path, tmp_path: Path) -> None:
    data = io.BytesIO()
    Image.new("RGB", (50, 70), "blue").save(data, "PNG")
    good = "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()
    drawing = "data:image/svg+xml;base64," + base64.b64encode(b"<svg onload='x'/>").decode()
    path = with_photos(line_map, tmp_path, [good, drawing, "data:image/png;base64,%%%"])
    reporter = NullReporter()
    publish_map(path, tmp_path / "site", reporter=reporter)
    (file,) = (tmp_path / "site" / "photos").iterdir()
    assert Image.open(file).size == (50, 70)
    rows = published_rows(tmp_path / "site")
    assert set(rows["photo"]) == {"embedded picture"}
    assert rows[PICTURES_COLUMN].notna().sum() == 1
    assert reporter.warnings == [
        "2 pictures cannot be shown, such as an embedded picture cannot be read"
    ]


def test_an_orthophoto_is_not_the_picture_of_a_scene(tmp_path: Path) -> None:
    save(tmp_path / "Ortho.jpg")
    pictures = PictureFolder(tmp_path / "out", tmp_path, [], ["ortho.jpg"])
    assert not pictures.names_picture("Ortho.jpg")
    assert pictures.names_picture("other.JPG")
    assert not pictures.names_picture("a.jpg to b.jpg (2 photos)")


def test_the_same_map_gives_the_same_pictures(
    photo_map: Path, tools_site: Path, tmp_path: Path
) -> None:
    publish_map(photo_map, tmp_path / "site", photos=[photo_map.parent / "DCIM"])
    names = [path.name for path in (tools_site / "photos").iterdir()]
    assert [path.name for path in (tmp_path / "site" / "photos").iterdir()] == names


def test_folders_of_photos_are_checked_first(line_map: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a folder; name the folder that has the photos"):
        publish_map(line_map, tmp_path / "site", photos=[line_map])
    assert not (tmp_path / "site").exists()


def test_defects_and_scenes_have_the_picture_of_their_image(line_map: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(line_map, tmp_path / "m.gpkg"))
    save(tmp_path / "strip.png")
    with edit_map(path) as sql:
        sql.execute("UPDATE defect SET image_id = 'strip.png' WHERE defect_id = 'd2'")
        sql.execute("UPDATE scene_event SET image_id = 'strip.png'")
        sql.execute("UPDATE railway_link SET name = ?", ("x" * 400 + ".jpg",))  # no file name
    publish_map(path, tmp_path / "site")
    (file,) = (tmp_path / "site" / "photos").iterdir()
    for layer, count in (("defect", 1), ("scene_event", 1)):
        rows = pyogrio.read_dataframe(tmp_path / "site" / "tiles" / f"{layer}.pmtiles")
        shown = rows[PICTURES_COLUMN].dropna().unique()
        assert [json.loads(one)[0][0] for one in shown] == [file.name] * count
    links = pyogrio.read_dataframe(tmp_path / "site" / "tiles" / "railway_link.pmtiles")
    assert PICTURES_COLUMN not in links
