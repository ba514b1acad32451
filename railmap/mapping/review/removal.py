"""Remove a link from a map: with its parts and relations, and its nodes set right."""

from __future__ import annotations

import sqlite3

from railmap.errors import InputError
from railmap.mapping.remap.tables import quoted
from railmap.mapping.review.journal import Journal
from railmap.mapping.schema.node_form import form_of_node

__all__ = ["check_removable", "remove_link"]

_OF_THE_LINK = ("railway_link", "alignment_segment", "net_relation", "qa_issue")
_OF_A_SWITCH = (
    "railway", "turnout_side", "heading_deg", "crossing_number", "angle_deg", "angle_sigma_deg",
    "turnout_type", "turnout_type_probability",
)  # fmt: skip


def check_removable(sql: sqlite3.Connection, link_id: str) -> None:
    """Check that nothing of a person is on a link.

    Raises
    ------
    InputError
        If a line runs over it, or events are on it.
    """
    tables = [name for (name,) in sql.execute("SELECT table_name FROM gpkg_contents").fetchall()]
    for table in tables:
        columns = {row[1] for row in sql.execute(f"PRAGMA table_info({quoted(table)})")}
        if table in _OF_THE_LINK or "link_id" not in columns:
            continue
        (count,) = sql.execute(
            f"SELECT count(*) FROM {quoted(table)} WHERE link_id = ?", (link_id,)
        ).fetchone()
        if count and table == "railway_line_link":
            raise InputError("a line runs over this track; change the line first")
        if count:
            raise InputError(
                f"{count} features of {table} are on this track; move or delete them first"
            )


def remove_link(sql: sqlite3.Connection, journal: Journal, link_id: str) -> None:
    """Remove a link; a node without links goes too, unless it is reviewed.

    Parameters
    ----------
    sql
        The map, opened with `edit_map`.
    journal
        Keeps the rows that change.
    link_id
        The link.
    """
    ends = sql.execute(
        "SELECT start_node, end_node FROM railway_link WHERE link_id = ?", (link_id,)
    ).fetchall()
    for table, where, values in (
        ("net_relation", "link_a = ? OR link_b = ?", (link_id, link_id)),
        ("alignment_segment", "link_id = ?", (link_id,)),
        ("railway_link", "link_id = ?", (link_id,)),
    ):
        journal.keep(sql, table, where, *values)
        sql.execute(f'DELETE FROM "{table}" WHERE {where}', values)
    for node_id in sorted({node for pair in ends for node in pair if node is not None}):
        _set_right(sql, journal, node_id)


def _set_right(sql: sqlite3.Connection, journal: Journal, node_id: str) -> None:
    if not journal.keep(sql, "railway_node", "node_id = ?", node_id):
        return
    (degree,) = sql.execute(
        "SELECT (SELECT count(*) FROM railway_link WHERE start_node = ?1)"
        " + (SELECT count(*) FROM railway_link WHERE end_node = ?1)",
        (node_id,),
    ).fetchone()
    row = sql.execute(
        "SELECT coalesce(reviewed, 0), form_of_node, railway, coalesce(at_dataset_edge, 0)"
        " FROM railway_node WHERE node_id = ?",
        (node_id,),
    ).fetchone()
    reviewed, form, railway, at_edge = row
    journal.keep(sql, "qa_issue", "object_id = ?", node_id)
    if degree == 0 and not reviewed:
        sql.execute("DELETE FROM railway_node WHERE node_id = ?", (node_id,))
        sql.execute(
            "UPDATE qa_issue SET status = 'fixed' WHERE object_id = ?"
            " AND coalesce(status, 'open') = 'open'",
            (node_id,),
        )
        return
    sql.execute("UPDATE railway_node SET degree = ? WHERE node_id = ?", (degree, node_id))
    if reviewed:
        return
    if not (degree == 1 and at_edge):
        sql.execute(
            "UPDATE railway_node SET form_of_node = ? WHERE node_id = ?",
            (form_of_node(form, degree), node_id),
        )
    if degree < 3 and railway in ("switch", "railway_crossing"):
        columns = ", ".join(f"{name} = NULL" for name in _OF_A_SWITCH)
        sql.execute(f"UPDATE railway_node SET {columns} WHERE node_id = ?", (node_id,))
