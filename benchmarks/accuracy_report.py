"""Tables and contact sheet of `accuracy.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Row = dict[str, Any]

#: Upper end (m, with some play for GSDs that are estimates) and name of each GSD band.
BANDS = ((0.0205, "≤ 2 cm"), (0.0505, "2–5 cm"), (0.1505, "5–15 cm"), (0.405, "15–40 cm"))
TOLERANCES = (0.25, 0.5, 1.0)


def band_of(gsd: float) -> str:
    """Give the name of the GSD band."""
    return next((name for end, name in BANDS if gsd <= end), "> 40 cm")


def write_markdown(path: Path, about: dict[str, Any], rows: list[Row]) -> None:
    """Write all tables."""
    good = [row for row in rows if row["error"] is None]
    rendered = [row for row in good if row["group"] == "rendered"]
    real = [row for row in good if row["group"] == "real"]
    negative = [row for row in good if row["group"] == "negative"]
    start = "the true probability" if about["oracle"] else f"model {about['model']}"
    text = [
        "# Accuracy",
        f"railmap {about['version']} at {about['commit']}, {about['date']}, {start}.",
        f"```\n{about['command']}\n```",
        "Completeness / correctness / quality (Heipke et al. 1997), one to one along the line, "
        "heading gate 10°, weighted with length; RMSE is cross-track, of what matches at 0.5 m; "
        "IoU is that of the mask at sleeper width (2.6 m).",
    ]
    if rendered:
        seeds = f"seeds from {about['first_seed']}, {about['seeds']} a GSD"
        text += [f"## Rendered scenes ({seeds})", _line_table(rendered, _band, "GSD")]
        text += ["### By kind of scene", _line_table(rendered, lambda row: row["kind"], "kind")]
        text += ["### Switches and crossings", _node_table(rendered)]
    if real:
        text += [f"## Real scenes ({len(real)})", _line_table(real, _band, "GSD")]
        text += ["### Image by image", _line_table(real, _name, "scene")]
    if negative:
        text += ["## Images without railway", _negative_table(negative)]
    failed = [row for row in rows if row["error"] is not None]
    if failed:
        text += ["## Not mapped", "\n".join(f"- {row['name']}: {row['error']}" for row in failed)]
    path.write_text("\n\n".join(text) + "\n", encoding="utf-8")


def _band(row: Row) -> str:
    return band_of(row["gsd"])


def _name(row: Row) -> str:
    return f"{row['name']} ({row['gsd'] * 100:.1f} cm)"


def _groups(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row["gsd"], row["name"])):
        groups.setdefault(key(row), []).append(row)
    return groups


def _line_table(rows: list[Row], key: Callable[[Row], str], title: str) -> str:
    head = [title, "scenes", "truth (m)", "IoU", *(f"{t:g} m" for t in TOLERANCES), "RMSE (m)"]
    head += ["P95 (m)", "visible at 0.5 m", "duplicate (m)", "wrong track (m)", "gaps/km", "APLS"]
    groups = _groups(rows, key)
    body = [[name, *_pooled(group)] for name, group in groups.items()]
    if len(groups) > 1:
        body.append(["**all**", *_pooled(rows)])
    return _table(head, body)


def _pooled(rows: list[Row]) -> list[str]:
    """Sum lengths over scenes, then divide."""
    truth = sum(row["truth_m"] for row in rows)
    predicted = sum(row["predicted_m"] for row in rows)
    cells = [str(len(rows)), f"{truth:.0f}", _ratio(_iou(rows))]
    for tolerance in TOLERANCES:
        scores = [_at(row, tolerance) for row in rows]
        correct, missed = _sum(scores, "correct_m"), _sum(scores, "missed_m")
        shares = (
            _share(_sum(scores, "matched_m"), truth),
            _share(correct, predicted),
            _share(correct, predicted + missed),
        )
        cells.append(" / ".join(map(_ratio, shares)))
    scores = [_at(row, 0.5) for row in rows]
    matched = [score for score in scores if score["rmse_m"] is not None]
    weight = [score["correct_m"] for score in matched]
    square = np.average([s["rmse_m"] ** 2 for s in matched], weights=weight) if matched else None
    p95 = max((score["p95_m"] for score in matched), default=None)
    visible = sum(row["visible_truth_m"] for row in rows)
    seen = sum((s["completeness_visible"] or 0) * r["visible_truth_m"] for s, r in zip(
        scores, rows, strict=True))  # fmt: skip
    routes = [row["apls"]["apls"] for row in rows if row["apls"]["apls"] is not None]
    return [
        *cells,
        "–" if square is None else f"{float(np.sqrt(square)):.3f}",
        "–" if p95 is None else f"≤ {p95:.3f}",
        _ratio(_share(seen, visible)),
        f"{_sum(scores, 'duplicate_m'):.1f}",
        f"{_sum(scores, 'wrong_track_m'):.1f}",
        f"{1000 * _sum(scores, 'gaps') / truth:.2f}" if truth else "–",
        _ratio(float(np.mean(routes)) if routes else None),
    ]


def _node_table(rows: list[Row]) -> str:
    head = ["GSD", "node", "within", "true", "found", "recall", "precision", "other kind"]
    head += ["angle in 2 sigma", "side right"]
    body = []
    for name, group in _groups(rows, _band).items():
        scores = [score for row in group for score in row["nodes"]]
        for kind, distance in sorted({(s["kind"], s["distance_m"]) for s in scores}):
            chosen = [s for s in scores if (s["kind"], s["distance_m"]) == (kind, distance)]
            truth, predicted = _sum(chosen, "truth"), _sum(chosen, "predicted")
            right = sum((s["precision"] or 0) * s["predicted"] for s in chosen)
            body.append([
                name, kind, f"{distance:g} m", str(truth), str(predicted),
                _ratio(_share(_sum(chosen, "matched"), truth)), _ratio(_share(right, predicted)),
                str(_sum(chosen, "wrong_kind")), _ratio(_mean(chosen, "within_2_sigma")),
                _ratio(_mean(chosen, "side_right")),
            ])  # fmt: skip
    return _table(head, body)


def _negative_table(rows: list[Row]) -> str:
    body = [
        [row["name"], f"{row['gsd'] * 100:.1f}", f"{row['area_m2'] / 1e6:.4f}",
         f"{row['false_m']:.1f}", f"{row['false_m'] / row['area_m2'] * 1e6:.0f}"]
        for row in sorted(rows, key=lambda row: row["name"])
    ]  # fmt: skip
    area, false = _sum(rows, "area_m2"), _sum(rows, "false_m")
    body.append(["**all**", "", f"{area / 1e6:.4f}", f"{false:.1f}", f"{false / area * 1e6:.0f}"])
    return _table(["picture", "GSD (cm)", "km²", "false (m)", "false m per km²"], body)


def contact_sheet(path: Path, rows: list[Row], overlays: Path, side: int = 360) -> None:
    """Put all overlays on one sheet, each with its name and scores at 0.5 m."""
    import cv2

    tiles: list[NDArray[np.uint8]] = []
    for row in rows:
        picture = cv2.imread(str(overlays / f"{row['name']}.png"))
        if picture is None or row["error"] is not None:
            continue
        scale = side / max(picture.shape[:2])
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        tile = np.full((side + 22, side + 6, 3), 255, np.uint8)
        tile[: small.shape[0], : small.shape[1]] = small
        where = (2, side + 15)
        cv2.putText(tile, _caption(row), where, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, 16)
        tiles.append(tile)
    if not tiles:
        return
    across = min(5, len(tiles))
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % across)
    lines = [np.hstack(tiles[i : i + across]) for i in range(0, len(tiles), across)]
    cv2.imwrite(str(path), np.vstack(lines))


def _caption(row: Row) -> str:
    size = f"{row['name']} {row['gsd'] * 100:.1f} cm"
    if row["group"] == "negative":
        return f"{size}: {row['false_m']:.0f} m false"
    score = _at(row, 0.5)
    return f"{size} {_ascii(score['completeness'])} / {_ascii(score['correctness'])}"


def _ascii(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _at(row: Row, tolerance: float) -> Row:
    return next(score for score in row["tolerances"] if score["tolerance_m"] == tolerance)


def _iou(rows: list[Row]) -> float | None:
    counts = np.sum([row["pixels"] for row in rows], axis=0)
    hit = int(counts[1, 1])
    return _share(hit, int(counts[1].sum() + counts[:, 1].sum()) - hit)


def _sum(rows: Iterable[Row], name: str) -> Any:
    return sum(row[name] for row in rows)


def _mean(scores: list[Row], name: str) -> float | None:
    """Mean over matched nodes; images without a value do not count."""
    known = [score for score in scores if score[name] is not None]
    weight = [score["matched"] for score in known]
    return float(np.average([s[name] for s in known], weights=weight)) if sum(weight) else None


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    bar = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, bar, *rows])
