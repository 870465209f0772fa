"""The check of the gate that goes through the read path."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexer.behaviour.learning import School
    from plugin_config.settings import Settings
    from ranking.learning.gate import Check
    from ranking.learning.joining import LogReading

RECENT_SECONDS = 3600.0  # parity is asked of the last searches: older ones have seen another world


def parity_of(settings: Settings, school: School) -> Callable[[LogReading], Iterable[Check]]:
    """The check that the last logged searches can be computed again through the read path."""

    def check(reading: LogReading) -> Iterable[Check]:
        from query_service.parity import parity_check, recompute

        since = (reading.last_at or 0.0) - RECENT_SECONDS
        searches = school.log.searches(school.catalogue, since=since)
        return (parity_check(asyncio.run(recompute(settings, school.catalogue, searches))),)

    return check
