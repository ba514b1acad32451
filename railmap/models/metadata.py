"""Metadata of model packages, with the keys of the Deepness plugin."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "CONSTANT",
    "FIELD_CELL",
    "FIELD_NAMES",
    "GRAPH_SHA256",
    "IMAGENET_MEAN",
    "IMAGENET_STD",
    "PACKAGE_FORMAT",
    "STATE_DICT_FORMAT",
    "ModelMetadata",
]

PACKAGE_FORMAT = 2
"""Written under the key ``package_format``."""
STATE_DICT_FORMAT = 2
"""From this format on the initialisers have the names of the network's state dict, so that
training can start from the file."""
GRAPH_SHA256 = "graph_sha256"
"""Key of the SHA-256 of the serialised graph, hexadecimal."""
CONSTANT = "constant/"
"""Prefix of the initialisers that are no weights of the network."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

FIELD_NAMES = ("cos2", "sin2", "toe", "crossing", "facing_cos", "facing_sin")
"""Channels of the output ``fields``. Angles are counterclockwise from east (x right, y up)."""
FIELD_CELL = 4
"""Pixels of the image for one cell of ``fields``."""


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """Metadata of a track segmentation model.

    Parameters
    ----------
    name, version
        Of the model.
    gsd
        Ground sampling distance that the model wants, metres per pixel.
    network
        Name in `railmap.nets.NETWORKS`.
    tile_size
        Side of the tile, pixels.
    overlap_percent
        Overlap of neighbouring tiles, percent of the tile.
    threshold
        Probability from which a pixel counts as track.
    class_names
        Name of each class, background first.
    mean, std
        Normalisation of RGB in 0–1.
    licence
        Of the model.
    training_data
        What it was trained on: one mapping with "name" and "licence" for each source.
    source_commit
        Commit of the code that trained it.
    target_profile
        Shape of the target across a track ("tent": 1 on the centreline, 0 at a sleeper length).
    field_names
        Channels of the second output, ``fields``; empty if the network has none.
    piece_model
        JSON of the `railmap.geometry.judge.model.PieceModel` for this network; empty if none.
    """

    name: str
    version: str
    gsd: float
    network: str = "deeplabv3plus-mobilenetv3-carafe"
    tile_size: int = 512
    overlap_percent: int = 25
    threshold: float = 0.5
    class_names: tuple[str, ...] = ("background", "track")
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    licence: str = ""
    training_data: tuple[dict[str, str], ...] = field(default=())
    source_commit: str = ""
    target_profile: str = "tent"
    field_names: tuple[str, ...] = ()
    piece_model: str = ""

    def to_values(self) -> dict[str, Any]:
        """Return the values of the ONNX ``metadata_props`` by key, before they become JSON."""
        values: dict[str, Any] = {
            "railmap_kind": "railmap-tracks",
            "model_type": "Segmentor",
            "class_names": {str(i): name for i, name in enumerate(self.class_names)},
            "resolution": round(self.gsd * 100, 6),
            "tile_size": self.tile_size,
            "tiles_overlap": self.overlap_percent,
            "seg_thresh": self.threshold,
            "standardization_mean": list(self.mean),
            "standardization_std": list(self.std),
            "railmap_name": self.name,
            "railmap_version": self.version,
            "network": self.network,
            "threshold": self.threshold,
            "training_data": list(self.training_data),
            "source_commit": self.source_commit,
            "target_profile": self.target_profile,
        }
        if self.piece_model:
            values["piece_model"] = json.loads(self.piece_model)
        if self.licence:
            values["licence"] = self.licence
        if self.field_names:
            values["field_names"] = list(self.field_names)
        return values
