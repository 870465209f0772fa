"""The writer of served searches goes on whatever befalls it, and never holds up the end of the process."""

import logging
import threading
from collections.abc import Sequence
from typing import cast

import pytest

from query_service.planning import Question
from query_service.served_log import ServedLog
from ranking.behaviour.log.event_log import EventLog, ServedSearch
from ranking.features.feature import FeatureMatrix


class Kept:
    """A log in memory whose writing may be made to wait."""

    def __init__(self) -> None:
        self.searches: list[str] = []
        self.is_closed = False
        self.writing = threading.Event()
        self.may_write = threading.Event()
        self.may_write.set()

    def append_searches(self, searches: Sequence[ServedSearch]) -> None:
        self.writing.set()
        self.may_write.wait(60)
        self.searches += [search.query_id for search in searches]

    def close(self) -> None:
        self.is_closed = True


async def no_features(_: Question) -> tuple[tuple[str, ...], FeatureMatrix | None]:
    return (), None


def search(query_id: str, catalogue: str = "shop") -> ServedSearch:
    return ServedSearch(query_id, catalogue, 1.0, "tea", None, "hybrid", None, ("a",))


async def test_an_error_that_nobody_foresaw_is_told_and_later_searches_are_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    kept, told = Kept(), list[tuple[str, int]]()
    counted = threading.Event()

    def version(catalogue: str) -> str | None:
        if catalogue == "broken":
            raise RuntimeError("nobody thought of this")
        return None

    def tell(outcome: str, count: int) -> None:
        told.append((outcome, count))
        counted.set()

    served = ServedLog(cast(EventLog, kept), no_features, share=1.0, behaviour=version)
    served.tell = tell
    with caplog.at_level(logging.ERROR):
        served._put(search("first", "broken"))
        assert counted.wait(60)
        served._put(search("second"))
        await served.close()
    assert kept.searches == ["second"]
    assert told == [("failed", 1), ("written", 1)]
    assert "1 served searches are not logged" in caplog.text
    assert kept.is_closed


async def test_the_end_waits_no_longer_than_it_was_told_for_a_log_that_does_not_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    kept = Kept()
    kept.may_write.clear()
    served = ServedLog(cast(EventLog, kept), no_features, share=1.0, closing_seconds=0.05)
    served._put(search("first"))
    assert kept.writing.wait(60)
    with caplog.at_level(logging.ERROR):
        await served.close()
    assert "the event log takes too long" in caplog.text
    assert not kept.is_closed  # its thread still holds it
    kept.may_write.set()
