"""Network architectures (torch): `build_network`."""

from __future__ import annotations

from railmap.errors import missing_extra

try:
    import safetensors
    import torch
    import torchvision
except ImportError as error:
    raise missing_extra("networks", "torch", error) from error

from railmap.nets.registry import NETWORKS, build_network

__all__ = ["NETWORKS", "build_network"]

del safetensors, torch, torchvision
