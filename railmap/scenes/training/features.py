"""Features of a frozen backbone: computed once, cached in a file, used in every epoch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from railmap.errors import ModelError
from railmap.models.tensors import read_tensors, write_tensors
from railmap.nets.scene_networks import SceneNetwork
from railmap.progress import Reporter
from railmap.scenes.data.dataset import SceneDataset, iterate_pixels, keep_read
from railmap.scenes.training.module import Photographs, swap_boxes

__all__ = ["CachedFeatures", "cached_features"]

_BATCH = 32
_KEY = "key"


@dataclass(frozen=True, slots=True)
class CachedFeatures:
    """Pooled features of all photos.

    Parameters
    ----------
    data
        The readable photos.
    clean
        ``(N, K)`` float32, of the unchanged photos.
    draws
        ``(D, N, K)`` float32 samples with different dropout and, if the split requires it,
        swapped boxes; ``D = 0`` if the features are deterministic.
    """

    data: SceneDataset
    clean: Tensor
    draws: Tensor


def cached_features(
    network: SceneNetwork,
    data: SceneDataset,
    size: int,
    prepare: Photographs,
    file: Path,
    reporter: Reporter,
    *,
    draws: int = 4,
    seed: int = 0,
) -> CachedFeatures:
    """Run all photos through a frozen backbone, or read the features of an earlier run.

    Dropout in a frozen backbone gives different features in every epoch. Computing them again
    would take as long as training the backbone, so `draws` samples are cached and the epochs
    alternate between them.

    Parameters
    ----------
    network
        Network with a frozen backbone.
    data
        The photos.
    size
        Side of the input, pixels.
    prepare
        Normalization.
    file
        Safetensors file of the cache; reused while network, photos and settings are the same.
    reporter
        Receives progress and warnings about unreadable photos.
    draws, seed
        Number of samples of dropout and swapped boxes, and random seed.

    Raises
    ------
    InputError
        If fewer than two classes have readable photos.
    """
    random = bool(data.swaps) or any(
        isinstance(part, torch.nn.Dropout) and part.p > 0 for part in network.backbone.modules()
    )
    draws = draws if random else 0
    key = _key(network, data, size, draws, seed)
    cached = _read(file, key)
    if cached is not None:
        reporter.message(f"features of {len(cached['good'])} photos read from {file}")
        good = cached["good"].numpy().astype(bool)
        return CachedFeatures(keep_read(data, good), cached["clean"], cached["draws"])
    device = next(network.parameters()).device
    prepare = prepare.eval().to(device)
    torch.manual_seed(seed)
    clean: list[Tensor] = []
    drawn: list[Tensor] = []
    numbers: list[int] = []
    waiting: list[NDArray[np.uint8]] = []

    def flush() -> None:
        if not waiting:
            return
        pixels = torch.from_numpy(np.stack(waiting)).to(device)
        waiting.clear()
        with torch.inference_mode():
            clean.append(network.eval().backbone(prepare(pixels)).mean((2, 3)).cpu())
            network.train()
            several = [
                network.backbone(prepare(swap_boxes(pixels, data.swaps))).mean((2, 3)).cpu()
                for _ in range(draws)
            ]
            drawn.append(torch.stack(several) if several else torch.zeros(0, *clean[-1].shape))

    # Shuffled, so that the photos of a batch, which swap boxes, are of different classes.
    order = np.random.default_rng(seed).permutation(len(data))
    mixed = _reorder(data, order)
    for number, photo in iterate_pixels(mixed, size, reporter):
        numbers.append(int(order[number]))
        waiting.append(photo)
        if len(waiting) == _BATCH:
            flush()
    flush()
    network.eval()
    back = torch.from_numpy(np.argsort(numbers))
    good = np.zeros(len(data), bool)
    good[numbers] = True
    readable = keep_read(data, good)
    features = {
        "clean": torch.cat(clean)[back],
        "draws": torch.cat(drawn, dim=1)[:, back],
        "good": torch.from_numpy(good.astype(np.uint8)),
        _KEY: torch.frombuffer(bytearray(key.encode()), dtype=torch.uint8),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    write_tensors(features, file)
    return CachedFeatures(readable, features["clean"], features["draws"])


def _reorder(data: SceneDataset, order: NDArray[np.int64]) -> SceneDataset:
    return SceneDataset(
        data.root,
        data.classes,
        tuple(data.files[i] for i in order),
        data.labels[order],
        data.parts[order],
        data.repeats[order],
        data.swaps,
    )


def _key(network: SceneNetwork, data: SceneDataset, size: int, draws: int, seed: int) -> str:
    """Digest of everything that the features depend on."""
    whole = hashlib.sha256(f"{size} {draws} {seed if draws else 0} {data.swaps}".encode())
    for name, tensor in sorted(network.backbone.state_dict().items()):
        whole.update(name.encode())
        whole.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().data)
    for file in data.files:
        path = data.root / file
        state = path.stat() if path.is_file() else None
        whole.update(f"{file.as_posix()} {state and (state.st_size, state.st_mtime_ns)}".encode())
    return whole.hexdigest()


def _read(file: Path, key: str) -> dict[str, Tensor] | None:
    if not file.is_file():
        return None
    try:
        tensors = read_tensors(file)
    except ModelError:
        return None  # damaged: the features are computed again
    same = _KEY in tensors and bytes(tensors[_KEY].tolist()).decode() == key
    return tensors if same else None
