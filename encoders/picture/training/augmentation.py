"""What may differ between two views of one thing: place, size, turn, mirror, light. Colour hardly: it is for sale."""

import torch
import torch.nn.functional as F
from torch import Tensor

_GREY = (0.299, 0.587, 0.114)


def augment(pictures: Tensor, side: int, dice: torch.Generator) -> Tensor:
    """uint8 (n, h, w, 3) to float (n, 3, side, side) in 0 to 255, each picture changed on its own."""
    count, device = len(pictures), pictures.device
    x = pictures.permute(0, 3, 1, 2).float()

    def uniform(low: float, high: float) -> Tensor:
        return (torch.rand(count, generator=dice) * (high - low) + low).to(device)

    def normal(deviation: float) -> Tensor:
        return (torch.randn(count, generator=dice) * deviation).to(device)

    zoom = uniform(0.4, 1.05).sqrt()
    stretch = (normal(0.1)).exp().sqrt()
    turn = normal(0.14)
    mirror = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    room = (1 - zoom).clamp(min=0)
    across, down = uniform(-1, 1) * room, uniform(-1, 1) * room
    cos, sin = turn.cos() * zoom, turn.sin() * zoom
    matrix = torch.stack(
        [torch.stack([cos * stretch * mirror, -sin, across], 1), torch.stack([sin * mirror, cos / stretch, down], 1)], 1
    )
    grid = F.affine_grid(matrix, [count, 3, side, side], align_corners=False)
    x = F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return _relight(x, uniform, normal)


def _relight(x: Tensor, uniform, normal) -> Tensor:  # type: ignore[no-untyped-def]
    def column(values: Tensor) -> Tensor:
        return values[:, None, None, None]

    grey = sum(weight * x[:, place : place + 1] for place, weight in enumerate(_GREY))
    x = grey + (x - grey) * column(uniform(0.75, 1.25))  # saturation
    x = (x - 127.5) * column(uniform(0.75, 1.25)) + 127.5  # contrast
    x = x * column(uniform(0.75, 1.22))  # brightness
    tint = torch.stack([normal(0.035), normal(0.02), normal(0.035)], 1)[:, :, None, None]  # white balance
    return (x * (1 + tint)).clamp(0, 255)
