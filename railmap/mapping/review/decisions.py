"""Decisions of a review, stored in the map so that they survive mapping again."""

from __future__ import annotations

import os
import sqlite3

import shapely

from railmap.errors import InputError, UsageError
from railmap.mapping.gpkg.blobs import geometry_blob, wkb_from_blob
from railmap.mapping.review.items import ReviewItem, issues_on_link
from railmap.mapping.review.journal import Journal
from railmap.mapping.review.removal import check_removable, remove_link
from railmap.mapping.schema import layer
from railmap.mapping.schema.review import DOUBTFUL_TRACK, REJECTED_TRACK
from railmap.mapping.store.editing import append_rows, edit_map
from railmap.mapping.store.layers import map_srs_id

__all__ = ["VERDICTS", "decide", "take_back"]

VERDICTS = ("accept", "reject", "fixed")
_MESSAGE = "no track here: rejected in a review"
_GONE = "is no longer in the map; list it again"


def decide(path: str | os.PathLike[str], item: ReviewItem, verdict: str) -> Journal:
    """Store a decision in the map, in one transaction.

    ``accept``: a track gets ``geometry_source = edited``, with which it stays as it is when its
    raster is mapped again, and its issue is accepted; an issue is accepted (no fault).
    ``reject``: the track is removed and its line becomes an accepted issue ``rejected_track``,
    so that mapping again leaves it out. ``fixed``: the issue is corrected.

    Parameters
    ----------
    path
        The map.
    item
        What is decided, from `review_items`.
    verdict
        One of `VERDICTS`.

    Returns
    -------
    Journal
        For `take_back`.

    Raises
    ------
    InputError
        If the item is no longer in the map, is no track but rejected, or a line or events are on
        the track that is rejected.
    UsageError
        If there is no such verdict.
    MapError, OutputError
        As `edit_map`.
    """
    if verdict not in VERDICTS:
        raise UsageError(f"no verdict {verdict!r}; there are: {', '.join(VERDICTS)}")
    if verdict == "reject" and item.link_id is None:
        raise InputError("this issue is not about one track; edit the map, or accept the issue")
    with edit_map(path) as sql:
        journal = Journal()
        if verdict == "reject" and item.link_id is not None:
            _reject(sql, journal, item.link_id)
        elif item.kind == "link":
            _settle_link(sql, journal, item.key, verdict)
        else:
            _settle_issue(sql, journal, item, verdict)
        journal.close(sql)
    return journal


def take_back(path: str | os.PathLike[str], journal: Journal) -> None:
    """Undo a decision.

    Raises
    ------
    InputError
        If what it changed was changed again since.
    MapError, OutputError
        As `edit_map`.
    """
    with edit_map(path) as sql:
        journal.take_back(sql)


def _settle_link(sql: sqlite3.Connection, journal: Journal, link_id: str, verdict: str) -> None:
    if not journal.keep(sql, "railway_link", "link_id = ?", link_id):
        raise InputError(f"the track {link_id} {_GONE}")
    sql.execute("UPDATE railway_link SET geometry_source = 'edited' WHERE link_id = ?", (link_id,))
    for fid in issues_on_link(sql, link_id):
        # A track may have other issues, which accepting it does not answer.
        if journal.keep(sql, "qa_issue", "fid = ? AND rule = ?", fid, DOUBTFUL_TRACK):
            status = "accepted" if verdict == "accept" else "fixed"
            sql.execute(
                "UPDATE qa_issue SET status = ?, object_id = ? WHERE fid = ?",
                (status, link_id, fid),
            )


def _settle_issue(
    sql: sqlite3.Connection, journal: Journal, item: ReviewItem, verdict: str
) -> None:
    # Checking the map again gives issues other numbers.
    where = "fid = ? AND rule = ? AND coalesce(message, '') = ?"
    if not journal.keep(sql, "qa_issue", where, int(item.key), item.rule, item.message):
        raise InputError(f"the issue {item.rule} {_GONE}")
    status = "accepted" if verdict == "accept" else "fixed"
    sql.execute("UPDATE qa_issue SET status = ? WHERE fid = ?", (status, int(item.key)))
    if item.rule == DOUBTFUL_TRACK and item.link_id is not None:
        journal.keep(sql, "railway_link", "link_id = ?", item.link_id)
        sql.execute(
            "UPDATE railway_link SET geometry_source = 'edited' WHERE link_id = ?", (item.link_id,)
        )


def _reject(sql: sqlite3.Connection, journal: Journal, link_id: str) -> None:
    row = sql.execute("SELECT geom FROM railway_link WHERE link_id = ?", (link_id,)).fetchone()
    if row is None:
        raise InputError(f"the track {link_id} {_GONE}")
    check_removable(sql, link_id)
    if row[0] is not None:
        line = shapely.force_2d(shapely.from_wkb(wkb_from_blob(row[0])))
        record = {
            "rule": REJECTED_TRACK,
            "severity": "info",
            "message": _MESSAGE,
            "status": "accepted",
        }
        append_rows(sql, layer("qa_issue"), [(record, *geometry_blob(map_srs_id(sql), line))])
        journal.created("qa_issue", sql.execute("SELECT max(fid) FROM qa_issue").fetchone()[0])
    for fid in issues_on_link(sql, link_id):
        journal.keep(sql, "qa_issue", "fid = ?", fid)
        sql.execute("UPDATE qa_issue SET status = 'fixed' WHERE fid = ?", (fid,))
    remove_link(sql, journal, link_id)
