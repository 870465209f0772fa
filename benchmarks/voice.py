"""How well spoken queries are heard, and whether they find what was meant.

    python -m benchmarks.voice ../shared/data

Needs espeak-ng on the path (apt-get install espeak-ng), which speaks the queries, and an OpenSearch (VITRINE_OPENSEARCH_URL
or a running stack). Three parts:

read    five read sentences of LibriVox, which no shop has the words of
tuned   40 titles of the sample shop in four voices: everything was tuned on these
held    100 titles of magento-luma, in other voices: a title is found when a product that bears it is among the first ten

Each is heard twice: by the wheel's general English, and by a language model of the shop's own words. Times are processor
seconds per second of speech, of recognition with all that comes before it.
"""

import argparse
import asyncio
import base64
import gzip
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np

from benchmarks.voice_shop import indexed_luma
from encoders.speech.activity import find_speech
from encoders.speech.decoding import SAMPLE_RATE, AudioLimits, Samples, decode_audio
from encoders.speech.recognizer import Recognizer
from encoders.speech.sphinx import PocketSphinx
from encoders.speech.vocabulary import SpokenPhrases, words_of
from plugin_config.settings import load_settings
from query_service.composition import SearchService, build_service
from query_service.media_messages import AudioInput
from query_service.messages import SearchRequest
from vitrine.sample_shop.products import make_products

LIMITS = AudioLimits(max_bytes=12_000_000, max_seconds=60)
TUNED_VOICES = ("en-us", "en-gb", "en-us+f3", "en-gb+m3")
HELD_VOICES = ("en-us+m7", "en-us+f2", "en-gb-x-rp", "en-gb+f4", "en-us+m2")
SPEEDS = (145, 160, 175)


@dataclass(frozen=True)
class Spoken:
    """A query, and how it sounds."""

    text: str
    voice: str
    recording: bytes


@dataclass
class Tally:
    wrong: int = 0
    words: int = 0
    exact: int = 0
    queries: int = 0
    speech_seconds: float = 0.0
    work_seconds: float = 0.0

    def add(self, meant: str, heard: str) -> None:
        self.wrong += wrong_words(meant.split(), heard.split())
        self.words += len(meant.split())
        self.exact += meant == heard
        self.queries += 1

    def timed(self, speech_seconds: float, work_seconds: float) -> None:
        self.speech_seconds += speech_seconds
        self.work_seconds += work_seconds

    def __str__(self) -> str:
        pace = f", {self.work_seconds / self.speech_seconds:.2f} s of work a second" if self.speech_seconds else ""
        return f"word error rate {self.wrong / self.words:.1%}, {self.exact} of {self.queries} exact{pace}"


def wrong_words(meant: Sequence[str], heard: Sequence[str]) -> int:
    """Words replaced, left out and added."""
    row = list(range(len(heard) + 1))
    for i, one in enumerate(meant, start=1):
        before, row = row, [i]
        for j, other in enumerate(heard, start=1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (one != other)))
    return row[-1]


def speak(texts: Sequence[str], voices: Sequence[str]) -> list[Spoken]:
    spoken = []
    for place, text in enumerate(texts):
        voice, speed = voices[place % len(voices)], SPEEDS[place % len(SPEEDS)]
        said = subprocess.run(
            ["espeak-ng", "-v", voice, "-s", str(speed), "--stdout", text], capture_output=True, check=True
        )
        spoken.append(Spoken(" ".join(words_of(text)), voice, said.stdout))
    return spoken


def heard_by(recognizer: Recognizer, recordings: Sequence[tuple[str, bytes]]) -> Tally:
    recognizer.load()
    tally = Tally()
    for meant, recording in recordings:
        tally.add(meant, heard_words(recognizer, recording, tally))
    return tally


def heard_words(recognizer: Recognizer, recording: bytes, tally: Tally) -> str:
    """What is heard; the time that it took goes into the tally."""
    begin = time.process_time()
    samples: Samples = decode_audio(recording, LIMITS)
    text = recognizer.recognize(find_speech(samples).samples).text
    tally.timed(len(samples) / SAMPLE_RATE, time.process_time() - begin)
    return text


def read_sentences(data: Path) -> list[tuple[str, bytes]]:
    folder = data / "speech-samples"
    lines = [line.split("\t") for line in (folder / "transcripts.tsv").read_text("utf-8").splitlines()[1:]]
    return [(text, (folder / file).read_bytes()) for file, text in lines if file.startswith("librivox/")]


def tuned_part(sentences: Sequence[tuple[str, bytes]]) -> None:
    products = make_products()
    titles = sorted({product.wording.title for product in products})
    phrases = SpokenPhrases.counted([(product.wording.title, 1.0) for product in products])
    spoken = speak(Random(5).sample(titles, 40), TUNED_VOICES)
    pairs = [(each.text, each.recording) for each in spoken]
    for name, recognizer in (("general English", PocketSphinx()), ("words of the shop", PocketSphinx(phrases))):
        print(f"read, {name}: {heard_by(recognizer, sentences)}", flush=True)
        print(f"tuned, {name}: {heard_by(recognizer, pairs)}", flush=True)


@dataclass
class Finding:
    """What came of the held titles, heard in one way: how well they were heard, and how many were found."""

    tally: Tally = field(default_factory=Tally)
    found: int = 0
    found_first: int = 0
    lost: list[str] = field(default_factory=list)

    def add(self, each: Spoken, heard: str, places: Sequence[int]) -> None:
        self.tally.add(each.text, heard)
        self.found += bool(places)
        self.found_first += bool(places) and places[0] == 1
        if not places:
            self.lost.append(f"{each.text!r} ({each.voice}) heard as {heard!r}")


async def held_part(service: SearchService, titles: dict[str, set[str]]) -> None:
    chosen = Random(2026).sample(sorted(titles), 100)
    spoken = speak(chosen, HELD_VOICES)
    of_shop, general, typed, took = Finding(), Finding(), 0, list[float]()
    listener = PocketSphinx()
    listener.load()
    for title, each in zip(chosen, spoken, strict=True):
        begin = time.process_time()
        heard, places = await found_at(service, titles[title], SearchRequest(audio=recording_of(each), size=10))
        took.append(time.process_time() - begin)
        seconds = len(decode_audio(each.recording, LIMITS)) / SAMPLE_RATE
        of_shop.add(each, heard, places)
        of_shop.tally.timed(seconds, took[-1])
        plain = heard_words(listener, each.recording, general.tally)
        general.add(each, plain, (await found_at(service, titles[title], SearchRequest(text=plain, size=10)))[1])
        typed += bool((await found_at(service, titles[title], SearchRequest(text=title, size=10)))[1])
    for name, finding in (("words of the shop", of_shop), ("general English", general)):
        print(f"held, {name}: {finding.tally}")
        print(f"  found among the first ten: {finding.found} of {len(chosen)} (first: {finding.found_first})")
    print(f"  typed: {typed}; lost by the words of the shop: {'; '.join(of_shop.lost)}")
    print(f"  processor seconds of a whole search: median {np.median(took[1:]):.2f}, longest {max(took[1:]):.2f}")


def recording_of(each: Spoken) -> AudioInput:
    return AudioInput(uri=f"data:audio/wav;base64,{base64.b64encode(each.recording).decode()}")


async def found_at(service: SearchService, meant: set[str], request: SearchRequest) -> tuple[str, list[int]]:
    """What was heard, where something was said, and the ranks of what was meant."""
    answer = (await service.search("voiceluma", request)).to_message()
    return answer.heard.text if answer.heard else "", [hit.rank for hit in answer.hits if hit.id in meant]


async def main_async(data: Path) -> None:
    settings = load_settings()
    with gzip.open(data / "magento-luma" / "catalog.jsonl.gz", "rt", encoding="utf-8") as lines:
        products = [json.loads(line) for line in lines]
    titles: dict[str, set[str]] = {}
    for product in products:
        titles.setdefault(" ".join(product["title"].split()), set()).add(str(product["id"]))
    with indexed_luma(settings, products):
        service = build_service(settings)
        try:
            await held_part(service, titles)
        finally:
            await service.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Spoken queries: how well they are heard, and what they find.")
    parser.add_argument("data", type=Path, help="The folder with speech-samples and magento-luma.")
    asked = parser.parse_args()
    if shutil.which("espeak-ng") is None:
        sys.exit("espeak-ng is not here; install it to speak the queries")
    tuned_part(read_sentences(asked.data))
    asyncio.run(main_async(asked.data))


if __name__ == "__main__":
    main()
