"""Teaching a sentence model a shop's own words: a query near the products that were clicked after it, a title near the
words that describe its product, and products of one visit near each other.

A part of the queries (or, without clicks, of the products) is held out. The tuned model is only kept when it finds the
right products for these more surely than the model before: the 95 % interval of its gain lies above nothing.
"""

import json
import shutil
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import EncoderError
from encoders.model_folder import TUNING_FILE
from encoders.runtime import Runtime
from encoders.text.contrast import Course, Pair, Tower, learn
from encoders.text.recipe import TextRecipe, read_recipe
from encoders.text.sentence_encoder import SentenceEncoder
from encoders.torch_loading import pick_device
from plugin_config.catalogue import EncoderChoice

LEAST_PRODUCTS: Final = 60  # with a title and a description
LEAST_QUERIES: Final = 40  # different ones, followed by a click
_HARD: Final = 10
_SAME: Final = 0.95  # nearer than this it is another size of the same product: no wrong answer
_SHORTEST_DESCRIPTION: Final = 20
_KEPT_SUFFIXES: Final = {".json", ".txt", ".model"}

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ShopText:
    """A product's words: its title, and the whole text that its vector is made from."""

    product: str
    title: str
    text: str

    @property
    def description(self) -> str:
        return self.text.replace(self.title, " ", 1).strip(" .,;:|") if self.title else self.text


@dataclass(frozen=True, slots=True)
class ShopWords:
    """What a shop knows. `clicks`: query and product clicked; `together`: two products clicked in one visit."""

    products: Sequence[ShopText]
    clicks: Sequence[tuple[str, str]] = ()
    together: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Over held-out questions: mean reciprocal rank of the right product, shares with it first and among ten."""

    mrr: float
    first: float
    ten: float


@dataclass(frozen=True, slots=True)
class TunedText:
    """`measured_on`: queries or titles. `gain`: of the mean reciprocal rank, with its 95 % interval (paired bootstrap).
    `folder` is None when the gate stayed shut.
    """

    measured_on: str
    questions: int
    gallery: int
    pairs: int
    steps: int
    seconds: float
    before: Found
    after: Found
    gain: tuple[float, float, float]
    folder: Path | None


@dataclass(frozen=True, slots=True)
class _Lesson:
    """`questions` with the products that are right for each; `gallery`: the words of every product by id."""

    measured_on: str
    pairs: tuple[Pair, ...]
    questions: tuple[str, ...]
    right: tuple[frozenset[str], ...]
    gallery: Mapping[str, str]


def fine_tune_text(
    shop: ShopWords,
    choice: EncoderChoice,
    folder: Path,
    course: Course,
    *,
    runtime: Runtime,
    on_progress: Callable[[float], None] = lambda _: None,
) -> TunedText:
    """Train the chosen sentence model on a shop's words and write it to `folder` when the gate opens.

    `folder` must not be there yet. A course that is interrupted is measured with what it has. Raises EncoderError when
    there is too little to learn from or to measure on, or when the model cannot be trained.
    """
    lesson, recipe, began = _plan(shop), read_recipe(choice), time.monotonic()
    vectors, ranks = _search(recipe, choice, runtime, lesson)
    tower = Tower(recipe, pick_device(runtime.device))
    hard = _hard_answers(lesson, vectors)
    steps = learn(tower, lesson.pairs, hard, course, on_progress=on_progress)
    unfinished = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    _write(tower, unfinished)
    tuned = choice.model_copy(update={"model": str(unfinished)})
    later = _search(read_recipe(tuned), tuned, runtime, lesson)[1]
    gain = _gain(ranks, later)
    result = TunedText(
        lesson.measured_on, len(ranks), len(lesson.gallery), len(lesson.pairs), steps, time.monotonic() - began,
        _found(ranks), _found(later), gain, folder if gain[1] > 0 else None,
    )  # fmt: skip
    if result.folder is None:
        shutil.rmtree(unfinished)
        return result
    _tell(unfinished, result, choice, course)
    unfinished.replace(folder)
    return result


def _plan(shop: ShopWords) -> _Lesson:
    """Queries decide where there are enough of them, else titles do. Raises EncoderError."""
    texts = {one.product: one for one in shop.products if one.text}
    clicks = sorted({(query, product) for query, product in shop.clicks if query and product in texts})
    described = {id: one for id, one in texts.items() if one.title and len(one.description) >= _SHORTEST_DESCRIPTION}
    queries = {query for query, _ in clicks}
    by_queries = len(queries) >= LEAST_QUERIES
    if not by_queries and len(described) < LEAST_PRODUCTS:
        raise EncoderError(
            f"fine-tuning words: {len(described)} products with a title and a description, and {len(queries)} queries "
            f"that led to a click; at least {LEAST_PRODUCTS} of the one or {LEAST_QUERIES} of the other are needed to "
            "learn and to measure: index more products, or wait for more clicks"
        )
    held = _held(queries) if by_queries else _held(described)
    pairs = [Pair(query, id, texts[id].text) for query, id in clicks if query not in held]
    pairs += [Pair(one.title, id, one.description) for id, one in described.items() if by_queries or id not in held]
    pairs += [
        Pair(texts[a].text, b, texts[b].text)
        for a, b in sorted(set(shop.together))
        if a != b and a in texts and b in texts and (by_queries or not held & {a, b})
    ]
    if by_queries:
        asked = sorted(held)
        right = tuple(frozenset(id for query, id in clicks if query == one) for one in asked)
        return _Lesson("queries", tuple(pairs), tuple(asked), right, {id: one.text for id, one in texts.items()})
    places = sorted(held)
    gallery = {id: one.description for id, one in described.items()}
    titles = tuple(described[id].title for id in places)
    return _Lesson("titles", tuple(pairs), titles, tuple(frozenset({id}) for id in places), gallery)


def _held(names: set[str] | Mapping[str, ShopText]) -> set[str]:
    """About a quarter, the same ones in every run: a model that is tuned again is measured on what it never saw."""
    held = {name for name in names if zlib.crc32(name.encode()) % 4 == 0}
    return held or set(sorted(names)[:1])


def _search(
    recipe: TextRecipe, choice: EncoderChoice, runtime: Runtime, lesson: _Lesson
) -> tuple[NDArray[np.float32], Rows]:
    """Vectors of the gallery, and the rank of the best right product for each question, as the encoder would serve."""
    encoder = SentenceEncoder(recipe, runtime, template=None, engine=choice.runtime)
    vectors = encoder.encode_documents(list(lesson.gallery.values()))
    scores = encoder.encode_queries(lesson.questions) @ vectors.T
    places = {id: place for place, id in enumerate(lesson.gallery)}
    best = np.array([scores[k, [places[id] for id in right]].max() for k, right in enumerate(lesson.right)])
    return vectors, 1.0 + (scores > best[:, None]).sum(axis=1)


def _hard_answers(lesson: _Lesson, vectors: NDArray[np.float32]) -> list[list[Pair]]:
    """For each pair the products whose words lie nearest to the right one's, and that never answer its question."""
    ids = list(lesson.gallery)
    places = {id: place for place, id in enumerate(ids)}
    right: dict[str, set[str]] = {}
    for pair in lesson.pairs:
        right.setdefault(pair.question, set()).add(pair.product)
    found: list[list[Pair]] = []
    for pair in lesson.pairs:
        if pair.product not in places:
            found.append([])
            continue
        nearness = vectors @ vectors[places[pair.product]]
        nearest = [ids[place] for place in np.argsort(-nearness)[: 5 * _HARD] if nearness[place] < _SAME]
        wrong = [id for id in nearest if id not in right[pair.question]][:_HARD]
        found.append([Pair(pair.question, id, lesson.gallery[id]) for id in wrong])
    return found


def _found(ranks: Rows) -> Found:
    return Found(float((1 / ranks).mean()), float((ranks == 1).mean()), float((ranks <= 10).mean()))


def _gain(before: Rows, after: Rows) -> tuple[float, float, float]:
    gains = 1 / after - 1 / before
    drawn = np.random.default_rng(7).integers(len(gains), size=(2_000, len(gains)))
    low, high = np.percentile(gains[drawn].mean(axis=1), (2.5, 97.5))
    return float(gains.mean()), float(low), float(high)


def _write(tower: Tower, folder: Path) -> None:
    """The layout of transformers: safetensors, and configuration and tokenizer as they were."""
    base = tower.recipe.folder.path
    tower.model.save_pretrained(folder, safe_serialization=True)
    for file in base.iterdir():
        if file.suffix in _KEPT_SUFFIXES and not file.name.endswith(".index.json") and file.name != TUNING_FILE:
            _copy_new(file, folder / file.name)
    if (base / "1_Pooling").is_dir():
        (folder / "1_Pooling").mkdir(exist_ok=True)
        _copy_new(base / "1_Pooling/config.json", folder / "1_Pooling/config.json")


def _copy_new(file: Path, target: Path) -> None:
    if not target.exists():
        target.write_bytes(file.read_bytes())  # contents alone: the base may be read-only


def _tell(folder: Path, result: TunedText, choice: EncoderChoice, course: Course) -> None:
    """A card beside the weights that says where they come from; it changes no fingerprint."""
    card = {
        "base": choice.model,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "course": asdict(course),
        **{name: value for name, value in asdict(result).items() if name != "folder"},
    }
    (folder / TUNING_FILE).write_text(json.dumps(card, indent=2), encoding="utf-8")
