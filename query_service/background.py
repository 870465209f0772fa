"""How near a product must lie to a query to stand out: judged against a sample of the catalogue, query by query.

The nearest neighbours of a query always exist, also when nothing like it is sold. Cosines of one model cannot be
compared with those of another, and even one model's differ from query to query; how far a cosine lies above those of
arbitrary products, in standard deviations, can.
"""

import logging
import math
import time
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from mappings.client import AsyncClient
from mappings.errors import EngineError
from mappings.fields import VectorField
from mappings.hybrid import engine_score, sample_body
from query_service.once import Once

log = logging.getLogger(__name__)
SAMPLE = 1000  # of 400, the spread was off by a 28th: enough to change which products stand out, and nDCG@10 by .003
SMALLEST_SAMPLE = 8
SMALLEST_FOR_FLOOR = 100
FLOOR_PERCENTILE = 2.0
KEPT_SECONDS = 600.0
FIRST_SECONDS = 10.0
NEUTRAL_DEVIATIONS = 2.0
NEUTRAL_RANK = 50


@dataclass(frozen=True, slots=True)
class _Kept:
    """A sample, when it was read (monotonic) and for how many seconds it holds."""

    sample: NDArray[np.float32]
    at: float
    seconds: float


class Background:
    """Samples of product vectors per field, read again every ten minutes, once for all searches that wait for one; sooner
    while their number still changes.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._samples: dict[tuple[str, str], _Kept] = {}
        self._totals: dict[tuple[str, str], int] = {}
        self._reading = Once[tuple[str, str], NDArray[np.float32]]()
        self._floors: dict[tuple[str, str], tuple[NDArray[np.float32], float]] = {}

    async def least_score(
        self, index: str, field: VectorField, vector: NDArray[np.float32], deviations: float
    ) -> float | None:
        """The score, in the engine's units, that lies so many standard deviations above arbitrary products.

        None while there are too few vectors to tell, and when they cannot be read.
        """
        sample = await self._sample(index, field)
        if sample.shape[0] < SMALLEST_SAMPLE:
            return None
        closeness = sample @ vector
        mean = float(closeness.mean())
        spread = closeness - np.float32(mean)
        deviation = math.sqrt(float(spread @ spread) / closeness.size)
        return engine_score(field.space, mean + deviations * deviation)

    async def neutral_score(self, index: str, field: VectorField, vector: NDArray[np.float32]) -> float | None:
        """The score, in the engine's units, for a product that has no vector: neither near nor far.

        Two standard deviations above arbitrary products; in large catalogues more, so that about NEUTRAL_RANK products
        are nearer, if closeness spreads normally. None where least_score is None.
        """
        await self._sample(index, field)
        total = self._totals.get((index, field.name), 0)
        share = 1 - NEUTRAL_RANK / max(total, 2 * NEUTRAL_RANK)
        return await self.least_score(index, field, vector, max(NEUTRAL_DEVIATIONS, NormalDist().inv_cdf(share)))

    async def floor(self, index: str, field: VectorField) -> float | None:
        """The closeness below which two pictures of this catalogue are not alike; None while there are too few to tell.

        Nearly all products (98 of 100) have another that lies nearer to them than this. A picture whose nearest product lies
        farther away shows something that is not sold here.
        """
        sample = await self._sample(index, field)
        if sample.shape[0] < SMALLEST_FOR_FLOOR:
            return None
        kept = self._floors.get((index, field.name))
        if kept is None or kept[0] is not sample:
            closeness = sample @ sample.T
            np.fill_diagonal(closeness, -1.0)
            kept = (sample, float(np.percentile(closeness.max(axis=1), FLOOR_PERCENTILE)))
            self._floors[index, field.name] = kept
        return kept[1]

    async def _sample(self, index: str, field: VectorField) -> NDArray[np.float32]:
        key = (index, field.name)
        kept = self._samples.get(key)
        if kept is not None and time.monotonic() - kept.at < kept.seconds:
            return kept.sample
        return await self._reading.get(key, lambda: self._read(index, field))

    async def _read(self, index: str, field: VectorField) -> NDArray[np.float32]:
        key, now = (index, field.name), time.monotonic()
        try:
            answer = await self._client.search(index, sample_body(field, SAMPLE))
        except EngineError as error:
            log.warning("no sample of %s in %s: %s", field.name, index, error)
            return np.empty((0, field.dimension), dtype=np.float32)
        self._totals[key] = int(answer["hits"]["total"]["value"])
        rows = [hit["_source"][field.name] for hit in answer["hits"]["hits"]]
        sample = np.array(rows, dtype=np.float32).reshape(len(rows), field.dimension)
        self._samples[key] = _Kept(sample, now, _holds_for(sample, self._samples.get(key)))
        return sample


def _holds_for(sample: NDArray[np.float32], before: _Kept | None) -> float:
    """Few vectors mean that enrichment may be under way: look again soon, and less often while nothing changes."""
    if sample.shape[0] == SAMPLE:
        return KEPT_SECONDS
    if before is None or before.sample.shape[0] != sample.shape[0]:
        return FIRST_SECONDS
    return min(KEPT_SECONDS, 2 * before.seconds)
