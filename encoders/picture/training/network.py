"""The network: a slim residual net of dense convolutions, which CPUs run better than depthwise ones."""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

WIDTHS = (32, 64, 128, 256)
BLOCKS = (1, 1, 2, 1)
TRUNK = 512


@dataclass(frozen=True, slots=True)
class Embeddings:
    """`trunk` (n, 512) pooled features; `look` (n, 256) and `meaning` (n, 384), rows of length 1."""

    trunk: Tensor
    look: Tensor
    meaning: Tensor


class _Block(nn.Module):
    def __init__(self, entering: int, leaving: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(entering, leaving, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(leaving)
        self.second = nn.Conv2d(leaving, leaving, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(leaving)
        self.short: Any = nn.Identity()
        if stride != 1 or entering != leaving:
            pooling = nn.AvgPool2d(2, ceil_mode=True) if stride == 2 else nn.Identity()
            self.short = nn.Sequential(pooling, nn.Conv2d(entering, leaving, 1, bias=False), nn.BatchNorm2d(leaving))

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.first_norm(self.first(x)))
        return F.relu(self.second_norm(self.second(y)) + self.short(x))


class PictureNet(nn.Module):
    """Pictures (n, 3, side, side) in 0 to 255 to `look` and `meaning`, the latter in the space of MiniLM's words."""

    def __init__(self, look: int = 256, meaning: int = 384) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, WIDTHS[0], 3, 2, 1, bias=False)
        self.stem_norm = nn.BatchNorm2d(WIDTHS[0])
        blocks: list[nn.Module] = []
        entering = WIDTHS[0]
        for width, count in zip(WIDTHS, BLOCKS, strict=True):
            for number in range(count):
                blocks.append(_Block(entering, width, 2 if number == 0 else 1))
                entering = width
        self.blocks = nn.Sequential(*blocks)
        self.widen = nn.Conv2d(entering, TRUNK, 1, bias=False)
        self.widen_norm = nn.BatchNorm2d(TRUNK)
        self.look = nn.Linear(TRUNK, look)
        self.meaning = nn.Sequential(nn.Linear(TRUNK, TRUNK), nn.ReLU(), nn.Linear(TRUNK, meaning))

    def trunk(self, x: Tensor) -> Tensor:
        x = (x - 127.5) * (1 / 64)
        x = self.blocks(F.relu(self.stem_norm(self.stem(x))))
        x = F.relu(self.widen_norm(self.widen(x)))
        return x.mean(dim=(2, 3))

    def embed(self, x: Tensor) -> Embeddings:
        trunk = self.trunk(x).float()
        with torch.autocast(trunk.device.type, enabled=False):
            look, meaning = self.look(trunk), self.meaning(trunk)
        return Embeddings(trunk, F.normalize(look, dim=1), F.normalize(meaning, dim=1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        made = self.embed(x)
        return made.look, made.meaning
