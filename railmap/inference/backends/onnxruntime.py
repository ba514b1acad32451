"""ONNX Runtime on the CPU, to check other backends and for platforms without OpenVINO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from railmap.errors import MissingExtraError, ModelError, UsageError
from railmap.inference.backends.base import Precision, PredictMixin, TrackChannel, sample_tile
from railmap.models.tracks import FIELDS, TrackModel

__all__ = ["OnnxRuntimeBackend"]


class OnnxRuntimeBackend(PredictMixin):
    """Run tiles one at a time in fp32."""

    name = "onnxruntime"
    device = "CPU"
    precision = "fp32"
    batch = 1

    def __init__(self, package: TrackModel, threads: int, precision: Precision) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingExtraError(
                "device onnxruntime needs ONNX Runtime: pip install onnxruntime"
            ) from error
        if precision not in ("auto", "fp32"):
            raise UsageError(f"ONNX Runtime computes in fp32 only, not in {precision}")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._package = package
        self._outputs = [package.output_name, *([FIELDS] if package.field_names else [])]
        try:
            self._session = onnxruntime.InferenceSession(
                str(package.path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its exceptions have no common base class
            reason = str(error).splitlines()[0]
            raise ModelError(
                f"{package.path}: ONNX Runtime cannot run the model ({reason})"
            ) from error
        shape = (-1, 1, 1)
        self._scale = np.array([1 / (255 * s) for s in package.std], np.float32).reshape(shape)
        self._shift = np.array(
            [m / s for m, s in zip(package.mean, package.std, strict=True)], np.float32
        ).reshape(shape)
        self._track = TrackChannel(package, self._run(sample_tile(package.tile_size)))

    def _run(self, tile: NDArray[np.uint8]) -> NDArray[np.float32]:
        image = tile * self._scale - self._shift
        output, *fields = self._session.run(self._outputs, {self._package.input_name: image[None]})
        self.fields = fields[0][0] if fields else None
        return np.asarray(output[0], np.float32)

    def map(self, tiles: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        """See `Backend.map`."""
        for tile in tiles:
            yield self._track(self._run(tile))
