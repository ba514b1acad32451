"""Tables of `acceptance.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

Row = dict[str, Any]

#: Kinds of layout without turnouts and hidden track.
PLAIN = ("plain", "double", "level crossing")


def write_report(path: Path, about: dict[str, Any], rows: list[Row]) -> None:
    """Write Markdown: a table by GSD, and one by kind of layout, for each method."""
    text = [
        "# Acceptance of the lines",
        f"```\n{about['command']}\n```",
        "Completeness / correctness at 0.25 m; RMSE across the track of what matches at 0.5 m; "
        "coverage: share of the predicted length whose error is within the link's `h_accuracy_m`; "
        "gauge: median and P95 of the error, and the share within 15 mm, by length of link.",
    ]
    text += ["## Against the aims", _aims(rows)]
    for method in dict.fromkeys(row["method"] for row in rows):
        chosen = [row for row in rows if row["method"] == method]
        text += [f"## {method}", _table(chosen, lambda row: f"{100 * row['gsd']:.0f} cm", "GSD")]
        text += [_table(chosen, lambda row: row["kind"], "kind")]
    path.write_text("\n\n".join(text) + "\n", encoding="utf-8")


def _aims(rows: list[Row]) -> str:
    """Compare each method with the aims; plain kinds are without turnouts."""
    methods = list(dict.fromkeys(row["method"] for row in rows))

    def line(aim: str, cell: Callable[[list[Row]], str], **only: Any) -> list[str]:
        cells = []
        for method in methods:
            chosen = [row for row in rows if row["method"] == method]
            for name, wanted in only.items():
                chosen = [row for row in chosen if row[name] in wanted]
            cells.append(cell(chosen) if chosen else "–")
        return [aim, *cells]

    def ratios(chosen: list[Row]) -> str:
        return _cells(chosen)[1]

    def metres(chosen: list[Row]) -> str:
        return _rmse(chosen, lambda row: 1.0)

    body = [
        line(
            "completeness / correctness at 5 cm ≥ 0.98, plain kinds",
            ratios,
            gsd=(0.05,),
            kind=PLAIN,
        ),
        line(
            "… with turnouts and diamonds",
            ratios,
            gsd=(0.05,),
            kind=("junction", "yard", "diamond"),
        ),
        line("… partly out of sight", ratios, gsd=(0.05,), kind=("hidden",)),
    ]
    for gsd, aim in ((0.02, 0.02), (0.05, 0.05), (0.10, 0.10), (0.30, 0.30)):
        title = f"RMSE at {100 * gsd:.0f} cm ≤ {aim:.2f} m: plain kinds"
        body += [
            line(title, metres, gsd=(gsd,), kind=PLAIN),
            line("… all kinds", metres, gsd=(gsd,)),
        ]
    body += [
        line("RMSE ≤ 0.25 px (mask), plain kinds", _rmse_in_pixels, kind=PLAIN),
        line(
            "switches within 2 m ≥ 0.95 (GSD ≤ 10 cm): recall · precision",
            lambda c: _nodes(c, "switch"),
            gsd=(0.02, 0.05, 0.10),
        ),
        line("crossing number in 2 sigma ≥ 0.9", _within),
        line("diamonds as one node ≥ 0.95", _diamonds),
        line("gauge error ≤ 15 mm (GSD ≤ 5 cm): median, P95 (mm), share", _gauge, gsd=(0.02, 0.05)),
        line("h_accuracy_m covers about 0.68", _covered),
    ]
    return _markdown(["aim", *methods], body)


def _covered(rows: list[Row]) -> str:
    return _coverage([link for row in rows for link in row["links"]])


def _rmse_in_pixels(rows: list[Row]) -> str:
    return _rmse(rows, lambda row: row["gsd"])


def _diamonds(rows: list[Row]) -> str:
    return "{1}/{0}".format(*np.sum([row["diamonds"] for row in rows], axis=0))


def _table(rows: list[Row], key: Callable[[Row], str], title: str) -> str:
    head = [title, "km", "completeness / correctness", "RMSE (m)", "RMSE (px)", "switches R · P"]
    head += ["diamonds as one", "number in 2 sigma", "coverage", "rail pair", "gauge (mm)"]
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    body = [[name, *_cells(group)] for name, group in groups.items()]
    if len(groups) > 1:
        body.append(["**all**", *_cells(rows)])
    return _markdown(head, body)


def _markdown(head: list[str], body: list[list[str]]) -> str:
    bar = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, bar, *body])


def _cells(rows: list[Row]) -> list[str]:
    near = [_at(row, 0.25) for row in rows]
    truth, predicted = _sum(rows, "truth_m"), _sum(rows, "predicted_m")
    links = [link for row in rows for link in row["links"]]
    return [
        f"{truth / 1000:.2f}",
        f"{_share(_sum(near, 'matched_m'), truth)} / {_share(_sum(near, 'correct_m'), predicted)}",
        _rmse(rows, lambda row: 1.0),
        _rmse_in_pixels(rows),
        _nodes(rows, "switch"),
        _diamonds(rows),
        _within(rows),
        _covered(rows),
        _share(_long(links, "rail_pair"), sum(link["length_m"] for link in links)),
        _gauge(rows),
    ]


def _rmse(rows: list[Row], unit: Callable[[Row], float]) -> str:
    scores = [(_at(row, 0.5), unit(row)) for row in rows]
    known = [(s["rmse_m"] / u, s["correct_m"]) for s, u in scores if s["rmse_m"] is not None]
    if not known:
        return "–"
    value, weight = np.array(known).T
    return f"{np.sqrt(np.average(value**2, weights=weight)):.3f}"


def _nodes(rows: list[Row], kind: str) -> str:
    scores = [
        s for row in rows for s in row["nodes"] if s["kind"] == kind and s["distance_m"] == 2.0
    ]
    truth, predicted = _sum(scores, "truth"), _sum(scores, "predicted")
    right = round(sum((s["precision"] or 0.0) * s["predicted"] for s in scores))
    return f"{_sum(scores, 'matched')}/{truth} · {right}/{predicted}"


def _within(rows: list[Row]) -> str:
    scores = [
        s
        for row in rows
        for s in row["nodes"]
        if s["distance_m"] == 2.0 and s["within_2_sigma"] is not None
    ]
    count = sum(s["matched"] for s in scores)
    hits = sum(s["within_2_sigma"] * s["matched"] for s in scores)
    return f"{hits / count:.2f} of {count}" if count else "–"


def _coverage(links: list[Row]) -> str:
    hits = total = 0
    for link in links:
        if link["accuracy_m"] is not None:
            error = np.array(link["offsets_m"])
            hits += int((error <= link["accuracy_m"]).sum())
            total += len(error)
    return f"{hits / total:.2f}" if total else "–"


def _gauge(rows: list[Row]) -> str:
    known = [
        (abs(link["gauge_mm"] - row["gauge_mm"]), link["length_m"])
        for row in rows
        for link in row["links"]
        if link["gauge_mm"] == link["gauge_mm"] and link["gauge_mm"] is not None
    ]
    if not known:
        return "–"
    error, weight = np.array(sorted(known)).T
    share = np.cumsum(weight) / weight.sum()
    median, p95 = (error[np.searchsorted(share, q - 1e-9)] for q in (0.5, 0.95))
    return f"{median:.0f}, {p95:.0f}, {weight[error <= 15].sum() / weight.sum():.2f}"


def _long(links: Iterable[Row], source: str) -> float:
    return sum(link["length_m"] for link in links if link["source"] == source)


def _at(row: Row, tolerance: float) -> Row:
    return next(s for s in row["tolerances"] if s["tolerance_m"] == tolerance)


def _sum(rows: Iterable[Row], name: str) -> Any:
    return sum(row[name] for row in rows)


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.3f}" if whole > 0 else "–"
