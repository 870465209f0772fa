"""Searching by voice and video in a real OpenSearch, as a shopper would notice it."""

import base64
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import pytest_asyncio

from encoders.speech.errors import AudioError
from encoders.video import VideoError
from plugin_config.settings import Settings, load_settings
from query_service.app import build_app
from query_service.composition import SearchService
from query_service.judged_requests import judged_request
from ranking.evaluation.judgments import read_judgments
from tests import small_shop
from tests.recordings import go_forward, tone, wav
from tests.small_shop import ask, ids
from tests.videos import animation, scene, video

pytestmark = [pytest.mark.opensearch, pytest.mark.asyncio(loop_scope="module")]
PREFIX = "tvoice"
BLUE, RED, GREEN = (0, 0, 255), (255, 0, 0), (0, 128, 0)


def uri(data: bytes, kind: str = "audio/wav") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


SILENCE = {"uri": uri(wav(np.zeros(16_000, dtype=np.float32)))}
FILM = {"uri": uri(video([scene(paint) for paint in (BLUE, RED) for _ in range(8)]), "video/mp4")}


@pytest.fixture(scope="module")
def shop(opensearch_url: str, redis_url: str, state_root: Path) -> Iterator[Settings]:
    """The small shop, and a game in it whose name is what somebody says in the shared clips."""
    settings = load_settings(
        opensearch_url=opensearch_url, redis_url=redis_url, index_prefix=PREFIX, state_dir=state_root / "voice"
    )
    game = {"sku": "x1", "title": "Go forward ten meters board game", "category": "Games", "price": 20}
    with small_shop.standing(settings, further=[game]) as filled:
        yield filled


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(shop: Settings) -> AsyncIterator[SearchService]:
    from query_service.composition import build_service

    made = build_service(shop)
    yield made
    await made.close()


async def test_what_is_said_is_searched_for(service: SearchService) -> None:
    answer = await ask(service, audio={"uri": uri(go_forward())})
    assert answer.hits[0].id == "x1"
    assert answer.heard is not None
    assert answer.heard.text == "go forward ten meters"
    assert 0 < answer.heard.confidence <= 1
    assert 1 < answer.heard.seconds < 3
    assert answer.heard.recognizer.startswith("pocketsphinx:")
    assert answer.degraded == []


async def test_what_is_said_comes_behind_what_is_typed(service: SearchService) -> None:
    answer = await ask(service, text="wireless headphones", audio={"uri": uri(go_forward())})
    assert {"h1", "x1"} <= set(ids(answer)[:3])


async def test_a_recording_without_words_leaves_the_typed_ones(service: SearchService) -> None:
    answer = await ask(service, text="wireless headphones", audio=SILENCE)
    assert answer.hits[0].id == "h1"
    assert answer.degraded == ["audio"]
    assert any("nothing is said" in note for note in answer.notes)


async def test_a_recording_alone_that_cannot_be_used_is_a_problem(service: SearchService) -> None:
    with pytest.raises(AudioError, match="nothing is said"):
        await ask(service, audio=SILENCE)
    with pytest.raises(AudioError, match="full scale"):
        await ask(service, audio={"uri": uri(wav(np.sign(tone(1.0))))})


async def test_each_hit_of_a_video_says_which_frame_it_looks_like(service: SearchService) -> None:
    answer = await ask(service, video=FILM, group=False)
    assert len(answer.frames) == 2
    seen = {hit.id: hit.frame for hit in answer.hits if hit.frame is not None}
    assert {"w1", "w2"} <= set(ids(answer)[:4])
    assert seen["w2"].index == 0
    assert seen["w1"].index == 1
    assert seen["w1"].seconds == answer.frames[1].seconds
    assert seen["w1"].closeness > 0.5


async def test_pooled_frames_are_searched_as_one_picture(service: SearchService) -> None:
    best = await ask(service, video=FILM, group=False, debug=True)
    pooled = await ask(service, video={**FILM, "frames": "pooled"}, group=False, debug=True)
    assert "dis_max" in str(best.debug)
    assert "dis_max" not in str(pooled.debug)
    assert all(hit.frame is not None for hit in pooled.hits[:3])


async def test_words_choose_among_what_a_video_shows(service: SearchService) -> None:
    answer = await ask(service, text="blue cardigan", video=FILM, group=False)
    assert answer.hits[0].id == "w2"


async def test_a_product_without_a_picture_is_found_by_its_words_beside_a_video(service: SearchService) -> None:
    answer = await ask(service, text="board game", video=FILM, group=False)
    assert "x1" in ids(answer)
    assert {hit.id: hit.frame for hit in answer.hits}["x1"] is None


async def test_a_video_that_cannot_be_used_leaves_the_words(service: SearchService) -> None:
    broken = {"uri": uri(b"no video", "video/mp4")}
    answer = await ask(service, text="wireless headphones", video=broken)
    assert answer.hits[0].id == "h1"
    assert answer.degraded == ["video"]
    with pytest.raises(VideoError, match="not an MP4"):
        await ask(service, video=broken)


@pytest.mark.parametrize("part", ["audio", "video"])
@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://127.0.0.1:9/x", "not a public address"),
        ("http://169.254.169.254/latest", "not a public address"),
        ("file:///etc/passwd", "only data URIs"),
        ("data:audio/wav;base64,@@@", "damaged"),
        ("data:audio/wav", "comma"),
    ],
)
async def test_addresses_are_as_guarded_as_those_of_pictures(
    service: SearchService, part: str, address: str, why: str
) -> None:
    with pytest.raises((AudioError, VideoError), match=why):
        await ask(service, **{part: {"uri": address}})


async def test_spoken_judgments_are_asked_by_their_recordings(service: SearchService, tmp_path: Path) -> None:
    (tmp_path / "said.wav").write_bytes(go_forward())
    (tmp_path / "judged.csv").write_text("audio,docid,rating\nsaid.wav,x1,1\n")
    judged = read_judgments(tmp_path / "judged.csv")
    request = judged_request(judged.queries[0], tmp_path, policy="hybrid", size=10)
    answer = (await service.search(small_shop.NAME, request)).to_message()
    assert answer.hits[0].id == "x1"


async def test_recordings_are_transcribed_over_http(shop: Settings) -> None:
    app = build_app(shop)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        said = await client.post("/catalogues/small/transcribe", json={"uri": uri(go_forward())})
        sent = await client.post("/catalogues/small/transcribe/recording", files={"recording": go_forward()})
        refused = await client.post("/catalogues/small/transcribe", json=SILENCE)
        film = await client.post("/catalogues/small/search", json={"video": {"uri": uri(animation(3), "image/gif")}})
    assert said.json()["text"] == sent.json()["text"] == "go forward ten meters"
    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:vitrine:problem:audio"
    assert film.status_code == 200
    await app.state.service.close()
