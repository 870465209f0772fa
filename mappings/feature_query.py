"""One request that reads every engine feature of some candidates: ids as filter, one named `should` per feature.

A clause that does not match leaves its name out of `matched_queries`, so what is absent stays absent. Numbers and dates
come as doc values in the same answer.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mappings import fields
from mappings.fields import VectorField
from mappings.filters import Body, FieldKind, locate
from mappings.keyword import all_words
from plugin_config.catalogue import Catalogue

_PREFIXED = re.compile(r"(bm25|all_terms|phrase)_")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # kana, Chinese characters, Hangul


class FeatureName(Protocol):
    """What this module needs to know of a declared feature: its name and the field it reads."""

    @property
    def name(self) -> str: ...

    @property
    def field(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class QueryVector:
    """A query vector (list or float32 array) and the k-NN field it is compared with."""

    field: VectorField
    vector: Sequence[float] | NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FeatureRequest:
    """What the features are about: candidates by id, the words if any, query vectors by feature name."""

    ids: Sequence[str]
    words: str | None
    vectors: Mapping[str, QueryVector] = field(default_factory=dict)


def feature_body(catalogue: Catalogue, features: Iterable[FeatureName], request: FeatureRequest) -> Body:
    """The `_search` body; send it with NAMED_SCORES. Features that have no clause or no value here are skipped."""
    wanted = list(features)
    clauses = [_named(each.name, clause) for each in wanted if (clause := _clause(catalogue, each, request))]
    numbers = sorted({path for each in wanted for path in number_paths(catalogue, each)})
    return {
        "size": len(request.ids),
        "track_total_hits": False,
        "_source": False,
        "query": {"bool": {"filter": [{"ids": {"values": list(request.ids)}}], "should": clauses}},
        "docvalue_fields": [*({"field": path} for path in numbers)],
    }


def number_paths(catalogue: Catalogue, feature: FeatureName) -> tuple[str, ...]:
    """The document fields whose values make this feature; empty for features that are clauses."""
    roles = catalogue.roles
    name = feature.name
    if name == "has_picture":
        return (fields.PICTURE_COUNT,)
    if name == "title_words":
        return (fields.length(fields.text_field(catalogue.title_field)),)
    if name == "discount" and roles.price and roles.list_price:
        return _numbers(catalogue, roles.price, roles.list_price)
    role_names = {"price", "rating", "rating_count", "stock", "in_stock", "popularity", "age_days"}
    if (name in role_names or name.startswith("number_")) and feature.field is not None:
        return _numbers(catalogue, feature.field)
    return ()


def _numbers(catalogue: Catalogue, *names: str) -> tuple[str, ...]:
    """The paths of these fields, if all of them hold something that is a number; words are no feature."""
    found = [locate(catalogue, name) for name in names]
    return tuple(field.path for field in found) if all(f.kind is not FieldKind.KEYWORD for f in found) else ()


def _clause(catalogue: Catalogue, feature: FeatureName, request: FeatureRequest) -> Body | None:
    if feature.name.startswith("cosine_"):
        query = request.vectors.get(feature.name)
        return None if query is None else _closeness(query)
    if not request.words:
        return None
    return _word_clause(catalogue, feature, request.words)


def _word_clause(catalogue: Catalogue, feature: FeatureName, words: str) -> Body | None:
    whole = {
        "bm25_all": _match(fields.TEXT_ALL, words),
        "all_terms_all": all_words(catalogue, words),
        "phrase_all": {"match_phrase": {fields.TEXT_ALL: {"query": words}}},
        "bm25_reviews": _match(fields.REVIEWS, words),
    }
    if feature.name in whole and feature.field is None:
        return whole[feature.name]
    if feature.field is None:
        return None
    matched = _PREFIXED.match(feature.name)
    if matched is not None and feature.field in catalogue.text:
        path = fields.text_field(feature.field)
        return {
            "bm25": _match(path, words),
            "all_terms": _match(path, words, operator="and"),
            "phrase": {"match_phrase": {path: {"query": words}}},
        }[matched[1]]
    return _special_clause(catalogue, feature.name, feature.field, words)


def _special_clause(catalogue: Catalogue, name: str, field: str, words: str) -> Body | None:
    exact = fields.exact(fields.text_field(field))
    if name == "prefix_title":
        return {"match_phrase_prefix": {exact: {"query": words, "max_expansions": 20}}}
    if name == "exact_title":
        length = {"range": {fields.length(fields.text_field(field)): {"lte": word_count(words)}}}
        return {"bool": {"must": [{"match_phrase": {exact: {"query": words}}}], "filter": [length]}}
    if name in ("brand_match", "category_match"):
        if field in catalogue.keyword:
            return {"terms": {fields.lower(fields.keyword_field(field)): word_runs(words)}}
        return _match(fields.text_field(field), words) if field in catalogue.text else None
    return None


def word_count(words: str) -> int:
    """About how many terms the unstemmed analyzer makes of the words: one a word, pairs where there are no spaces."""
    return sum(max(1, len(_UNSPACED.findall(word)) - 1) for word in words.split())


def word_runs(words: str, longest: int = 3) -> list[str]:
    """All runs of one to `longest` neighbouring words, in lower case; at most 60."""
    each = words.lower().split()[:24]
    runs = (" ".join(each[i : i + n]) for n in range(1, longest + 1) for i in range(len(each) - n + 1))
    return list(dict.fromkeys(runs))[:60]


def _closeness(query: QueryVector) -> Body:
    """Exact closeness by script. `exists` around it, or a product without the vector would count 0, not absent."""
    script = {
        "source": "knn_score",
        "lang": "knn",
        "params": {"field": query.field.name, "query_value": query.vector, "space_type": query.field.space},
    }
    return {"script_score": {"query": {"exists": {"field": query.field.name}}, "script": script}}


def _match(path: str, words: str, **options: str) -> Body:
    return {"match": {path: {"query": words, **options}}}


def _named(name: str, clause: Body) -> Body:
    return {"bool": {"must": [clause], "_name": name}}
