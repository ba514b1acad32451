"""The golden files: rows as JSON lines and plain text, compared or written again."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import shapely

from tests.golden.golden_rows import Rows

DATA = Path(__file__).parent / "data"

# Rows are rounded to a millionth, so a last bit may make a step of one.
MICROMETRE = 1.5e-6
# What the program itself rounds may differ by one step where a last bit decides.
_ROUNDED = {
    "radius_m": 0.015,
    r"alignment_segment.*\.(m_from|length_m)": 1.5e-3,
    "rmse_m": 3e-3,
    "h_accuracy_m|width_m|sigma_deg|angle_deg|interpolated_m": 1.5e-3,
    "crossing_number": 0.015,
    "gauge_.*_mm": 0.15,
    "confidence": 1.5e-4,
}
_NUMBER = re.compile(r"([-+]?\d+\.\d+(?:[eE][-+]?\d+)?)")
_SHOWN = 15
_SAME_CURVE = 0.15  # metres; below the coarsest tolerance of simplification in these tests


class Golden:
    """Compares what a test found with what was kept; with `renew`, keeps what was found."""

    def __init__(self, renew: bool, folder: Path = DATA) -> None:
        self.renew = renew
        self.folder = folder

    def rows(
        self,
        name: str,
        found: Rows,
        *,
        tolerance: float = MICROMETRE,
        tolerances: Mapping[str, float] | None = None,
    ) -> None:
        """Compare rows with ``NAME.jsonl``.

        Parameters
        ----------
        name
            Of the golden file.
        found
            Rows as JSON.
        tolerance
            By how much numbers that aren't whole may differ.
        tolerances
            Others, by a regular expression for where a number stands, such as ``railway_link``
            or ``defect.*confidence``; the first that fits counts.
        """
        path = self.folder / f"{name}.jsonl"
        lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in found]
        if self.renew:
            _write(path, "\n".join(lines) + "\n")
            return
        kept = [json.loads(line) for line in _read(path).splitlines()]
        told = [json.loads(line) for line in lines]
        _report(path, _row_differences(kept, told, tolerance, {**(tolerances or {}), **_ROUNDED}))

    def text(self, name: str, found: str) -> None:
        """Compare text with a file; decimal numbers may differ by one in their last place."""
        path = self.folder / name
        if self.renew:
            _write(path, found)
            return
        _report(path, _text_differences(_read(path), found))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _read(path: Path) -> str:
    assert path.is_file(), f"{path} is missing: run pytest tests/golden --renew-golden"
    return path.read_text(encoding="utf-8")


def _report(path: Path, differences: Iterator[str]) -> None:
    found = list(differences)
    if found:
        more = f"\n... and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        told = "\n".join(found[:_SHOWN])
        raise AssertionError(
            f"not as {path.name} has it (golden, then found):\n{told}{more}\n"
            "If it is meant to change: python -m pytest tests/golden --renew-golden"
        )


def _row_differences(
    kept: Rows, found: Rows, tolerance: float, tolerances: Mapping[str, float]
) -> Iterator[str]:
    by_name: list[dict[str, list[Any]]] = [{}, {}]
    for groups, rows in zip(by_name, (kept, found), strict=True):
        for name, value in rows:
            groups.setdefault(name, []).append(value)
    for name in dict.fromkeys([*by_name[0], *by_name[1]]):
        golden, here = (groups.get(name, []) for groups in by_name)
        yield from _differences(golden, here, name, tolerance, tolerances)
    if [name for name, _ in kept] != [name for name, _ in found]:
        yield "the order of the rows differs, or their number"


def _is_line(geometry: Any) -> bool:
    return (
        isinstance(geometry, list)
        and len(geometry) == 2
        and isinstance(geometry[1], list)
        and len(geometry[1]) > 1
        and all(isinstance(p, list) and len(p) >= 2 for p in geometry[1])
        and all(isinstance(v, float) for p in geometry[1] for v in p)
    )


def _same_curve(golden: Any, found: Any) -> bool:
    """Whether two lines are one curve with the same ends.

    Which points of a curve simplification keeps is decided by last bits where two fit equally well:
    these differ between processors.
    """
    if not _is_line(found) or golden[0] != found[0]:
        return False
    for a, b in ((golden[1][0], found[1][0]), (golden[1][-1], found[1][-1])):
        if len(a) != len(b) or max(abs(x - y) for x, y in zip(a, b, strict=True)) > _SAME_CURVE:
            return False
    lines = [shapely.LineString([point[:2] for point in g[1]]) for g in (golden, found)]
    return bool(shapely.hausdorff_distance(*lines, densify=0.01) <= _SAME_CURVE)


def _differences(
    golden: Any, found: Any, where: str, tolerance: float, tolerances: Mapping[str, float]
) -> Iterator[str]:
    if where.endswith(".geom") and _is_line(golden) and _same_curve(golden, found):
        return
    if isinstance(golden, dict) and isinstance(found, dict):
        for key in dict.fromkeys([*golden, *found]):
            if key not in golden or key not in found:
                yield f"{where}.{key}: {golden.get(key, 'absent')!r}, {found.get(key, 'absent')!r}"
            else:
                yield from _differences(
                    golden[key], found[key], f"{where}.{key}", tolerance, tolerances
                )
    elif isinstance(golden, list) and isinstance(found, list):
        if len(golden) != len(found):
            yield f"{where}: {len(golden)} entries, {len(found)} entries"
        for index, (one, other) in enumerate(zip(golden, found, strict=False)):
            yield from _differences(one, other, f"{where}[{index}]", tolerance, tolerances)
    elif isinstance(golden, float) and isinstance(found, float):
        allowed = next(
            (value for pattern, value in tolerances.items() if re.search(pattern, where)), tolerance
        )
        if not abs(golden - found) <= allowed:
            yield f"{where}: {golden!r}, {found!r}"
    elif type(golden) is not type(found) or golden != found:
        yield f"{where}: {golden!r}, {found!r}"


def _text_differences(golden: str, found: str) -> Iterator[str]:
    one, other = golden.splitlines(), found.splitlines()
    if len(one) != len(other):
        yield f"{len(one)} lines, {len(other)} lines"
    for number, (left, right) in enumerate(zip(one, other, strict=False), 1):
        if not _same_line(left, right):
            yield f"line {number}:\n  {left.strip()[:200]}\n  {right.strip()[:200]}"


def _same_line(golden: str, found: str) -> bool:
    if golden == found:
        return True
    left, right = _NUMBER.split(golden), _NUMBER.split(found)
    if left[::2] != right[::2]:
        return False
    for one, other in zip(left[1::2], right[1::2], strict=True):
        decimals = len(re.split("[eE]", one.partition(".")[2])[0])
        allowed = max(1.5 * 10.0**-decimals, 1e-9)
        if not math.isclose(float(one), float(other), rel_tol=0.0, abs_tol=allowed):
            return False
    return True
