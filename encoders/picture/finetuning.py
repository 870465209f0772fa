"""Teaching the picture network a shop's own goods: several pictures of a product together, near its title.

Any picture that is known to show a product helps: further views, and photographs with which shoppers searched and
then clicked. One picture of every product that has three or more is held out; the tuned network is only written when
it finds the right product for these more often than before.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from encoders.encoder import EncoderError, Picture, TextEncoder, Vectors
from encoders.picture.framing import frame
from encoders.picture.training.captions import make_vocabulary
from encoders.picture.training.export import write_encoder
from encoders.picture.training.foreground import find_foreground
from encoders.picture.training.loop import Recipe, start, train
from encoders.picture.training.material import Material
from encoders.picture.training.network import PictureNet
from encoders.picture.training.preparation import SIDE, three_views
from encoders.picture.vitrine_picture import FOLDER, NAME
from encoders.torch_loading import pick_device

_LEAST_PRODUCTS = 8
_LEAST_QUESTIONS = 8
_SERVED_SIDE = 128


@dataclass(frozen=True, slots=True)
class ShopPicture:
    """A picture that shows `product`; the first of a product is the one that the shop shows. `title` may be empty.
    `queries`: words that led shoppers to the product.
    """

    product: str
    picture: Picture
    title: str = ""
    queries: tuple[str, ...] = ()

    @property
    def captions(self) -> tuple[str, ...]:
        return ((self.title,) if self.title else ()) + self.queries


@dataclass(frozen=True, slots=True)
class FineTuned:
    """Share of held-out pictures whose product came first, before and after; `folder` is None when nothing was won."""

    before: float
    after: float
    questions: int
    folder: Path | None


def fine_tune(
    pictures: Sequence[ShopPicture],
    folder: Path,
    words: TextEncoder,
    *,
    minutes: float = 5.0,
    tell: Callable[[str], None] = print,
) -> FineTuned:
    """Train the built-in network on a shop's pictures and write it to `folder`, to be named as a picture encoder.

    An empty `folder` goes again when nothing is won. A training that is interrupted is measured with what it has.
    Raises EncoderError when there are too few products or too few products with three pictures to measure on.
    """
    device = pick_device("auto")
    held, kept, cover = _split(pictures)
    material = _gather([pictures[place] for place in kept], cover, words)
    recipe = Recipe(
        minutes=minutes, photographs=min(48, len(kept)), drawn=0, learning_rate=6e-4, sides=(128, 128),
        opinion_weight=0.0, cover_share=0.5,
    )  # fmt: skip
    state = start(material, recipe, device)
    tensors = {name: tensor.float() for name, tensor in load_file(FOLDER / f"{NAME}.safetensors").items()}
    for network in (state.network, state.average):
        network.load_state_dict(tensors, strict=False)  # batch norm's counters are not shipped
    before = _measure(state.average, pictures, held, kept, device)
    tell(f"before: {before:.2f} of {len(held)} held-out pictures find their product first")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        train(state, material, recipe, folder / "checkpoint.pt", device)
    except KeyboardInterrupt:
        tell("interrupted: what was learned so far is measured")
    (folder / "checkpoint.pt").unlink(missing_ok=True)
    after = _measure(state.average, pictures, held, kept, device)
    tell(f"after: {after:.2f}")
    if after <= before:
        if not any(folder.iterdir()):
            folder.rmdir()
        return FineTuned(before, after, len(held), None)
    write_encoder(state.average.state_dict(), material.views, material.vocabulary.vectors, folder)
    return FineTuned(before, after, len(held), folder)


def _split(pictures: Sequence[ShopPicture]) -> tuple[list[int], list[int], list[int]]:
    """Positions held out and kept, and for every kept one the place (among the kept) of its product's first picture."""
    of_product: dict[str, list[int]] = {}
    for place, shown in enumerate(pictures):
        of_product.setdefault(shown.product, []).append(place)
    held = [places[-1] for places in of_product.values() if len(places) >= 3]
    if len(of_product) < _LEAST_PRODUCTS or len(held) < _LEAST_QUESTIONS:
        raise EncoderError(
            f"fine-tuning: {len(of_product)} products, {len(held)} of them with three pictures or more; at least "
            f"{_LEAST_PRODUCTS} and {_LEAST_QUESTIONS} are needed to learn and to measure: give more pictures"
        )
    away = set(held)
    kept = [place for place in range(len(pictures)) if place not in away]
    among = {place: number for number, place in enumerate(kept)}
    return held, kept, [among[of_product[pictures[place].product][0]] for place in kept]


def _gather(shown: Sequence[ShopPicture], cover: Sequence[int], words: TextEncoder) -> Material:
    randomness = np.random.default_rng(5)
    views = np.stack(
        [three_views(_bounded(s.picture), find_foreground(_bounded(s.picture)), randomness) for s in shown]
    )
    group = np.unique([s.product for s in shown], return_inverse=True)[1].astype(np.int64)
    frequency = np.bincount(group)[group]
    chance = 1 / np.sqrt(frequency)
    return Material(
        views=views,
        drawn=np.zeros((0, 2, SIDE, SIDE, 3), dtype=np.uint8),
        opinions=np.zeros((len(shown), 1280), dtype=np.float16),
        group=group,
        label=group,
        vocabulary=make_vocabulary([s.captions for s in shown], words),
        trained=np.arange(len(shown)),
        chance=chance / chance.sum(),
        cover=np.array(cover, dtype=np.int64),
    )


def _bounded(picture: Picture) -> Picture:
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(picture))
    image.thumbnail((256, 256), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(image)


def _measure(
    network: PictureNet, pictures: Sequence[ShopPicture], held: Sequence[int], kept: Sequence[int], device: str
) -> float:
    first = {pictures[place].product: place for place in reversed(kept)}
    gallery = list(first.values())
    scores = _encode(network, pictures, held, device) @ _encode(network, pictures, gallery, device).T
    best: NDArray[np.intp] = scores.argmax(axis=1)
    found = [pictures[gallery[best[row]]].product == pictures[place].product for row, place in enumerate(held)]
    return float(np.mean(found))


@torch.inference_mode()
def _encode(network: PictureNet, pictures: Sequence[ShopPicture], places: Sequence[int], device: str) -> Vectors:
    network.eval()
    parts = []
    for begin in range(0, len(places), 64):
        framed = np.stack([frame(pictures[place].picture, _SERVED_SIDE) for place in places[begin : begin + 64]])
        look, meaning = network(torch.from_numpy(framed).to(device).permute(0, 3, 1, 2).float())
        parts.append(torch.cat([look, meaning], dim=1).cpu().numpy())
    return np.concatenate(parts)
