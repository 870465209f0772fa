"""What the products of a catalogue are called: the texts that shoppers may say."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from mappings import fields
from mappings.filters import Body
from mappings.products import Product, ProductReader
from plugin_config.catalogue import Catalogue

TITLE_WEIGHT: Final = 1.0
SHORT_TEXT_WEIGHT: Final = 0.2
VALUE_WEIGHT: Final = 0.3
LONGEST_SHORT_TEXT: Final = 12  # words; longer texts describe, and are not said


def vocabulary_body(sort: Sequence[Body], *, size: int, from_: int) -> Body:
    """Asks for whole products in an order; `from_` + `size` is at most 10,000."""
    return {
        "size": size,
        "from": from_,
        "track_total_hits": False,
        "_source": [fields.SOURCE],
        "query": {"match_all": {}},
        "sort": list(sort),
    }


def spoken_texts(catalogue: Catalogue, answer: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Titles, short texts and keyword values of the products in an answer, each with a weight."""
    reader = ProductReader(catalogue)
    for hit in answer["hits"]["hits"]:
        # Its pictures were read when it was indexed, where a path may be named; here only its words count.
        product = reader.read_merged(orjson.loads(hit["_source"][fields.SOURCE]), changed={}, known=())
        if isinstance(product, Product):
            yield from _texts_of(catalogue, product)


def _texts_of(catalogue: Catalogue, product: Product) -> Iterator[tuple[str, float]]:
    for name, texts in product.text.items():
        is_title = name == catalogue.title_field
        for text in texts:
            if is_title or len(text.split()) <= LONGEST_SHORT_TEXT:
                yield text, TITLE_WEIGHT if is_title else SHORT_TEXT_WEIGHT
    for values in product.keyword.values():
        for value in values:
            if len(str(value).split()) <= LONGEST_SHORT_TEXT:
                yield str(value), VALUE_WEIGHT
