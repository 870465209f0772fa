"""The shop in which spoken queries are asked: magento-luma with its words and text vectors, indexed for one run."""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from encoders.runtime import Runtime
from indexer.composition import Workshop
from indexer.vector_fields import vector_fields
from mappings import bulk
from mappings.catalogue_store import IndexCatalogueStore
from mappings.client import connect
from mappings.documents import document
from mappings.products import Product, ProductReader
from plugin_config.catalogue import parse_catalogue
from plugin_config.settings import Settings

CATALOGUE = """
name: voiceluma
id: id
text: {title: 3, categories: 2, description: 1}
keyword: [parent_sku, color]
number: [price]
group: parent_sku
roles: {title: title, price: price}
encoders: {picture: null}
"""


@contextlib.contextmanager
def indexed_luma(settings: Settings, products: Sequence[dict[str, Any]]) -> Iterator[None]:
    """The shop is there inside the block, and gone after it."""
    catalogue = parse_catalogue(CATALOGUE, origin="the benchmark's shop")
    client = connect(settings)
    vectors = vector_fields(catalogue, Runtime.from_settings(settings))
    stored = IndexCatalogueStore(client, settings).put(catalogue, vectors=vectors)
    reader = ProductReader(catalogue)
    read = [found for raw in products if isinstance(found := reader.read(raw), Product)]
    try:
        now = datetime.now(UTC)
        bulk.send(client, stored.alias, [bulk.index(one.id, document(catalogue, one).whole(now)) for one in read])
        Workshop(settings).enrich(catalogue.name, [one.id for one in read])
        client.refresh(stored.alias)
        yield
    finally:
        client.request("DELETE", f"/{stored.index}")
        client.close()
