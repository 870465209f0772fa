"""Several pictures at once, of which some may not be had."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

from encoders.pictures_decoding import PictureError

T = TypeVar("T")


async def those_had(wanted: Iterable[Awaitable[T]]) -> tuple[dict[int, T], list[PictureError]]:
    """What came of those that can be had, by their places, and why the others cannot.

    Raises the first PictureError when none can be had, and any other error at once.
    """
    outcomes = await asyncio.gather(*wanted, return_exceptions=True)
    had: dict[int, T] = {}
    lost: list[PictureError] = []
    for place, outcome in enumerate(outcomes):
        if isinstance(outcome, PictureError):
            lost.append(outcome)
        elif isinstance(outcome, BaseException):
            raise outcome
        else:
            had[place] = outcome
    if lost and not had:
        raise lost[0]
    return had, lost
