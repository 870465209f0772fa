"""JSON in which a word was cut within a character: browsers write half a surrogate pair, which strict readers refuse."""

import json
from typing import Any

import orjson


def read_json(body: bytes) -> Any:
    """The value; a half character is read as a question mark, so that one cut word costs no event. Raises ValueError."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        if b"\\u" not in body:
            raise
        try:
            whole = json.dumps(json.loads(body, parse_constant=_refuse), ensure_ascii=False)
        except RecursionError as error:
            raise ValueError("it is nested too deeply") from error
        return orjson.loads(whole.encode("utf-8", "replace"))


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")
