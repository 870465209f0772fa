"""Filters as people type them on a command line or in an address: `brand=Acme`, `price=10..50`, `price=..50`."""

from collections.abc import Sequence

from plugin_config.errors import VitrineError
from query_service.messages import FilterValue, Range


class UnreadableFilter(VitrineError):
    """A filter is not of the form field=value."""

    code = "unreadable_filter"
    status = 422


def parse_filters(texts: Sequence[str]) -> dict[str, FilterValue]:
    """One condition per field; a field given twice takes any of its values. Raises UnreadableFilter."""
    values: dict[str, list[str | float | bool]] = {}
    ranges: dict[str, Range] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name or not value:
            raise UnreadableFilter(f"filter {text[:80]!r}: write field=value or field=10..50")
        bounds = _range(value)
        if bounds is None:
            values.setdefault(name, []).append(value)
        elif name in ranges:
            raise UnreadableFilter(
                f"filter {name}: two ranges; one is enough, and several values may stand beside none"
            )
        else:
            ranges[name] = bounds
    both = sorted(set(values) & set(ranges))
    if both:
        raise UnreadableFilter(f"filter {both[0]}: a range and a value; choose one")
    return {**{name: found if len(found) > 1 else found[0] for name, found in values.items()}, **ranges}


def _range(value: str) -> Range | None:
    low, dots, high = value.partition("..")
    if not dots or "." in (low[-1:], high[:1]):
        return None
    if not low and not high:
        return None
    return Range(gte=low.strip() or None, lte=high.strip() or None)
