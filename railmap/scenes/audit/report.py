"""Audit report as one HTML file: findings, then each class."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from railmap._version import __version__
from railmap.files.output import atomic_output
from railmap.scenes.audit.examined import Examined
from railmap.scenes.audit.findings import Finding
from railmap.scenes.classify.classes import english_name
from railmap.scenes.data.dataset import PARTS, SceneDataset
from railmap.scenes.explain.sheet import overlay

__all__ = ["write_report"]

_THUMB = 96
_SHOWN = 8
_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;max-width:1100px;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;margin:.6em 0}td,th{padding:.2em .55em;text-align:right;
border-bottom:1px solid #ddd;font-size:13px}th:first-child,td:first-child{text-align:left}
img{border-radius:3px;margin:2px}figure{display:inline-block;margin:4px;font-size:11px;color:#555;
max-width:130px;vertical-align:top}figcaption{overflow-wrap:anywhere}
.f{border-left:5px solid #999;background:#f7f7f7;padding:.5em .9em;margin:.7em 0}
.high{border-color:#c0392b}.medium{border-color:#e08e0b}.low{border-color:#7f8c8d}
.t{font-weight:600}.a{color:#1d5c3a}
"""


def write_report(
    found: Examined,
    findings: Sequence[Finding],
    path: Path,
    *,
    split: SceneDataset | None = None,
    notes: Iterable[str] = (),
    overwrite: bool = False,
) -> None:
    """Write a self-contained report.

    Parameters
    ----------
    found, findings
        The examined data set and its findings.
    path
        HTML file to write.
    split
        The rebalanced split; None: not part of the report.
    notes
        Warnings of the reading: unreadable photos, skipped folders.
    overwrite
        Whether to replace an existing file.

    Raises
    ------
    OutputError
        If the file exists or cannot be written.
    """
    data = found.data
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        f"<title>Audit of {escape(data.root.name)}</title><style>{_STYLE}</style>",
        f"<h1>Audit of {escape(data.root.name)}</h1>",
        f"<p>{len(data)} photos, {len(data.classes)} classes; "
        f"network: {escape(found.network_name)}. "
        f"Cross-validated top-1 accuracy {100 * found.scores.top1:.1f} %"
        + ("." if found.scores.top3 is None else f", top-3 {100 * found.scores.top3:.1f} %.")
        + f" railmap {__version__}.</p>",
        "<h2>Findings and advice</h2>",
        *(_finding(found, finding) for finding in findings),
        "" if findings else "<p>No findings.</p>",
        "<h2>Classes</h2>",
        _class_table(found),
        "<h2>Confusion</h2><p>Photos by class (row) and cross-validated prediction (column).</p>",
        _confusion(found),
        "<h2>Activation and modes of each class</h2>",
        "<p>Left: mean activation for the class, from blue (none) to red (highest), over the mean "
        "photo. Then the most typical photos of each mode.</p>",
        *(_class_row(found, label) for label in range(len(data.classes))),
    ]
    if split is not None:
        parts += ["<h2>Rebalanced split</h2>", _split_table(data, split)]
    items = [f"<li>{escape(note)}</li>" for note in notes]
    if items:
        parts += ["<h2>Warnings while reading</h2><ul>", *items, "</ul>"]
    with atomic_output(path, overwrite=overwrite) as partial:
        partial.write_text("\n".join(parts) + "\n", encoding="utf-8")


def _finding(found: Examined, finding: Finding) -> str:
    shown = "".join(_photo(found, index) for index in finding.photos[:_SHOWN])
    title = f"{finding.kind}: {finding.scene}" if finding.scene else finding.kind
    return (
        f'<div class="f {finding.severity}"><span class=t>{escape(title)}</span> '
        f"({finding.severity})<br>{escape(finding.text)}<br>"
        f"<span class=a>{escape(finding.advice)}</span><br>{shown}</div>"
    )


def _class_table(found: Examined) -> str:
    evidence = any(one.evidence_share is not None for one in found.attention)
    head = ["class", "photos", "top-1 (%)", "top-3 (%)", "modes", "shares (%)"]
    head += ["half of the activation on (% of the image)", "activation at the edge (%)"]
    head += ["activation on evidence (%)", "evidence (% of the image)"] if evidence else []
    rows = []
    counts = found.data.counts()
    for label, scene in enumerate(found.data.classes):
        attention, modes = found.attention[label], found.modes[label]
        third = found.scores.class_top3
        row = [
            english_name(scene),
            str(counts[label]),
            f"{100 * found.scores.class_top1[label]:.1f}",
            "–" if third is None else f"{100 * third[label]:.1f}",
            str(len(modes.shares)),
            " / ".join(f"{100 * share:.0f}" for share in modes.shares),
            f"{100 * attention.half_area:.0f}",
            f"{100 * attention.edge_share:.0f}",
        ]
        if attention.evidence_share is not None and attention.evidence_area is not None:
            row += [f"{100 * attention.evidence_share:.0f}", f"{100 * attention.evidence_area:.0f}"]
        rows.append(row)
    return _table(head, rows)


def _confusion(found: Examined) -> str:
    names = [english_name(scene) for scene in found.data.classes]
    rows = [
        [name, *(str(count) if count else "" for count in row)]
        for name, row in zip(names, found.scores.confusion, strict=True)
    ]
    return _table(["", *names], rows)


def _class_row(found: Examined, label: int) -> str:
    own = np.flatnonzero(found.data.labels == label)
    modes = found.modes[label]
    mean = found.pixels[own].mean(axis=0).transpose(1, 2, 0).astype(np.uint8)
    heat = _image(overlay(mean, found.attention[label].heat))
    pieces = [f"<h3>{escape(english_name(found.data.classes[label]))}</h3>"]
    pieces.append(f"<figure>{heat}<figcaption>mean activation</figcaption></figure>")
    for mode, share in enumerate(modes.shares):
        if len(modes.shares) > 1:
            pieces.append(f"<p>Mode {mode + 1}, {100 * share:.0f} %:</p>")
        pieces += [_photo(found, int(own[i]), heat=True) for i in modes.centres[mode][:5]]
    return "".join(pieces)


def _split_table(before: SceneDataset, after: SceneDataset) -> str:
    rows = []
    for label, scene in enumerate(after.classes):
        own = after.labels == label
        shown = int(after.repeats[own & (after.parts == "train")].sum())
        counts = [int((own & (after.parts == part)).sum()) for part in (*PARTS, "review")]
        old = [int(((before.labels == label) & (before.parts == part)).sum()) for part in PARTS]
        rows.append([english_name(scene), *map(str, old), *map(str, counts), str(shown)])
    head = ["class", *(f"{part} before" for part in PARTS), *PARTS, "review", "weight in training"]
    swaps = ""
    if after.swaps:
        boxes = "; ".join(" ".join(f"{edge:.2f}" for edge in box) for box in after.swaps)
        swaps = f"<p>Swapped between photos in training (x0 y0 x1 y1): {escape(boxes)}</p>"
    return _table(head, rows) + swaps


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{top}</tr>{body}</table>"


def _photo(found: Examined, index: int, heat: bool = False) -> str:
    pixels = found.pixels[index].transpose(1, 2, 0)
    shown = overlay(pixels, np.maximum(found.maps[index], 0)) if heat else pixels
    name = escape(found.data.files[index].as_posix())
    return f"<figure>{_image(shown)}<figcaption>{name}</figcaption></figure>"


def _image(pixels: NDArray[np.uint8]) -> str:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).resize((_THUMB, _THUMB)).save(buffer, "JPEG")
    text = base64.b64encode(buffer.getvalue()).decode()
    return f'<img width={_THUMB} height={_THUMB} alt="" src="data:image/jpeg;base64,{text}">'
