"""Draws the pictures of the shop: in a few processes, skipping those that are there already."""

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path

from vitrine.sample_shop.feed import ShopFiles, picture_name
from vitrine.sample_shop.kit.colour import rgb
from vitrine.sample_shop.objects.gallery import take_picture
from vitrine.sample_shop.objects.look import Look
from vitrine.sample_shop.products import Product

QUALITY = 85
STYLE_VERSION = "1"  # raised when the drawings change, so that pictures of an older style are drawn again

_is_over: Event | None = None  # in a painter's process: its user has left


@dataclass(frozen=True, slots=True)
class Sitting:
    """One picture to be taken, and where it goes."""

    look: Look
    view: str
    path: Path


def look_of(product: Product) -> Look:
    """The product as the draughtsman sees it."""
    design = product.design
    return Look(
        kind=design.kind.name,
        style=design.model.style,
        material=design.material,
        pattern=design.pattern,
        colour=rgb(product.colour.hex),
        variation=product.group,
    )


def missing_pictures(products: Sequence[Product], shop: ShopFiles) -> list[Sitting]:
    """The pictures that are still to be drawn. All of them when those in the folder are of another style."""
    stamp = shop.pictures / ".style"
    current = stamp.is_file() and stamp.read_text(encoding="utf-8") == STYLE_VERSION
    sittings = [
        Sitting(look_of(product), view, shop.folder / picture_name(product, number))
        for product in products
        for number, view in enumerate(product.views, start=1)
    ]
    return [s for s in sittings if not current or not s.path.is_file()]


def draw_pictures(sittings: Sequence[Sitting], shop: ShopFiles, *, processes: int) -> Iterator[int]:
    """Draw the sittings and yield how many are done, after each few. Stopping it anywhere loses none that is done."""
    shop.pictures.mkdir(parents=True, exist_ok=True)
    stamp = shop.pictures / ".style"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != STYLE_VERSION:
        for old in shop.pictures.glob("*.jpg"):
            old.unlink()
        stamp.write_text(STYLE_VERSION, encoding="utf-8")
    done = 0
    with _painters(processes) as pool:
        with _interrupts_held_back():  # painters are born in here, and do not hear Ctrl-C
            counts = pool.map(_draw_some, [sittings[i : i + 8] for i in range(0, len(sittings), 8)])
        for count in counts:
            done += count
            yield done


@contextmanager
def _painters(processes: int) -> Iterator[ProcessPoolExecutor]:
    """A pool whose painters put down the brush after the picture at hand when its user leaves early."""
    # Spawned, not forked: this process may hold threads of the search client.
    context = multiprocessing.get_context("spawn")
    is_over = context.Event()
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_heed, initargs=(is_over,))
    try:
        yield pool
    finally:
        is_over.set()
        pool.shutdown(cancel_futures=True)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    # Processes keep the mask that they are born with; what came meanwhile reaches this one at the end.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _heed(is_over: Event) -> None:
    global _is_over
    _is_over = is_over


def _draw_some(sittings: Sequence[Sitting]) -> int:
    for sitting in sittings:
        if _is_over is not None and _is_over.is_set():
            break
        picture = take_picture(sitting.look, sitting.view)
        scratch = sitting.path.with_suffix(".part")
        picture.save(scratch, "JPEG", quality=QUALITY)
        scratch.replace(sitting.path)
    return len(sittings)
