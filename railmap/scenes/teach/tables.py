"""How well scenes are recognised, as tables and as values."""

from __future__ import annotations

from typing import Any

from railmap.scenes.classify.classes import english_name
from railmap.scenes.teach.job import TaughtScenes

__all__ = ["as_tables", "as_values", "share_interval", "summary"]

_SHOWN = 20  # doubtful photos


def share_interval(share: float, count: int) -> tuple[float, float]:
    """Compute the 95 % interval of a share (Wilson 1927).

    Parameters
    ----------
    share
        Observed share, 0 to 1.
    count
        Of independent trials.

    Returns
    -------
    tuple
        Lower and upper limit.

    Examples
    --------
    >>> [round(limit, 2) for limit in share_interval(0.9, 10)]
    [0.59, 0.98]
    """
    z = 1.96
    middle = share + z * z / (2 * count)
    half = z * (share * (1 - share) / count + z * z / (4 * count * count)) ** 0.5
    whole = 1 + z * z / count
    return (middle - half) / whole, (middle + half) / whole


def summary(taught: TaughtScenes) -> str:
    """Return the scores in one line."""
    scores = taught.scores
    low, high = (round(100 * limit) for limit in share_interval(scores.top1, scores.photos))
    third = "" if scores.top3 is None else f", top-3 {100 * scores.top3:.1f} %"
    return (
        f"{len(taught.classes)} scenes from {scores.photos} photos; of photos it was not fitted to "
        f"it recognises top-1 {100 * scores.top1:.1f} % (95 % interval {low} to {high} %){third}"
    )


def as_tables(taught: TaughtScenes) -> list[Any]:
    """Return tables for the terminal: each class with its confusions, then doubtful photos."""
    from rich.table import Table

    scores = taught.scores
    head = ["scene", "photos", "top-1 (%)", "top-3 (%)", "taken for (photos)"]
    table = Table(*head, title="Cross-validated: each photo by a layer fitted without it")
    for number, key in enumerate(taught.classes):
        third = scores.class_top3
        table.add_row(
            english_name(key),
            str(taught.counts[number]),
            f"{100 * scores.class_top1[number]:.0f}",
            "–" if third is None else f"{100 * third[number]:.0f}",
            ", ".join(f"{english_name(name)} {count}" for name, count in _taken_for(taught, number))
            or "–",
        )
    shown: list[Any] = [table]
    if taught.doubtful:
        shown.append("Photos that may be in the wrong folder (look at them):")
        shown += [
            f"  {one.file.as_posix()}: looks like {one.looks_like} ({100 * one.probability:.0f} %)"
            for one in taught.doubtful[:_SHOWN]
        ]
        more = len(taught.doubtful) - _SHOWN
        if more > 0:
            shown.append(f"  and {more} more; `railmap scenes audit` shows all")
    return shown


def as_values(taught: TaughtScenes) -> dict[str, Any]:
    """Return scores, confusion by class (row) and prediction, and doubtful photos for JSON."""
    scores = taught.scores
    return {
        "photos": dict(zip(taught.classes, taught.counts, strict=True)),
        "top1": round(scores.top1, 4),
        "top3": None if scores.top3 is None else round(scores.top3, 4),
        "confusion": scores.confusion.tolist(),
        "doubtful": [
            {
                "file": one.file.as_posix(),
                "scene": one.scene,
                "looks_like": one.looks_like,
                "probability": round(one.probability, 4),
            }
            for one in taught.doubtful
        ],
    }


def _taken_for(taught: TaughtScenes, label: int) -> list[tuple[str, int]]:
    """Return the other classes that photos of a class are taken for, the most frequent first."""
    row = taught.scores.confusion[label]
    others = [(taught.classes[n], int(row[n])) for n in range(len(row)) if n != label and row[n]]
    return sorted(others, key=lambda one: -one[1])
