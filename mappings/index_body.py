"""What an index is created with: settings, analyzers and a strict mapping, all from the catalogue and its encoders."""

from collections.abc import Iterable, Sequence
from typing import Any

from mappings import fields
from mappings.analysis import analyzers
from mappings.fields import VectorField
from plugin_config.catalogue import Catalogue, Language, VectorStorage
from plugin_config.settings import Settings

# A term may have 32,766 bytes; a character takes four at most.
_LONGEST_KEYWORD = 8191

_PICTURE_NUMBERS = (
    fields.PICTURE_SHARPNESS,
    fields.PICTURE_FILL,
    fields.PICTURE_CLUTTER,
    fields.PICTURE_AGREEMENT,
)
_GRAPH = {"m": 16, "ef_construction": 100}
_STORED_ONLY = {"type": "object", "enabled": False}
_STORED_KEYWORD = {"type": "keyword", "index": False, "doc_values": False}


def index_body(
    catalogue: Catalogue, vectors: Sequence[VectorField], *, settings: Settings, meta: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The body of a create-index request. `meta` is kept in the mapping's `_meta.vitrine`."""
    return {
        "settings": {
            "index": {
                "knn": True,
                "number_of_shards": settings.index_shards,
                "number_of_replicas": settings.index_replicas,
                "refresh_interval": "1s",
                "mapping": {"total_fields": {"limit": 4000}},
            },
            "analysis": analyzers.analysis(languages_of(catalogue), catalogue.synonyms),
        },
        "mappings": {
            "dynamic": "strict",
            "_meta": {"vitrine": meta or {}},
            "properties": properties(catalogue, vectors),
        },
    }


def languages_of(catalogue: Catalogue) -> set[Language]:
    """Every language that some field of the catalogue is written in."""
    languages = {catalogue.language, *(catalogue.language_of(name) for name in catalogue.text)}
    if catalogue.reviews is not None:
        languages.add(catalogue.reviews.language or catalogue.language)
    return languages


def properties(catalogue: Catalogue, vectors: Iterable[VectorField]) -> dict[str, Any]:
    """The mapping's properties: the catalogue's fields, the fields of ours, and one k-NN field per encoder."""
    body: dict[str, Any] = {
        fields.ID: {"type": "keyword"},
        fields.SOURCE: _STORED_ONLY,
        fields.CONTENT_HASH: _STORED_KEYWORD,
        fields.GROUP: {"type": "keyword", "ignore_above": _LONGEST_KEYWORD},
        fields.PICTURES: _STORED_KEYWORD,
        fields.PICTURE_COUNT: {"type": "integer"},
        fields.PICTURE_MARKS: {"type": "keyword"},
        fields.PLACEHOLDER_MARKS: {"type": "keyword"},
        **{name: {"type": "float"} for name in _PICTURE_NUMBERS},
        fields.REVIEW_COUNT: {"type": "integer"},
        fields.REVIEW_RATING: {"type": "double"},
        fields.INDEXED_AT: {"type": "date"},
        fields.ENRICHMENT: _enrichment(),
        fields.SUGGEST: {"type": "completion", "analyzer": analyzers.PREFIX_SEARCH, "max_input_length": 60},
        fields.TEXT_ALL: _text(catalogue.language) | {"fields": _unstemmed()},
        fields.REVIEWS: _text(_review_language(catalogue)),
        "text": {"properties": {fields.safe(name): _declared_text(catalogue, name) for name in catalogue.text}},
        "keyword": {"properties": {fields.safe(name): _keyword(name) for name in catalogue.keyword}},
        "number": {"properties": {fields.safe(name): {"type": "double"} for name in catalogue.number}},
        "date": {"properties": {fields.safe(name): {"type": "date"} for name in catalogue.date}},
        "flag": {"properties": {fields.safe(name): {"type": "boolean"} for name in catalogue.flag}},
    }
    for vector in vectors:
        body |= vector_properties(vector)
    return body


def vector_properties(vector: VectorField) -> dict[str, Any]:
    """The k-NN field of one encoder and, beside it, the nested field with one vector per picture."""
    knn = _knn(vector)
    body: dict[str, Any] = {vector.name: knn}
    view: dict[str, Any] = {"ordinal": {"type": "integer"}, "vector": knn}
    if vector.storage is VectorStorage.BITS:
        body[vector.codes_name] = view["codes"] = _codes(vector)
    if vector.modality is fields.Modality.PICTURE:
        body[vector.views_name] = {"type": "nested", "dynamic": "strict", "properties": view}
    return body


def _knn(vector: VectorField) -> dict[str, Any]:
    """Vectors as they are searched; beside codes without a graph, for they only score what the codes find."""
    method: dict[str, Any] = {"name": "hnsw", "engine": "lucene", "space_type": vector.space}
    if vector.storage is VectorStorage.BITS:
        method["name"] = "flat"
    else:
        method["parameters"] = dict(_GRAPH)
    if vector.storage is VectorStorage.SQ7:
        method["parameters"]["encoder"] = {"name": "sq", "parameters": {"bits": 7}}
    return {"type": "knn_vector", "dimension": vector.dimension, "method": method}


def _codes(vector: VectorField) -> dict[str, Any]:
    # Many bits differ equally often: a graph of them needs more edges to be found through than one of floats.
    graph = {"m": 32, "ef_construction": 200}
    method = {"name": "hnsw", "engine": "lucene", "space_type": "hamming", "parameters": graph}
    return {"type": "knn_vector", "dimension": vector.dimension, "data_type": "binary", "method": method}


def _declared_text(catalogue: Catalogue, name: str) -> dict[str, Any]:
    is_title = name == catalogue.title_field
    body = _text(catalogue.language_of(name)) | {"copy_to": fields.TEXT_ALL}
    if is_title:
        body["fields"] = _unstemmed()
        prefix = {"type": "text", "analyzer": analyzers.PREFIX, "search_analyzer": analyzers.PREFIX_SEARCH}
        length = {"type": "token_count", "analyzer": analyzers.EXACT_SEARCH}
        body["fields"] |= {"prefix": prefix, "length": length}
    return body


def _text(language: Language) -> dict[str, Any]:
    return {
        "type": "text",
        "analyzer": analyzers.write_analyzer(language),
        "search_analyzer": analyzers.search_analyzer(language),
    }


def _unstemmed() -> dict[str, Any]:
    # Only where queries need them: every further analysis of a text costs a tenth of the time of writing it.
    return {"exact": {"type": "text", "analyzer": analyzers.EXACT, "search_analyzer": analyzers.EXACT_SEARCH}}


def _keyword(name: str) -> dict[str, Any]:
    if fields.is_pattern(name):
        return {"type": "keyword", "ignore_above": _LONGEST_KEYWORD}
    lower = {"type": "keyword", "normalizer": analyzers.NORMALIZER, "ignore_above": _LONGEST_KEYWORD}
    return {"type": "keyword", "ignore_above": _LONGEST_KEYWORD, "fields": {"lower": lower}}


def _review_language(catalogue: Catalogue) -> Language:
    return (catalogue.reviews and catalogue.reviews.language) or catalogue.language


def _enrichment() -> dict[str, Any]:
    return {
        "dynamic": False,
        "properties": {
            "status": {"type": "keyword"},
            "input_hash": {"type": "keyword"},
            "attempts": {"type": "integer"},
            "error": {"type": "keyword", "index": False, "doc_values": False},
            "updated_at": {"type": "date"},
            "next_try_at": {"type": "date"},
            # One "FIELD@HASH" per filled vector field: which input its vector was made from.
            "encoded": {"type": "keyword"},
            "parts": _STORED_ONLY,
        },
    }
