"""Network architectures (torch): `build_network`, weights in safetensors, export to ONNX."""

from __future__ import annotations

from railmap.errors import missing_extra

try:
    import safetensors
    import torch
    import torchvision
except ImportError as error:
    raise missing_extra("networks", "torch", error) from error

from railmap.models.export.tracks import export_model
from railmap.models.metadata import ModelMetadata
from railmap.models.tensors import load_weights, save_weights
from railmap.nets.registry import NETWORKS, build_network

__all__ = [
    "NETWORKS",
    "ModelMetadata",
    "build_network",
    "export_model",
    "load_weights",
    "save_weights",
]

del safetensors, torch, torchvision
