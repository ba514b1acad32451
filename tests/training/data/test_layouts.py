"""Labelled images from folders of every layout, and what is wrong with them in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import geopandas as gpd
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from railmap.errors import InputError, RailmapError, RasterError, UsageError
from railmap.raster.types import PixelWindow
from railmap.training.data import LabelSource, find_layout, read_images
from railmap.training.data.masks import MaskImage

WriteRaster = Callable[..., Path]


def whole(picture: Any) -> Any:
    return picture.read(PixelWindow(0, 0, *picture.shape))


def save(path: Path, pixels: NDArray[np.uint8]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels if pixels.ndim == 2 else pixels[..., ::-1])
    return path


def grey(rows: int = 40, cols: int = 60) -> NDArray[np.uint8]:
    return np.full((rows, cols, 3), 90, np.uint8)


def band(rows: int = 40, cols: int = 60, value: int = 255) -> NDArray[np.uint8]:
    mask = np.zeros((rows, cols), np.uint8)
    mask[10:20] = value
    return mask


def labelme(
    path: Path,
    shapes: list[dict[str, Any]],
    rows: int = 40,
    cols: int = 60,
    image: str | None = None,
) -> Path:
    content = {
        "version": "5.4.1",
        "flags": {},
        "shapes": shapes,
        "imagePath": image or path.with_suffix(".png").name,
        "imageData": None,
        "imageHeight": rows,
        "imageWidth": cols,
    }
    path.write_text(json.dumps(content), "utf-8")
    return path


def polygon(label: str, points: list[list[float]]) -> dict[str, Any]:
    return {"label": label, "points": points, "group_id": None, "shape_type": "polygon"}


def lines_file(path: Path, xy: list[list[tuple[float, float]]], crs: str) -> Path:
    gpd.GeoDataFrame(geometry=[shapely.LineString(p) for p in xy], crs=crs).to_file(path)
    return path


# --- LabelMe


def test_labelme_polygons_become_masks(tmp_path: Path) -> None:
    save(tmp_path / "a.png", grey())
    shapes = [
        polygon("railway track", [[0, 10], [60, 10], [60, 20], [0, 20]]),
        polygon("ignore", [[50, 0], [60, 0], [60, 40], [50, 40]]),
        polygon("tree", [[0, 30], [60, 30], [60, 40]]),
    ]
    labelme(tmp_path / "a.json", shapes)
    found = read_images(LabelSource(tmp_path))
    assert (found.layout, found.target) == ("labelme", "mask")
    target = whole(found.images[0]).target
    # OpenCV fills the outline too: half a pixel more may be track.
    assert set(np.unique(target)) == {0, 254, 255}
    assert (target[11:19, :49] == 254).all()
    assert (target[:, 51:] == 255).all()
    assert (target[22:, :49] == 0).all()
    assert abs((target[:, 20] == 254).sum() - 10) <= 1


def test_labelme_names_can_be_given_and_are_asked_for(tmp_path: Path) -> None:
    save(tmp_path / "a.png", grey())
    labelme(tmp_path / "a.json", [polygon("gleis", [[0, 10], [60, 10], [60, 20]])])
    with pytest.raises(InputError, match=r"no shape is called a track \(there are: gleis\)"):
        read_images(LabelSource(tmp_path))
    found = read_images(LabelSource(tmp_path, track_labels=["gleis"]))
    assert (whole(found.images[0]).target == 254).any()


def test_labelme_centrelines_get_sleeper_width(tmp_path: Path) -> None:
    save(tmp_path / "a.png", grey(100, 100))
    shape = {"label": "track", "points": [[50, -5], [50, 105]], "shape_type": "linestrip"}
    labelme(tmp_path / "a.json", [shape], 100, 100)
    with pytest.raises(InputError, match="has no width"):
        read_images(LabelSource(tmp_path))
    found = read_images(LabelSource(tmp_path, picture_gsd=0.1), gsd=0.1)
    target = whole(found.images[0]).target
    assert abs(int((target[50] == 254).sum()) - 26) <= 1


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda d: (d / "a.png").unlink(), "is not next to it"),
        (lambda d: save(d / "a.png", grey(60, 40)), "save it upright"),
        (lambda d: save(d / "a.png", grey(44, 60)), "drawn on 60 x 40 px, but a.png has 60 x 44"),
        (lambda d: (d / "a.json").write_text('{"version": 1, "flags": {}'), "not a LabelMe"),
        (
            lambda d: labelme(d / "a.json", [polygon("track", [[1, 1], [5, 5]])]),
            "polygon of 2 points",
        ),
        (lambda d: labelme(d / "a.json", []), "no label of 1 images holds any track"),
    ],
)
def test_broken_labelme_is_one_line(
    tmp_path: Path, break_it: Callable[[Path], object], message: str
) -> None:
    save(tmp_path / "a.png", grey())
    labelme(tmp_path / "a.json", [polygon("track", [[0, 10], [60, 10], [60, 20]])])
    break_it(tmp_path)
    with pytest.raises(InputError, match=message) as caught:
        read_images(LabelSource(tmp_path))
    assert "\n" not in str(caught.value)


def test_labelme_lines_on_a_georeferenced_image_have_a_width(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    write_raster("a.tif", np.full((3, 40, 60), 90, np.uint8))
    line = {"label": "track", "points": [[0, 20], [60, 20]], "shape_type": "linestrip"}
    labelme(tmp_path / "a.json", [line], image="a.tif")
    found = read_images(LabelSource(tmp_path), gsd=0.1)
    assert not found.remarks
    assert ((whole(found.images[0]).target[:, 30] == 254).sum() - 26) in (-1, 0, 1)


# --- Masks


@pytest.mark.parametrize("value", [1, 255])
def test_mask_folders(tmp_path: Path, value: int) -> None:
    for name in ("b", "a"):
        save(tmp_path / "images" / f"{name}.jpg", grey())
        save(tmp_path / "masks" / f"{name}_mask.png", band(value=value))
    found = read_images(LabelSource(tmp_path))
    assert [picture.name for picture in found.images] == ["a.jpg", "b.jpg"]
    assert ((whole(found.images[0]).target == 254) == (band() > 0)).all()
    assert not found.remarks


def test_images_of_unknown_gsd_are_reported(tmp_path: Path) -> None:
    save(tmp_path / "images" / "a.jpg", grey())
    save(tmp_path / "masks" / "a.png", band())
    found = read_images(LabelSource(tmp_path), gsd=0.1)
    assert found.remarks[0].startswith("1 of 1 images have no georeference: taken to have 0.1 m")
    assert not read_images(LabelSource(tmp_path, picture_gsd=0.05), gsd=0.1).remarks


def test_mask_values_0_1_255_have_unjudged_pixels(tmp_path: Path) -> None:
    mask = band(value=1)
    mask[30:] = 255
    save(tmp_path / "images" / "a.png", grey())
    save(tmp_path / "masks" / "a.png", mask)
    target = whole(read_images(LabelSource(tmp_path)).images[0]).target
    assert (target[30:] == 255).all()
    assert (target[10:20] == 254).all()
    assert (target[:10] == 0).all()


def test_deepglobe_is_split_at_128_and_reports_it(tmp_path: Path) -> None:
    mask = band()
    mask[9], mask[20] = 127, 128  # what JPEG and resampling leave between
    save(tmp_path / "train" / "104_sat.jpg", grey())
    save(tmp_path / "train" / "104_mask.png", np.repeat(mask[..., None], 3, 2))
    save(tmp_path / "train" / "105_sat.jpg", grey())
    save(tmp_path / "train" / "105_mask.png", np.zeros_like(mask))
    save(tmp_path / "valid" / "7_sat.jpg", grey())  # published without masks
    found = read_images(LabelSource(tmp_path))
    assert (found.layout, len(found.images)) == ("deepglobe", 2)
    target = whole(found.images[0]).target
    assert (target[10:21] == 254).all()
    assert (target[:10] == 0).all()
    share = 2 * 60 / (2 * 40 * 60)
    assert found.remarks == (
        f"{share:.2%} of the masks' pixels are neither 0 nor the highest value; "
        "from 128 on they count as track",
        "1 of 2 images have no track: taken as background",
    )


def test_masks_of_classes_need_the_tracks_value(tmp_path: Path) -> None:
    mask = band(value=3)
    mask[30:] = 7
    save(tmp_path / "images" / "a.png", grey())
    save(tmp_path / "masks" / "a.png", mask)
    with pytest.raises(InputError, match="values are 0, 3, 7"):
        read_images(LabelSource(tmp_path))
    with pytest.raises(InputError, match="no mask has the track's value 4"):
        read_images(LabelSource(tmp_path, track_value=4))
    target = whole(read_images(LabelSource(tmp_path, track_value=3)).images[0]).target
    assert ((target == 254) == (mask == 3)).all()


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (band(44), "60 x 44 px and its image a.png 60 x 40"),
        (np.zeros((40, 60), np.uint8), "holds any track; one class alone"),
        (np.full((40, 60), 255, np.uint8), "all pixels of the labels are track"),
    ],
)
def test_masks_of_one_class_are_refused(
    tmp_path: Path, mask: NDArray[np.uint8], message: str
) -> None:
    save(tmp_path / "images" / "a.png", grey())
    save(tmp_path / "masks" / "a.png", mask)
    with pytest.raises(InputError, match=message):
        read_images(LabelSource(tmp_path))


def test_numbers_of_images_and_masks_differ(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save(tmp_path / "images" / f"{name}.png", grey())
    save(tmp_path / "masks" / "a.png", band())
    with pytest.raises(InputError, match=r"2 images and 1 masks: 1 images have no mask .* b\.png"):
        read_images(LabelSource(tmp_path))
    save(tmp_path / "masks" / "b.png", band())
    save(tmp_path / "masks" / "c.png", band())
    with pytest.raises(InputError, match=r"1 masks have no image of their name, e\.g\. c\.png"):
        read_images(LabelSource(tmp_path))


def test_georeferences_of_image_and_mask_must_agree(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    from affine import Affine

    image = write_raster("images/a.tif", np.full((3, 40, 60), 90, np.uint8))
    place = Affine(0.1, 0, 500000.2, 0, -0.1, 5700000)
    write_raster("masks/a.tif", band()[None], transform=place)
    with pytest.raises(InputError, match=r"is 2\.0 px off a\.tif"):
        read_images(LabelSource(tmp_path))
    write_raster("masks/a.tif", band()[None], crs="EPSG:25833")
    with pytest.raises(InputError, match="EPSG:25833"):
        read_images(LabelSource(tmp_path))
    write_raster("masks/a.tif", band()[None], transform=Affine(0.1, 0, 500000.01, 0, -0.1, 5700000))
    assert image.exists()
    assert len(read_images(LabelSource(tmp_path)).images) == 1


def test_masks_are_resampled_to_the_gsd(tmp_path: Path, write_raster: WriteRaster) -> None:
    write_raster("images/a.tif", np.full((3, 40, 60), 90, np.uint8), gsd=0.1)
    write_raster("masks/a.tif", band()[None], gsd=0.1)
    picture = read_images(LabelSource(tmp_path), gsd=0.2).images[0]
    assert picture.shape == (20, 30)
    target = whole(picture).target
    assert (np.flatnonzero(target[:, 10] == 254) == np.arange(5, 10)).all()
    # A window of the whole is what the whole has there.
    part = picture.read(PixelWindow(3, -4, 8, 10))
    assert (part.target[:, 4:] == target[3:11, :6]).all()
    assert (part.target[:, :4] == 255).all()


# --- Lines


def test_lines_in_another_crs_are_reprojected(tmp_path: Path, write_raster: WriteRaster) -> None:
    raster = write_raster("o/a.tif", np.full((3, 100, 200), 90, np.uint8))
    # Through the middle: row 50 is y = 5699995.
    xy = [(499990.0, 5699995.0), (500030.0, 5699995.0)]
    here = gpd.GeoDataFrame(geometry=[shapely.LineString(xy)], crs="EPSG:25832")
    there = here.to_crs("EPSG:4326")
    there.to_file(tmp_path / "tracks.geojson")
    found = read_images(LabelSource(raster.parent, tmp_path / "tracks.geojson"), gsd=0.1)
    target = whole(found.images[0]).target
    assert (target[49:51, 5:195] >= 249).all()
    half = np.flatnonzero(target[:, 100] >= 127)
    assert (half[0], half[-1]) == (37, 62)  # 2.6 m at 10 cm
    mask = read_images(
        LabelSource(raster.parent, tmp_path / "tracks.geojson"), gsd=0.1, target="mask"
    )
    assert ((whole(mask.images[0]).target == 254) == (target >= 127)).all()


def test_a_window_of_lines_is_the_whole_there(tmp_path: Path, write_raster: WriteRaster) -> None:
    raster = write_raster("o/a.tif", np.full((3, 300, 300), 90, np.uint8))
    labels = lines_file(
        tmp_path / "t.gpkg", [[(499990.0, 5699970.0), (500040.0, 5700003.0)]], "EPSG:25832"
    )
    picture = read_images(LabelSource(raster.parent, labels), gsd=0.1).images[0]
    target = whole(picture).target
    part = picture.read(PixelWindow(100, 120, 64, 80)).target
    # Cutting the line moves its end by rounding: a level at most.
    assert np.abs(part.astype(int) - target[100:164, 120:200]).max() <= 1


def test_lines_elsewhere_are_refused(tmp_path: Path, write_raster: WriteRaster) -> None:
    raster = write_raster("o/a.tif", np.full((3, 100, 200), 90, np.uint8))
    far = lines_file(tmp_path / "far.gpkg", [[(0.0, 0.0), (10.0, 0.0)]], "EPSG:25833")
    with pytest.raises(InputError, match=r"far\.gpkg: no line is on a\.tif; check the CRS"):
        read_images(LabelSource(raster.parent, far), gsd=0.1)
    empty = tmp_path / "empty.gpkg"
    gpd.GeoDataFrame(geometry=gpd.GeoSeries([], crs="EPSG:25832")).to_file(
        empty, geometry_type="LineString"
    )
    with pytest.raises(InputError, match="no track lines in it"):
        read_images(LabelSource(raster.parent, empty), gsd=0.1)
    bare = tmp_path / "bare.gpkg"
    gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (1, 1)])]).to_file(bare)
    with pytest.raises(RailmapError, match="has no CRS"):
        read_images(LabelSource(raster.parent, bare), gsd=0.1)


def test_ignored_polygons_are_not_judged(tmp_path: Path, write_raster: WriteRaster) -> None:
    raster = write_raster("o/a.tif", np.full((3, 100, 200), 90, np.uint8))
    labels = lines_file(
        tmp_path / "t.gpkg", [[(499990.0, 5699995.0), (500030.0, 5699995.0)]], "EPSG:25832"
    )
    box = shapely.box(500000, 5699990, 500010, 5700000)
    gpd.GeoDataFrame(geometry=[box], crs="EPSG:25832").to_file(labels, layer="ignore")
    picture = read_images(
        LabelSource(raster.parent, Path(f"{labels}|layername=t")), gsd=0.1
    ).images[0]
    target = whole(picture).target
    assert (target[:, :99] == 255).all()
    assert (target[:, 101:] != 255).all()


# --- Which layout


def test_layouts_are_recognised_or_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        find_layout(tmp_path / "nowhere", None)
    with pytest.raises(InputError, match="no labels found"):
        find_layout(tmp_path, None)
    save(tmp_path / "a.tif", grey())
    (tmp_path / "a.geojson").write_text("{}")
    assert find_layout(tmp_path, None) == "pairs"
    with pytest.raises(UsageError, match="no layout 'coco'"):
        read_images(LabelSource(tmp_path, layout="coco"), gsd=0.1)


# --- Real images


@pytest.mark.real
def test_real_orthophotos_with_their_lines(real_data: Path) -> None:
    found = read_images(LabelSource(real_data / "rail_dev"), gsd=0.1)
    assert (found.layout, found.target) == ("pairs", "tent")
    assert len(found.images) >= 19
    assert all(picture.has_track for picture in found.images)
    for picture in found.images[:4]:
        image, target, _ = whole(picture)
        assert image.shape[:2] == target.shape == picture.shape
        assert (target[target != 255] >= 127).mean() > 0.02


def test_a_mosaic_without_one_of_its_files_is_no_mask(tmp_path: Path) -> None:
    image, mosaic = save(tmp_path / "a.png", grey()), tmp_path / "mosaic.vrt"
    mosaic.write_text(
        '<VRTDataset rasterXSize="60" rasterYSize="40"><VRTRasterBand dataType="Byte" band="1">'
        '<SimpleSource><SourceFilename relativeToVRT="1">moved.png</SourceFilename>'
        "<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    with pytest.raises(RasterError, match=r"mosaic\.vrt: a file of this mosaic.*moved\.png"):
        MaskImage(image, mosaic)
    save(tmp_path / "moved.png", band())
    assert MaskImage(image, mosaic).shape == (40, 60)
