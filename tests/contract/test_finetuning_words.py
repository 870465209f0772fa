"""Fine-tuning a sentence model on the words of a small shop."""

import json
from pathlib import Path

import numpy as np
import pytest

from encoders.encoder import EncoderError
from encoders.registry import describe, text_encoder
from encoders.runtime import Runtime
from encoders.text.contrast import Course, Pair, Tower, learn
from encoders.text.finetuning import LEAST_PRODUCTS, ShopText, ShopWords, fine_tune_text
from encoders.text.recipe import read_recipe
from plugin_config.catalogue import EncoderChoice
from tests.tiny_models import write_bert

RUNTIME = Runtime(threads=1, precision="fp32")
MINUTES = 15  # of which seconds are needed: what is learned must not hang on how fast the machine is
WORDS = ["blue", "red", "jacket", "shoe", "rain", "hood", "text", "with", "a"]


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> EncoderChoice:
    folder = tmp_path_factory.mktemp("bert")
    write_bert(folder)
    return EncoderChoice(model=str(folder))


def shop(products: int) -> ShopWords:
    """Titles of three words, described by the same ones in another order among words that say nothing."""
    dice = np.random.default_rng(3)
    texts = []
    for number in range(products):
        own = [WORDS[k] for k in dice.choice(6, 3, replace=False)]
        title = " ".join(own) + " s" * (number % 3)
        said = [*dice.choice(["text", "with", "a"], 8), *dice.permutation(own * 2)]
        texts.append(ShopText(str(number), title, f"{title}. {' '.join(said)}"))
    return ShopWords(texts)


def interrupt(done: float) -> None:
    raise KeyboardInterrupt


def test_too_little_to_learn_from_is_refused_with_what_is_needed(bert: EncoderChoice, tmp_path: Path) -> None:
    some = ShopWords(shop(9).products, clicks=[("blue", "1"), ("red", "1"), ("red", "nowhere")])
    with pytest.raises(EncoderError, match=rf"9 products .* 2 queries .* at least {LEAST_PRODUCTS}"):
        fine_tune_text(some, bert, tmp_path / "mine", Course(0.1), runtime=RUNTIME)
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("loss", ["contrastive", "triplet"])
def test_a_model_that_finds_more_is_written_as_a_folder_that_a_catalogue_can_name(
    bert: EncoderChoice, tmp_path: Path, loss: str
) -> None:
    seen: list[float] = []
    course = Course(MINUTES, loss=loss, learning_rate=1e-3, passes=30)
    tuned = fine_tune_text(shop(100), bert, tmp_path / "mine", course, runtime=RUNTIME, on_progress=seen.append)
    assert tuned.measured_on == "titles"
    assert tuned.questions + tuned.pairs == 100
    assert seen == sorted(seen)
    assert tuned.after.mrr > tuned.before.mrr
    assert tuned.folder == tmp_path / "mine"
    mine = EncoderChoice(model=str(tuned.folder))
    assert describe(mine, role="text").fingerprint != describe(bert, role="text").fingerprint
    assert text_encoder(mine).encode_queries(["blue jacket"]).shape == (1, 32)
    card = json.loads((tuned.folder / "tuning.json").read_text())
    assert card["base"] == bert.model
    assert card["after"]["mrr"] == tuned.after.mrr
    assert not list(tmp_path.glob("*.new"))


def test_the_card_beside_the_weights_does_not_change_the_fingerprint(bert: EncoderChoice, tmp_path: Path) -> None:
    write_bert(tmp_path)
    before = describe(EncoderChoice(model=str(tmp_path)), role="text").fingerprint
    (tmp_path / "tuning.json").write_text("{}")
    assert describe(EncoderChoice(model=str(tmp_path)), role="text").fingerprint == before


def test_a_model_that_learned_nothing_stays_behind_the_gate(bert: EncoderChoice, tmp_path: Path) -> None:
    tuned = fine_tune_text(shop(100), bert, tmp_path / "mine", Course(MINUTES), runtime=RUNTIME, on_progress=interrupt)
    assert tuned.steps == 0
    assert tuned.before == tuned.after
    assert tuned.folder is None
    assert not list(tmp_path.iterdir())


def test_where_queries_led_to_clicks_the_gate_asks_them(bert: EncoderChoice, tmp_path: Path) -> None:
    products = shop(70).products
    clicks = [(f"{one.description} {one.product}", one.product) for one in products[:50]]
    words = ShopWords(products, clicks=clicks, together=[("1", "2"), ("2", "2"), ("3", "nowhere")])
    tuned = fine_tune_text(words, bert, tmp_path / "mine", Course(MINUTES), runtime=RUNTIME, on_progress=interrupt)
    assert tuned.measured_on == "queries"
    assert tuned.gallery == 70
    assert tuned.pairs == 50 - tuned.questions + 70 + 1


def test_the_tower_that_learns_makes_the_vectors_that_serve(bert: EncoderChoice) -> None:
    texts = ["blue jacket", "a red shoe with a hood", "rain"]
    for pooling in ("mean", "cls", "last", "pooler"):
        choice = bert.model_copy(update={"pooling": pooling, "dimension": 16})
        tower = Tower(read_recipe(choice), "cpu")
        served = text_encoder(choice, runtime=RUNTIME).encode_queries(texts)
        assert abs(tower.questions(texts).detach().numpy() - served).max() < 1e-4


def test_a_course_ends_when_it__and_word_embeddings_stay(bert: EncoderChoice) -> None:
    tower = Tower(read_recipe(bert), "cpu")
    words = tower.model.get_input_embeddings().weight.detach().clone()
    pairs = [Pair(a, a, f"{a} {a}") for a in WORDS]
    seen: list[float] = []

    def show(done: float) -> None:
        seen.append(done)
        if len(seen) == 3:
            raise KeyboardInterrupt

    steps = learn(tower, pairs, [[]] * len(pairs), Course(MINUTES), on_progress=show)
    assert steps == 2
    assert (tower.model.get_input_embeddings().weight == words).all()
