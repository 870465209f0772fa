"""What every recognizer keeps: PocketSphinx with a shop's words, PocketSphinx in general, and a Whisper."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from encoders.runtime import Runtime
from encoders.speech.decoding import AudioLimits, decode_audio
from encoders.speech.errors import RecognizerError
from encoders.speech.recognizer import Recognizer
from encoders.speech.registry import recognizer
from encoders.speech.sphinx import PocketSphinx
from encoders.speech.vocabulary import SpokenPhrases
from encoders.speech.whisper import Whisper
from plugin_config.catalogue import Language, SpeechChoice
from tests.recordings import go_forward, tone
from tests.tiny_models import write_bert
from tests.tiny_whisper import write_whisper

RUNTIME = Runtime(device="cpu")
SHOP = SpokenPhrases.counted([("Go forward ten meters", 1), ("Red mug", 3), ("Blue lamp 55 cm", 2), ("靠垫", 1)])
Make = Callable[[], Recognizer]


@pytest.fixture(scope="module")
def whisper_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whisper")
    write_whisper(folder)
    return folder


@pytest.fixture(scope="module", params=["shop", "english", "whisper", "whisper-zh"])
def listener(request: pytest.FixtureRequest, whisper_folder: Path) -> Recognizer:
    makers: dict[str, Make] = {
        "shop": lambda: PocketSphinx(SHOP),
        "english": PocketSphinx,
        "whisper": lambda: Whisper(str(whisper_folder), RUNTIME, language="en"),
        "whisper-zh": lambda: Whisper(str(whisper_folder), RUNTIME, language="zh"),
    }
    made = makers[request.param]()
    made.load()
    made.load()
    return made


def test_sound_becomes_words_alternatives_and_confidence(listener: Recognizer) -> None:
    heard = listener.recognize(tone(1.5))
    readings = [heard.text, *(other.text for other in heard.alternatives)]
    confidences = [heard.confidence, *(other.confidence for other in heard.alternatives)]
    assert len(set(readings)) == len(readings)
    assert all(text == text.lower().strip() for text in readings)
    assert all(0 <= confidence <= 1 for confidence in confidences)
    assert all(one >= other for one, other in itertools.pairwise(confidences))
    assert len(heard.alternatives) <= 5


def test_the_same_sound_gives_the_same_words_from_any_thread(listener: Recognizer) -> None:
    sounds = [tone(0.8), tone(0.8, level=0.1)] * 2
    with ThreadPoolExecutor(2) as threads:
        heard = list(threads.map(listener.recognize, sounds))
    assert heard[:2] == heard[2:]


def test_next_to_nothing_is_no_error(listener: Recognizer) -> None:
    for samples in (np.zeros(160, dtype=np.float32), np.zeros(16_000, dtype=np.float32)):
        assert isinstance(listener.recognize(samples).text, str)


def test_a_name_says_who_listens(listener: Recognizer) -> None:
    assert listener.name.startswith(("pocketsphinx", "whisper:"))


@pytest.mark.parametrize("phrases", [SHOP, None])
def test_pocketsphinx_hears_what_is_said(phrases: SpokenPhrases | None) -> None:
    samples = decode_audio(go_forward(), AudioLimits(10_000_000, 30))
    heard = PocketSphinx(phrases).recognize(samples)
    assert heard.text == "go forward ten meters"
    assert heard.confidence > 0.2


def test_a_shop_of_words_that_english_cannot_say_asks_for_whisper() -> None:
    with pytest.raises(RecognizerError, match="Whisper"):
        PocketSphinx(SpokenPhrases.counted([("靠垫", 1)])).load()
    with pytest.raises(RecognizerError, match="English only"):
        recognizer(SpeechChoice(), language=Language.CHINESE, runtime=RUNTIME)


def test_folders_that_hold_no_whisper_are_refused(tmp_path: Path, whisper_folder: Path) -> None:
    write_bert(tmp_path / "bert")
    for folder, why in ((tmp_path / "none", "no such folder"), (tmp_path / "bert", "cannot listen")):
        with pytest.raises(RecognizerError, match=why):
            recognizer(SpeechChoice(model=str(folder)), language=Language.CHINESE, runtime=RUNTIME).load()
    halved = tmp_path / "half"
    halved.mkdir()
    for name in ("config.json", "model.safetensors"):
        (halved / name).write_bytes((whisper_folder / name).read_bytes())
    with pytest.raises(RecognizerError, match="cannot load"):
        Whisper(str(halved), RUNTIME).load()
