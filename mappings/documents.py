"""A product as a document of the index: written whole, or over an older one whose vectors it keeps."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from mappings import fields
from mappings.fields import EnrichmentStatus
from mappings.products import Product, Typed
from plugin_config.catalogue import Catalogue

_SUGGESTED_STARTS = 3
_KINDS = ("text", "keyword", "number", "date", "flag")
_MAY_BE_ABSENT = (fields.GROUP, fields.PICTURES, fields.REVIEWS, fields.REVIEW_RATING, fields.SUGGEST)


@dataclass(frozen=True, slots=True)
class Document:
    """What the index holds of a product, without its enrichment.

    `content_hash`, 32 hexadecimal digits over all of it: equal means that nothing needs writing. `input_hash` covers
    text, pictures and template alone: equal means that the vectors still hold.
    """

    id: str
    body: dict[str, Any]
    content_hash: str
    input_hash: str
    catalogue: Catalogue

    def whole(self, now: datetime) -> bytes:
        """A new document as JSON, with its enrichment pending."""
        return orjson.dumps({**self.body, **self._stamps(now), fields.ENRICHMENT: pending(self.input_hash, now)})

    def replacement(self, now: datetime, *, rehash: bool) -> bytes:
        """A partial document as JSON that replaces all that the feed said before; what it no longer says becomes null.

        `rehash`: text or pictures changed, so enrichment is pending again; the old vectors stay until it is done.
        """
        body = {**dict.fromkeys(_MAY_BE_ABSENT), **self.body, **self._stamps(now)}
        for kind in _KINDS:
            nulls = {fields.safe(name): None for name in getattr(self.catalogue, kind)}
            if nulls:
                body[kind] = {**nulls, **self.body.get(kind, {})}
        if rehash:
            body[fields.ENRICHMENT] = pending(self.input_hash, now)
        return orjson.dumps(body)

    def _stamps(self, now: datetime) -> dict[str, str]:
        return {fields.CONTENT_HASH: self.content_hash, fields.INDEXED_AT: now.isoformat()}


def document(catalogue: Catalogue, product: Product) -> Document:
    """The product as the index of its catalogue holds it."""
    body = _body(catalogue, product)
    return Document(
        id=product.id,
        body=body,
        content_hash=hashlib.blake2b(orjson.dumps(body), digest_size=16).hexdigest(),
        input_hash=product.input_hash,
        catalogue=catalogue,
    )


def source_of(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The product as it came, from a document's `_source` (the field `source` holds it as one JSON text)."""
    source: dict[str, Any] = orjson.loads(stored[fields.SOURCE])
    return source


def pending(input_hash: str, now: datetime) -> dict[str, Any]:
    """The enrichment block of a product that waits for its vectors."""
    return {
        "status": EnrichmentStatus.PENDING,
        "input_hash": input_hash,
        "attempts": 0,
        "next_try_at": None,
        "error": None,
        "updated_at": now.isoformat(),
    }


def _body(catalogue: Catalogue, product: Product) -> dict[str, Any]:
    body: dict[str, Any] = {
        fields.ID: product.id,
        fields.SOURCE: product.source.decode(),
        fields.PICTURE_COUNT: len(product.pictures),
        fields.REVIEW_COUNT: len(product.reviews),
    }
    for kind in _KINDS:
        typed: Typed = getattr(product, kind)
        if typed:
            body[kind] = {fields.safe(name): values if len(values) > 1 else values[0] for name, values in typed.items()}
    if catalogue.group is not None:
        # A product without a group is one of its own: grouping would otherwise show all of them as one.
        body[fields.GROUP] = product.id if product.group is None else product.group
    if product.pictures:
        body[fields.PICTURES] = product.pictures
    texts = [review.text for review in product.reviews if review.text]
    if texts:
        body[fields.REVIEWS] = texts
    ratings = [review.rating for review in product.reviews if review.rating is not None]
    if ratings:
        body[fields.REVIEW_RATING] = sum(ratings) / len(ratings)
    suggestion = _suggestion(catalogue, product)
    if suggestion:
        body[fields.SUGGEST] = suggestion
    return body


def _suggestion(catalogue: Catalogue, product: Product) -> dict[str, Any] | None:
    titles = product.text.get(catalogue.title_field, [])[:1]
    if not titles:
        return None
    words = titles[0].split()
    starts = [" ".join(words[i:]) for i in range(min(len(words), _SUGGESTED_STARTS))]
    brands = product.keyword.get(catalogue.roles.brand or "", []) or product.text.get(catalogue.roles.brand or "", [])
    popularity = product.number.get(catalogue.roles.popularity or catalogue.roles.rating_count or "", [0.0])[0]
    return {"input": [*starts, *brands[:1]], "weight": 1 + round(100 * math.log1p(max(popularity, 0.0)))}
