"""From a request to a question: words cleaned and corrected, evidence gathered, vectors made, all at the same time."""

import asyncio
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass, replace

from encoders.pictures_decoding import PictureError
from mappings.client import AsyncClient
from mappings.errors import EngineError, EngineUnavailable
from mappings.filters import sort_keys
from mappings.spelling import Evidence, evidence_body, parse_evidence
from plugin_config.policy import SubQueryKind
from query_service.adaptive import VECTORS_OF_WORDS, needed_deviations
from query_service.background import Background
from query_service.catalogues import ServedCatalogue
from query_service.changing import with_change
from query_service.combining import APART, WEIGHED, averaged, joined, wants_joined, wants_mean
from query_service.encoding import EncodedQuery, QueryEncoding, Vector
from query_service.errors import UnsearchablePicture
from query_service.feedback import moved_by_feedback
from query_service.filtering import conditions
from query_service.likeness import shows_one_thing
from query_service.messages import SearchRequest
from query_service.perceiving import Perceived, Senses
from query_service.planning import Question, resolve_policy, word_vector_kinds
from query_service.timing import Stopwatch
from query_service.understanding import understand

log = logging.getLogger(__name__)
KEPT_EVIDENCE = 2048
KEPT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what happened on the way to it."""

    question: Question
    perceived: Perceived
    corrected: str | None = None
    notes: tuple[str, ...] = ()
    operator_notes: tuple[str, ...] = ()
    frames: tuple[Vector, ...] = ()


class Asking:
    """Makes questions. Keeps the evidence of recent words for half a minute."""

    def __init__(self, client: AsyncClient, encoding: QueryEncoding, senses: Senses) -> None:
        self._client = client
        self._senses = senses
        self._background = Background(client)
        self._encoding = encoding
        self._kept: OrderedDict[tuple[str, str, bool], tuple[float, Evidence]] = OrderedDict()

    def forget(self) -> None:
        """Drop all kept evidence, so that the next search gathers its own."""
        self._kept.clear()

    async def ask(self, served: ServedCatalogue, request: SearchRequest, watch: Stopwatch) -> Asked:
        """Raises the VitrineErrors of wrong filters, policies, pictures, recordings and videos, and EngineUnavailable."""
        catalogue = served.stored.catalogue
        policy = resolve_policy(catalogue, request)
        with watch.stage("encode"):
            perceived = await self._senses.perceive(served, request)
        request, policy = with_change(perceived.request), perceived.weighed(policy)
        understood = understand(request.text)
        without = tuple(dict.fromkeys((*(word.lower() for word in request.without), *understood.without)))
        question = Question(served, request, policy, understood.words, conditions(request.filters), without=without)
        self._check(question)
        with watch.stage("encode"):
            encoded, evidence = await self._gather(question, watch)
            frames = await self._frames(question, perceived)
            by_frame = frames if perceived.is_by_frame else ()
            asked = replace(question, encoded=encoded, evidence=evidence, frames=by_frame)
            corrected = await self._correct(asked)
        notes = [*perceived.notes, *understood.notes, *encoded.notes]
        if corrected is not None:
            notes.append(f"searched for “{corrected.words}” instead of “{understood.words}”")
        moved, said = await moved_by_feedback(self._client, corrected or asked)
        notes += said
        combined, told = await self._combined(moved)
        asked = combined or await self._with_neutral(await self._with_floor(await self._bounded(moved)))
        if request.images and asked.words is None and not asked.encoded.vectors:
            raise UnsearchablePicture(
                "a search by picture alone cannot be answered: its picture part cannot run; the log says why"
            )
        return Asked(asked, perceived, corrected.words if corrected else None, tuple(notes), tuple(told), frames)

    def _check(self, question: Question) -> None:
        """Wrong names and values are told before anything costs time."""
        question.clauses()
        if question.request.sort is not None:
            sort_keys(question.catalogue, question.request.sort)
        _ = question.facets

    async def _gather(self, question: Question, watch: Stopwatch) -> tuple[EncodedQuery, Evidence | None]:
        begin = time.perf_counter()
        evidence_read = asyncio.ensure_future(self._evidence(question))  # begins once the encoder has its work
        encoded = await self._encoded(question)
        encoding_ms = (time.perf_counter() - begin) * 1000
        evidence, engine_ms = await evidence_read
        # OpenSearch counts while we encode: only what it took beyond our own work delays the answer.
        watch.engine += max(0.0, engine_ms - encoding_ms)
        return encoded, evidence

    async def _encoded(self, question: Question) -> EncodedQuery:
        if not question.request.images:
            return await self._words(question)
        words, pictures = await asyncio.gather(self._words(question), self._pictures(question))
        return EncodedQuery({**words.vectors, **pictures.vectors}, {**words.failed, **pictures.failed}, pictures.notes)

    async def _words(self, question: Question) -> EncodedQuery:
        if question.words is None:
            return EncodedQuery()
        catalogue = question.catalogue
        kinds = word_vector_kinds(question.policy, shares_words=self._encoding.shares_words(catalogue))
        if catalogue.encoders.text is None:
            kinds = tuple(kind for kind in kinds if kind != "text_vector")
        return await self._encoding.encode_words(question.served.stored, question.words, kinds)

    async def _pictures(self, question: Question) -> EncodedQuery:
        images = question.request.images
        try:
            return await self._encoding.encode_pictures(question.served.stored, images, without=question.without)
        except PictureError as error:
            if question.words is None:
                raise
            note = f"searched by words alone: {error}"
            return EncodedQuery(failed={SubQueryKind.PICTURE_VECTOR: str(error)}, notes=(note,))

    async def _frames(self, question: Question, perceived: Perceived) -> tuple[Vector, ...]:
        """The vectors of a video's frames."""
        if not perceived.seconds:
            return ()
        frames = question.request.images[-len(perceived.seconds) :]
        return await self._encoding.encode_each(question.served.stored, frames)

    async def _evidence(self, question: Question) -> tuple[Evidence | None, float]:
        policy = question.policy
        if question.words is None or not (policy.spelling or policy.adaptive):
            return None, 0.0
        key = (question.served.stored.index, question.words, policy.spelling)
        kept = self._kept.get(key)
        if kept is not None and time.monotonic() - kept[0] < KEPT_SECONDS:
            return kept[1], 0.0
        body = evidence_body(question.catalogue, question.words, spelling=policy.spelling)
        try:
            answer = await self._client.search(question.served.stored.alias, body)
        except EngineUnavailable:
            raise
        except EngineError as error:
            log.warning("no evidence for a query of %s: %s", question.catalogue.name, error)
            return None, 0.0
        evidence = parse_evidence(answer, question.words)
        self._kept[key] = (time.monotonic(), evidence)
        while len(self._kept) > KEPT_EVIDENCE:
            self._kept.popitem(last=False)
        return evidence, float(answer["took"])

    async def _bounded(self, question: Question) -> Question:
        """Beside keywords, the words' vectors bring only what stands out; alone, they bring what is nearest."""
        evidence = question.evidence
        if evidence is None or question.policy.weights.get(SubQueryKind.KEYWORD, 0.0) == 0:
            return question
        stored, deviations = question.served.stored, needed_deviations(evidence)
        least = {
            kind: score
            for kind, (target, vector) in question.encoded.vectors.items()
            if kind in VECTORS_OF_WORDS
            and (score := await self._background.least_score(stored.alias, target, vector, deviations)) is not None
        }
        return replace(question, least_scores=least)

    async def _with_floor(self, question: Question) -> Question:
        asked = question.encoded.vectors.get(SubQueryKind.PICTURE_VECTOR)
        if asked is None or not shows_one_thing(question.request):
            return question
        floor = await self._background.floor(question.served.stored.alias, asked[0])
        return replace(question, picture_floor=floor)

    async def _combined(self, question: Question) -> tuple[Question | None, list[str]]:
        """Words and picture as one vector, where the policy wants that; a note where it cannot be had."""
        if wants_joined(question):
            combined = await joined(self._encoding, question)
            return combined, [] if combined is not None else [APART]
        if not wants_mean(question):
            return None, []
        combined = await averaged(self._encoding, question)
        return combined, [] if combined is not None else [WEIGHED]

    async def _with_neutral(self, question: Question) -> Question:
        """Beside words, what a product without a picture gets from the picture part."""
        asked = question.encoded.vectors.get(SubQueryKind.PICTURE_VECTOR)
        if asked is None or question.words is None:
            return question
        score = await self._background.neutral_score(question.served.stored.alias, *asked)
        return replace(question, neutral_score=score)

    async def _correct(self, question: Question) -> Question | None:
        """The question with unknown words replaced, or with neighbours written as this shop writes them, as one word.

        None when the words stand, or when other words find no more.
        """
        evidence = question.evidence
        if evidence is None or question.words is None or not question.policy.spelling or evidence.code > 0:
            return None
        for words in evidence.other_readings(question.words):
            changed = replace(question, words=words)
            better, _ = await self._evidence(changed)
            if better is not None and better.finds_more_than(evidence):
                encoded = await self._words(changed)
                merged = EncodedQuery(
                    {**question.encoded.vectors, **encoded.vectors}, {**question.encoded.failed, **encoded.failed}
                )
                return replace(changed, evidence=better, encoded=merged)
        return None
