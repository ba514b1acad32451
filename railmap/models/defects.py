"""Models that segment defects on a strip of a rail head."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from railmap.errors import ModelError, Part
from railmap.models.base import MetadataReader, ModelPackage
from railmap.models.onnx_header import OnnxHeader

__all__ = ["HEAD_WIDTH", "STRIP_WIDTH", "DefectModel", "RegionRule", "StripShape"]

STRIP_WIDTH = 320  # pixels: the head and a margin on either side for its dark flanks
HEAD_WIDTH = 232  # pixels of the head in the strip


@dataclass(frozen=True)
class RegionRule:
    """When a patch of the network's map is reported.

    Parameters
    ----------
    sure
        Probability that a region must reach somewhere.
    edge
        Probability down to which it spreads.
    cells
        Fewest cells of the map (each 4x4 strip pixels).
    """

    sure: float = 0.4
    edge: float = 0.2
    cells: int = 6


@dataclass(frozen=True)
class StripShape:
    """Input of a network that sees nothing but the head of a rail, as those of the paper.

    Parameters
    ----------
    rows, columns
        Pixels; the head fills the columns.
    """

    rows: int
    columns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectModel(ModelPackage):
    """A defect network and the rule that turns its map into regions.

    Parameters
    ----------
    rule
        Which regions count. The first class is the defect.
    strip
        Strips that the network takes as grey values, and answers for each pixel; None for RailNet,
        whose strip also shows the flanks.
    """

    kind: ClassVar[str] = "defects"
    task: ClassVar[str] = "rail-surface defects"
    remedy: ClassVar[tuple[Part, ...]] = (
        "use the shipped 'defects', or one that `railmap lab defects` trained and "
        "`railmap export-model` wrote",
    )

    rule: RegionRule
    strip: StripShape | None = None

    @classmethod
    def from_header(cls, path: Path, header: OnnxHeader) -> Self:
        """See `ModelPackage.from_header`."""
        read = MetadataReader(path, header)
        try:
            rule = RegionRule(**read.json("region_rule", None))
            usable = 0 < rule.edge <= rule.sure < 1 and math.isfinite(rule.cells)
        except TypeError:
            raise read.wrong("region_rule") from None
        if not usable:
            raise ModelError(
                f"{path}: the model's region rule {rule} is out of range; export it again"
            )
        strip = None
        if "strip_rows" in header.metadata:
            rows, columns = (
                int(read.number(f"strip_{side}", None, 16, 4096)) for side in ("rows", "columns")
            )
            strip = StripShape(rows, columns)
        return cls(**read.common(read.class_names()), rule=rule, strip=strip)

    def describe(self) -> dict[str, Any]:
        """See `ModelPackage.describe`."""
        strip = {} if self.strip is None else {"strip": asdict(self.strip)}
        return {**ModelPackage.describe(self), "region_rule": asdict(self.rule), **strip}
