"""What CUDA devices do, checked without one: order of copies, memory, several devices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
import torch

from railmap.errors import DeviceError, UsageError
from railmap.inference import make_backend
from railmap.inference.backends import torch as backend_module
from railmap.inference.backends.torch_device import TorchDevice
from railmap.inference.backends.transfers import CudaTransfers
from railmap.models.package import load_model


class Recorder:
    """Streams, events and tensors that note what is asked of them."""

    def __init__(self) -> None:
        self.done: list[tuple[str, ...]] = []
        self.current = ["computing"]
        self.made = 0


class FakeStream:
    def __init__(self, recorder: Recorder, name: str) -> None:
        self.recorder, self.name = recorder, name

    def wait_stream(self, other: FakeStream) -> None:
        self.recorder.done.append((self.name, "waits for", other.name))


class FakeTensor:
    def __init__(self, recorder: Recorder, name: str) -> None:
        self.recorder, self.name = recorder, name

    def to(self, device: Any, non_blocking: bool) -> FakeTensor:
        assert non_blocking
        assert device == torch.device("cuda:1")
        self.recorder.done.append((self.recorder.current[-1], "uploads", self.name))
        return FakeTensor(self.recorder, f"{self.name} on the device")

    def copy_(self, values: FakeTensor, non_blocking: bool) -> None:
        assert non_blocking
        self.recorder.done.append((self.recorder.current[-1], "downloads", values.name))

    def record_stream(self, stream: FakeStream) -> None:
        self.recorder.done.append((stream.name, "uses", self.name))


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    noted = Recorder()

    def make_stream(device: Any) -> FakeStream:
        assert device == torch.device("cuda:1")
        noted.made += 1
        return FakeStream(noted, ("up", "down")[noted.made - 1])

    class FakeEvent:
        def record(self, stream: FakeStream) -> None:
            noted.done.append((stream.name, "records", "the event"))

        def synchronize(self) -> None:
            noted.done.append(("host", "waits for", "the event"))

    @contextmanager
    def use(stream: FakeStream) -> Iterator[None]:
        noted.current.append(stream.name)
        yield
        noted.current.pop()

    def current(device: Any) -> FakeStream:
        assert device == torch.device("cuda:1")  # not the current device of the process
        return FakeStream(noted, "computing")

    monkeypatch.setattr(torch.cuda, "Stream", make_stream)
    monkeypatch.setattr(torch.cuda, "Event", FakeEvent)
    monkeypatch.setattr(torch.cuda, "stream", use)
    monkeypatch.setattr(torch.cuda, "current_stream", current)
    return noted


def test_copies_wait_for_the_computation_on_their_own_device(recorder: Recorder) -> None:
    transfers = CudaTransfers(torch.device("cuda:1"))
    pixels: Any = FakeTensor(recorder, "pixels")
    result: Any = FakeTensor(recorder, "result")
    probability: Any = FakeTensor(recorder, "probability")
    transfers.upload(pixels)
    transfers.download(result, probability)
    transfers.mark()
    transfers.wait()
    assert recorder.done == [
        ("up", "uploads", "pixels"),
        ("computing", "waits for", "up"),
        ("computing", "uses", "pixels on the device"),
        ("down", "waits for", "computing"),
        ("down", "downloads", "probability"),
        ("down", "uses", "probability"),
        ("down", "records", "the event"),
        ("host", "waits for", "the event"),
    ]


def _tiles(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return list(rng.integers(0, 255, (count, 3, 512, 512), np.uint8))


def _means(self: TorchDevice, pixels: torch.Tensor) -> tuple[torch.Tensor, None]:
    return pixels.float().mean(1) / 255, None


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The shipped model, whose network is replaced by the mean of the bands."""
    package = load_model("tracks")
    monkeypatch.setattr(TorchDevice, "_choose", lambda self, precision: "fp32")
    monkeypatch.setattr(TorchDevice, "_forward", _means)
    return package


def _matches(found: list[np.ndarray], tiles: list[np.ndarray]) -> bool:
    wanted = [tile.astype(np.float32).mean(0) / 255 for tile in tiles]
    return len(found) == len(wanted) and all(
        np.allclose(a, b, atol=1e-6) for a, b in zip(found, wanted, strict=True)
    )


def test_a_batch_that_does_not_fit_is_halved(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    def forward(self: TorchDevice, pixels: torch.Tensor) -> tuple[torch.Tensor, None]:
        sizes.append(len(pixels))
        if len(pixels) > 2:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return _means(self, pixels)

    monkeypatch.setattr(TorchDevice, "_forward", forward)
    backend = make_backend(model, "torch", threads=1, batch=8)
    tiles = _tiles(11)
    assert _matches([found.copy() for found in backend.map(tiles)], tiles)
    assert sizes == [8, 4, 2, 2, 2, 2, 2, 2]
    assert backend.batch == 2
    assert _matches([found.copy() for found in backend.map(tiles[:3])], tiles[:3])


def test_one_tile_that_does_not_fit_is_one_line(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forward(self: TorchDevice, pixels: torch.Tensor) -> tuple[torch.Tensor, None]:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(TorchDevice, "_forward", forward)
    backend = make_backend(model, "torch", threads=1, batch=4)
    with pytest.raises(DeviceError, match="too little memory for one tile of 512 x 512"):
        list(backend.map(_tiles(5)))
    monkeypatch.setattr(TorchDevice, "_forward", _means)
    tiles = _tiles(3)  # the slots are all there again
    assert _matches([found.copy() for found in backend.map(tiles)], tiles)


def test_several_devices_share_the_tiles_in_order(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpu = torch.device("cpu")
    monkeypatch.setattr(backend_module, "_check_devices", lambda names: [cpu, cpu])
    started = []
    start = TorchDevice.start

    def noted(self: TorchDevice, tiles: Any) -> Any:
        started.append(id(self))
        return start(self, tiles)

    monkeypatch.setattr(TorchDevice, "start", noted)
    backend = make_backend(model, "torch", threads=1, batch=2)
    tiles = _tiles(13)
    assert _matches([found.copy() for found in backend.map(tiles)], tiles)
    assert len(started) == 7
    counts = sorted(started.count(device) for device in set(started))
    assert counts in ([3, 4], [2, 5])


def test_names_of_several_devices(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    check = backend_module._check_devices
    assert check("cuda:0, cuda:1") == [torch.device("cuda:0"), torch.device("cuda:1")]
    for wrong in ("cuda:0,cuda:0", "cuda,cuda:1", "cuda:0,cpu", "cpu,cpu"):
        with pytest.raises(UsageError, match="several devices are different ones"):
            check(wrong)
    with pytest.raises(DeviceError, match="cuda:2: torch finds 2"):
        check("cuda:0,cuda:2")


def test_bf16_is_not_taken_where_it_is_emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def supported(including_emulation: bool = True) -> bool:
        asked.append(including_emulation)
        return including_emulation

    @contextmanager
    def device(chosen: Any) -> Iterator[None]:
        asked.append(chosen)
        yield

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    monkeypatch.setattr(torch.cuda, "device", device)
    one = TorchDevice.__new__(TorchDevice)
    one.device = torch.device("cuda:1")
    assert one._fast() == "fp16"
    assert asked == [torch.device("cuda:1"), False]
