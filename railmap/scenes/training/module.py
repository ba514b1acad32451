"""Scene networks in Lightning: pixels or kept features in, cross-entropy, top-1 and top-3."""

from __future__ import annotations

import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.nn import functional
from torchmetrics.functional.classification import multiclass_accuracy

from railmap.scenes.data.dataset import Box

__all__ = ["Photographs", "SceneModule", "swap_boxes"]


def swap_boxes(pixels: Tensor, boxes: tuple[Box, ...], share: float = 0.5) -> Tensor:
    """Give a share of the photos a box of the picture of another photo of the batch.

    What the box shows then goes with no class, as many photos as before show it, and the network
    is never fed an empty patch, which it might take for evidence in turn.

    Parameters
    ----------
    pixels
        ``(N, 3, T, T)``.
    boxes
        x0, y0, x1, y1 as shares of the picture.
    share
        Of photos that get a foreign box.
    """
    size = pixels.shape[-1]
    pixels = pixels.clone()
    for x0, y0, x1, y1 in boxes:
        rows = slice(int(y0 * size), max(int(y0 * size) + 1, round(y1 * size)))
        cols = slice(int(x0 * size), max(int(x0 * size) + 1, round(x1 * size)))
        other = torch.randperm(len(pixels), device=pixels.device)
        foreign = torch.rand(len(pixels), device=pixels.device) < share
        mixed = torch.where(foreign[:, None, None, None], pixels[other], pixels)
        pixels[:, :, rows, cols] = mixed[:, :, rows, cols]
    return pixels


class Photographs(nn.Module):
    """uint8 photos to normalised input; in training also varied.

    Parameters
    ----------
    mean, std
        Of the network's input.
    swaps
        Boxes exchanged between the photos of a batch, see `swap_boxes`.
    """

    def __init__(
        self, mean: tuple[float, ...], std: tuple[float, ...], swaps: tuple[Box, ...] = ()
    ) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)
        self.swaps = swaps

    def forward(self, pixels: Tensor) -> Tensor:
        """``(N, 3, T, T)`` uint8 → float32, normalised; varied while in training mode."""
        if self.training:
            pixels = self._vary(pixels)
        values = pixels.float() / 255
        if self.training:
            gain = 1 + 0.25 * (2 * torch.rand(len(values), 1, 1, 1, device=values.device) - 1)
            values = (values * gain).clamp(0, 1)
        mean, std = self.get_buffer("mean"), self.get_buffer("std")
        return ((values - mean) / std).contiguous(memory_format=torch.channels_last)

    def _vary(self, pixels: Tensor) -> Tensor:
        """Exchange boxes, mirror half of the photos, shift the batch by up to a sixteenth."""
        pixels = swap_boxes(pixels, self.swaps)
        mirrored = torch.rand(len(pixels), device=pixels.device) < 0.5
        pixels = torch.where(mirrored[:, None, None, None], pixels.flip(3), pixels)
        reach = pixels.shape[-1] // 16
        dx, dy = (int(d) for d in torch.randint(-reach, reach + 1, (2,)))
        padded = functional.pad(pixels.float(), (reach,) * 4, mode="replicate").to(pixels.dtype)
        size = pixels.shape[-1]
        return padded[:, :, reach + dy : reach + dy + size, reach + dx : reach + dx + size]


class SceneModule(LightningModule):
    """What Lightning fits: a classifier of photos, or the last layer on kept features.

    Parameters
    ----------
    network
        Logits from what `prepare` gives: the whole network, or its last layer.
    prepare
        Makes the network's input from a batch (`Photographs`, or identity for features).
    num_classes
        Width of the last layer.
    rate
        Learning rate (Adam; the paper names 1e-4 and no optimiser).
    steps
        Optimiser steps of the whole run: the rate then rises and falls over them (one cycle).
        None: it stays, as in the paper.
    """

    def __init__(
        self,
        network: nn.Module,
        prepare: nn.Module,
        num_classes: int,
        rate: float = 1e-4,
        steps: int | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.prepare = prepare
        self.num_classes = num_classes
        self.rate = rate
        self.steps = steps

    def forward(self, batch: Tensor) -> Tensor:
        """Batch of photos or features → ``(N, num_classes)`` logits."""
        return self.network(self.prepare(batch))

    def training_step(self, batch: tuple[Tensor, Tensor], number: int) -> Tensor:
        """Cross-entropy of one batch."""
        return self._judge("train", batch)

    def validation_step(self, batch: tuple[Tensor, Tensor], number: int) -> Tensor:
        """Cross-entropy of one batch."""
        return self._judge("val", batch)

    def _judge(self, part: str, batch: tuple[Tensor, Tensor]) -> Tensor:
        inputs, labels = batch
        logits = self(inputs)
        loss = functional.cross_entropy(logits, labels)
        values = {f"{part}_loss": loss}
        for k in (1, 3):
            if k < self.num_classes:
                values[f"{part}_top{k}"] = multiclass_accuracy(
                    logits, labels, self.num_classes, average="micro", top_k=k
                )
        self.log_dict(values, on_step=False, on_epoch=True, batch_size=len(labels))
        return loss

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Adam on what trains."""
        weights = [weight for weight in self.network.parameters() if weight.requires_grad]
        if self.steps is None:
            return torch.optim.Adam(weights, lr=self.rate)
        adam = torch.optim.AdamW(weights, lr=self.rate, weight_decay=1e-2)
        cycle = torch.optim.lr_scheduler.OneCycleLR(adam, self.rate, max(2, self.steps))
        return {"optimizer": adam, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}
