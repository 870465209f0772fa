"""Suggestions while a shopper types: completions, products, and the categories and brands they stand in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mappings import fields
from mappings.filters import Body, FieldKind, indexed_fields
from plugin_config.catalogue import Catalogue

LONGEST_COMPLETION_WORDS = 6
_EDGES = " -–—,;:.|/&+"  # what a title cut after some words may begin or end with


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to search for; `kind` is `completion`, `category` or `brand`; `count` of products, where known."""

    text: str
    kind: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Texts to search for and the ids of products to show at once, best first."""

    texts: tuple[Suggestion, ...]
    products: tuple[str, ...]


def suggest_body(catalogue: Catalogue, typed: str, size: int) -> Body:
    """The request for what was typed so far; nothing typed asks for what is popular."""
    title = fields.text_field(catalogue.title_field)
    beginnings = {"match": {fields.prefix(title): {"query": typed, "operator": "and"}}}
    body: Body = {
        "size": size,
        "track_total_hits": False,
        "_source": False,
        "query": _popular_first(catalogue, beginnings if typed else {"match_all": {}}),
        "aggs": {kind: {"terms": {"field": path, "size": 3}} for kind, path in _places(catalogue).items()},
    }
    if typed:
        completion = {"field": fields.SUGGEST, "size": size, "skip_duplicates": True}
        fuzzy = {"fuzziness": "AUTO:4,8", "prefix_length": 1, "unicode_aware": True}
        body["suggest"] = {
            "exactly": {"prefix": typed, "completion": completion},
            "nearly": {"prefix": typed, "completion": {**completion, "fuzzy": fuzzy}},
        }
    return body


def parse_suggestions(answer: Mapping[str, Any], typed: str, size: int) -> Suggestions:
    """Places first, then completions that continue what was typed, then those a letter away."""
    found: dict[str, Suggestion] = {}
    for kind, aggregation in answer.get("aggregations", {}).items():
        for bucket in aggregation["buckets"]:
            if kind == "brand" and not _continues(bucket["key"], typed):
                continue  # a brand is a help when it is being typed; the brands of what was typed are a facet
            found.setdefault(bucket["key"].lower(), Suggestion(bucket["key"], kind, bucket["doc_count"]))
    places = list(found.values())
    for each in ("exactly", "nearly"):
        for option in _options(answer, each):
            text = " ".join(option["text"].split()[:LONGEST_COMPLETION_WORDS]).strip(_EDGES)
            found.setdefault(text.lower(), Suggestion(text, "completion"))
    completions = [suggestion for suggestion in found.values() if suggestion.kind == "completion"]
    kept_places = places[: max(1, size // 2)]
    texts = (*kept_places, *completions[: size - len(kept_places)])
    return Suggestions(texts, tuple(hit["_id"] for hit in answer["hits"]["hits"]))


def _continues(text: str, typed: str) -> bool:
    return any(word.startswith(typed) for word in (text.lower(), *text.lower().split()))


def _options(answer: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    entries = answer.get("suggest", {}).get(name, [])
    return [option for entry in entries for option in entry["options"]]


def _places(catalogue: Catalogue) -> dict[str, str]:
    known = indexed_fields(catalogue)
    roles = {"category": catalogue.roles.category, "brand": catalogue.roles.brand}
    return {
        kind: known[name].path
        for kind, name in roles.items()
        if name is not None and name in known and known[name].kind is FieldKind.KEYWORD
    }


def _popular_first(catalogue: Catalogue, query: Body) -> Body:
    popularity = catalogue.roles.popularity or catalogue.roles.rating_count
    if popularity is None or popularity not in catalogue.number:
        return query
    factor = {"field": fields.number_field(popularity), "modifier": "log1p", "missing": 0}
    return {"function_score": {"query": query, "field_value_factor": factor, "boost_mode": "sum"}}
