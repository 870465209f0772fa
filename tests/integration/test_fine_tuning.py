"""`vitrine models fine-tune` as a person types it: from the index and the event log to a folder that a catalogue names."""

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encoders.picture.training.drawing import draw, imagine
from encoders.registry import describe
from encoders.runtime import Runtime
from indexer.behaviour.composition import open_log
from indexer.composition import Workshop
from indexer.tuning_material import read_clicks, read_products
from indexer.vector_fields import vector_fields
from indexer.writing import ProductWriter
from mappings.client import connect
from mappings.errors import NotFound
from mappings.products import ProductReader
from plugin_config.catalogue import Catalogue, EncoderChoice
from plugin_config.settings import Settings
from ranking.behaviour.event import Action, Event
from tests.tiny_models import write_bert
from vitrine.main import DONE, FAILED, WRONG_USAGE, run

pytestmark = pytest.mark.opensearch
PREFIX = "tfinetuning"
PRODUCTS = 80
WORDS = ["blue", "red", "jacket", "shoe", "rain", "hood"]


def products(count: int) -> list[dict[str, object]]:
    dice = np.random.default_rng(3)
    made: list[dict[str, object]] = []
    for number in range(count):
        own = [WORDS[k] for k in dice.choice(6, 3, replace=False)]
        said = [*dice.choice(["text", "with", "a"], 8), *dice.permutation(own * 2)]
        made.append({"id": f"p{number:03}", "title": " ".join(own), "description": " ".join(said)})
    return made


def views(number: int) -> list[str]:
    randomness = np.random.default_rng(number)
    thing = imagine(randomness)
    found = []
    for _ in range(3):
        buffer = BytesIO()
        Image.fromarray(draw(thing, randomness, side=64)).save(buffer, "PNG")
        found.append(f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}")
    return found


@pytest.fixture
def workshop(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    # OpenSearch draws products by chance from a number and the name of their index: the same name, the same products.
    settings = settings.model_copy(update={"index_prefix": PREFIX})
    _drop(settings)
    for name in ("opensearch_url", "redis_url", "index_prefix", "state_dir"):
        monkeypatch.setenv(f"VITRINE_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("VITRINE_THREADS", "1")
    made = Workshop(settings)
    yield made
    made.close()
    _drop(settings)


def _drop(settings: Settings) -> None:
    client = connect(settings)
    with suppress(NotFound):
        client.request("DELETE", f"/{PREFIX}-*", params={"expand_wildcards": "all"})
    client.close()


def put(workshop: Workshop, catalogue: Catalogue, raw: list[dict[str, object]]) -> None:
    stored = workshop.catalogues.put(catalogue, vectors=vector_fields(catalogue, Runtime()))
    writer = ProductWriter(workshop.client, stored, ProductReader(catalogue))
    writer.write([writer.read_change(one, is_partial=False) for one in raw])
    workshop.client.refresh(stored.alias)


@pytest.fixture
def shop(workshop: Workshop, tmp_path: Path) -> Workshop:
    """A shop of words, with clicks; its sentence model is a small one of random weights."""
    write_bert(tmp_path / "bert")
    encoders = {"text": {"model": str(tmp_path / "bert"), "max_length": 48}, "picture": None}
    put(workshop, Catalogue(name="shop", text={"title": 2, "description": 1}, encoders=encoders), products(PRODUCTS))
    log = open_log(workshop.settings)
    log.append("shop", [
        Event("e1", Action.CLICK, 1.0, "p001", query="Blue  Shoe", session="s"),
        Event("e2", Action.PURCHASE, 2.0, "p002", query="blue shoe", session="s"),
        Event("e3", Action.IMPRESSION, 2.0, "p003", query="blue shoe", session="s"),
        Event("e4", Action.CLICK, 3.0, "p004", query="spam", session="s", suspect="bot"),
        Event("e5", Action.CLICK, 3.0, "p005", query="spam", teaches=False),
        Event("e6", Action.CLICK, 3.0, "gone", query="hood", session="t"),
    ])  # fmt: skip
    log.close()
    return workshop


def test_clicks_that_teach_are_read_and_clicked_products_come_first(shop: Workshop) -> None:
    log = open_log(shop.settings)
    clicks = read_clicks(log, "shop")
    log.close()
    assert clicks.queries == (("blue shoe", "p001"), ("blue shoe", "p002"), ("hood", "gone"))
    assert clicks.together == (("p001", "p002"),)
    stored = shop.catalogues.get("shop")
    found = [one.words.product for one in read_products(shop.client, stored, clicks, limit=20)]
    assert set(found[:2]) == {"p001", "p002"}
    assert len(set(found)) == 20
    assert len(read_products(shop.client, stored, clicks, limit=1_000)) == PRODUCTS


def test_words_are_learned_and_the_line_for_the_catalogue_is_printed(
    shop: Workshop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from encoders.text import contrast

    monkeypatch.setattr(contrast.Course, "__init__", _eager(contrast.Course))
    assert run(["models", "fine-tune", "--catalogue", "shop", "--minutes", "15", "--use", "--json"]) == DONE
    told = json.loads(capsys.readouterr().out)
    [text] = told["tuned"]
    assert (text["what"], text["measured_on"], text["passed"]) == ("text", "titles", True)
    assert text["after"]["mrr"] > text["before"]["mrr"]
    assert f"model: {text['folder']}" in told["yaml"]
    assert "max_length: 48" in told["yaml"]
    live = shop.catalogues.get("shop")
    assert told["live"] is True
    assert live.catalogue.encoders.text is not None
    assert live.catalogue.encoders.text.model == text["folder"]
    assert [v.fingerprint for v in live.vectors][-1] == text["fingerprint"]
    assert len(live.vectors) == 2
    assert describe(EncoderChoice(model=text["folder"], max_length=48), role="text").fingerprint == text["fingerprint"]


def _eager(course: type) -> object:
    plain = course.__init__

    def init(self: object, minutes: float, loss: str = "contrastive") -> None:
        plain(self, minutes, loss=loss, learning_rate=1e-3, passes=40)

    return init


def test_an_encoder_that_is_not_there_or_cannot_learn_is_named(
    shop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    named = ["models", "fine-tune", "--catalogue", "shop"]
    assert run([*named, "--what", "picture"]) == FAILED
    assert "catalogue 'shop' has no picture encoder" in capsys.readouterr().err
    assert run([*named, "--products", "20"]) == FAILED
    assert "20 products with a title and a description" in capsys.readouterr().err
    assert run([*named, "--what", "voice"]) == WRONG_USAGE
    assert run(["models", "fine-tune", "--catalogue", "nowhere"]) == FAILED
    assert not list((shop.settings.state_dir / "encoders").glob("*/*"))


def test_pictures_are_learned_from_the_index_and_what_words_lack_is_a_note(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("cv2", reason="fine-tuning pictures needs the extra `training` (OpenCV)")
    raw = [{"id": str(number), "title": f"thing {number}", "picture": views(number)} for number in range(10)]
    raw.append({"id": "lost", "title": "lost", "picture": "data:image/png;base64,AAAA"})
    put(workshop, Catalogue(name="goods", text={"title": 1}, images=("picture",)), raw)
    assert run(["models", "fine-tune", "--catalogue", "goods", "--minutes", "0.02", "--json"]) == DONE
    told = json.loads(capsys.readouterr().out)
    [picture] = told["tuned"]
    assert (picture["what"], picture["pictures"], picture["questions"]) == ("picture", 30, 10)
    assert (picture["folder"] is None) == (picture["after"]["first"] <= picture["before"]["first"])
    assert "fine-tuning words: 0 products with a title and a description" in told["notes"][0]
    assert told["live"] is False


def test_a_shop_without_pictures_is_told_so(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("cv2", reason="fine-tuning pictures needs the extra `training` (OpenCV)")
    put(workshop, Catalogue(name="bare", text={"title": 1}), products(3))
    assert run(["models", "fine-tune", "--catalogue", "bare", "--what", "picture"]) == FAILED
    assert "none of the products has a picture" in capsys.readouterr().err
