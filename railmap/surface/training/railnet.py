"""Train RailNet on boxed strips."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from railmap.errors import UsageError, missing_extra

try:
    import lightning.pytorch as pl
    import torch
    import torch.nn.functional as F
    from torch import Tensor
    from torch.utils.data import DataLoader, Dataset, TensorDataset
except ImportError as error:
    raise missing_extra("training", "train", error) from error

import numpy as np
from numpy.typing import NDArray

from railmap.models.defects import RegionRule
from railmap.models.tensors import load_weights, save_weights
from railmap.nets.railnet import CLASSES, STRIDE, RailNet
from railmap.progress import Reporter
from railmap.surface.data.boxes import BoxedStrip, read_boxed_strips
from railmap.surface.data.rendered_boxes import rendered_boxed_strips
from railmap.surface.model.regions import keep_regions, mask_gaps
from railmap.surface.model.strip import strip_channels
from railmap.surface.training.box_augment import PATCH, augment_strip
from railmap.surface.training.box_scores import BoxCounts, count_boxes
from railmap.surface.training.box_target import box_target
from railmap.training.fit.averaging import AveragedWeights
from railmap.training.fit.trainer import make_trainer, write_record

__all__ = ["RailNetSettings", "fit_railnet", "railnet_loss", "score_strips", "strip_maps"]

_CLASS_WEIGHT = (1.0, 0.6, 0.3)  # defect, dirt, gap; the last two only reduce false alarms
_FOCUS = 1.5  # focal exponent
_KIND_WEIGHT = 0.15
_STEP = 32  # rows of a strip are padded to a multiple of the network's deepest stride
_WARM_UP = 0.05  # fraction of the training in which the learning rate rises


@dataclass(frozen=True)
class RailNetSettings:
    """Settings of a training.

    Parameters
    ----------
    epochs, batch, rate
        Epochs, patches per batch, peak learning rate of AdamW (warm-up, then a cosine to 0).
    decay
        Weight decay.
    seed
        Random seed of weights, order and augmentation.
    weights
        Safetensors file to start from; None: random weights.
    minutes
        Time limit; the learning rate reaches 0 by then.
    rendered
        Number of rendered rails to train on in addition to the real images.
    average
        Decay per step of the averaged weights.
    device
        As for `make_trainer`.
    """

    epochs: int = 60
    batch: int = 8
    rate: float = 2e-3
    decay: float = 0.02
    seed: int = 0
    weights: Path | None = None
    minutes: float | None = None
    rendered: int = 40
    average: float = 0.995
    device: str = "auto"


class _Patches(Dataset[tuple[Tensor, Tensor, Tensor, Tensor]]):
    """Random variations of strips; pasted boxes come from `donors`."""

    def __init__(
        self, strips: Sequence[BoxedStrip], donors: Sequence[BoxedStrip], seed: int
    ) -> None:
        self.strips, self.donors, self.seed, self.epoch = strips, donors, seed, 0

    def __len__(self) -> int:
        return len(self.strips)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        rng = np.random.default_rng([self.seed, self.epoch, index])
        patch, boxes, (first, last) = augment_strip(rng, self.strips[index], self.donors)
        target = box_target(boxes, PATCH)
        target.weight[:, : -(-first // STRIDE)] = 0
        target.weight[:, last // STRIDE :] = 0
        return (
            torch.from_numpy(strip_channels(patch)),
            torch.from_numpy(target.truth),
            torch.from_numpy(target.weight),
            torch.from_numpy(target.kinds),
        )


def railnet_loss(logits: Tensor, truth: Tensor, weight: Tensor, kinds: Tensor) -> Tensor:
    """Focal cross-entropy and Dice of the classes, cross-entropy of the kinds of defect.

    Parameters
    ----------
    logits
        ``(N, 9, h, w)`` float: 3 classes, then 6 kinds.
    truth, weight
        ``(N, 3, h, w)`` float32, see `BoxTarget`.
    kinds
        ``(N, h, w)`` int64, -1 where there is no defect.

    Returns
    -------
    Tensor
        Scalar.
    """
    logits = logits.float()
    classes, kind_logits = logits[:, : len(CLASSES)], logits[:, len(CLASSES) :]
    share = torch.tensor(_CLASS_WEIGHT, device=logits.device)
    each = share.view(1, -1, 1, 1)
    entropy = F.binary_cross_entropy_with_logits(classes, truth, reduction="none")
    p = torch.sigmoid(classes)
    right = truth * p + (1 - truth) * (1 - p)
    focal = (weight * each * entropy * (1 - right) ** _FOCUS).sum()
    focal = focal / ((truth * weight * each).sum() + 50)
    overlap = (2 * p * truth * weight).sum((0, 2, 3)) + 1
    union = ((p + truth) * weight).sum((0, 2, 3)) + 1
    loss = focal + 0.5 * (share * (1 - overlap / union)).sum()
    if bool((kinds >= 0).any()):
        loss = loss + _KIND_WEIGHT * F.cross_entropy(kind_logits, kinds, ignore_index=-1)
    return loss


class _Fit(pl.LightningModule):
    def __init__(
        self,
        network: RailNet,
        data: _Patches,
        check: Sequence[BoxedStrip],
        settings: RailNetSettings,
    ) -> None:
        super().__init__()
        self.network, self.data, self.check, self.settings = network, data, check, settings

    def configure_optimizers(self) -> Any:
        settings = self.settings
        optimizer = torch.optim.AdamW(
            self.network.parameters(), settings.rate, weight_decay=settings.decay
        )
        steps = max(1, int(self.trainer.estimated_stepping_batches))
        seconds = math.inf if settings.minutes is None else 60 * settings.minutes
        began = time.monotonic()

        def share(step: int) -> float:
            done = max((step + 1) / steps, (time.monotonic() - began) / seconds)
            if done < _WARM_UP:
                return done / _WARM_UP
            return 0.5 + 0.5 * math.cos(math.pi * min(1.0, (done - _WARM_UP) / (1 - _WARM_UP)))

        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, share)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def on_train_epoch_start(self) -> None:
        self.data.epoch = self.current_epoch

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        patches, truth, weight, kinds = batch
        patches = patches.contiguous(memory_format=torch.channels_last)
        loss = railnet_loss(self.network(patches), truth, weight, kinds)
        self.log("train_loss", loss, batch_size=len(patches))
        return loss

    def validation_step(self, batch: Tensor, batch_idx: int) -> None:
        """Do nothing: strips differ in length, `on_validation_epoch_end` scores them all."""

    def on_validation_epoch_end(self) -> None:
        counts = score_strips(strip_maps(self.network, self.check), self.check, RegionRule())
        self.log_dict(
            {"val_f1": counts.f1, "val_recall": counts.recall, "val_precision": counts.precision}
        )


@torch.no_grad()
def strip_maps(network: RailNet, strips: Sequence[BoxedStrip]) -> list[NDArray[np.float32]]:
    """Run the network on whole strips.

    Returns
    -------
    list of NDArray
        ``(3, rows/4, columns/4)`` float32 probability of the classes, one array per strip.
    """
    device = next(network.parameters()).device
    was = network.training
    network.eval()
    maps = []
    for strip in strips:
        rows = len(strip.strip)
        tall = np.pad(strip.strip, ((0, -rows % _STEP), (0, 0)), mode="symmetric")
        channels = torch.from_numpy(strip_channels(tall))[None].to(device)
        logits = network(channels.contiguous(memory_format=torch.channels_last)).float()
        maps.append(torch.sigmoid(logits)[0, : len(CLASSES), : -(-rows // STRIDE)].cpu().numpy())
    network.train(was)
    return maps


def score_strips(
    maps: Sequence[NDArray[np.float32]], strips: Sequence[BoxedStrip], rule: RegionRule
) -> BoxCounts:
    """Count found defects and right regions over all strips.

    Parameters
    ----------
    maps
        Of `strip_maps`.
    strips
        With the ground truth, parallel to `maps`.
    rule
        Which regions count.
    """
    total = BoxCounts()
    for probability, strip in zip(maps, strips, strict=True):
        defect = mask_gaps(probability[0], probability[2], strip.strip)
        _, labels = keep_regions(defect, rule)
        total += count_boxes(labels, strip.boxes, STRIDE)
    return total


def fit_railnet(
    data: Path, folder: Path, settings: RailNetSettings = RailNetSettings(),
    reporter: Reporter | None = None,
) -> RailNet:  # fmt: skip
    """Train RailNet on ``DATA/train.txt`` and rendered rails; validate on ``DATA/val.txt``.

    Parameters
    ----------
    data
        Folder of a boxed data set, see `read_boxed_strips`.
    folder
        Folder of the run, created if missing; receives the log, the record and
        ``weights.safetensors``.
    settings
        Settings of the training.
    reporter
        Receives the progress and may cancel.

    Returns
    -------
    RailNet
        With the averaged weights after the last epoch, in evaluation mode.

    Raises
    ------
    InputError
        If the data cannot be read.
    UsageError
        If there are fewer images than one batch.
    """
    pl.seed_everything(settings.seed, verbose=False)
    train, check = read_boxed_strips(data, "train"), read_boxed_strips(data, "val")
    if len(train) < settings.batch:
        raise UsageError(
            f"{data}: {len(train)} images for a batch of {settings.batch}; add images to train.txt"
        )
    network = RailNet().to(memory_format=torch.channels_last)
    if settings.weights is not None:
        load_weights(network, settings.weights)
    folder.mkdir(parents=True, exist_ok=True)
    lists = {"train": data / "train.txt", "val": data / "val.txt"}
    write_record(folder, asdict(settings), lists)
    rendered = rendered_boxed_strips(settings.seed, settings.rendered)
    patches = _Patches([*train, *rendered], train, settings.seed)
    loader = DataLoader(patches, batch_size=settings.batch, shuffle=True, drop_last=True)
    fit = _Fit(network, patches, check, settings)
    trainer = make_trainer(
        folder,
        epochs=settings.epochs,
        max_minutes=settings.minutes,
        device=settings.device,
        callbacks=[AveragedWeights(settings.average)],
        reporter=reporter,
        check_val_every_n_epoch=max(1, settings.epochs // 10),
        gradient_clip_val=5.0,
    )
    trainer.fit(fit, loader, DataLoader(TensorDataset(torch.zeros(1, 1))))
    network.eval()
    save_weights(network, folder / "weights.safetensors")
    return network
