"""Rules of ``qa_issue`` that a review of the map writes or answers."""

from __future__ import annotations

__all__ = ["DOUBTFUL_TRACK", "REJECTED_TRACK", "RETURNED_TRACK"]

DOUBTFUL_TRACK = "doubtful_track"
"""A track whose evidence is weak."""

REJECTED_TRACK = "rejected_track"
"""The line of a track that a person has rejected; its status is ``accepted``: no track is right."""

RETURNED_TRACK = "returned_track"
"""A track of a new map that runs in part where a person has rejected one."""
