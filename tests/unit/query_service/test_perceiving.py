"""What is heard and seen, and what becomes of it."""

import pytest

from encoders.speech.recognizer import Alternative, Heard
from mappings.spelling import Evidence
from plugin_config.policy import BUILT_IN, SubQueryKind
from query_service.hearing import best_reading
from query_service.media_messages import HeardSpeech
from query_service.messages import PictureInput, SearchRequest
from query_service.perceiving import Perceived, with_frames, with_words
from query_service.watching import Watched

HEARD = Heard("bead lamp", 0.8, (Alternative("red lamp", 0.6), Alternative("red lump", 0.5)))
READINGS = [Alternative(HEARD.text, HEARD.confidence), *HEARD.alternatives]
SAID = HeardSpeech(text="red lamp", confidence=0.9, seconds=1.0, recognizer="somebody")
SOUND = {"uri": "data:audio/wav;base64,AAAA"}
FILM = {"uri": "data:video/mp4;base64,AAAA"}


def test_a_reading_that_the_shop_has_comes_before_one_that_it_has_not() -> None:
    best = best_reading(HEARD, READINGS, [Evidence(any_word=9), Evidence(all_words=2, title_all=2), Evidence()])
    assert best.text == "red lamp"
    assert best.confidence == 0.6
    assert [other.text for other in best.alternatives] == ["bead lamp", "red lump"]


def test_the_surest_reading_stays_where_the_shop_has_it_or_has_none() -> None:
    assert best_reading(HEARD, READINGS, [Evidence(all_words=1), Evidence(all_words=50), Evidence()]) is HEARD
    assert best_reading(HEARD, READINGS, [Evidence()] * 3) is HEARD
    assert best_reading(HEARD, READINGS, [Evidence(code=1), Evidence(all_words=5), Evidence()]) is HEARD


def request(**asked: object) -> SearchRequest:
    return SearchRequest.model_validate(asked)


@pytest.mark.parametrize(("typed", "text"), [(None, "red lamp"), ("", "red lamp"), ("oak", "oak red lamp")])
def test_what_is_said_stands_behind_what_is_typed(typed: str | None, text: str) -> None:
    asked = request(text=typed, audio=SOUND)
    assert with_words(Perceived(asked), asked, SAID).request.text == text


def test_speech_of_half_weight_halves_the_parts_made_of_words_beside_a_film() -> None:
    asked = request(audio={**SOUND, "weight": 0.5}, video=FILM)
    policy = BUILT_IN["hybrid"]
    weighed = with_words(Perceived(asked), asked, SAID).weighed(policy)
    assert weighed.weights[SubQueryKind.KEYWORD] == policy.weights[SubQueryKind.KEYWORD] / 2
    assert weighed.weights.get(SubQueryKind.PICTURE_VECTOR) == policy.weights.get(SubQueryKind.PICTURE_VECTOR)
    alone = request(audio={**SOUND, "weight": 0.5})
    assert with_words(Perceived(alone), alone, SAID).weighed(policy) is policy


def test_speech_without_weight_is_shown_and_not_searched() -> None:
    asked = request(text="oak", audio={**SOUND, "weight": 0})
    found = with_words(Perceived(asked), asked, SAID)
    assert found.request.text == "oak"
    assert found.heard is SAID


def test_frames_count_singly_alone_and_together_beside_pictures() -> None:
    picture = PictureInput(uri="data:image/png;base64,AAAA", weight=1.0)
    watched = Watched((picture, picture), (0.0, 1.5))
    alone = with_frames(Perceived(request(video=FILM)), request(video=FILM), watched)
    assert alone.is_by_frame
    assert alone.seconds == (0.0, 1.5)
    beside = request(video=FILM, images=[picture])
    found = with_frames(Perceived(beside), beside, watched)
    assert not found.is_by_frame
    assert len(found.request.images) == 3
    pooled = request(video={**FILM, "frames": "pooled"})
    assert not with_frames(Perceived(pooled), pooled, watched).is_by_frame
