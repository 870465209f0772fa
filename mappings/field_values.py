"""The values of keyword fields with the number of products that have each: a catalogue's own vocabulary."""

from collections.abc import Mapping, Sequence
from typing import Any

from mappings.aggregation import labelled, values_within
from mappings.filters import Body, IndexedField

MOST_VALUES = 200


def field_values_body(wanted: Sequence[IndexedField]) -> Body:
    """Asks for the most frequent values of these keyword fields, and for the number of all products."""
    aggregations: Body = {}
    for field in wanted:
        aggregations[labelled(field.name)] = {
            "terms": {"field": field.path, "size": MOST_VALUES, **values_within(field)}
        }
    return {"size": 0, "track_total_hits": True, "aggs": aggregations}


def parse_field_values(answer: Mapping[str, Any], wanted: Sequence[IndexedField]) -> dict[str, dict[str, int]]:
    """Products by value by the name of the field, the most frequent first."""
    found = answer.get("aggregations", {})
    return {
        field.name: {
            stripped(field, str(bucket["key"])): int(bucket["doc_count"])
            for bucket in found[labelled(field.name)]["buckets"]
        }
        for field in wanted
        if labelled(field.name) in found
    }


def values_of(field: IndexedField, stored: Sequence[Any]) -> list[str]:
    """The values of this field among what is stored at its path."""
    texts = map(str, stored)
    return [stripped(field, text) for text in texts if not field.is_paired or text.startswith(f"{field.name}=")]


def stripped(field: IndexedField, stored: str) -> str:
    """A stored value without the name that a shared path puts before it."""
    return stored.removeprefix(f"{field.name}=") if field.is_paired else stored
