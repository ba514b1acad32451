"""Carry accepted issues, images and run records of an old map over."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import pandas as pd

from railmap.mapping.gpkg.blobs import geometry_blob
from railmap.mapping.remap.successors import Successors
from railmap.mapping.remap.tables import quoted
from railmap.mapping.schema import layer
from railmap.mapping.store.editing import append_rows
from railmap.mapping.store.layers import map_srs_id
from railmap.mapping.store.reader import Map, plain_rows

__all__ = ["carry_images", "carry_issues", "carry_runs", "has_accepted_issues"]


def has_accepted_issues(content: Map) -> bool:
    """Return whether the map has accepted issues."""
    return bool((content.layers["qa_issue"]["status"] == "accepted").any())


def carry_issues(
    sql: sqlite3.Connection, old: Map, successors: Successors, ids: Iterable[str]
) -> list[str]:
    """Keep accepted issues; return a message about those whose object no longer exists.

    Open issues are found again by the checks.

    Parameters
    ----------
    sql
        The new map, opened with `edit_map`.
    old
        The old map.
    successors
        New objects by old id.
    ids
        ``link_id`` by index of `Successors.links`.
    """
    known = old.layers["qa_issue"]
    known = known[known["status"] == "accepted"]
    names = list(ids)
    now = {before: names[link] for before, link in successors.links.items()} | dict(
        successors.nodes
    )
    there = known["object_id"].isna() | known["object_id"].isin(now.keys())
    kept = known[there]
    kept = kept.assign(object_id=[now.get(name) for name in kept["object_id"]])
    # Drop the same issue if the new run has reported it again (such as an unreadable window).
    sql.executemany(
        "DELETE FROM qa_issue WHERE rule = ? AND object_id IS ? AND message = ?",
        [(row.rule, row.object_id, row.message) for row in kept.itertuples()],
    )
    _append(sql, "qa_issue", kept)
    gone = int((~there).sum())
    return (
        [f"{gone} accepted issues are dropped, because their tracks no longer exist"]
        if gone
        else []
    )


def carry_images(sql: sqlite3.Connection, old: Map) -> None:
    """Keep the images to which events refer."""
    named: set[str] = set()
    for (name,) in sql.execute("SELECT table_name FROM gpkg_contents").fetchall():
        columns = {row[1] for row in sql.execute(f"PRAGMA table_info({quoted(name)})")}
        if name != "source_image" and "image_id" in columns:
            found = sql.execute(f"SELECT DISTINCT image_id FROM {quoted(name)}")
            named |= {value for (value,) in found if value is not None}
    _append_missing(sql, old, "source_image", "image_id", named)


def carry_runs(sql: sqlite3.Connection, old: Map) -> None:
    """Keep the records of runs to which no link refers."""
    runs = set(old.layers["processing_run"]["run_id"]) - set(old.links["run_id"].dropna())
    _append_missing(sql, old, "processing_run", "run_id", runs)


def _append_missing(
    sql: sqlite3.Connection, old: Map, name: str, key: str, wanted: set[str]
) -> None:
    there = {value for (value,) in sql.execute(f"SELECT {key} FROM {name}")}
    frame = old.layers[name]
    _append(sql, name, frame[frame[key].isin(wanted - there)])


def _append(sql: sqlite3.Connection, name: str, frame: pd.DataFrame) -> None:
    target = layer(name)
    srs_id = map_srs_id(sql)
    if target.geometry is None:
        append_rows(sql, target, [(values, None, None) for values in plain_rows(frame, target)])
        return
    shapes = frame["geom"]
    append_rows(
        sql,
        target,
        [
            (values, *((None, None) if shape is None else geometry_blob(srs_id, shape)))
            for values, shape in zip(plain_rows(frame, target), shapes, strict=True)
        ],
    )
