"""CARAFE: upsampling whose kernels are predicted from the content (Wang et al., ICCV 2019)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Carafe", "reassemble"]


def reassemble(features: Tensor, kernels: Tensor, k_up: int, scale: int) -> Tensor:
    """Upsample `features` with one kernel for every output pixel.

    Output pixel ``(scale·i + a, scale·j + b)`` is the sum of the ``k_up × k_up`` neighbourhood of
    input pixel ``(i, j)``, zeros beyond the edge, weighted by ``kernels[:, i, j, :, a·scale + b]``.

    The product runs at input resolution, one ``(C, k²) @ (k², s²)`` matrix product for every input
    pixel, and a pixel shuffle spreads the result: unfolding at output resolution would take
    ``scale²`` times the memory.

    Parameters
    ----------
    features
        ``(N, C, H, W)``.
    kernels
        ``(N, H, W, k_up², scale²)``, neighbourhood and sub-pixels in row-major order.
    k_up
        Odd side of the kernels.
    scale
        Upsampling factor.

    Returns
    -------
    Tensor
        ``(N, C, scale·H, scale·W)``.
    """
    _, c, h, w = features.shape
    # One-hot convolution instead of unfold: fast in both torch and OpenVINO, where unfold
    # becomes a gather. Channels stay last, as in memory, so nothing is transposed.
    pick = torch.eye(k_up**2, dtype=features.dtype, device=features.device)
    pick = pick.reshape(k_up**2, 1, k_up, k_up).repeat(c, 1, 1, 1)
    patches = functional.conv2d(features, pick, padding=k_up // 2, groups=c)
    patches = patches.permute(0, 2, 3, 1).reshape(-1, h, w, c, k_up**2)
    spread = torch.matmul(patches, kernels.to(patches.dtype)).reshape(-1, h, w, c * scale**2)
    return functional.pixel_shuffle(spread.permute(0, 3, 1, 2), scale)


class Carafe(nn.Module):
    """Kernel prediction and reassembly, as in section 2.5 of the track paper.

    Parameters
    ----------
    in_channels
        Channels of the features from which the kernels are predicted.
    scale
        Upsampling factor.
    k_up
        Side of the reassembly kernels (odd).
    k_enc
        Side of the convolution that predicts the kernels (odd).
    compressed
        Channels after the 1×1 compression.
    """

    def __init__(
        self,
        in_channels: int,
        *,
        scale: int = 4,
        k_up: int = 5,
        k_enc: int = 3,
        compressed: int = 64,
    ) -> None:
        super().__init__()
        self.scale = scale
        self.k_up = k_up
        self.compress = nn.Conv2d(in_channels, compressed, 1)
        self.encode = nn.Conv2d(compressed, k_up**2 * scale**2, k_enc, padding=k_enc // 2)
        nn.init.xavier_uniform_(self.compress.weight)
        nn.init.normal_(self.encode.weight, std=0.001)  # starts as a blur, as the authors do
        nn.init.zeros_(self.compress.bias)  # type: ignore[arg-type]
        nn.init.zeros_(self.encode.bias)  # type: ignore[arg-type]

    def kernels(self, guide: Tensor) -> Tensor:
        """Predict the kernels: ``(N, C, H, W)`` → ``(N, H, W, k_up², scale²)``, each sums to 1."""
        logits = self.encode(self.compress(guide)).permute(0, 2, 3, 1)
        _, h, w, _ = logits.shape
        return torch.softmax(logits.reshape(-1, h, w, self.k_up**2, self.scale**2), dim=3)

    def forward(self, features: Tensor, guide: Tensor | None = None) -> Tensor:
        """Upsample `features` with kernels predicted from `guide` (default: from `features`)."""
        kernels = self.kernels(features if guide is None else guide)
        return reassemble(features, kernels, self.k_up, self.scale)
