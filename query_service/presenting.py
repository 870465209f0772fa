"""The last stage of a search: the page, made from the candidates in their final order."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count, repeat
from typing import Any

import numpy as np

from mappings import fields
from mappings.client import AsyncClient
from mappings.hybrid import search_body
from plugin_config.policy import SubQueryKind
from query_service.asking import Asked
from query_service.counting import count_variants, facets_of
from query_service.explanation import explain
from query_service.likeness import said_of_likeness
from query_service.messages import Personalization
from query_service.operator_notes import notes_of_failures, plain_note
from query_service.ordering import Ordered
from query_service.page import PageHit, SearchPage, Seen
from query_service.personal import Personalized
from query_service.planning import Question, part_weights
from query_service.result_tokens import ResultTokens
from query_service.retrieval import Candidates, Stored
from query_service.shown_products import ShownProducts
from query_service.timing import Stopwatch
from query_service.trace import DecisionTrace, TraceLog
from query_service.watching import Filmed, matched_frames
from query_service.window import Window, plan_of


@dataclass(frozen=True, slots=True)
class Found:
    """Candidates of a search with the counts beside them."""

    question: Question
    candidates: Candidates
    aggregations: Mapping[str, Any]


class Presenting:
    """Makes pages and keeps their traces."""

    def __init__(self, client: AsyncClient, tokens: ResultTokens, traces: TraceLog) -> None:
        self._client = client
        self._products = ShownProducts(client)
        self._tokens = tokens
        self._traces = traces

    def forget(self) -> None:
        """Drop what is kept of products."""
        self._products.forget()

    async def page(self, asked: Asked, found: Found, ordered: Ordered, window: Window, watch: Stopwatch) -> SearchPage:
        """The page of this window. Raises the errors of mappings.errors."""
        question, candidates = found.question, found.candidates
        numbers = ordered.ranked.order[window.first : window.first + window.shown]
        showing = asyncio.ensure_future(self._shown(question, candidates, numbers, watch))
        with watch.stage("retrieve"):
            await asyncio.sleep(0)  # the request goes out, and what does not need its answer is made meanwhile
        query_id = (question.request.ubi and question.request.ubi.query_id) or uuid.uuid4().hex
        page = summed_up(asked, found, ordered, window, query_id)
        explained = explain(question, ordered, candidates, numbers) if question.request.explain else repeat(None)
        ids, first = [candidates.ids[number] for number in numbers], question.request.from_ + 1
        tokens = self._tokens.sign_page(query_id, ids, first=first, policy=question.policy.name)
        with watch.stage("retrieve"):
            stored, variants = await showing
        hits = tuple(
            PageHit(
                id=id,
                rank=rank,
                score=float(ordered.ranked.final[number]),
                source=stored[id].source,
                pictures=len(stored[id].pictures),
                variants=variants.get(candidates.value(number, fields.GROUP) or ""),
                explanation=explanation,
                token=token,
            )
            for rank, number, id, token, explanation in zip(count(first), numbers, ids, tokens, explained)
            if id in stored  # a product that had to be read may have been deleted meanwhile
        )
        page = replace(page, hits=await with_frames(self._client, asked, hits))
        with watch.stage("retrieve"):
            page = replace(page, notes=(*await said_of_likeness(self._client, question, candidates), *page.notes))
        self._traces.add(trace_of(question, page))
        return replace(page, took_ms=watch.took())

    async def _shown(
        self, question: Question, candidates: Candidates, numbers: Sequence[int], watch: Stopwatch
    ) -> tuple[Mapping[str, Stored], Mapping[str, int]]:
        """Sources of the page's products, unless they came with the candidates, and the sizes of their groups."""
        groups = [group for number in numbers if (group := candidates.value(number, fields.GROUP)) is not None]
        if candidates.stored or not numbers:
            return candidates.stored, await count_variants(self._client, question, groups)
        reading = self._products.read(question.served.stored, candidates, numbers)
        if groups:
            (stored, engine_ms), variants = await asyncio.gather(
                reading, count_variants(self._client, question, groups)
            )
        else:
            (stored, engine_ms), variants = await reading, {}
        watch.engine += engine_ms
        return stored, variants


def summed_up(asked: Asked, found: Found, ordered: Ordered, window: Window, query_id: str) -> SearchPage:
    """The page without its hits."""
    question = found.question
    failed, notes = question.encoded.failed, (*asked.notes, *window.notes)
    return SearchPage(
        query_id=query_id,
        hits=(),
        total=found.candidates.total,
        total_is_exact=found.candidates.total_is_exact,
        took_ms={},
        policy=question.policy.name,
        facets=facets_of(question, found.aggregations),
        model=None if ordered.scorer is None else ordered.scorer.model_id,
        corrected=asked.corrected,
        degraded=tuple(dict.fromkeys((*asked.perceived.degraded, *map(str, failed), *ordered.degraded))),
        notes=notes,
        operator_notes=(
            *map(plain_note, asked.operator_notes),
            *notes_of_failures(failed, notes),
            *ordered.notes,
        ),
        personalized=personalization_of(ordered.personalized),
        debug=debug_of(question, window) if question.request.debug else None,
        heard=asked.perceived.heard,
        frames=asked.perceived.seconds,
        seen=Seen(question, tuple(found.candidates.ids), ordered.matrix),
    )


async def with_frames(client: AsyncClient, asked: Asked, hits: tuple[PageHit, ...]) -> tuple[PageHit, ...]:
    """The hits with the frame of the video that each looks most like; as they are without a video."""
    target = asked.question.encoded.vectors.get(SubQueryKind.PICTURE_VECTOR)
    if not asked.frames or target is None or not hits:
        return hits
    frames, seconds = np.stack(asked.frames), asked.perceived.seconds
    found = await matched_frames(
        client, asked.question.served.stored.alias, target[0], [hit.id for hit in hits], Filmed(frames, seconds)
    )
    return tuple(replace(hit, frame=found.get(hit.id)) for hit in hits)


def personalization_of(found: Personalized | None) -> Personalization | None:
    """What is told of a profile's part in the order."""
    if found is None:
        return None
    segment = None if found.segment < 0 else found.segment
    return Personalization(strength=found.strength, events=found.events, products=found.products, segment=segment)


def debug_of(question: Question, window: Window) -> dict[str, Any]:
    """The body that was sent and what decided it."""
    plan = plan_of(question, window)
    evidence = question.evidence
    return {
        "search": search_body(plan),
        "weights": {str(kind): weight for kind, weight in part_weights(question).items()},
        "evidence": None if evidence is None else {name: getattr(evidence, name) for name in evidence.__slots__},
    }


def trace_of(question: Question, page: SearchPage) -> DecisionTrace:
    """The trace of one answered search."""
    request = question.request
    if request.images:  # a whole picture has no place in a log
        images = [image.model_copy(update={"uri": image.uri[:80]}) for image in request.images]
        request = request.model_copy(update={"images": images})
    stored = question.served.stored
    return DecisionTrace(
        query_id=page.query_id,
        at=datetime.now(UTC),
        catalogue=stored.catalogue.name,
        index=stored.index,
        encoders={str(kind): target.fingerprint for kind, (target, _) in question.encoded.vectors.items()},
        model=page.model,
        request=request,
        policy=question.policy,
        words=question.words,
        weights={str(kind): weight for kind, weight in part_weights(question).items()},
        hits=tuple((hit.id, hit.score) for hit in page.hits),
        degraded=page.degraded,
        notes=page.notes,
        operator_notes=tuple(note.reason for note in page.operator_notes),
        personalized=None if page.personalized is None else page.personalized.model_dump(),
    )
