"""Columns that a user added to layers of the schema."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from railmap.mapping import read_map
from railmap.mapping.store.editing import edit_map
from railmap.mapping.store.own_columns import with_own_columns


@pytest.fixture
def own_map(junction_map: Path, tmp_path: Path) -> Path:
    path = Path(shutil.copy(junction_map, tmp_path / "m.gpkg"))
    with edit_map(path) as sql:
        for column in ('"ref" TEXT', '"Nr ö" MEDIUMINT', '"mixed" INTEGER', '"photo" BLOB'):
            sql.execute(f"ALTER TABLE railway_node ADD COLUMN {column}")
        sql.execute("UPDATE railway_node SET ref = 'W1', \"Nr ö\" = 7, mixed = 3 WHERE fid = 1")
        sql.execute("UPDATE railway_node SET mixed = 'three' WHERE fid = 2")
    return path


def test_own_columns_follow_those_of_the_schema(own_map: Path) -> None:
    content = read_map(own_map)
    both, layers = with_own_columns(content, ["railway_node", "railway_link", "defect"])
    assert list(layers) == ["railway_node", "railway_link"]  # the map has no defects
    names = [column.name for column in layers["railway_node"].columns]
    assert names[-3:] == ["ref", "Nr ö", "mixed"]
    nodes = both.nodes
    assert list(nodes["ref"].dropna()) == ["W1"]
    assert list(nodes["Nr ö"].dropna()) == [7]
    assert list(nodes["mixed"].dropna()) == ["3", "three"]
    assert "photo" not in nodes
    assert nodes.crs == content.crs
    assert nodes.drop(columns=["ref", "Nr ö", "mixed"]).equals(content.nodes)
    assert both.links is content.links
    assert "ref" not in content.nodes


def test_a_map_without_own_columns_is_as_it_was(junction_map: Path) -> None:
    content = read_map(junction_map)
    both, _ = with_own_columns(content, list(content.layers))
    assert all(both.layers[name] is content.layers[name] for name in content.layers)
