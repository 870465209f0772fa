"""Work that many want at the same time is done once."""

import asyncio

import numpy as np

from mappings.fields import Modality, VectorField
from query_service.background import Background
from query_service.once import Once


async def test_all_who_ask_meanwhile_get_what_one_work_gives() -> None:
    once, begun, may_end = Once[str, int](), list[int](), asyncio.Event()

    async def work() -> int:
        begun.append(1)
        await may_end.wait()
        return len(begun)

    asking = [asyncio.ensure_future(once.get("a", work)) for _ in range(5)]
    while not begun:
        await asyncio.sleep(0)
    asking[0].cancel()
    await asyncio.sleep(0)
    may_end.set()
    assert await asyncio.gather(*asking[1:]) == [1, 1, 1, 1]
    assert await once.get("a", work) == 2


async def test_all_who_ask_meanwhile_are_told_what_went_wrong_and_the_next_one_tries_again() -> None:
    once, tries = Once[str, int](), list[int]()

    async def work() -> int:
        tries.append(1)
        await asyncio.sleep(0)
        if len(tries) == 1:
            raise ValueError("not yet")
        return 7

    told = await asyncio.gather(*(once.get("a", work) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in told] == [ValueError] * 3
    assert await once.get("a", work) == 7


class _Counting:
    """An OpenSearch that answers a sample of vectors, and counts how often it was asked for one."""

    def __init__(self, field: VectorField) -> None:
        self.asked = 0
        self._hits = [{"_source": {field.name: row}} for row in np.eye(16, field.dimension).tolist()]

    async def search(self, _index: str, _body: dict[str, object]) -> dict[str, object]:
        self.asked += 1
        await asyncio.sleep(0)
        return {"hits": {"total": {"value": len(self._hits)}, "hits": self._hits}}


async def test_searches_in_flight_read_one_sample_together() -> None:
    field = VectorField(Modality.TEXT, "0123456789ab", 16)
    engine = _Counting(field)
    background = Background(engine)  # type: ignore[arg-type]
    vector = np.full(16, 0.25, dtype=np.float32)
    scores = await asyncio.gather(*(background.least_score("shop", field, vector, 2.0) for _ in range(6)))
    assert engine.asked == 1
    assert len(set(scores)) == 1
