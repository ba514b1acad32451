"""Models that classify photos into railway scenes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from railmap.errors import Option, Part
from railmap.models.base import MetadataReader, ModelPackage
from railmap.models.onnx_header import OnnxHeader

__all__ = ["SceneModel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneModel(ModelPackage):
    """A scene classifier and how to feed it; its classes are in the order of the outputs.

    Parameters
    ----------
    size
        Side of the square input, pixels.
    mean, std
        Per band, of pixels scaled to 0-1.
    """

    kind: ClassVar[str] = "scenes"
    task: ClassVar[str] = "railway scenes"
    remedy: ClassVar[tuple[Part, ...]] = (
        "train one on your own photos, sorted into a folder for each scene, with "
        "`railmap train scenes` (the network small needs no ImageNet weights), and give it with ",
        Option("model", "scenes.onnx"),
    )

    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def from_header(cls, path: Path, header: OnnxHeader) -> Self:
        """See `ModelPackage.from_header`."""
        read = MetadataReader(path, header)
        mean, std = read.normalisation(3)
        return cls(
            **read.common(read.class_names()),
            size=int(read.number("tile_size", None, 8, 16384)),
            mean=mean,
            std=std,
        )

    def describe(self) -> dict[str, Any]:
        """See `ModelPackage.describe`."""
        return {
            **ModelPackage.describe(self),
            "size": self.size,
            "mean": list(self.mean),
            "std": list(self.std),
        }
