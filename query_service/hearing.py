"""What is said in a recording: fetched, decoded, freed of silence, recognized with the shop's own words, and checked
against what the shop has."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final, TypeVar

from encoders.media_fetching import MediaError, MediaFetcher, MediaLimits
from encoders.runtime import Runtime
from encoders.speech.activity import Speech, find_speech
from encoders.speech.decoding import AudioLimits, decode_audio, too_large
from encoders.speech.errors import AudioError, AudioProblem, RecognizerError
from encoders.speech.recognizer import Alternative, Heard, Recognizer
from encoders.speech.registry import POCKETSPHINX, recognizer
from encoders.speech.vocabulary import SpokenPhrases
from mappings.client import AsyncClient
from mappings.spelling import Evidence, evidence_body, parse_evidence
from mappings.vocabulary import spoken_texts, vocabulary_body
from plugin_config.catalogue import SpeechChoice
from plugin_config.settings import Settings
from query_service.catalogues import ServedCatalogue
from query_service.media_messages import AudioInput, HeardAlternative, HeardSpeech
from query_service.planning import browsing_order
from ranking.behaviour.log.queries import frequent_queries

log = logging.getLogger(__name__)
NAME: Final = "audio"
KEPT_RECOGNIZERS: Final = 8
RENEWED_SECONDS: Final = 900.0
MOST_PRODUCTS: Final = 5_000
PAGE: Final = 1_000
LEAST_SHARE: Final = 0.1  # of the best reading's confidence, for another one to be searched instead
T = TypeVar("T")


class Hearing:
    """Turns recordings into words. One per process; a catalogue's recognizer is made on its first recording."""

    def __init__(self, client: AsyncClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._fetcher = MediaFetcher("recording")
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hear")
        self._kept: OrderedDict[tuple[str, str], tuple[float, Recognizer]] = OrderedDict()
        self._renewing: set[asyncio.Task[Recognizer]] = set()

    def close(self) -> None:
        self._fetcher.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hear(self, served: ServedCatalogue, audio: AudioInput) -> HeardSpeech:
        """Raises AudioError for the recording, RecognizerError for who should listen, and EngineErrors."""
        limits = AudioLimits.of(self._settings)
        data = await self._fetched(audio.uri, limits)
        speech: Speech = await self._run(lambda: find_speech(decode_audio(data, limits, name=NAME), name=NAME))
        listener = await self._recognizer(served)
        heard = await self._run(lambda: listener.recognize(speech.samples))
        if not heard.text:
            raise AudioError(
                AudioProblem.NOT_UNDERSTOOD, f"{NAME}: no words of this shop could be made out; say it again or type it"
            )
        heard = await self._checked(served, heard)
        return HeardSpeech(
            text=heard.text,
            confidence=heard.confidence,
            alternatives=[HeardAlternative(text=a.text, confidence=a.confidence) for a in heard.alternatives],
            seconds=round(speech.spoken_seconds, 2),
            recognizer=listener.name,
        )

    async def _fetched(self, uri: str, limits: AudioLimits) -> bytes:
        try:
            return await self._fetcher.fetch(uri, MediaLimits.of(self._settings, max_bytes=limits.max_bytes))
        except MediaError as error:
            if error.is_too_large:
                raise too_large(NAME, limits.max_bytes) from error
            raise AudioError(AudioProblem.NOT_FETCHED, f"{NAME}: {error}") from error

    async def _recognizer(self, served: ServedCatalogue) -> Recognizer:
        choice = served.stored.catalogue.encoders.speech
        if choice is None:
            raise RecognizerError(
                f"catalogue {served.stored.catalogue.name!r} has no recognizer; set encoders.speech, or type the words"
            )
        key = (served.stored.index, choice.model_dump_json())
        kept = self._kept.get(key)
        if kept is None:
            return await self._make(served, choice, key)
        if time.monotonic() - kept[0] > RENEWED_SECONDS and not self._renewing:
            task = asyncio.get_running_loop().create_task(self._make(served, choice, key))
            self._renewing.add(task)
            task.add_done_callback(self._renewed)
        return kept[1]

    def _renewed(self, task: asyncio.Task[Recognizer]) -> None:
        self._renewing.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("the words that are listened for stay as they were: %s", error)

    async def _make(self, served: ServedCatalogue, choice: SpeechChoice, key: tuple[str, str]) -> Recognizer:
        catalogue = served.stored.catalogue
        phrases = await self._phrases(served) if choice.model == POCKETSPHINX else None
        runtime = Runtime.from_settings(self._settings)
        made = recognizer(choice, language=catalogue.language, runtime=runtime, phrases=phrases)
        await self._run(made.load)
        self._kept[key] = (time.monotonic(), made)
        while len(self._kept) > KEPT_RECOGNIZERS:
            self._kept.popitem(last=False)
        return made

    async def _phrases(self, served: ServedCatalogue) -> SpokenPhrases:
        """What the most popular products are called, and what shoppers often ask for."""
        catalogue, texts = served.stored.catalogue, list[tuple[str, float]]()
        for from_ in range(0, MOST_PRODUCTS, PAGE):
            body = vocabulary_body(browsing_order(catalogue), size=PAGE, from_=from_)
            answer = await self._client.search(served.stored.alias, body)
            texts += await self._run(lambda a=answer: list(spoken_texts(catalogue, a)))  # type: ignore[misc]
            if len(answer["hits"]["hits"]) < PAGE:
                break
        asked = await self._run(lambda: frequent_queries(self._settings.event_log_path, catalogue.name))
        texts += [(query, float(people)) for query, people in asked]
        return await self._run(lambda: SpokenPhrases.counted(texts))

    async def _checked(self, served: ServedCatalogue, heard: Heard) -> Heard:
        """The reading that this shop answers best; another than the surest only where that one finds nothing whole."""
        readings = [Alternative(heard.text, heard.confidence), *heard.alternatives]
        likely = [r for r in readings if r.confidence >= LEAST_SHARE * heard.confidence]
        evidence = await asyncio.gather(*(self._evidence(served, reading.text) for reading in likely))
        return best_reading(heard, likely, evidence)

    async def _evidence(self, served: ServedCatalogue, words: str) -> Evidence:
        body = evidence_body(served.stored.catalogue, words, spelling=False)
        return parse_evidence(await self._client.search(served.stored.alias, body))

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def best_reading(heard: Heard, readings: Sequence[Alternative], evidence: Sequence[Evidence]) -> Heard:
    """`heard`, or with the first of the readings in front that the shop has products for, where its own has none.

    `readings` stand in the order of their confidence, the one of `heard` first; `evidence` belongs to them.
    """
    if evidence[0].all_words > 0 or evidence[0].code > 0:
        return heard
    found = [(e.title_phrase > 0, e.title_all > 0, e.all_words > 0) for e in evidence]
    best = max(range(len(readings)), key=lambda place: (found[place], -place))
    if not any(found[best]):
        return heard
    chosen = readings[best]
    others = [r for r in (Alternative(heard.text, heard.confidence), *heard.alternatives) if r.text != chosen.text]
    return replace(heard, text=chosen.text, confidence=chosen.confidence, alternatives=tuple(others))
