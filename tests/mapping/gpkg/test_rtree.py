from __future__ import annotations

import sqlite3

import numpy as np
import pytest

from railmap.mapping.gpkg.rtree import pack_rtree


@pytest.mark.parametrize("count", [1, 51, 52, 3000, 60_000])
def test_packed_tree_is_valid_and_finds_all_rows(count: int) -> None:
    sql = sqlite3.connect(":memory:")
    sql.execute("CREATE VIRTUAL TABLE packed USING rtree(id, minx, maxx, miny, maxy)")
    random = np.random.default_rng(count)
    low = random.uniform(0, 1000, (count, 2)) + np.array([500_000.123, 5_400_000.456])
    boxes = np.column_stack([low, low + random.uniform(0, 5, (count, 2))])
    ids = random.permutation(count * 2)[:count].astype(np.int64) + 1
    pack_rtree(sql, "packed", ids, boxes)
    assert sql.execute("SELECT rtreecheck('packed')").fetchone() == ("ok",)
    assert sql.execute("SELECT count(*) FROM packed").fetchone() == (count,)
    x, y, size = 500_400.0, 5_400_300.0, 100.0
    inside = (
        (boxes[:, 2] >= x) & (boxes[:, 0] <= x + size)
        & (boxes[:, 3] >= y) & (boxes[:, 1] <= y + size)
    )  # fmt: skip
    hits = sql.execute(
        "SELECT id FROM packed WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?",
        (x, x + size, y, y + size),
    ).fetchall()
    found = {row[0] for row in hits}
    # Coordinates are rounded outward to 0.5 m: nothing is missed, little is too much.
    assert set(ids[inside].tolist()) <= found
    assert len(found) <= inside.sum() * 1.2 + 5


def test_rows_can_be_inserted_and_deleted_afterwards() -> None:
    sql = sqlite3.connect(":memory:")
    sql.execute("CREATE VIRTUAL TABLE packed USING rtree(id, minx, maxx, miny, maxy)")
    low = np.random.default_rng(1).uniform(0, 100, (2000, 2))
    pack_rtree(sql, "packed", np.arange(1, 2001), np.column_stack([low, low]))
    sql.execute("DELETE FROM packed WHERE id % 3 = 0")
    sql.executemany(
        "INSERT INTO packed VALUES (?, ?, ?, ?, ?)",
        [(5000 + i, i % 90, i % 90 + 1, i % 70, i % 70 + 1) for i in range(500)],
    )
    assert sql.execute("SELECT rtreecheck('packed')").fetchone() == ("ok",)
    assert sql.execute("SELECT count(*) FROM packed").fetchone() == (2000 - 666 + 500,)
