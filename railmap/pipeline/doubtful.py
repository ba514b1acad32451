"""Issues for the tracks whose evidence is weak."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from railmap.geometry import TrackNetwork
    from railmap.mapping import QaIssue

__all__ = ["DOUBTFUL", "doubtful_issues"]

DOUBTFUL = 0.8
"""Confidence below which a track is worth a look."""


def doubtful_issues(network: TrackNetwork) -> list[QaIssue]:
    """Return an issue for every link that a piece model gave a confidence below `DOUBTFUL`.

    The confidence of other links is a mean probability, which says less; they give no issue.
    """
    import shapely

    from railmap.mapping import QaIssue
    from railmap.mapping.schema.review import DOUBTFUL_TRACK

    return [
        QaIssue(
            rule=DOUBTFUL_TRACK,
            severity="info",
            message=f"track with a confidence of {link.confidence:.2f}; compare it with the image",
            geometry=shapely.linestrings(link.xy),
        )
        for link in network.links
        if link.evidence is not None and link.confidence is not None and link.confidence < DOUBTFUL
    ]
