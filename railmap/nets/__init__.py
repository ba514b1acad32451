"""Network architectures (torch): `build_network`, weights in safetensors, export to ONNX."""

from __future__ import annotations

from railmap.errors import missing_extra

try:
    import safetensors
    import torch
    import torchvision
except ImportError as error:
    raise missing_extra("networks", "torch", error) from error

from railmap.nets.export import export_model
from railmap.nets.metadata import ModelMetadata
from railmap.nets.registry import NETWORKS, build_network
from railmap.nets.weights import load_weights, save_weights

__all__ = [
    "NETWORKS",
    "ModelMetadata",
    "build_network",
    "export_model",
    "load_weights",
    "save_weights",
]

del safetensors, torch, torchvision
