"""Values as feeds write them, read as the type that the catalogue declares, or refused with a reason."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from plugin_config.errors import VitrineError

LONGEST_KEYWORD = 8191  # characters; Lucene takes terms of 32,766 bytes and a character may need four
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_WHOLE_BELOW = 1e16  # from here on a float has no digits for ones
_TRUE = {"true", "yes", "y", "t", "1", "on"}
_FALSE = {"false", "no", "n", "f", "0", "off"}
_SINCE_1970 = re.compile(r"\d{9,14}")  # eight digits are a day, 20260331
_MILLISECONDS_FROM = 100_000_000_000  # a larger whole number is read as milliseconds since 1970, not seconds


class RejectedProduct(VitrineError):
    """A product that cannot be read; `field` and `reason` go to the rejects file."""

    code = "product_rejected"
    status = 422

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Review:
    """One customer's words and, where given, mark."""

    text: str
    rating: float | None = None


def look_up(raw: Mapping[str, Any], name: str) -> Any:
    """What a product says under a declared name: the key itself, a dotted path into nested objects (a list of objects
    gives the list of their values), or, for a name ending in `*`, the values of all keys that start so."""
    if name.endswith("*"):
        return [value for key, value in raw.items() if key.startswith(name[:-1])]
    if name in raw or "." not in name:
        return raw.get(name)
    step, _, rest = name.partition(".")
    below = raw.get(step)
    if isinstance(below, Mapping):
        return look_up(below, rest)
    if isinstance(below, list):
        return [look_up(item, rest) for item in below if isinstance(item, Mapping)]
    return None


def flatten(value: Any) -> Iterator[Any]:
    """The value's parts: lists opened, null and blank text left out."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from flatten(item)
    elif value is not None and not (isinstance(value, str) and not value.strip()):
        yield value


def first_text(raw: Mapping[str, Any], name: str) -> str:
    """The field of a product as text: of several values the first, empty where it is absent."""
    value = look_up(raw, name)
    if isinstance(value, list):
        value = value[0] if value else None
    return "" if value is None else str(value)


def read_id(value: Any, field: str) -> str:
    """A product's id: a text or a whole number, at most 512 bytes."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RejectedProduct(
            field, "missing" if value is None else f"must be a text or whole number, not {show(value)}"
        )
    text = str(value).strip()
    if not text:
        raise RejectedProduct(field, "missing")
    if len(text.encode("utf-8", "surrogatepass")) > 512:
        raise RejectedProduct(field, "longer than 512 bytes")
    if any(character < " " or character == "\x7f" for character in text):
        raise RejectedProduct(field, "holds a control character")
    if text in (".", ".."):
        raise RejectedProduct(field, "must not be '.' or '..', which no web address can name")
    return text


def read_text(value: Any, field: str) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return plain_number(value)
    raise RejectedProduct(field, f"must be a text or a list of texts, not {show(value)}")


def plain_number(value: float) -> str:
    """A number as people write it, with all of its digits: 12.50 as 12.5, 1234567.0 as 1234567."""
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE_BELOW
    return str(int(value)) if is_whole else str(value)


def read_keyword(value: Any, field: str) -> str:
    text = read_text(value, field) if not isinstance(value, bool) else str(value).lower()
    if len(text) > LONGEST_KEYWORD:
        raise RejectedProduct(field, f"a keyword longer than {LONGEST_KEYWORD:,} characters; declare the field as text")
    return text


def read_number(value: Any, field: str) -> float:
    """Numbers, and texts such as 12.50; "12,50" and "$12" could mean several things and are refused."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RejectedProduct(field, f"must be a number such as 12.5, not {show(value)}")
    if not math.isfinite(value):
        raise RejectedProduct(field, f"must be a finite number, not {show(value)}")
    return float(value)


def read_date(value: Any, field: str) -> str:
    """ISO 8601 (also year or year and month alone) or seconds or milliseconds since 1970, as ISO 8601 in UTC."""
    try:
        moment = _moment(value)
        if moment is not None and moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError) as error:
        raise RejectedProduct(field, f"must be a date such as 2026-03-31, not {show(value)}") from error
    if moment is None:
        raise RejectedProduct(field, f"must be a date such as 2026-03-31, not {show(value)}")
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds") + "Z"


def _moment(value: Any) -> datetime | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip().replace("/", "-")
        if re.fullmatch(r"\d{4}(-\d{1,2}){0,2}", text):
            year, *rest = (int(part) for part in text.split("-"))
            return datetime(year, *[*rest, 1, 1][:2])  # type: ignore[arg-type]  # noqa: DTZ001
        if not _SINCE_1970.fullmatch(text):
            return datetime.fromisoformat(text)
        value = float(text)
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    if 1000 <= value <= 9999 and value == int(value):
        return datetime(int(value), 1, 1)  # noqa: DTZ001
    return datetime.fromtimestamp(value / 1000 if abs(value) >= _MILLISECONDS_FROM else value, UTC)


def read_flag(value: Any, field: str) -> bool:
    """true and false, also as yes/no, 1/0, on/off in any case."""
    word = str(value).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise RejectedProduct(field, f"must be true or false, not {show(value)}")


def read_review(value: Any, field: str, *, text: str, rating: str) -> Review | None:
    """A review as plain text, or as an object with its text (and rating) under the given names."""
    if isinstance(value, str):
        return Review(value.strip())
    if not isinstance(value, Mapping):
        raise RejectedProduct(field, f"must hold texts or objects with {text!r}, not {show(value)}")
    mark = value.get(rating)
    words = value.get(text)
    if words is None and mark is None:
        return None
    return Review(
        read_text(words, f"{field}.{text}") if words is not None else "",
        None if mark is None or mark == "" else read_number(mark, f"{field}.{rating}"),
    )


def show(value: Any) -> str:
    """A value as it is quoted in a message: short, on one line."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
