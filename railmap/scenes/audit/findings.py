"""Findings of an audit as text, with advice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from railmap.scenes.audit.examined import Examined
from railmap.scenes.audit.modes import RARE_MODE, SMALL_MODE

__all__ = ["Finding", "list_findings"]

Severity = Literal["high", "medium", "low"]
_RANK = {"high": 0, "medium": 1, "low": 2}
_FEW, _VERY_FEW = 0.5, 0.2  # photos of a class relative to the median class
_CONFUSED = 0.1  # fraction of a class predicted as another one
_LOST_ACCURACY = 0.1  # of a mode relative to its class


@dataclass(frozen=True, slots=True)
class Finding:
    """One bias or fault of a data set.

    Parameters
    ----------
    kind
        "shortcut", "mode", "imbalance", "leak", "copies", "two classes", "label", "confusion" or
        "evidence".
    severity
        "high", "medium" or "low".
    scene
        Key of the class; "" if the finding concerns several.
    text, advice
        The finding and the remedy.
    photos
        Indices of example photos.
    """

    kind: str
    severity: Severity
    scene: str
    text: str
    advice: str
    photos: tuple[int, ...] = ()


def list_findings(found: Examined) -> list[Finding]:
    """List all findings, the most severe first."""
    findings = [
        *_shortcuts(found),
        *_modes(found),
        *_imbalance(found),
        *_copies(found),
        *_labels(found),
        *_confusion(found),
        *_evidence(found),
    ]
    return sorted(findings, key=lambda finding: _RANK[finding.severity])


def _shortcuts(found: Examined) -> list[Finding]:
    result = []
    for shortcut in found.shortcuts:
        scene = found.data.classes[shortcut.class_index]
        own = np.flatnonzero(found.data.labels == shortcut.class_index)
        surest = own[np.argsort(-found.cross_validated[own, shortcut.class_index], kind="stable")]
        x0, y0, x1, y1 = (round(100 * edge) for edge in shortcut.box)
        result.append(
            Finding(
                "shortcut",
                "high",
                scene,
                f"The content at {x0}–{x1} % of the width and {y0}–{y1} % of the height determines "
                f"{scene}: pasted into photos of other classes it raises the probability of "
                f"{scene} by {shortcut.added:.2f}, replaced in photos of {scene} it lowers it by "
                f"{shortcut.lost:.2f}.",
                "If that content is not part of the scene (a stamp, a logo, the vehicle): crop it, "
                "or train with the rebalanced split, which swaps it between photos; collect "
                f"photos of {scene} without it and of other classes with it.",
                tuple(surest[:6].tolist()),
            )
        )
    return result


def _modes(found: Examined) -> list[Finding]:
    result = []
    right = found.cross_validated.argmax(axis=1) == found.data.labels
    for label, (scene, modes) in enumerate(zip(found.data.classes, found.modes, strict=True)):
        own = np.flatnonzero(found.data.labels == label)
        whole = float(right[own].mean())
        for mode, share in enumerate(modes.shares):
            if len(modes.shares) < 2 or share > SMALL_MODE:
                continue
            members = own[modes.members == mode]
            accuracy = float(right[members].mean())
            largest = round(len(own) * max(modes.shares))
            inaccurate = accuracy < whole - _LOST_ACCURACY
            if not inaccurate and share > RARE_MODE:
                continue
            result.append(
                Finding(
                    "mode",
                    "high" if inaccurate else "medium",
                    scene,
                    f"{scene} has {len(modes.shares)} modes; mode {mode + 1} is {100 * share:.0f} "
                    f"% of it ({len(members)} photos), classified with {100 * accuracy:.0f} % "
                    f"accuracy (the class: {100 * whole:.0f} %), while the largest has "
                    f"{100 * max(modes.shares):.0f} %.",
                    f"Collect about {largest - len(members)} more photos like these; until then "
                    "show them more often, as the rebalanced split does, and keep some of them in "
                    "the test set.",
                    tuple(int(own[i]) for i in modes.centres[mode]),
                )
            )
    return result


def _imbalance(found: Examined) -> list[Finding]:
    counts = found.data.counts()
    middle = float(np.median(counts))
    result = []
    for scene, count in zip(found.data.classes, counts, strict=True):
        if count >= _FEW * middle:
            continue
        result.append(
            Finding(
                "imbalance",
                "high" if count < _VERY_FEW * middle else "medium",
                scene,
                f"{scene} has {count} photos; the median class has {middle:.0f}.",
                f"Collect about {round(middle - count)} more, or augment (mirror, brightness, "
                "crops); the rebalanced split shows them more often.",
            )
        )
    return result


def _copies(found: Examined) -> list[Finding]:
    data, groups = found.data, found.groups
    result = []
    several = np.flatnonzero(np.bincount(groups) > 1)
    leaks: list[int] = []
    doubles: list[int] = []
    crossed: list[int] = []
    for group in several:
        members = np.flatnonzero(groups == group)
        parts = set(data.parts[members].tolist()) - {"", "review"}
        if len(set(data.labels[members].tolist())) > 1:
            crossed += members.tolist()
        elif len(parts) > 1:
            leaks += members.tolist()
        else:
            doubles += members.tolist()
    if leaks:
        kept = "the data set's own split" if found.own_split else "a plain 7:2:1 split"
        result.append(
            Finding(
                "leak",
                "high" if found.own_split else "medium",
                "",
                f"{len(leaks)} photos are near-duplicates of a photo in another part of {kept}: "
                "test photos are known from training.",
                "Split again with near-duplicates together, as the rebalanced split does.",
                tuple(leaks),
            )
        )
    if crossed:
        result.append(
            Finding(
                "two classes",
                "high",
                "",
                f"{len(crossed)} photos are near-duplicates of a photo of another class.",
                "Decide on one class for each; the rebalanced split sets them aside for review.",
                tuple(crossed),
            )
        )
    if doubles:
        result.append(
            Finding(
                "copies",
                "low",
                "",
                f"{len(doubles)} photos have a near-duplicate in the same class and part.",
                "Keep one of each: copies count twice and add no information.",
                tuple(doubles),
            )
        )
    return result


def _labels(found: Examined) -> list[Finding]:
    if not len(found.suspicious):
        return []
    examples = []
    for index in found.suspicious[:5]:
        label = found.data.classes[found.data.labels[index]]
        other = found.data.classes[int(found.cross_validated[index].argmax())]
        examples.append(f"{found.data.files[index].as_posix()} ({label}, looks like {other})")
    share = len(found.suspicious) / len(found.data)
    return [
        Finding(
            "label",
            "high" if share > 0.05 else "medium",
            "",
            f"{len(found.suspicious)} labels are doubtful: {'; '.join(examples)}.",
            "Check them; the rebalanced split sets them aside for review.",
            tuple(found.suspicious.tolist()),
        )
    ]


def _confusion(found: Examined) -> list[Finding]:
    confusion = found.scores.confusion
    shares = confusion / np.maximum(1, confusion.sum(axis=1, keepdims=True))
    np.fill_diagonal(shares, 0)
    result = []
    for row, col in zip(*np.nonzero(shares >= _CONFUSED), strict=True):
        if confusion[row, col] < 3:
            continue
        scene, other = found.data.classes[row], found.data.classes[col]
        predicted = found.cross_validated.argmax(axis=1)
        result.append(
            Finding(
                "confusion",
                "high" if shares[row, col] >= 2.5 * _CONFUSED else "medium",
                scene,
                f"{100 * shares[row, col]:.0f} % of {scene} are classified as {other}.",
                f"Compare the explanations of both; collect photos of {scene} that show what "
                f"{other} cannot have.",
                tuple(np.flatnonzero((found.data.labels == row) & (predicted == col))[:6].tolist()),
            )
        )
    return result


def _evidence(found: Examined) -> list[Finding]:
    result = []
    for scene, attention in zip(found.data.classes, found.attention, strict=True):
        if attention.evidence_share is None or attention.evidence_area is None:
            continue
        if attention.evidence_share < 1.25 * attention.evidence_area:
            result.append(
                Finding(
                    "evidence",
                    "medium",
                    scene,
                    f"Only {100 * attention.evidence_share:.0f} % of the activation for {scene} is "
                    f"on its evidence, which covers {100 * attention.evidence_area:.0f} % of the "
                    "image: the network uses the context.",
                    f"Collect photos of {scene} in other surroundings.",
                )
            )
    return result
