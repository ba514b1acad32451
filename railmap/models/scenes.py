"""Models that classify photos into railway scenes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from railmap.errors import Option, Part
from railmap.models.base import MetadataReader, ModelPackage
from railmap.models.onnx_header import OnnxHeader

__all__ = ["SceneModel", "scene_metadata"]


def scene_metadata(
    network: str,
    classes: Sequence[str],
    size: int,
    normalisation: tuple[Sequence[float], Sequence[float]],
    version: str = "1",
    training: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the metadata of a scene model.

    Parameters
    ----------
    network
        Key in `railmap.nets.scene_networks.SCENE_NETWORKS`.
    classes
        Keys of the scenes, in the order of the outputs.
    size
        Side of the input, pixels.
    normalisation
        Mean and standard deviation of each band, of pixels scaled to 0-1.
    version
        Of the model.
    training
        Data and scores of the training.
    """
    mean, std = normalisation
    return {
        "railmap_kind": "railmap-scenes",
        "model_type": "SceneClassifier",
        "class_names": {str(number): key for number, key in enumerate(classes)},
        "tile_size": size,
        "standardization_mean": list(mean),
        "standardization_std": list(std),
        "network": network,
        "railmap_version": version,
        "training": dict(training or {}),
    }


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
        "make one from your own photos, sorted into a folder for each scene, with "
        "`railmap scenes teach`, and give it with ",
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
