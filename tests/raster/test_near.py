"""The surroundings of lines as an area of interest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from rasterio.crs import CRS

from railmap.errors import GeoreferenceError, InputError
from railmap.raster import Grid, NearLines, PixelWindow, open_raster

Write = Callable[..., Path]
Image = Callable[..., np.ndarray]

_WEST, _NORTH = 500_000.0, 5_700_000.0
_GRID = Grid(CRS.from_epsg(25832), Affine(0.5, 0, _WEST, 0, -0.5, _NORTH), 400, 400)  # 200 m


def lines(path: Path, *shapes: shapely.Geometry, crs: str | int | None = 25832, **more) -> Path:
    gpd.GeoDataFrame(more, geometry=list(shapes), crs=25832).to_crs(crs or 25832).set_crs(
        crs, allow_override=True
    ).to_file(path)
    return path


def line(*xy: tuple[float, float]) -> shapely.LineString:
    """A line in metres from the upper left corner, x to the east, y to the south."""
    return shapely.LineString([(_WEST + x, _NORTH - y) for x, y in xy])


ACROSS = line((-500, 100), (700, 100))


@pytest.mark.parametrize("crs", [25832, 4326, 3857, "EPSG:2263"])
def test_metres_on_the_ground_in_every_crs(tmp_path: Path, crs: int | str) -> None:
    if crs == "EPSG:2263":  # US feet, which is valid in New York
        grid = Grid(CRS.from_epsg(32618), Affine(0.5, 0, 585_000, 0, -0.5, 4_510_000), 400, 400)
        across = shapely.LineString([(584_900, 4_509_900), (585_300, 4_509_900)])
        frame = gpd.GeoDataFrame(geometry=[across], crs=32618)
    else:
        grid, frame = _GRID, gpd.GeoDataFrame(geometry=[ACROSS], crs=25832)
    path = tmp_path / "rail.gpkg"
    frame.to_crs(crs).to_file(path)
    area = shapely.union_all(NearLines(path, 30.0).polygons(grid))
    left, top = grid.transform.c, grid.transform.f
    column = shapely.LineString([(left + 100, top), (left + 100, top - 200)])
    inside = shapely.intersection(area, column)
    assert inside.length == pytest.approx(60.0, abs=0.1)
    assert inside.centroid.y == pytest.approx(top - 100, abs=0.1)


def test_pieces_of_a_long_line_are_its_buffer(tmp_path: Path) -> None:
    x = np.linspace(-20, 220, 500)
    curve = line(*zip(x, 100 + 40 * np.sin(x / 25), strict=True))
    path = lines(tmp_path / "rail.gpkg", curve)
    polygons = NearLines(path, 12.0).polygons(_GRID)
    assert len(polygons) > 5
    grid = shapely.box(_WEST, _NORTH - 200, _WEST + 200, _NORTH)
    area = shapely.intersection(shapely.union_all(polygons), grid)
    whole = shapely.intersection(shapely.buffer(curve, 12.0), grid)
    assert shapely.symmetric_difference(area, whole).area < 1e-3 * whole.area


def test_of_an_osm_extract_the_railways(tmp_path: Path) -> None:
    corner = gpd.GeoSeries(
        [
            shapely.Point(_WEST + x, _NORTH - y)
            for x, y in ((0, 50), (200, 50), (0, 150), (200, 150))
        ],
        crs=25832,
    ).to_crs(4326)
    nodes = "".join(
        f'<node id="-{i}" version="1" lon="{p.x:.9f}" lat="{p.y:.9f}"/>'
        for i, p in enumerate(corner, 1)
    )
    ways = "".join(
        f'<way id="-{i}" version="1"><nd ref="-{a}"/><nd ref="-{b}"/><tag k="{key}" v="{value}"/>'
        "</way>"
        for i, a, b, key, value in ((9, 1, 2, "railway", "rail"), (8, 3, 4, "highway", "track"))
    )
    path = tmp_path / "a.osm"
    path.write_text(f'<?xml version="1.0"?><osm version="0.6">{nodes}{ways}</osm>')
    area = shapely.union_all(NearLines(path, 10.0).polygons(_GRID))
    assert area.contains(shapely.Point(_WEST + 100, _NORTH - 50))
    assert not area.intersects(shapely.Point(_WEST + 100, _NORTH - 150))


def test_windows_outside_are_not_read(
    write_raster: Write, image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_raster("a.tif", image(400, 400) | np.uint8(1))
    near = NearLines(lines(tmp_path / "rail.gpkg", line((-5, 10), (45, 10))), 3.0)
    asked = []
    with open_raster(path, near=near) as source, open_raster(path) as whole:
        real = source._samplers[0].sample
        monkeypatch.setattr(
            source._samplers[0], "sample", lambda *words: asked.append(words) or real(*words)
        )
        assert not source.read(PixelWindow(200, 0, 128, 128)).mask.any()
        assert not source.has_data(PixelWindow(200, 0, 128, 128))
        assert not asked
        patch = source.read(PixelWindow(0, 0, 400, 400))
        assert asked
        expected = np.zeros((400, 400), bool)
        expected[70:130] = True
        assert np.array_equal(patch.mask, expected)
        every = whole.read(PixelWindow(0, 0, 400, 400)).pixels
        assert np.array_equal(patch.pixels, every * expected)
        assert source.coverage is not None
        assert source.coverage.share == pytest.approx(0.15, abs=1e-3)
        assert whole.coverage is None


def test_with_polygons_the_intersection(write_raster: Write, image: Image, tmp_path: Path) -> None:
    path = write_raster("a.tif", image(400, 400) | np.uint8(1))
    near = NearLines(lines(tmp_path / "rail.gpkg", line((-5, 10), (45, 10))), 3.0)
    area = lines(tmp_path / "area.gpkg", shapely.box(_WEST, _NORTH - 40, _WEST + 20, _NORTH))
    with open_raster(path, aoi=area, near=near) as source:
        rows, cols = np.nonzero(source.read(PixelWindow(0, 0, 400, 400)).mask)
        assert (rows.min(), rows.max(), cols.min(), cols.max()) == (70, 129, 0, 199)
        assert source.coverage is not None
        assert source.coverage.looked_at_m2 == pytest.approx(120, abs=1)
        (part,) = source.looked_at(source.images[0].footprint)
        assert part.area == pytest.approx(120, abs=1)
    lines(area, shapely.box(_WEST, _NORTH - 40, _WEST + 20, _NORTH - 30))
    with pytest.raises(InputError, match=r"no polygon is within 3 m of the lines"):
        open_raster(path, aoi=area, near=near)


def test_the_identity_is_that_of_lines_and_distance(
    write_raster: Write, image: Image, tmp_path: Path
) -> None:
    path = write_raster("a.tif", image(400, 400))

    def identity(where: float, distance: float) -> object:
        rail = lines(tmp_path / "rail.gpkg", line((-5, where), (45, where)))
        with open_raster(path, near=NearLines(rail, distance)) as source:
            return source.identity()["aoi"]

    assert identity(10, 3) == identity(10, 3)
    assert identity(10, 3) != identity(10, 4)
    assert identity(10, 3) != identity(11, 3)


def test_lines_that_cannot_be_used(tmp_path: Path) -> None:
    path, point = tmp_path / "rail.gpkg", shapely.Point(_WEST + 10, _NORTH - 10)

    def polygons(file: Path = path) -> object:
        return NearLines(file, 50.0).polygons(_GRID)

    with pytest.raises(InputError, match="no such file"):
        polygons()
    lines(path, point)
    with pytest.raises(InputError, match="has no lines"):
        polygons()
    lines(tmp_path / "two.geojson", point, shapely.box(0, 0, 1, 1))
    with pytest.raises(InputError, match="has no lines"):
        polygons(tmp_path / "two.geojson")
    gpd.GeoDataFrame(geometry=[], crs=25832).to_file(
        tmp_path / "none.gpkg", geometry_type="LineString"
    )
    with pytest.raises(InputError, match="has no lines"):
        polygons(tmp_path / "none.gpkg")
    lines(path, line((0, 900), (200, 900)))
    with pytest.raises(InputError, match=r"no line is within 50 m of the raster"):
        polygons()
    lines(tmp_path / "bare.shp", ACROSS)
    (tmp_path / "bare.prj").unlink()
    with pytest.raises(GeoreferenceError, match="has no CRS"):
        polygons(tmp_path / "bare.shp")
    local = (
        'ENGCRS["site",EDATUM["site"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],UNIT["m",1]]'
    )
    gpd.GeoDataFrame(geometry=[ACROSS]).set_crs(local).to_file(tmp_path / "local.gpkg")
    with pytest.raises(GeoreferenceError, match="cannot be transformed"):
        polygons(tmp_path / "local.gpkg")
