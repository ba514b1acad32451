from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.shutil import copy

from railmap.errors import InputError, RasterError
from railmap.files.photo import read_photo
from railmap.files.raster_file import open_raster_file
from railmap.files.vrt import FOLDERS_VARIABLE, check_overviews
from railmap.raster import open_raster

HEAD = (
    '<VRTDataset rasterXSize="16" rasterYSize="16"><SRS>EPSG:32632</SRS>'
    "<GeoTransform>500000,0.1,0,5700000,0,-0.1</GeoTransform>"
)
BAND = HEAD + '<VRTRasterBand dataType="Byte" band="1">{}</VRTRasterBand></VRTDataset>'
SOURCE = (
    '<SimpleSource><SourceFilename relativeToVRT="{}">{}</SourceFilename>'
    "<SourceBand>1</SourceBand></SimpleSource>"
)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "of others" / "tile.tif"
    path.parent.mkdir()
    write(path, 7)
    return path


def write(path: Path, value: int) -> None:
    with rasterio.open(
        path, "w", driver="GTiff", width=16, height=16, count=1, dtype="uint8",
        crs="EPSG:32632", transform=Affine(0.1, 0, 5e5, 0, -0.1, 5.7e6),
    ) as data:  # fmt: skip
        data.write(np.full((1, 16, 16), value, np.uint8))


def vrt(path: Path, member: object, relative: str = "1") -> Path:
    path.write_text(BAND.format(SOURCE.format(relative, member)))
    return path


def test_a_vrt_of_its_own_folder_is_read(image: Path, tmp_path: Path) -> None:
    below = vrt(tmp_path / "a.vrt", "of others/tile.tif")
    beside = image.parent / "b.VRT"
    copy(image, beside, driver="VRT")
    again = vrt(image.parent / "c.vrt", "b.VRT")
    absolute = vrt(tmp_path / "d.vrt", image, "0")
    for path in (below, beside, again, absolute):
        with open_raster_file(path) as data:
            assert (data.read(1) == 7).all()


@pytest.mark.parametrize("name", ["ortho.tif", "ortho.png", "ortho.jp2", "ortho", "ortho.xml"])
def test_a_vrt_under_another_name_is_refused(image: Path, name: str) -> None:
    path = vrt(image.parent / name, "tile.tif")
    with pytest.raises(RasterError):
        open_raster_file(path)
    with pytest.raises(RasterError, match="VRT"):
        open_raster(path)


def test_members_elsewhere_are_refused_unless_the_folder_is_allowed(
    image: Path, tmp_path: Path, monkeypatch
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "link.tif").symlink_to(image)
    paths = [
        vrt(mine / "up.vrt", "../of others/tile.tif"),
        vrt(mine / "absolute.vrt", image, "0"),
        vrt(mine / "link.vrt", "link.tif"),
        vrt(mine / "below.vrt", "up.vrt"),
    ]
    for path in paths:
        with pytest.raises(RasterError, match=FOLDERS_VARIABLE):
            open_raster_file(path)
    monkeypatch.setenv(FOLDERS_VARIABLE, os.pathsep.join(("", str(image.parent))))
    for path in paths:
        with open_raster_file(path) as data:
            assert (data.read(1) == 7).all()


@pytest.mark.parametrize(
    "member",
    [
        "/vsicurl/http://127.0.0.1:9/a.tif", "http://127.0.0.1:9/a.tif", "/VSIMEM/a.tif",
        "<VRTDataset/>", "vrt:///etc/passwd", "", "a<!-- -->b",
    ],
)  # fmt: skip
@pytest.mark.parametrize("relative", ["0", "1"])
def test_members_that_are_no_local_files_are_refused(
    tmp_path: Path, member: str, relative: str
) -> None:
    with pytest.raises(RasterError):
        open_raster_file(vrt(tmp_path / "a.vrt", member, relative))


@pytest.mark.parametrize(
    "band",
    [
        '<sourcefilename relativetovrt="0">{0}</sourcefilename>',
        '<SimpleSource SourceFilename="{0}"/>',
        "<GDALWarpOptions><SourceDataset>{0}</SourceDataset></GDALWarpOptions>",
        "<RPCTransformer><DEMPath>{0}</DEMPath></RPCTransformer>",
        '<Metadata domain="GEOLOCATION"><MDI key="X_DATASET">{0}</MDI></Metadata>',
        '<Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">{0}</MDI></Metadata>',
        "<PixelFunctionLanguage>Python</PixelFunctionLanguage>",
    ],
)
def test_every_way_to_name_a_file_is_checked(image: Path, tmp_path: Path, band: str) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    path = mine / "a.vrt"
    path.write_text(BAND.format(band.format(image)))
    with pytest.raises(RasterError, match=r"neither beside|program"):
        open_raster_file(path)


def test_raw_bytes_of_any_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x" * 256)
    raw = (
        HEAD + '<VRTRasterBand dataType="Byte" band="1" subClass="VRTRawRasterBand">'
        '<SourceFilename relativeToVRT="1">secret</SourceFilename><ImageOffset>0</ImageOffset>'
        "<PixelOffset>1</PixelOffset><LineOffset>16</LineOffset></VRTRasterBand></VRTDataset>"
    )
    for name in ("raw.tif", "raw.vrt"):
        (tmp_path / name).write_text(raw)
        with pytest.raises(RasterError):
            open_raster_file(tmp_path / name)


def test_a_member_that_is_itself_a_vrt_in_disguise_is_refused(image: Path) -> None:
    vrt(image.parent / "inner.tif", "/etc/passwd", "0")
    with pytest.raises(RasterError, match="no image of its name"):
        open_raster_file(vrt(image.parent / "outer.vrt", "inner.tif"))


@pytest.mark.parametrize("text", ["<!DOCTYPE a [<!ENTITY b 'c'>]><VRTDataset/>", "<VRT", "", "\0"])
def test_damaged_vrt(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.vrt").write_text(text)
    with pytest.raises(RasterError):
        open_raster(tmp_path / "a.vrt")


def test_overviews_in_another_place_are_refused(image: Path, tmp_path: Path) -> None:
    write(tmp_path / "secret.tif", 9)
    aux = Path(f"{image}.aux.xml")
    for name in (str(tmp_path / "secret.tif"), ":::BASE:::../secret.tif"):
        aux.write_text(
            '<PAMDataset><Metadata domain="OVERVIEWS">'
            f'<MDI key="OVERVIEW_FILE">{name}</MDI></Metadata></PAMDataset>'
        )
        with pytest.raises(RasterError, match="another place"):
            open_raster_file(image)
    check_overviews("a.tif", {"OVERVIEW_FILE": ":::BASE:::a.tif.ovr"})


@pytest.mark.parametrize("ending", [".ovr", ".msk", ".ovr.msk"])
def test_sidecars_that_are_a_vrt_are_refused(image: Path, tmp_path: Path, ending: str) -> None:
    member = vrt(tmp_path / "a.vrt", "of others/tile.tif")
    if ending == ".ovr.msk":
        (image.parent / "tile.tif.ovr").write_bytes(image.read_bytes())
    vrt(image.parent / f"tile.tif{ending}", "/etc/passwd", "0")
    for path in (image, member):
        with pytest.raises(RasterError, match="holds the text of a VRT"):
            open_raster_file(path)


def test_photos_are_no_programs(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n")
    with pytest.raises(InputError, match="not an image"):
        read_photo(path)
