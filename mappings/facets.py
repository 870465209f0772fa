"""Facets: counts of the values of a field over the products that a search matches, and reading them back."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mappings.aggregation import labelled, meant, values_within
from mappings.filters import AnyOf, Body, Condition, FieldKind, Filters, IndexedField, UnknownFieldError, locate
from plugin_config.catalogue import Catalogue

MAXIMUM_VALUES = 50
STEPS = 8  # about so many steps of a number facet
_PERCENTS = (0.0, 5.0, 95.0, 100.0)


@dataclass(frozen=True, slots=True)
class FacetCount:
    """A value and how many products have it; for numbers the value is the lower bound of a step."""

    value: str | float | bool
    count: int
    selected: bool = False


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """The counts of one field; `minimum`, `maximum` and `step` only for numbers."""

    kind: Literal["terms", "range", "flag"]
    values: tuple[FacetCount, ...]
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None


def facet_fields(catalogue: Catalogue, names: Sequence[str] | None) -> tuple[IndexedField, ...]:
    """The facets asked for, or the catalogue's own. Raises UnknownFieldError, also for date fields."""
    found = tuple(
        locate(catalogue, name, purpose="facets") for name in (catalogue.facet_fields if names is None else names)
    )
    for each in found:
        if each.kind is FieldKind.DATE:
            raise UnknownFieldError(f"facets: {each.name!r} is a date; keyword, number and flag fields can be counted")
    return found


def facet_aggregations(facets: Sequence[IndexedField], steps: Mapping[str, float]) -> Body:
    """The `aggs` for these facets. `steps`: width of a step per number field; without one only its spread is asked."""
    return {name: body for facet in facets for name, body in _aggregations(facet, steps.get(facet.name))}


def _aggregations(facet: IndexedField, step: float | None) -> Iterator[tuple[str, Body]]:
    if facet.kind is not FieldKind.NUMBER:
        terms = {"field": facet.path, "size": MAXIMUM_VALUES, **values_within(facet)}
        yield _label("facet", facet), {"terms": terms}
        return
    yield _label("spread", facet), {"stats": {"field": facet.path}}
    if step is not None:
        histogram = {"field": facet.path, "interval": step, "min_doc_count": 1}
        yield _label("facet", facet), {"histogram": histogram}


def _label(kind: str, facet: IndexedField) -> str:
    return labelled(f"{kind}:{facet.name}")


def spread_query(facets: Sequence[IndexedField]) -> Body:
    """Asks a whole catalogue how its numbers spread, so that steps can be chosen once and stay the same."""
    numbers = [facet for facet in facets if facet.kind is FieldKind.NUMBER]
    aggregations = {
        _label("percentiles", facet): {
            "percentiles": {"field": facet.path, "percents": list(_PERCENTS), "keyed": False}
        }
        for facet in numbers
    }
    return {"size": 0, "track_total_hits": False, "aggs": aggregations}


def parse_spread(aggregations: Mapping[str, Any]) -> dict[str, float]:
    """A round step width per number field from the answer to spread_query; fields without values are left out."""
    steps: dict[str, float] = {}
    for key, answer in aggregations.items():
        ends = [entry["value"] for entry in answer["values"]]
        if ends and all(isinstance(end, int | float) and math.isfinite(end) for end in ends):
            steps[meant(key).removeprefix("percentiles:")] = round_step(ends[2] - ends[1] or ends[3] - ends[0])
    return steps


def round_step(span: float) -> float:
    """A width of 1, 2, 2.5 or 5 times a power of ten that cuts `span` into about eight steps."""
    if span <= 0:
        return 1.0
    rough = span / STEPS
    magnitude = 10.0 ** math.floor(math.log10(rough))
    return next(factor * magnitude for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if rough <= factor * magnitude * 1.0001)


def parse_facets(
    aggregations: Mapping[str, Any], facets: Sequence[IndexedField], filters: Filters, steps: Mapping[str, float]
) -> dict[str, FacetCounts]:
    """The counts by field name, the chosen values marked."""
    return {
        facet.name: _counts(facet, aggregations, filters.get(facet.name), steps.get(facet.name))
        for facet in facets
        if any(_label(kind, facet) in aggregations for kind in ("facet", "spread"))
    }


def _counts(
    facet: IndexedField, aggregations: Mapping[str, Any], condition: Condition | None, step: float | None
) -> FacetCounts:
    buckets = aggregations.get(_label("facet", facet), {}).get("buckets", [])
    if facet.kind is FieldKind.NUMBER:
        spread = aggregations.get(_label("spread", facet), {})
        steps = tuple(FacetCount(float(bucket["key"]), bucket["doc_count"]) for bucket in buckets)
        return FacetCounts("range", steps, spread.get("min"), spread.get("max"), step)
    chosen = {str(value).lower() for value in condition.values} if isinstance(condition, AnyOf) else set()
    if facet.kind is FieldKind.FLAG:
        flags = ((bucket["key_as_string"] == "true", bucket["doc_count"]) for bucket in buckets)
        return FacetCounts("flag", tuple(FacetCount(v, n, str(v).lower() in chosen) for v, n in flags))
    start = len(f"{facet.name}=") if facet.is_paired else 0
    values = ((str(bucket["key"])[start:], bucket["doc_count"]) for bucket in buckets)
    return FacetCounts("terms", tuple(FacetCount(v, n, v.lower() in chosen) for v, n in values))
