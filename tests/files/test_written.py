from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio
from affine import Affine

from railmap.errors import OutputError
from railmap.files.disk import exchange, write_verified
from railmap.files.output import atomic_output
from railmap.files.written import check_database, check_layers, check_raster
from railmap.raster.types import Grid
from railmap.raster.writer import ProbabilityWriter


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "a.gpkg"
    sql = sqlite3.connect(path)
    sql.execute("CREATE TABLE t (a TEXT)")
    sql.executemany("INSERT INTO t VALUES (?)", [(f"row {n}" * 20,) for n in range(500)])
    sql.commit()
    sql.close()
    return path


@pytest.fixture
def raster(tmp_path: Path) -> Path:
    path = tmp_path / "a.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=64, height=64, count=2, dtype="uint8", tiled=True,
        blockxsize=16, blockysize=16, compress="deflate", transform=Affine(1, 0, 0, 0, -1, 0),
        crs="EPSG:32632",
    ) as data:  # fmt: skip
        data.write(np.random.default_rng(0).integers(0, 255, (2, 64, 64)).astype(np.uint8))
    return path


def zero(path: Path, start: int, length: int) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(bytes(length))


def test_whole_files_pass(database: Path, raster: Path) -> None:
    check_database(database)
    check_raster(raster)


@pytest.mark.parametrize("page", [0, 1, 5])
def test_a_lost_page_is_found(database: Path, page: int) -> None:
    zero(database, page * 4096, 4096)
    with pytest.raises(OutputError, match="not what was written"):
        check_database(database)


def test_a_cut_off_database_is_found(database: Path) -> None:
    os.truncate(database, database.stat().st_size - 4096)
    with pytest.raises(OutputError):
        check_database(database)


def test_a_lost_tile_is_found(raster: Path) -> None:
    with rasterio.open(raster) as data:
        start = int(data.get_tag_item("BLOCK_OFFSET_1_2", "TIFF", bidx=1))
        length = int(data.get_tag_item("BLOCK_SIZE_1_2", "TIFF", bidx=1))
    zero(raster, start, length)
    with pytest.raises(OutputError, match="not what was written"):
        check_raster(raster)


def test_a_raster_that_ends_early_is_found(raster: Path) -> None:
    os.truncate(raster, raster.stat().st_size - 100)
    with pytest.raises(OutputError):
        check_raster(raster)


def test_a_tile_that_was_never_written_is_found(tmp_path: Path) -> None:
    grid = Grid(rasterio.crs.CRS.from_epsg(32632), Affine(0.1, 0, 0, 0, -0.1, 0), 64, 64)
    path = tmp_path / "p.tif"
    with ProbabilityWriter(path, grid, tile=16) as writer:  # holes are no loss
        writer.write(16, 16, np.full((16, 16), 9, np.uint8))
    assert path.exists()
    with (  # noqa: PT012
        pytest.raises(OutputError, match="lost tiles"),
        ProbabilityWriter(tmp_path / "q.tif", grid, tile=16) as writer,
    ):
        writer.write(16, 16, np.full((16, 16), 9, np.uint8))
        writer._filled.add((3, 3))  # as if GDAL had dropped it
    assert not (tmp_path / "q.tif").exists()


def test_an_output_that_does_not_pass_keeps_the_old_one(database: Path) -> None:
    with (
        pytest.raises(OutputError),
        atomic_output(database, overwrite=True, verify=check_database) as partial,
    ):
        partial.write_bytes(database.read_bytes()[:-4096])
    check_database(database)
    assert [path.name for path in database.parent.iterdir()] == ["a.gpkg"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failed_call_is_an_error_and_keeps_the_old_output(
    tmp_path: Path, monkeypatch, call: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    path = tmp_path / "a.bin"
    path.write_text("old")
    with (  # noqa: PT012
        pytest.raises(OutputError, match="disk reports an error"),
        atomic_output(path, overwrite=True) as partial,
    ):
        partial.write_text("new")
        monkeypatch.setattr(os, call, fail)
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["a.bin"]


def test_a_write_that_names_no_file_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="disk reports"), atomic_output(tmp_path / "a"):
        raise OSError(5, "Input/output error")


def test_a_file_that_reads_differently_is_an_error(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "a"
    write_verified(path, b"whole")
    assert path.read_bytes() == b"whole"
    monkeypatch.setattr(Path, "read_bytes", lambda self: b"who")
    with pytest.raises(OutputError, match="reads differently"):
        write_verified(path, b"whole")


def test_exchange(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").write_text("b")
    if exchange(tmp_path / "a", tmp_path / "b"):
        assert (tmp_path / "a").is_file()
        assert (tmp_path / "b").is_dir()
    assert not exchange(tmp_path / "a", tmp_path / "none")


@pytest.fixture
def layers(tmp_path: Path) -> Path:
    """A GeoPackage of GDAL with points, a table without shapes, and an empty layer."""
    path = tmp_path / "layers.gpkg"
    points = gpd.GeoDataFrame({"a": range(3)}, geometry=gpd.points_from_xy([1, 2, 3], [1, 2, 3]))
    points.loc[2, "geometry"] = None
    points = points.set_crs(25832)
    pyogrio.write_dataframe(points, path, layer="point", driver="GPKG")
    pyogrio.write_dataframe(points[["a"]], path, layer="table", driver="GPKG", append=True)
    pyogrio.write_dataframe(
        points[:0], path, layer="empty", driver="GPKG", append=True, geometry_type="Point"
    )
    return path


COUNTS = {"point": 3, "table": 3, "empty": 0}


def test_layers_that_are_whole(layers: Path) -> None:
    check_layers(layers, COUNTS)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE gpkg_ogr_contents SET feature_count = NULL WHERE table_name = 'point'", "point"),
        ("DELETE FROM rtree_point_geom WHERE id = 1", "point"),
        ("DELETE FROM gpkg_extensions WHERE table_name = 'point'", "point"),
        ("DROP TRIGGER rtree_point_geom_insert", "point"),
        ("DELETE FROM gpkg_geometry_columns WHERE table_name = 'point'", "point"),
        ("DELETE FROM gpkg_contents WHERE table_name = 'table'", "table"),
        ('DELETE FROM "table" WHERE fid = 2', "table"),
        ("DROP TABLE empty", "no such table: empty"),
    ],
)
def test_layers_that_lack_something(layers: Path, change: str, named: str) -> None:
    with closing(sqlite3.connect(layers)) as sql:
        sql.execute(change)
        sql.commit()
    with pytest.raises(OutputError, match=rf"layers\.gpkg: is not what was written \({named}"):
        check_layers(layers, COUNTS)
