"""The feature query of a catalogue: one named clause per feature, asked of the candidates in the search that finds them.

The clauses travel as a post filter that every product passes. OpenSearch scores named clauses only for the hits that it
returns, so what they cost does not depend on how many products match, and no second request is needed. A clause that does
not match leaves its name out of `matched_queries`, so what is absent stays absent. Numbers and dates come as doc values.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mappings import fields
from mappings.fields import VectorField
from mappings.filters import Body, FieldKind, locate
from mappings.keyword import all_words
from mappings.words import word_count, word_runs
from plugin_config.catalogue import Catalogue

CLAUSE_MARK: Final = "#"  # begins the names of our clauses, which a shop's own query does not use
_PREFIXED = re.compile(r"(bm25|all_terms|phrase)_")
WordClause: TypeAlias = Callable[[str], Body]


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
class FeatureQuery:
    """How the engine's features of one catalogue are asked for and read; made once for it by `feature_query`.

    `words`: the clause of each feature that is about words. `vectors`: the features that are closeness to a query vector.
    `numbers`: the document fields that make each of the other features. `paths`: all of those fields, each once.
    """

    words: Mapping[str, WordClause]
    vectors: tuple[str, ...]
    numbers: Mapping[str, tuple[str, ...]]
    paths: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All features: those that are scores of clauses, then those that are made of document fields."""
        return (*self.words, *self.vectors, *self.numbers)

    @property
    def codes(self) -> tuple[str, ...]:
        """What the clauses are called in `matched_queries`, in the order of `names`."""
        return tuple(f"{CLAUSE_MARK}{number}" for number in range(len(self.words) + len(self.vectors)))

    def post_filter(self, words: str | None, vectors: Mapping[str, QueryVector]) -> Body:
        """Lets every product pass, and carries the clauses; send it with NAMED_SCORES.

        `vectors`: query vectors by feature name. Features that cannot be asked for here are left out.
        """
        clauses: dict[str, Body] = {name: clause(words) for name, clause in self.words.items()} if words else {}
        clauses |= {name: _closeness(vectors[name]) for name in self.vectors if name in vectors}
        named = [
            {"bool": {"must": [clauses[name]], "_name": code}}
            for name, code in zip(self.names, self.codes, strict=False)
            if name in clauses
        ]
        return {"bool": {"filter": [{"match_all": {}}], "should": named}}


def feature_query(catalogue: Catalogue, features: Iterable[FeatureName]) -> FeatureQuery:
    """Work out how these features are read from the engine. Those whose field holds no number are left out."""
    words: dict[str, WordClause] = {}
    vectors: list[str] = []
    numbers: dict[str, tuple[str, ...]] = {}
    for feature in features:
        if feature.name.startswith("cosine_"):
            vectors.append(feature.name)
        elif paths := _number_paths(catalogue, feature):
            numbers[feature.name] = paths
        elif (clause := _word_clause(catalogue, feature)) is not None:
            words[feature.name] = clause
    return FeatureQuery(
        words, tuple(vectors), numbers, tuple(sorted({path for paths in numbers.values() for path in paths}))
    )


# Features that are document fields of the same name.
_OF_THE_PICTURE = {
    fields.PICTURE_SHARPNESS,
    fields.PICTURE_FILL,
    fields.PICTURE_CLUTTER,
    fields.PICTURE_AGREEMENT,
}


def _number_paths(catalogue: Catalogue, feature: FeatureName) -> tuple[str, ...]:
    """The document fields whose values make this feature; empty for features that are clauses."""
    roles = catalogue.roles
    name = feature.name
    if name == "has_picture":
        return (fields.PICTURE_COUNT,)
    if name in _OF_THE_PICTURE:
        return (name,)
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


def _word_clause(catalogue: Catalogue, feature: FeatureName) -> WordClause | None:
    if feature.field is None:
        whole: dict[str, WordClause] = {
            "bm25_all": partial(_match, fields.TEXT_ALL),
            "all_terms_all": partial(all_words, catalogue),
            "phrase_all": partial(_phrase, fields.TEXT_ALL),
            "bm25_reviews": partial(_match, fields.REVIEWS),
        }
        return whole.get(feature.name)
    matched = _PREFIXED.match(feature.name)
    if matched is not None and feature.field in catalogue.text:
        path = fields.text_field(feature.field)
        kinds: dict[str, WordClause] = {
            "bm25": partial(_match, path),
            "all_terms": partial(_match, path, operator="and"),
            "phrase": partial(_phrase, path),
        }
        return kinds[matched[1]]
    return _special_clause(catalogue, feature.name, feature.field)


def _special_clause(catalogue: Catalogue, name: str, field: str) -> WordClause | None:
    text = fields.text_field(field)
    if name == "prefix_title":
        return partial(_beginning, fields.exact(text))
    if name == "exact_title":
        return partial(_whole_title, fields.exact(text), fields.length(text))
    if name in ("brand_match", "category_match"):
        if field in catalogue.keyword:
            return partial(_any_run, fields.lower(fields.keyword_field(field)))
        return partial(_match, text) if field in catalogue.text else None
    return None


def _match(path: str, words: str, **options: str) -> Body:
    return {"match": {path: {"query": words, **options}}}


def _phrase(path: str, words: str) -> Body:
    return {"match_phrase": {path: {"query": words}}}


def _beginning(path: str, words: str) -> Body:
    return {"match_phrase_prefix": {path: {"query": words, "max_expansions": 20}}}


def _whole_title(path: str, length: str, words: str) -> Body:
    no_longer = {"range": {length: {"lte": word_count(words)}}}
    return {"bool": {"must": [_phrase(path, words)], "filter": [no_longer]}}


def _any_run(path: str, words: str) -> Body:
    return {"terms": {path: word_runs(words)}}


def _closeness(query: QueryVector) -> Body:
    """Exact closeness by script. `exists` around it, or a product without the vector would count 0, not absent."""
    script = {
        "source": "knn_score",
        "lang": "knn",
        "params": {"field": query.field.name, "query_value": query.vector, "space_type": query.field.space},
    }
    return {"script_score": {"query": {"exists": {"field": query.field.name}}, "script": script}}
