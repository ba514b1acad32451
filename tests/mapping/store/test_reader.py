from __future__ import annotations

import json
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import box

from railmap.errors import InputError, MapError
from railmap.mapping import read_map
from railmap.mapping.schema import LAYERS, layer
from railmap.mapping.store.editing import edit_map
from tests.helpers import networks


@pytest.fixture
def copy(junction_map: Path, tmp_path: Path) -> Path:
    path = tmp_path / "copy.gpkg"
    shutil.copy(junction_map, path)
    return path


def change(path: Path, *statements: str) -> None:
    with edit_map(path) as sql:
        for statement in statements:
            sql.execute(statement)


def test_round_trip(junction_map: Path) -> None:
    network = networks.junction()
    content = read_map(junction_map)
    assert content.path == junction_map
    assert set(content.layers) == {entry.name for entry in LAYERS if entry.always}
    for name, frame in content.layers.items():
        columns = [column.name for column in layer(name).columns]
        assert [column for column in frame.columns if column != "geom"] == columns
        assert frame.index.name == "fid"
        assert isinstance(frame, gpd.GeoDataFrame) == bool(layer(name).geometry)
    for link, geometry in zip(network.links, content.links.geometry, strict=True):
        assert np.array_equal(shapely.get_coordinates(geometry), link.xy)
    nodes = np.array([[node.x, node.y] for node in network.nodes])
    assert np.array_equal(shapely.get_coordinates(content.nodes.geometry), nodes)
    assert content.nodes["degree"].tolist() == [node.degree for node in network.nodes]
    assert content.links["confidence"].isna().sum() == 1
    assert content.links.crs == content.crs


def test_measures_come_back(junction_map: Path) -> None:
    links = read_map(junction_map).links
    coordinates = shapely.get_coordinates(links.geometry.iloc[0], include_m=True)
    assert coordinates[-1, 2] == links["length_m"].iloc[0]


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MapError, match=r"no\.gpkg: no such file"):
        read_map(tmp_path / "no.gpkg")


def test_not_a_geopackage(tmp_path: Path) -> None:
    path = tmp_path / "text.gpkg"
    path.write_text("no database at all" * 100)
    with pytest.raises(MapError, match="not a railmap map"):
        read_map(path)


def test_somebody_elses_geopackage(tmp_path: Path) -> None:
    path = tmp_path / "other.gpkg"
    gpd.GeoDataFrame({"a": [1]}, geometry=[box(0, 0, 1, 1)], crs=25832).to_file(path)
    with pytest.raises(InputError, match=r"other\.gpkg: not a railmap map"):
        read_map(path)


@pytest.mark.parametrize(("version", "word"), [(99, "newer"), (0, "older")])
def test_other_schema_version(copy: Path, version: int, word: str) -> None:
    change(copy, f"UPDATE gpkg_metadata SET metadata = '{json.dumps({'schema_version': version})}'")
    with pytest.raises(MapError, match=f"schema version {version} is {word}"):
        read_map(copy)


def test_missing_layer_and_column(copy: Path) -> None:
    change(copy, "ALTER TABLE railway_node RENAME COLUMN degree TO grade")
    with pytest.raises(MapError, match="railway_node has no column degree"):
        read_map(copy)
    change(copy, "DELETE FROM gpkg_contents WHERE table_name = 'railway_node'")
    with pytest.raises(MapError, match="layer railway_node is missing"):
        read_map(copy)


def test_broken_geometry(copy: Path) -> None:
    change(
        copy,
        "DROP TRIGGER rtree_railway_link_geom_update1",
        "DROP TRIGGER rtree_railway_link_geom_update2",
        "DROP TRIGGER rtree_railway_link_geom_update3",
        "DROP TRIGGER rtree_railway_link_geom_update4",
        "UPDATE railway_link SET geom = x'00112233445566778899'",
    )
    with pytest.raises(MapError, match=r"copy\.gpkg: cannot be read as a map"):
        read_map(copy)


def test_truncated_file(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[: copy.stat().st_size // 3])
    with pytest.raises(MapError, match=r"copy\.gpkg"):
        read_map(copy)


def test_map_edited_in_a_gis_is_read(copy: Path) -> None:
    change(
        copy,
        "ALTER TABLE railway_link ADD COLUMN remark TEXT",
        "UPDATE railway_link SET service = 'yard', bridge = 1 WHERE fid = 3",
        "DELETE FROM net_relation",
    )
    content = read_map(copy)
    assert content.links.loc[3, "service"] == "yard"
    assert bool(content.links.loc[3, "bridge"])
    assert "remark" not in content.links
    assert len(content.layers["net_relation"]) == 0


def test_reading_changes_nothing(copy: Path) -> None:
    before = copy.read_bytes()
    copy.chmod(0o444)
    read_map(copy)
    assert copy.read_bytes() == before
    assert [path.name for path in copy.parent.iterdir()] == ["copy.gpkg"]
