"""Single products, products like them, and suggestions while somebody types."""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from mappings import fields
from mappings.client import AsyncClient
from mappings.coercion import first_text
from mappings.fields import Modality
from mappings.filters import Body
from mappings.hybrid import Nearest, Part, SearchPlan, keyword_part, vector_part
from mappings.suggest import Suggestions, parse_suggestions, suggest_body
from plugin_config.catalogue import Catalogue
from plugin_config.policy import Normalizer, SubQueryKind
from query_service.catalogues import CatalogueLookup, ServedCatalogue
from query_service.errors import ProductNotFound
from query_service.messages import SuggestedProduct, SuggestedText, SuggestResponse
from query_service.page import PageHit, SearchPage
from query_service.planning import browsing_order
from query_service.retrieval import read_sources, read_stored, retrieve
from query_service.understanding import understand

SIMILAR_WEIGHTS = {SubQueryKind.TEXT_VECTOR: 0.5, SubQueryKind.PICTURE_VECTOR: 0.5}
SIMILAR_NEIGHBOURS = 100
LONGEST_TYPED = 80


@dataclass(frozen=True, slots=True)
class ProductRecord:
    """A product as the index holds it. `source` is JSON, `pictures` are references as the feed gave them."""

    id: str
    source: str
    pictures: tuple[str, ...]
    enrichment: str

    def to_json(self) -> bytes:
        """The JSON of a ProductResponse."""
        return orjson.dumps(
            {
                "id": self.id,
                "source": orjson.Fragment(self.source),
                "pictures": len(self.pictures),
                "enrichment": self.enrichment,
            }
        )


class Lookup:
    """Reads of one product or of the beginnings of words."""

    def __init__(self, client: AsyncClient, catalogues: CatalogueLookup) -> None:
        self._client = client
        self._catalogues = catalogues

    async def product(self, name: str, product_id: str) -> ProductRecord:
        """Raises NotFound for the catalogue, ProductNotFound for the product."""
        served = await self._catalogues.get(name)
        wanted = [fields.SOURCE, fields.PICTURES, fields.ENRICHMENT_STATUS]
        source = await self._document(served, product_id, wanted)
        stored = read_stored(source)
        status = source.get(fields.ENRICHMENT, {}).get("status", "")
        return ProductRecord(product_id, stored.source, stored.pictures, status)

    async def group(self, name: str, product_id: str) -> str | None:
        """The group of variants that a product belongs to; None where it has none. Raises as `product` does."""
        served = await self._catalogues.get(name)
        found = (await self._document(served, product_id, [fields.GROUP])).get(fields.GROUP)
        return None if found is None else str(found)

    async def popular(self, name: str, size: int, *, filters: Sequence[Body] = ()) -> tuple[str, ...]:
        """The most popular products that pass the clauses, best first, one of each group. Raises NotFound."""
        served = await self._catalogues.get(name)
        catalogue = served.stored.catalogue
        collapse = {} if catalogue.group is None else {"collapse": {"field": fields.GROUP}}
        body = {
            "size": size,
            "query": {"bool": {"filter": list(filters)}},
            "sort": list(browsing_order(catalogue)),
            "_source": False,
            "track_total_hits": False,
            **collapse,
        }
        answer = await self._client.search(served.stored.alias, body)
        return tuple(hit["_id"] for hit in answer["hits"]["hits"])

    async def similar(self, name: str, product_id: str, size: int, *, filters: Sequence[Body] = ()) -> SearchPage:
        """Products whose text and picture vectors lie near this one's; by its title's words while it has none.

        Only those that pass the clauses, and none of this product's own variants. Raises as `product` does.
        """
        begin = time.perf_counter()
        served = await self._catalogues.get(name)
        vectors = served.stored.vectors
        source = await self._document(served, product_id, [*(vector.name for vector in vectors), "text", fields.GROUP])
        itself: list[Body] = [{"ids": {"values": [product_id]}}]
        if source.get(fields.GROUP) is not None:
            itself.append({"term": {fields.GROUP: source[fields.GROUP]}})
        others: list[Body] = [{"bool": {"must_not": itself}}, *filters]
        parts = _parts_like(served, source, others)
        notes: tuple[str, ...] = ()
        if not any(part.kind is not SubQueryKind.KEYWORD for part in parts):
            notes = ("this product has no vectors yet: similar by the words of its title",)
        plan = SearchPlan(
            parts=parts,
            normalizer=Normalizer.model_validate("min_max"),
            depth=SIMILAR_NEIGHBOURS,
            size=size,
            group_field=fields.GROUP if served.stored.catalogue.group is not None else None,
            filters=tuple(others),
        )
        found = await retrieve(self._client, served.stored.alias, plan)
        hits = tuple(
            PageHit(id, rank, float(score), found.stored[id].source, len(found.stored[id].pictures))
            for rank, (id, score) in enumerate(zip(found.ids, found.fused, strict=True), start=1)
        )
        total_ms = (time.perf_counter() - begin) * 1000
        took = {"retrieve": total_ms, "total": total_ms, "engine": found.engine_ms}
        return SearchPage(uuid.uuid4().hex, hits, len(hits), False, took, "similar", notes=notes)

    async def suggest(self, name: str, typed: str, size: int) -> SuggestResponse:
        """Completions, categories, brands and products for what was typed so far; what is popular for nothing."""
        begin = time.perf_counter()
        served = await self._catalogues.get(name)
        words = (understand(typed[:LONGEST_TYPED]).words or "").lower()
        answer = await self._client.search(served.stored.alias, suggest_body(served.stored.catalogue, words, size))
        found = parse_suggestions(answer, words, size)
        products = await self._suggested_products(served, found)
        return SuggestResponse(
            texts=[SuggestedText.model_validate(_text(text)) for text in found.texts],
            products=products,
            took_ms=round((time.perf_counter() - begin) * 1000, 2),
        )

    async def _suggested_products(self, served: ServedCatalogue, found: Suggestions) -> list[SuggestedProduct]:
        stored, _ = await read_sources(self._client, served.stored.alias, found.products)
        title = served.stored.catalogue.title_field
        return [
            SuggestedProduct(
                id=id, title=first_text(orjson.loads(stored[id].source), title), pictures=len(stored[id].pictures)
            )
            for id in found.products
            if id in stored
        ]

    async def _document(self, served: ServedCatalogue, product_id: str, wanted: list[str]) -> Mapping[str, Any]:
        catalogue = served.stored.catalogue
        body = {"size": 1, "query": {"ids": {"values": [product_id]}}, "_source": wanted, "track_total_hits": False}
        answer = await self._client.search(served.stored.alias, body) if product_id else {"hits": {"hits": []}}
        hits = answer["hits"]["hits"]
        if not hits:
            raise ProductNotFound(f"the catalogue {catalogue.name!r} has no product {product_id[:80]!r}")
        found: Mapping[str, Any] = hits[0]["_source"]
        return found


def _parts_like(served: ServedCatalogue, source: Mapping[str, Any], others: list[Body]) -> tuple[Part, ...]:
    wanted = ((SubQueryKind.TEXT_VECTOR, Modality.TEXT), (SubQueryKind.PICTURE_VECTOR, Modality.PICTURE))
    parts = []
    for kind, modality in wanted:
        target = served.stored.vector(modality)
        if target is not None and source.get(target.name):
            vector = np.array(source[target.name], dtype=np.float32)
            nearest = Nearest(target, vector, k=SIMILAR_NEIGHBOURS, codes=served.codes(target, vector))
            parts.append(vector_part(kind, nearest, others, SIMILAR_WEIGHTS[kind]))
    if parts:
        return tuple(parts)
    title = source.get("text", {}).get(fields.safe(served.stored.catalogue.title_field), "")
    words = title[0] if isinstance(title, list) else title
    return (keyword_part(_title_like(served.stored.catalogue, words), others, 1.0),)


def _title_like(catalogue: Catalogue, words: str) -> Body:
    field = fields.text_field(catalogue.title_field)
    return {"match": {field: {"query": words, "minimum_should_match": "30%"}}}


def _text(suggestion: Any) -> dict[str, Any]:
    return {"text": suggestion.text, "kind": suggestion.kind, "count": suggestion.count}
