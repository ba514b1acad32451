"""OpenVINO on the CPU: the default backend."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino.preprocess import PrePostProcessor

from railmap.errors import DeviceError
from railmap.inference.backends.base import (
    Precision,
    PredictMixin,
    TrackChannel,
    agree,
    sample_tile,
)
from railmap.inference.backends.compiling import compile_on_cpu
from railmap.models.tracks import FIELDS, TrackModel

__all__ = ["OpenVinoBackend"]

_LOW: tuple[Precision, ...] = ("bf16", "fp16")
_HINT = {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}


class OpenVinoBackend(PredictMixin):
    """Run tiles one at a time on as many streams as there are threads.

    A stream is one thread, so the arithmetic on a tile does not depend on the number of threads or
    of tiles processed at a time. On 2 to 4 cores this is also the fastest arrangement.
    """

    name = "openvino"

    def __init__(
        self, package: TrackModel, threads: int, precision: Precision, batch: int | None
    ) -> None:
        self._package = package
        self._threads = threads
        # One tile more than streams keeps all streams busy while a result is fetched.
        self.batch = batch or threads + 1
        core = ov.Core()
        self.device = str(core.get_property("CPU", "FULL_DEVICE_NAME")).strip()
        self._supported = set(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
        self.precision, self._compiled, self._track = self._choose(precision)

    def _choose(self, precision: Precision) -> tuple[str, ov.CompiledModel, TrackChannel]:
        fast = precision
        if precision == "auto":
            fast = next((p for p in _LOW if p.upper() in self._supported), "fp32")
        if fast in _LOW and fast.upper() not in self._supported:
            raise DeviceError(f"this CPU does not support {fast}; use precision auto or fp32")
        tile = sample_tile(self._package.tile_size)
        if fast == "fp32":
            compiled = self._compile("fp32")
            return fast, compiled, TrackChannel(self._package, self._run(compiled, tile))
        # The two models are never in memory at the same time.
        exact = self._run(self._compile("fp32", streams=1), tile)
        track = TrackChannel(self._package, exact)
        compiled = self._compile(fast)
        if precision == "auto" and not agree(track(exact), track(self._run(compiled, tile))):
            return "fp32", self._compile("fp32"), track
        return fast, compiled, track

    def _compile(self, precision: str, streams: int | None = None) -> ov.CompiledModel:
        package, size = self._package, self._package.tile_size
        return compile_on_cpu(
            package.path,
            [1, package.n_bands, size, size],
            threads=self._threads,
            streams=streams or self._threads,
            precision=_HINT[precision],
            prepare=self._normalised,
        )

    def _normalised(self, model: ov.Model) -> ov.Model:
        """Let the model take uint8 pixels and give float32."""
        package = self._package
        process = PrePostProcessor(model)
        image = process.input(package.input_name)
        image.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NCHW"))
        image.model().set_layout(ov.Layout("NCHW"))
        image.preprocess().convert_element_type(ov.Type.f32).mean(
            [255 * m for m in package.mean]
        ).scale([255 * s for s in package.std])
        for name in (package.output_name, *([FIELDS] if package.field_names else [])):
            process.output(name).tensor().set_element_type(ov.Type.f32)
        return process.build()

    def _output(self, request: ov.InferRequest) -> NDArray[np.float32]:
        output: NDArray[np.float32] = request.get_tensor(self._package.output_name).data[0]
        return output

    def _run(self, compiled: ov.CompiledModel, tile: NDArray[np.uint8]) -> NDArray[np.float32]:
        request = compiled.create_infer_request()
        request.infer({self._package.input_name: tile[None]})
        return self._output(request).copy()

    def map(self, tiles: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        """See `Backend.map`."""
        idle = [self._compiled.create_infer_request() for _ in range(self.batch)]
        # The input is shared, not copied: it must live as long as its request runs.
        busy: deque[tuple[ov.InferRequest, Any]] = deque()
        try:
            for tile in tiles:
                request = idle.pop()
                pixels = ov.Tensor(tile[None], shared_memory=True)
                request.set_tensor(self._package.input_name, pixels)
                request.start_async()
                busy.append((request, pixels))
                if not idle:
                    yield self._finish(busy, idle)
            while busy:
                yield self._finish(busy, idle)
        finally:
            for request, _ in busy:
                request.wait()

    def _finish(
        self, busy: deque[tuple[ov.InferRequest, Any]], idle: list[ov.InferRequest]
    ) -> NDArray[np.float32]:
        request, _ = busy[0]
        request.wait()
        busy.popleft()
        idle.append(request)
        if self._package.field_names:
            self.fields = request.get_tensor(FIELDS).data[0]
        return self._track(self._output(request))
