"""The month after the split: every search of it through the product, as its shopper and as nobody in particular."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from examples.real.retail.conversion import shopper_of
from examples.real.retail.learning import NAME
from examples.real.retail.purchases import Purchases
from examples.real.retail.questions import Asked
from plugin_config.settings import Settings
from query_service.composition import SearchService, build_service
from query_service.messages import SearchRequest
from ranking.evaluation.intervals import MeanInterval, bootstrap_mean
from ranking.evaluation.ndcg import ndcg

_AT_ONCE = 4
_BATCH = 64
_SIZE = 200


@dataclass(frozen=True, slots=True)
class Compared:
    """nDCG@10 of the two, query by query; `gain`: of their paired difference, `relative`: of the ratio of the means."""

    queries: int
    personal: MeanInterval
    anybody: MeanInterval
    gain: MeanInterval
    relative: MeanInterval


@dataclass(frozen=True, slots=True)
class Examination:
    """`every`: all relevant items count. `unbought`: those that the shopper had bought before are taken out of everything."""

    every: Compared
    unbought: Compared
    degraded: int


def examine(settings: Settings, purchases: Purchases, split: float, asked: Sequence[Asked]) -> Examination:
    """Search every question at strength 1 and 0, with rows and profiles as they stand, and measure."""
    lists, degraded = asyncio.run(_search_all(settings, purchases, split, asked))
    before = purchases.between(0.0, split)
    owned: dict[int, set[str]] = {}
    for customer, item in zip(before.customer.tolist(), before.item.tolist(), strict=True):
        owned.setdefault(customer, set()).add(purchases.names[item])
    values: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    for question, (mine, anybodys) in zip(asked, lists, strict=True):
        wanted = {purchases.names[item] for item in question.bought}
        for is_new, out in ((False, frozenset[str]()), (True, frozenset(owned[question.customer]))):
            if wanted - out:
                values[is_new].append((_ndcg(mine, wanted, out), _ndcg(anybodys, wanted, out)))
    return Examination(_compared(values[False]), _compared(values[True]), degraded)


def _ndcg(ids: Sequence[str], wanted: set[str], out: frozenset[str]) -> float:
    shown = [id for id in ids if id not in out]
    return ndcg(np.array([float(id in wanted) for id in shown]), [1.0] * len(wanted - out), cutoff=10)


def _compared(pairs: Sequence[tuple[float, float]]) -> Compared:
    values = np.array(pairs, dtype=np.float64).reshape(len(pairs), 2)
    personal, anybody = values[:, 0], values[:, 1]
    gain, relative = bootstrap_mean(personal - anybody), _ratio(personal, anybody)
    return Compared(len(pairs), bootstrap_mean(personal), bootstrap_mean(anybody), gain, relative)


def _ratio(personal: NDArray[np.float64], anybody: NDArray[np.float64], resamples: int = 2_000) -> MeanInterval:
    """mean(personal) / mean(anybody) − 1 with its 95 % bootstrap interval over queries."""
    rng = np.random.default_rng(0)
    places = (rng.integers(0, personal.size, personal.size) for _ in range(resamples))
    drawn = np.array([personal[at].mean() / anybody[at].mean() - 1 for at in places])
    low, high = np.quantile(drawn, [0.025, 0.975])
    return MeanInterval(float(personal.mean() / anybody.mean() - 1), float(low), float(high), personal.size)


async def _search_all(
    settings: Settings, purchases: Purchases, split: float, asked: Sequence[Asked]
) -> tuple[list[tuple[list[str], list[str]]], int]:
    service = build_service(settings, now=lambda: datetime.fromtimestamp(split, UTC))
    gate, degraded = asyncio.Semaphore(_AT_ONCE), 0

    async def search(noun: str, policy: str, customer: int | None) -> tuple[list[str], bool]:
        user = None if customer is None else shopper_of(purchases, customer)
        request = SearchRequest(text=noun.lower(), user=user, policy=policy, facets=[], size=_SIZE)
        async with gate:
            page = await service.search(NAME, request)
        return [hit.id for hit in page.hits], bool(page.degraded)

    try:
        nouns = sorted({question.noun for question in asked})
        plain = dict(zip(nouns, await asyncio.gather(*(search(noun, "anybody", None) for noun in nouns)), strict=True))
        await _same_for_a_shopper(service, plain[nouns[0]][0], nouns[0], shopper_of(purchases, asked[0].customer))
        lists = []
        for start in range(0, len(asked), _BATCH):
            batch = asked[start : start + _BATCH]
            found = await asyncio.gather(*(search(q.noun, "personal", q.customer) for q in batch))
            for question, (ids, is_degraded) in zip(batch, found, strict=True):
                lists.append((ids, plain[question.noun][0]))
                degraded += is_degraded or plain[question.noun][1]
        return lists, degraded
    finally:
        await service.close()


async def _same_for_a_shopper(service: SearchService, ids: Sequence[str], noun: str, shopper: str) -> None:
    """At strength 0 the order is the same for everybody: it is asked once a noun, and here for a shopper, too."""
    request = SearchRequest(text=noun.lower(), user=shopper, policy="anybody", facets=[], size=_SIZE)
    page = await service.search(NAME, request)
    if [hit.id for hit in page.hits] != list(ids):
        raise RuntimeError(f"strength 0 ranks {noun!r} for {shopper} otherwise than for nobody in particular")
