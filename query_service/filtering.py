"""Filters as they come over HTTP, turned into the conditions that mappings knows."""

from collections.abc import Mapping

from mappings.filters import AnyOf, Between, Condition
from query_service.messages import FilterValue, Range


def conditions(filters: Mapping[str, FilterValue]) -> dict[str, Condition]:
    """One condition per field; values are checked against the catalogue later, where its fields are known."""
    return {name: _condition(value) for name, value in filters.items()}


def _condition(value: FilterValue) -> Condition:
    if isinstance(value, Range):
        return Between(value.gte, value.lte)
    return AnyOf(tuple(value) if isinstance(value, list) else (value,))
