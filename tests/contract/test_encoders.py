"""One suite that every encoder passes: built-in ones, and models of each layout that transformers can load."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread, current_thread

import numpy as np
import pytest

from encoders.encoder import PictureEncoder, TextEncoder
from encoders.registry import describe, picture_encoder, text_encoder, words_in_picture_space
from plugin_config.catalogue import EncoderChoice
from tests.tiny_models import (
    write_bert,
    write_chinese_bert,
    write_chinese_clip,
    write_clip,
    write_siglip,
    write_xlm_roberta,
)

TEXT = ["minilm", "bert", "xlm-roberta", "chinese-bert"]
PICTURE = ["colour-edge", "colour", "vitrine-picture", "clip", "siglip", "chinese-clip"]
WRITERS: dict[str, Callable[[Path], None]] = {
    "bert": write_bert,
    "xlm-roberta": write_xlm_roberta,
    "clip": write_clip,
    "siglip": write_siglip,
    "chinese-bert": write_chinese_bert,
    "chinese-clip": write_chinese_clip,
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for name, write in WRITERS.items():
        write(folder / name)
    return folder


def choose(name: str, models: Path) -> EncoderChoice:
    return EncoderChoice(model=str(models / name) if name in WRITERS else name)


@pytest.fixture(scope="module", params=TEXT)
def words(request: pytest.FixtureRequest, models: Path) -> TextEncoder:
    return text_encoder(choose(request.param, models), template="{title}")


@pytest.fixture(scope="module", params=PICTURE)
def pictures(request: pytest.FixtureRequest, models: Path) -> PictureEncoder:
    return picture_encoder(choose(request.param, models))


def some_pictures(count: int) -> list[np.ndarray]:
    randomness = np.random.default_rng(5)
    return [randomness.integers(0, 256, (20 + 7 * n, 50, 3), dtype=np.uint8) for n in range(count)]


def test_texts_become_unit_vectors_of_the_declared_length_in_the_order_given(words: TextEncoder) -> None:
    texts = ["a blue rain jacket with a hood", "shoe", "", "blue jacket " * 300, "shoe"]
    vectors = words.encode_documents(texts)
    assert vectors.shape == (5, words.description.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(vectors[1], vectors[4], atol=1e-4)


def test_a_text_has_the_same_vector_alone_and_in_company(words: TextEncoder) -> None:
    together = words.encode_documents(["red shoe", "a much longer text about a rain jacket for the mountains"])
    assert float(together[0] @ words.encode_documents(["red shoe"])[0]) > 0.9995


def test_a_query_is_encoded_by_the_thread_that_asks(words: TextEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    words.load()
    begun: list[str] = []
    asking, start = current_thread(), Thread.start

    def noted(thread: Thread) -> None:
        if current_thread() is asking:  # servers of other tests may begin theirs
            begun.append(thread.name)
        start(thread)

    monkeypatch.setattr(Thread, "start", noted)
    assert words.encode_queries(["red wool cardigan"]).shape == (1, words.description.dimension)
    assert begun == []


def test_nothing_to_encode_gives_no_rows(words: TextEncoder) -> None:
    assert words.encode_queries([]).shape == (0, words.description.dimension)


def test_pictures_become_unit_vectors_of_the_declared_length(pictures: PictureEncoder) -> None:
    vectors = pictures.encode_pictures(some_pictures(3))
    assert vectors.shape == (3, pictures.description.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_picture_has_the_same_vector_alone_and_in_company(pictures: PictureEncoder) -> None:
    three = some_pictures(3)
    together = pictures.encode_pictures(three)
    assert float(together[1] @ pictures.encode_pictures([three[1]])[0]) > 0.9995


def test_tiny_and_plain_pictures_are_encoded(pictures: PictureEncoder) -> None:
    plain = [np.full((1, 1, 3), 255, dtype=np.uint8), np.zeros((3, 400, 3), dtype=np.uint8)]
    assert np.isfinite(pictures.encode_pictures(plain)).all()


def test_words_lie_in_the_space_of_the_pictures_where_an_encoder_says_so(pictures: PictureEncoder) -> None:
    if not pictures.description.shares_words:
        return
    vectors = words_in_picture_space(pictures).encode_words(["blue jacket", "a red shoe"])
    assert vectors.shape == (2, pictures.description.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("name", PICTURE)
def test_the_description_is_known_without_loading_and_repeats(name: str, models: Path) -> None:
    choice = choose(name, models)
    assert describe(choice, role="picture") == picture_encoder(choice).description == describe(choice, role="picture")


def test_chinese_is_read_character_by_character(models: Path) -> None:
    words = text_encoder(choose("chinese-bert", models))
    blue, red, blue_shoes, rare = words.encode_queries(["蓝色雨衣", "红色雨衣", "蓝色的鞋子", "龘龘龘龘"])
    assert float(blue @ red) < 0.9999
    assert float(blue @ blue_shoes) < 0.9999
    unknown = words.encode_queries(["鑫鑫鑫鑫"])[0]
    np.testing.assert_allclose(rare, unknown, atol=1e-5)  # characters that the model does not know are all alike


def test_chinese_words_lie_in_the_space_of_the_pictures(models: Path) -> None:
    encoder = picture_encoder(choose("chinese-clip", models))
    blue, red, again = words_in_picture_space(encoder).encode_words(["蓝色雨衣", "红色的鞋子", "蓝色雨衣"])
    assert float(blue @ red) < 0.9999
    np.testing.assert_allclose(blue, again, atol=1e-5)
