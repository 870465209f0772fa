"""Single values of events, read strictly: a value of the wrong type is refused with its name, never guessed at."""

import hashlib
import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from indexer.behaviour.reported import EventRefused
from plugin_config.moments import zoned

LONGEST_ID: Final = 512
LONGEST_TEXT: Final = 2_000
LAST_POSITION: Final = 100_000
LARGEST_QUANTITY: Final = 1_000_000.0
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ACTION = re.compile(r"[a-z][a-z0-9_.:\-]{0,59}")
_MILLISECONDS_FROM: Final = 1e11  # as seconds this would be the year 5138
_LATEST: Final = 4e12

Record = Mapping[str, Any]


def identifier(record: Record, name: str, *, place: str | None = None) -> str | None:
    """A short text or whole number; None when absent, null or empty. Raises EventRefused."""
    value = record.get(name)
    if value is None or value == "":
        return None
    where = place or name
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise EventRefused("wrong_type", where, f"is {_kind(value)}, an id is wanted")
    if len(value) > LONGEST_ID or (not value.isascii() and len(value.encode("utf-8", "replace")) > LONGEST_ID):
        raise EventRefused("too_long", where, f"is longer than {LONGEST_ID} bytes")
    if not value.isprintable() and _CONTROL.search(value):
        raise EventRefused("wrong_value", where, "has control characters")
    return value


def needed(value: str | None, place: str) -> str:
    """Raises EventRefused when the value is absent."""
    if value is None:
        raise EventRefused("missing", place, "is missing")
    return value


def text(record: Record, name: str) -> str | None:
    """Words of a person, cut at 2,000 characters; None when absent. Raises EventRefused."""
    value = record.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise EventRefused("wrong_type", name, f"is {_kind(value)}, text is wanted")
    return _CONTROL.sub(" ", value[:LONGEST_TEXT]).strip()


def action(value: object, place: str) -> str:
    """The name of an action in lower case. Raises EventRefused."""
    if not isinstance(value, str):
        code = "missing" if value is None else "wrong_type"
        raise EventRefused(code, place, "is missing" if value is None else f"is {_kind(value)}, a name is wanted")
    name = value.strip().lower().replace(" ", "_")
    if not _ACTION.fullmatch(name):
        raise EventRefused("wrong_value", place, "is not a name of at most 60 letters, digits and _ . : -")
    return name


def moment(value: object, place: str = "timestamp") -> float:
    """Seconds since 1970 from an ISO 8601 text, or from seconds or milliseconds as number or digits.

    A text without a zone is UTC. Raises EventRefused.
    """
    if value is None:
        raise EventRefused("missing", place, "is missing")
    if isinstance(value, str):
        stripped = value.strip()
        if not stripped.isascii() or not stripped.isdigit():
            return _iso(stripped, place)
        value = float(stripped) if len(stripped) < 20 else math.inf
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EventRefused("wrong_type", place, f"is {_kind(value)}, a time is wanted")
    number = float(value)
    if not math.isfinite(number) or number < 0 or number > _LATEST:
        raise EventRefused("wrong_value", place, "is no time in seconds or milliseconds since 1970")
    return number / 1000 if number >= _MILLISECONDS_FROM else number


def position(value: object, place: str, *, first: int = 1) -> int | None:
    """A place in a list, from 1 on, where the sender counts from `first`. None when absent or before the first."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise EventRefused("wrong_type", place, f"is {_kind(value)}, a whole number is wanted")
    if value > LAST_POSITION:
        raise EventRefused("wrong_value", place, f"is beyond {LAST_POSITION:,}")
    found = value - first + 1
    return found if found >= 1 else None


def quantity(value: object, place: str) -> float:
    """How many; 1 when absent. Raises EventRefused for what is no number above 0."""
    if value is None:
        return 1.0
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EventRefused("wrong_type", place, f"is {_kind(value)}, a number is wanted")
    if not 0 < value <= LARGEST_QUANTITY:
        raise EventRefused("wrong_value", place, f"does not lie above 0 and up to {LARGEST_QUANTITY:,.0f}")
    return float(value)


def part(record: Record, name: str, *, place: str | None = None) -> Record:
    """An object within the record; empty when absent. Raises EventRefused."""
    value = record.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise EventRefused("wrong_type", place or name, f"is {_kind(value)}, an object is wanted")
    return value


def token_of(event_id: str, given: object) -> dict[str, str]:
    """The result token by the event's id; what is no text is no token of ours, and is refused as an empty one."""
    return {} if given is None else {event_id: given if isinstance(given, str) else ""}


def content_id(record: Record) -> str:
    """An id made from everything the record says, so that the same record sent twice counts once."""
    return hashlib.sha256(orjson.dumps(record, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)).hexdigest()[:32]


def _iso(value: str, place: str) -> float:
    try:
        return zoned(datetime.fromisoformat(value)).timestamp()
    except (ValueError, OverflowError) as error:
        raise EventRefused("wrong_value", place, "is no time as ISO 8601 writes it") from error


def _kind(value: object) -> str:
    kinds = {bool: "true or false", str: "text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return kinds.get(type(value), "null")
