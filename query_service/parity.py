"""Whether features that were logged can be computed again, bit for bit: training and serving see the same numbers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from pydantic import ValidationError

from plugin_config.settings import Settings
from query_service.composition import SearchService, build_service
from query_service.messages import SearchRequest
from ranking.behaviour.log.event_log import ServedSearch
from ranking.features.feature import FeatureMatrix
from ranking.learning.gate import Check, Verdict

SAMPLE: Final = 20
NAME: Final = "feature parity"


@dataclass(frozen=True, slots=True)
class Parity:
    """`moved`: by feature, in how many rows it differs now from what was logged. `differing`: by feature, where serving and
    recomputing do not agree at this very moment; there must be none.
    """

    searches: int
    rows: int
    equal_rows: int
    moved: Mapping[str, int] = field(default_factory=dict)
    differing: Mapping[str, int] = field(default_factory=dict)


class _Clock:
    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def now(self) -> datetime:
        return self.moment


async def recompute(settings: Settings, catalogue: str, searches: Iterable[ServedSearch]) -> Parity:
    """Ask the newest of these searches again, each at the minute it was served in, and compare every feature of every
    shown product. Where something has moved, serve the search afresh and compare that: what still differs is no change of
    the world but of the code. Raises the errors of a search.
    """
    clock = _Clock()
    service = build_service(settings, now=clock.now)
    try:
        rows = equal = asked = 0
        moved, differing = Counter[str](), Counter[str]()
        for search in sample_of(searches):
            request = _request(search)
            if request is None:
                continue
            asked += 1
            found = await _moved_since(service, clock, catalogue, search, request)
            rows += len(search.products)
            equal += len(search.products) - found.rows
            moved.update(found.features)
            if found.rows:
                differing.update((await _differing_now(service, catalogue, request)).features)
    finally:
        await service.close()
    return Parity(asked, rows, equal, dict(moved), dict(differing))


def sample_of(searches: Iterable[ServedSearch]) -> list[ServedSearch]:
    """The newest searches that can be asked again."""
    able = [search for search in searches if search.request and search.features is not None and search.products]
    return sorted(able, key=lambda search: -search.at)[:SAMPLE]


def parity_check(parity: Parity) -> Check:
    """The verdict for the gate."""
    if parity.searches == 0:
        return Check(NAME, Verdict.NOT_EXAMINED, "no logged search that can be asked again")
    number = f"{parity.equal_rows} of {parity.rows} rows of {parity.searches} searches equal bit for bit"
    if parity.differing:
        return Check(NAME, Verdict.FAILED, f"{number}; serving and recomputing differ", _told(parity.differing))
    if parity.moved:
        return Check(NAME, Verdict.PASSED, f"{number}; served afresh, the others are too", _told(parity.moved))
    return Check(NAME, Verdict.PASSED, number)


@dataclass(frozen=True, slots=True)
class _Difference:
    rows: int
    features: Mapping[str, int]


async def _moved_since(
    service: SearchService, clock: _Clock, catalogue: str, search: ServedSearch, request: SearchRequest
) -> _Difference:
    """What differs from the log, by the minute of serving or the one before, whichever agrees better."""
    assert search.features is not None
    logged = FeatureMatrix(search.feature_names, search.features)
    served = datetime.fromtimestamp(search.at, UTC)
    found = []
    for moment in dict.fromkeys(m.replace(second=0, microsecond=0) for m in (served, served - timedelta(seconds=5))):
        clock.moment = moment
        examined = await service.searching.examined(catalogue, request)
        ids = tuple(map(str, examined.candidates.ids))
        found.append(_compare(search.products, logged, ids, examined.matrix))
    clock.moment = datetime.now(UTC)
    return min(found, key=lambda difference: difference.rows)


async def _differing_now(service: SearchService, catalogue: str, request: SearchRequest) -> _Difference:
    page = await service.search(catalogue, request)
    if page.seen is None or page.seen.matrix is None:
        return _Difference(0, {})  # no model orders it: what is logged comes from recomputing alone
    served_ids = tuple(map(str, page.seen.ids[: page.seen.matrix.values.shape[0]]))
    examined = await service.searching.examined(catalogue, request)
    return _compare(served_ids, page.seen.matrix, tuple(map(str, examined.candidates.ids)), examined.matrix)


def _compare(
    products: Sequence[str], logged: FeatureMatrix, ids: Sequence[str], again: FeatureMatrix | None
) -> _Difference:
    """Rows and features that differ; a product that is not found any more differs in its whole row, under no feature."""
    names = [name for name in logged.names if again is not None and name in again.names]
    before = logged.select(names).values
    now = np.full_like(before, np.nan)
    place = {id: row for row, id in enumerate(ids)}
    known = np.array([product in place for product in products], dtype=np.bool_)
    if again is not None and known.any():
        now[known] = again.select(names).values[[place[p] for p in products if p in place]]
    seen = ~np.isnan(before).all(axis=1)  # rows that no model saw hold nothing to compare
    differs = (before != now) & ~(np.isnan(before) & np.isnan(now)) & (seen & known)[:, None]
    gone = seen & ~known
    counts = {name: int(count) for name, count in zip(names, differs.sum(axis=0), strict=True) if count}
    return _Difference(int((differs.any(axis=1) | gone).sum()), counts)


def _request(search: ServedSearch) -> SearchRequest | None:
    try:
        return SearchRequest.model_validate_json(search.request)
    except ValidationError:
        return None  # asked in the words of another edition


def _told(counts: Mapping[str, int]) -> tuple[str, ...]:
    most = sorted(counts.items(), key=lambda pair: -pair[1])[:5]
    return tuple(f"{feature} in {count} rows" for feature, count in most)
