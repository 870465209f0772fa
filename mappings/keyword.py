"""The keyword part of a search: the words of a query against the text fields of a catalogue."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from mappings import fields
from mappings.filters import Body
from plugin_config.catalogue import Catalogue, Language

PLACEHOLDER = "{{query}}"
_CODE = re.compile(r"(?=[^\s]*\d)[\w][\w\-./]{2,39}", re.UNICODE)


@dataclass(frozen=True, slots=True)
class KeywordShape:
    """How much each kind of match counts. docs/adr tells how these were found.

    `minimum_match` is OpenSearch's minimum_should_match for the any-words clause: short queries may match by one
    word, long ones need most of theirs. `fuzzy` is the boost of the misspelling clause; codes match exactly.
    """

    any_words: float = 1.0
    all_words: float = 2.0
    title_all: float = 0.0
    title_phrase: float = 2.0
    reviews: float = 0.1
    fuzzy: float = 0.3
    code: float = 20.0
    minimum_match: str = "4<-25%"


DEFAULT_SHAPE = KeywordShape()


def keyword_query(
    catalogue: Catalogue, words: str, *, tolerant: bool = False, shape: KeywordShape = DEFAULT_SHAPE
) -> Body:
    """A scored query for the words; `tolerant` also lets misspelt words match.

    The shop's own `query_template` takes the place of all this when the catalogue has one.
    """
    if catalogue.query_template is not None:
        return fill_template(catalogue.query_template, words)
    clauses = list(_clauses(catalogue, words, shape))
    if tolerant:
        clauses.append(_fuzzy(words, shape))
    return {"bool": {"should": clauses, "minimum_should_match": 1}}


def _clauses(catalogue: Catalogue, words: str, shape: KeywordShape) -> Iterator[Body]:
    title = fields.text_field(catalogue.title_field)
    yield _match(fields.TEXT_ALL, words, shape.any_words, minimum_should_match=shape.minimum_match)
    for names in _by_language(catalogue):
        yield all_words(catalogue, words, names=names, boost=shape.all_words)
    if shape.title_all:
        yield _match(title, words, shape.title_all, operator="and")
    yield {"match_phrase": {title: {"query": words, "slop": 1, "boost": shape.title_phrase}}}
    if catalogue.reviews is not None:
        yield _match(fields.REVIEWS, words, shape.reviews, operator="and")
    codes = product_codes(words)
    if codes:
        yield _code_match(catalogue, codes, shape.code)


def all_words(catalogue: Catalogue, words: str, *, names: tuple[str, ...] | None = None, boost: float = 1.0) -> Body:
    """Every word somewhere in the text fields (all of them, or `names`), each field by its weight."""
    weighed = [f"{fields.text_field(name)}^{catalogue.text[name].weight:g}" for name in names or tuple(catalogue.text)]
    return {
        "multi_match": {
            "query": words,
            "fields": weighed,
            "type": "cross_fields",
            "operator": "and",
            "boost": boost,
        }
    }


def product_codes(words: str) -> tuple[str, ...]:
    """The words that look like article numbers: three characters and more with a digit among them."""
    return tuple(dict.fromkeys(_CODE.findall(words)))


def fill_template(template: dict[str, Any], words: str) -> Body:
    """The shop's query with `{{query}}` replaced inside its string values.

    Works on the parsed value, never on JSON text, so no word of a shopper can change the query's shape.
    """
    filled: Body = _filled(template, words)
    return filled


def _filled(value: Any, words: str) -> Any:
    if isinstance(value, str):
        return value.replace(PLACEHOLDER, words)
    if isinstance(value, dict):
        return {key: _filled(inner, words) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, words) for inner in value]
    return value


def _match(field: str, words: str, boost: float, **options: str) -> Body:
    return {"match": {field: {"query": words, "boost": boost, **options}}}


def _fuzzy(words: str, shape: KeywordShape) -> Body:
    """Words one or two letters away; the first letter must agree, which keeps it fast and rarely costs a hit."""
    return _match(
        fields.TEXT_ALL, words, shape.fuzzy, fuzziness="AUTO:4,8", prefix_length="1", minimum_should_match="2<-34%"
    )


def _code_match(catalogue: Catalogue, codes: tuple[str, ...], boost: float) -> Body:
    forms = sorted({form for code in codes for form in (code, code.upper(), code.lower())})
    exact = [fields.ID, *(fields.keyword_field(name) for name in catalogue.keyword)]
    clauses: list[Body] = [{"terms": {path: forms}} for path in exact]
    return {"dis_max": {"queries": clauses, "boost": boost}}


def _by_language(catalogue: Catalogue) -> list[tuple[str, ...]]:
    """Text fields with the same analyzer together: cross_fields can only join those."""

    def language(name: str) -> Language:
        return catalogue.language_of(name)

    return [tuple(names) for _, names in groupby(sorted(catalogue.text, key=language), key=language)]
