"""The training loop: by the clock, with checkpoints every few minutes from which it goes on."""

import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from encoders.picture.training.augmentation import augment
from encoders.picture.training.losses import caption_loss, class_loss, opinion_loss, same_thing_loss
from encoders.picture.training.material import Material
from encoders.picture.training.network import TRUNK, PictureNet

_CHECKPOINT_SECONDS = 240
_TEACHER_WIDTH = 1280


@dataclass(frozen=True, slots=True)
class Recipe:
    """`minutes` of training in all, however often resumed. `sides`: picture side before and after `grow_at` of them.

    `cover_share`: how often the second view of a photograph is its product's first picture instead.
    """

    minutes: float = 55.0
    photographs: int = 48
    drawn: int = 16
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.05
    warm_up: float = 0.03
    sides: tuple[int, int] = (96, 128)
    grow_at: float = 0.6
    opinion_weight: float = 0.5
    cover_share: float = 0.0
    ema: float = 0.998
    seed: int = 7


@dataclass
class State:
    """Everything that a checkpoint keeps."""

    network: PictureNet
    heads: nn.ModuleDict
    average: PictureNet
    optimizer: torch.optim.Optimizer
    seconds: float = 0.0
    steps: int = 0
    sums: dict[str, float] = field(default_factory=dict)


def start(material: Material, recipe: Recipe, device: str) -> State:
    """A network with random weights and everything around it."""
    torch.manual_seed(recipe.seed)
    network, average = PictureNet().to(device), PictureNet().to(device)
    average.load_state_dict(network.state_dict())
    heads = nn.ModuleDict({"class": nn.Linear(TRUNK, material.classes), "teacher": nn.Linear(TRUNK, _TEACHER_WIDTH)})
    heads.to(device)
    network.to(memory_format=torch.channels_last)
    parameters = [*network.parameters(), *heads.parameters()]
    decayed = [p for p in parameters if p.ndim > 1]
    groups: list[dict[str, Any]] = [
        {"params": decayed},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    return State(network, heads, average, optimizer)


def train(state: State, material: Material, recipe: Recipe, checkpoint: Path, device: str) -> None:
    """Train until the minutes are used up; tells its losses every half minute."""
    dice = torch.Generator().manual_seed(recipe.seed + state.steps)
    randomness = np.random.default_rng(recipe.seed + state.steps)
    captions = torch.from_numpy(material.vocabulary.vectors).to(device)
    kept = told = time.monotonic()
    while state.seconds < recipe.minutes * 60:
        began = time.monotonic()
        done = state.seconds / (recipe.minutes * 60)
        for group in state.optimizer.param_groups:
            group["lr"] = recipe.learning_rate * _schedule(done, recipe.warm_up)
        batch = _draw_batch(material, recipe, randomness)
        side = recipe.sides[0] if done < recipe.grow_at else recipe.sides[1]
        x = augment(torch.from_numpy(batch.pictures).to(device), side, dice)
        _step(state, x, batch, captions, recipe)
        now = time.monotonic()
        state.seconds += now - began
        if now - told > 30:
            told = now
            _tell(state, side, recipe)
        if now - kept > _CHECKPOINT_SECONDS:
            kept = now
            save(state, checkpoint)
    save(state, checkpoint)


def save(state: State, checkpoint: Path) -> None:
    parts: dict[str, Any] = {
        name: getattr(state, name).state_dict() for name in ("network", "heads", "average", "optimizer")
    }
    unfinished = checkpoint.with_suffix(".new")
    torch.save({**parts, "seconds": state.seconds, "steps": state.steps}, unfinished)
    unfinished.replace(checkpoint)


def resume(state: State, checkpoint: Path) -> None:
    kept = torch.load(checkpoint, weights_only=True)
    for name in ("network", "heads", "average", "optimizer"):
        getattr(state, name).load_state_dict(kept[name])
    state.seconds, state.steps = kept["seconds"], kept["steps"]


@dataclass(frozen=True, slots=True)
class _Batch:
    pictures: np.ndarray[Any, np.dtype[np.uint8]]
    positions: np.ndarray[Any, np.dtype[np.int64]]
    group: Tensor
    label: Tensor
    wanted: Tensor
    opinion: Tensor


def _draw_batch(material: Material, recipe: Recipe, randomness: np.random.Generator) -> _Batch:
    chosen = randomness.choice(material.trained, recipe.photographs, replace=False, p=material.chance)
    drawn = randomness.choice(len(material.drawn), recipe.drawn, replace=False)
    views = np.stack([randomness.permutation(material.views.shape[1])[:2] for _ in chosen])
    covered = randomness.random(len(chosen)) < recipe.cover_share
    shown = (chosen, np.where(covered, material.cover[chosen], chosen))
    pictures = [np.concatenate([material.views[shown[k], views[:, k]], material.drawn[drawn, k]]) for k in (0, 1)]
    opinions = [_opinions(material, shown[k], views[:, k] == 0, recipe.drawn) for k in (0, 1)]
    positions = np.concatenate([chosen, drawn + len(material.views)])
    wanted = torch.zeros(len(positions), len(material.vocabulary.captions))
    for row, position in enumerate(positions):
        mine = material.vocabulary.of_picture[position]
        for place in mine:
            wanted[row, place] += 1 / len(mine)
    return _Batch(
        np.concatenate(pictures),
        positions,
        torch.from_numpy(material.group[positions]).repeat(2),
        torch.from_numpy(material.label[positions]).repeat(2),
        wanted.repeat(2, 1),
        torch.from_numpy(np.concatenate(opinions)),
    )


def _opinions(material: Material, chosen: Any, whole: Any, drawn: int) -> Any:
    # The teacher saw whole photographs only: of crops, cut-outs and drawings it has no opinion.
    opinions = material.opinions[chosen].astype(np.float32) * whole[:, None]
    return np.concatenate([opinions, np.zeros((drawn, opinions.shape[1]), dtype=np.float32)])


def _step(state: State, x: Tensor, batch: _Batch, captions: Tensor, recipe: Recipe) -> None:
    device = x.device
    x = x.contiguous(memory_format=torch.channels_last)
    state.network.train()
    with torch.autocast(device.type, dtype=torch.bfloat16):
        made = state.network.embed(x)
    losses = {
        "same": same_thing_loss(made.look, batch.group.to(device)),
        "caption": caption_loss(made.meaning, captions, batch.wanted.to(device)),
        "class": class_loss(state.heads["class"](made.trunk), batch.label.to(device)),
        "teacher": opinion_loss(state.heads["teacher"](made.trunk), batch.opinion.to(device)),
    }
    total = losses["same"] + losses["caption"] + losses["class"] + recipe.opinion_weight * losses["teacher"]
    state.optimizer.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(state.network.parameters(), 5.0)
    state.optimizer.step()
    state.steps += 1
    _average(state, min(recipe.ema, (1 + state.steps) / (10 + state.steps)))
    for name, loss in losses.items():
        state.sums[name] = 0.98 * state.sums.get(name, float(loss.detach())) + 0.02 * float(loss.detach())


@torch.no_grad()
def _average(state: State, keep: float) -> None:
    mine, theirs = state.average.state_dict(), state.network.state_dict()
    for name, value in mine.items():
        if value.dtype.is_floating_point:
            value.lerp_(theirs[name], 1 - keep)
        else:
            value.copy_(theirs[name])


def _schedule(done: float, warm_up: float) -> float:
    if done < warm_up:
        return max(0.02, done / warm_up)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (done - warm_up) / (1 - warm_up))))


def _tell(state: State, side: int, recipe: Recipe) -> None:
    losses = "  ".join(f"{name} {value:.3f}" for name, value in state.sums.items())
    pictures = state.steps * 2 * (recipe.photographs + recipe.drawn) / max(1.0, state.seconds)
    spent = state.seconds / 60
    print(
        f"{spent:5.1f} of {recipe.minutes:g} min  step {state.steps}  {side} px  {pictures:.0f}/s  {losses}",
        flush=True,
    )
