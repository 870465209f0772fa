"""Text cut within a character: browsers write half a surrogate pair as JSON, which no store can hold."""

from typing import Any, Final

_DEEPEST: Final = 20  # levels that are looked at


def whole(value: Any, *, levels: int = _DEEPEST) -> Any:
    """The same JSON value with a question mark for each half character in its texts; names stay as they are."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict) and levels:
        return {name: whole(one, levels=levels - 1) for name, one in value.items()}
    if isinstance(value, list) and levels:
        return [whole(one, levels=levels - 1) for one in value]
    return value


def require_whole(value: dict[str, Any]) -> dict[str, Any]:
    """The value itself. Raises ValueError where some text or name in it holds half a character."""
    if not _is_whole(value, _DEEPEST):
        raise ValueError("some text holds half a character (a lone surrogate), which cannot be stored; send it whole")
    return value


def _is_whole(value: Any, levels: int) -> bool:
    if isinstance(value, str):
        return value.isascii() or whole(value) == value
    if isinstance(value, dict) and levels:
        return all(_is_whole(name, levels) and _is_whole(one, levels - 1) for name, one in value.items())
    return all(_is_whole(one, levels - 1) for one in value) if isinstance(value, list) and levels else True
