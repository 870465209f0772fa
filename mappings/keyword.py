"""The keyword part of a search: the words of a query against the text fields of a catalogue."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from mappings import fields
from mappings.filters import Body
from mappings.words import is_one_word
from plugin_config.catalogue import Catalogue

PLACEHOLDER = "{{query}}"
_CODE = re.compile(r"(?<!\S)(?=\S*\d)(?:(?=\S*[^\W\d_])\w[\w\-./]{4,39}|\d[\d\-]{5,39})(?!\S)")


@dataclass(frozen=True, slots=True)
class KeywordShape:
    """How much each kind of match counts; docs/adr tells how these were found.

    The clauses for all words look at the fields as if they were one, each word by its rarity over all of them, so
    weights have no place there; `weighted` is where the catalogue's field weights speak. `all_words` counts every
    text field, `core_words` those declared by name, without patterns such as `attr_*`. `kind` counts words that name a
    category here: of two products that have one word each, the one of the kind that was asked for comes first ("red dress"
    in a shop without red dresses). `minimum_match` is OpenSearch's minimum_should_match for the any-words clause: short
    queries may match by one word, long ones need most of theirs. A single word is no phrase: counted as one, it would
    favour short titles, which name accessories.
    """

    any_words: float = 1.0
    all_words: float = 2.0
    core_words: float = 2.0
    weighted: float = 0.25
    title_phrase: float = 1.0
    kind: float = 2.0
    reviews: float = 0.1
    fuzzy: float = 0.3
    joined: float = 1.0
    code: float = 20.0
    minimum_match: str = "1<1 4<60%"


DEFAULT_SHAPE = KeywordShape()


def keyword_query(
    catalogue: Catalogue,
    words: str,
    *,
    tolerant: bool = False,
    kinds: Sequence[str] = (),
    shape: KeywordShape = DEFAULT_SHAPE,
) -> Body:
    """A scored query for the words; `tolerant` also lets misspelt and split words match; `kinds`: those of them that
    name a category.

    The shop's own `query_template` takes the place of all this when the catalogue has one.
    """
    if catalogue.query_template is not None:
        return fill_template(catalogue.query_template, words)
    clauses = list(_clauses(catalogue, words, shape))
    category = category_text(catalogue)
    if kinds and category is not None:
        clauses.append(_match(category, " ".join(kinds), shape.kind))
    if tolerant:
        clauses.extend(_tolerant_clauses(words, shape))
    return {"bool": {"should": clauses, "minimum_should_match": 1}}


def _clauses(catalogue: Catalogue, words: str, shape: KeywordShape) -> Iterator[Body]:
    title = fields.text_field(catalogue.title_field)
    core = tuple(name for name in catalogue.text if not fields.is_pattern(name))
    yield _match(fields.TEXT_ALL, words, shape.any_words, minimum_should_match=shape.minimum_match)
    yield all_words(catalogue, words, boost=shape.all_words)
    if core:
        yield all_words(catalogue, words, names=core, boost=shape.core_words)
    if len({catalogue.language_of(name) for name in catalogue.text}) > 1:
        # Words of two languages are never all in fields of one analyzer; only here do they stand together.
        yield _match(fields.TEXT_ALL, words, shape.all_words, operator="and")
    yield _weighted(catalogue, words, shape.weighted)
    if not is_one_word(words):
        yield {"match_phrase": {title: {"query": words, "boost": shape.title_phrase}}}
    if catalogue.reviews is not None:
        yield _match(fields.REVIEWS, words, shape.reviews, operator="and")
    codes = product_codes(words)
    if codes:
        yield _code_match(catalogue, codes, shape.code)


def category_text(catalogue: Catalogue) -> str | None:
    """Where the words of a product's category stand; None where the category is no text field."""
    category = catalogue.roles.category
    return fields.text_field(category) if category in catalogue.text else None


def all_words(catalogue: Catalogue, words: str, *, names: tuple[str, ...] = (), boost: float = 1.0) -> Body:
    """Every word somewhere in the text fields (all of them, or `names`), whichever field it is."""
    paths = [fields.text_field(name) for name in names or tuple(catalogue.text)]
    return {"multi_match": {"query": words, "fields": paths, "type": "cross_fields", "operator": "and", "boost": boost}}


def _weighted(catalogue: Catalogue, words: str, boost: float) -> Body:
    """The field that matches best, each by its weight; the greatest weight counts 1."""
    greatest = max(field.weight for field in catalogue.text.values())
    weighed = [f"{fields.text_field(name)}^{field.weight / greatest:.3f}" for name, field in catalogue.text.items()]
    return {
        "multi_match": {"query": words, "fields": weighed, "type": "best_fields", "tie_breaker": 0.3, "boost": boost}
    }


def product_codes(words: str) -> tuple[str, ...]:
    """The words that look like article numbers: letters and digits mixed, five together and more, or six digits."""
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


def _tolerant_clauses(words: str, shape: KeywordShape) -> Iterator[Body]:
    """Words one or two letters away, and neighbours written as one ("head set", "lap top").

    The first letter of a misspelt word must agree, which keeps it fast and rarely costs a hit.
    """
    options = {"fuzziness": "AUTO:4,8", "prefix_length": 1, "minimum_should_match": "2<-34%"}
    yield {"match": {fields.TEXT_ALL: {"query": words, "boost": shape.fuzzy, **options}}}
    each = words.split()
    if len(each) > 1:
        joined = " ".join(first + second for first, second in pairwise(each))
        yield _match(fields.TEXT_ALL, joined, shape.joined)


def _code_match(catalogue: Catalogue, codes: tuple[str, ...], boost: float) -> Body:
    named = (name for name in catalogue.keyword if not fields.is_pattern(name))
    lowered = [code.lower() for code in codes]
    clauses: list[Body] = [{"terms": {fields.ID: sorted({*codes, *lowered, *map(str.upper, codes)})}}]
    clauses += [{"terms": {fields.lower(fields.keyword_field(name)): lowered}} for name in named]
    return {"dis_max": {"queries": clauses, "boost": boost}}
