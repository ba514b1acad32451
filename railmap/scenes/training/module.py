"""Lightning module of the scene networks: cross-entropy, top-1 and top-3, on pixels or features."""

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
    """Replace boxes of a share of the photos by those of another photo of the batch.

    The content of the box is then independent of the class and as frequent as before, and there
    are no empty patches, which a network could use as evidence.

    Parameters
    ----------
    pixels
        ``(N, 3, T, T)``.
    boxes
        x0, y0, x1, y1 as fractions of the image.
    share
        Probability that a photo gets the box of another one.

    Returns
    -------
    Tensor
        ``(N, 3, T, T)``, a copy.
    """
    size = pixels.shape[-1]
    pixels = pixels.clone()
    for x0, y0, x1, y1 in boxes:
        rows = slice(int(y0 * size), max(int(y0 * size) + 1, round(y1 * size)))
        cols = slice(int(x0 * size), max(int(x0 * size) + 1, round(x1 * size)))
        other = torch.randperm(len(pixels), device=pixels.device)
        replaced = torch.rand(len(pixels), device=pixels.device) < share
        mixed = torch.where(replaced[:, None, None, None], pixels[other], pixels)
        pixels[:, :, rows, cols] = mixed[:, :, rows, cols]
    return pixels


class Photographs(nn.Module):
    """Normalize uint8 photos; in training mode also augment them.

    Parameters
    ----------
    mean, std
        Normalization of the network's input, per band.
    swaps
        Boxes swapped between the photos of a batch, see `swap_boxes`.
    """

    def __init__(
        self, mean: tuple[float, ...], std: tuple[float, ...], swaps: tuple[Box, ...] = ()
    ) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)
        self.swaps = swaps

    def forward(self, pixels: Tensor) -> Tensor:
        """Convert ``(N, 3, T, T)`` uint8 to normalized float32; augment in training mode."""
        if self.training:
            pixels = self._augment(pixels)
        values = pixels.float() / 255
        if self.training:
            gain = 1 + 0.25 * (2 * torch.rand(len(values), 1, 1, 1, device=values.device) - 1)
            values = (values * gain).clamp(0, 1)
        mean, std = self.get_buffer("mean"), self.get_buffer("std")
        return ((values - mean) / std).contiguous(memory_format=torch.channels_last)

    def _augment(self, pixels: Tensor) -> Tensor:
        """Swap boxes, mirror half of the photos, shift the batch by up to a sixteenth."""
        pixels = swap_boxes(pixels, self.swaps)
        mirrored = torch.rand(len(pixels), device=pixels.device) < 0.5
        pixels = torch.where(mirrored[:, None, None, None], pixels.flip(3), pixels)
        reach = pixels.shape[-1] // 16
        dx, dy = (int(d) for d in torch.randint(-reach, reach + 1, (2,)))
        padded = functional.pad(pixels.float(), (reach,) * 4, mode="replicate").to(pixels.dtype)
        size = pixels.shape[-1]
        return padded[:, :, reach + dy : reach + dy + size, reach + dx : reach + dx + size]


class SceneModule(LightningModule):
    """Lightning module of a whole network, or of its last layer on cached features.

    Parameters
    ----------
    network
        Computes logits from the output of `prepare`: the whole network, or its last layer.
    prepare
        Computes the network's input from a batch (`Photographs`, or identity for features).
    num_classes
        Number of classes.
    rate
        Learning rate of Adam (the paper states 1e-4 and no optimizer).
    steps
        Optimizer steps of the whole training: the rate rises and falls over them (one cycle).
        None: constant rate, as in the paper.
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
        """Compute ``(N, num_classes)`` logits of a batch of photos or features."""
        logits: Tensor = self.network(self.prepare(batch))
        return logits

    def training_step(self, batch: tuple[Tensor, Tensor], number: int) -> Tensor:
        """Compute the cross-entropy of one batch."""
        return self._score("train", batch)

    def validation_step(self, batch: tuple[Tensor, Tensor], number: int) -> Tensor:
        """Compute the cross-entropy of one batch."""
        return self._score("val", batch)

    def _score(self, part: str, batch: tuple[Tensor, Tensor]) -> Tensor:
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
        """Set up Adam on the trainable weights."""
        weights = [weight for weight in self.network.parameters() if weight.requires_grad]
        if self.steps is None:
            return torch.optim.Adam(weights, lr=self.rate)
        adam = torch.optim.AdamW(weights, lr=self.rate, weight_decay=1e-2)
        cycle = torch.optim.lr_scheduler.OneCycleLR(adam, self.rate, max(2, self.steps))
        return {"optimizer": adam, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}
