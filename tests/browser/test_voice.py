"""Speaking to the storefront, and showing it a video: in a real Chromium whose microphone plays a file."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, BrowserContext

from encoders.speech.decoding import AudioLimits, decode_audio
from ranking.behaviour.log.event_log import ServedSearch
from ranking.behaviour.log.sqlite_log import SqliteEventLog
from tests.browser.conftest import BROWSER_FLAGS
from tests.browser.small_shop import COLOURS, picture_of
from tests.browser.tab import RunningShop, Tab, watched
from tests.recordings import go_forward, wav
from tests.videos import video

WORDS = "go forward ten meters"

pytestmark = [pytest.mark.browser, pytest.mark.opensearch]


@pytest.fixture(scope="module")
def speaking(browser: Browser, chromium_path: str) -> Iterator[BrowserContext]:
    """A browser whose microphone says something, then falls silent."""
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "said.wav"
        pause = np.zeros(16_000 * 4, dtype=np.float32)  # a busy machine starts to record a moment late
        said.write_bytes(wav(np.concatenate([pause, voice_of(go_forward()), pause, pause, pause])))
        flags = (
            "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-audio-capture={said}%noloop",
        )  # fmt: skip
        chromium = browser.browser_type.launch(executable_path=chromium_path, args=[*BROWSER_FLAGS, *flags])
        context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
        context.grant_permissions(["microphone"])
        yield context
        chromium.close()


def voice_of(recording: bytes) -> NDArray[np.float32]:
    return decode_audio(recording, AudioLimits(10_000_000, 30))


@pytest.fixture(scope="module")
def asked_before(small_shop: RunningShop) -> None:
    """Two shoppers have typed what is said in the shared clip: so the shop knows these words."""
    assert small_shop.event_log is not None
    log = SqliteEventLog(small_shop.event_log)
    searches = [
        ServedSearch(f"typed-{name}", "corner", 1.0, WORDS, name, "hybrid", None, ()) for name in ("ann", "bob")
    ]
    log.append_searches(searches)
    log.close()


@pytest.fixture
def voice(speaking: BrowserContext, asked_before: None) -> Iterator[Tab]:
    made = watched(speaking.new_page())
    yield made
    made.page.close()
    assert made.complaints == []


def test_what_is_said_is_heard_shown_and_can_be_corrected(voice: Tab, small_shop: RunningShop) -> None:
    voice.open(small_shop.page)
    voice.page.click("#by-voice")
    voice.page.wait_for_selector("#by-voice[data-state=listening]")
    assert voice.page.get_attribute("#by-voice", "aria-pressed") == "true"
    assert "Listening" in voice.page.inner_text("#voice-state")
    voice.page.wait_for_function(
        "() => +getComputedStyle(document.querySelector('#by-voice')).getPropertyValue('--level') > 0.05"
    )
    voice.page.wait_for_selector("#heard", timeout=60_000)  # it notices by itself that nothing more is said
    assert voice.page.input_value("#words") == WORDS
    assert f"“{WORDS}”" in voice.page.inner_text("#heard")
    others = voice.page.locator(".heard-other").all_inner_texts()
    assert 0 < len(others) <= 3
    voice.page.click(".heard-other >> nth=0")
    voice.page.wait_for_function("words => document.querySelector('#words').value === words", arg=others[0])
    voice.page.click("#correct-heard")
    assert voice.page.evaluate("document.activeElement.id") == "words"
    voice.search("blue lamp")
    assert voice.page.locator("#heard").count() == 0


@pytest.mark.parametrize(
    ("error", "told"), [("NotFoundError", "No microphone was found"), ("NotAllowedError", "Allow it")]
)
def test_why_there_is_no_sound_is_told(voice: Tab, small_shop: RunningShop, error: str, told: str) -> None:
    voice.open(small_shop.page)
    voice.page.evaluate(
        "name => navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name))", error
    )
    voice.page.click("#by-voice")
    voice.page.wait_for_selector(f"#toast:has-text('{told}')")
    assert voice.page.get_attribute("#by-voice", "data-state") == "idle"


def test_the_keyboard_starts_and_escape_forgets(voice: Tab, small_shop: RunningShop) -> None:
    voice.open(small_shop.page)
    voice.page.focus("#by-voice")
    voice.page.keyboard.press("Enter")
    voice.page.wait_for_selector("#by-voice[data-state=listening]")
    voice.page.keyboard.press("Escape")
    voice.page.wait_for_selector("#by-voice[data-state=idle]")
    assert voice.page.locator("#heard").count() == 0
    assert voice.page.input_value("#words") == ""


def test_silence_is_answered_with_words(tab: Tab, small_shop: RunningShop) -> None:
    silence = wav(np.zeros(16_000, dtype=np.float32))
    answer = tab.page.request.post(
        f"{small_shop.api}/transcribe/recording",
        multipart={"recording": {"name": "said.wav", "mimeType": "audio/wav", "buffer": silence}},
    )
    assert answer.status == 422
    assert "nothing is said" in answer.json()["detail"]


def test_a_video_searches_like_a_picture_and_tells_where_each_product_was_seen(
    tab: Tab, small_shop: RunningShop
) -> None:
    shown = [np.asarray(picture_of(kind, COLOURS[colour])) for kind, colour in (("Lamp", "red"), ("Vase", "blue"))]
    film = video([picture for picture in shown for _ in range(10)], container="webm", codec="libvpx")
    tab.open(small_shop.page)
    tab.page.set_input_files("#picture-file", {"name": "shop.webm", "mimeType": "video/webm", "buffer": film})
    tab.page.wait_for_selector("#query-video img")
    tab.page.wait_for_selector(".seen-at >> nth=1")
    assert "2 views" in tab.page.inner_text("#video-frames")
    titles = " ".join(tab.titles()[:8])
    assert "Lamp" in titles
    assert "Vase" in titles
    tab.page.click("#remove-picture")
    tab.page.wait_for_selector("#query-video", state="detached")
