"""The sample shop behind an API of its own: its products in an index with text vectors, no pictures, no model, no past."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import uvicorn
import yaml

from benchmarks.closed_loop.clock import ShopClock
from benchmarks.closed_loop.remembering import remember_answers
from encoders.runtime import Runtime
from indexer.composition import Workshop
from indexer.feature_rows import connect_rows
from indexer.vector_fields import vector_fields
from mappings import bulk
from mappings.catalogue_store import IndexCatalogueStore
from mappings.client import connect
from mappings.documents import document
from mappings.errors import NotFound
from mappings.products import Product, ProductReader
from plugin_config.catalogue import parse_catalogue
from plugin_config.policy import BUILT_IN
from plugin_config.settings import Settings
from vitrine.api import build_api
from vitrine.sample_shop.feed import catalogue_text, feed_line
from vitrine.sample_shop.products import make_products

CATALOGUE = "shop"
OWN = BUILT_IN["reranked"].model_copy(update={"name": "personal", "personalization": 1.0})  # what its shoppers see


@contextlib.contextmanager
def open_shop(settings: Settings, clock: ShopClock) -> Iterator[str]:
    """Index the shop under the settings' own prefix and serve it by this clock; gives the address. Everything goes in the end."""
    _index(settings)
    try:
        with _served(settings, clock) as url:
            yield url
    finally:
        client = connect(settings)
        with contextlib.suppress(NotFound):
            client.request("DELETE", f"/{settings.index_prefix}*", params={"expand_wildcards": "all"})
        client.close()
        redis = connect_rows(settings)
        if redis is not None:
            for key in redis.scan_iter(f"{settings.index_prefix}:*", count=1_000):
                redis.delete(key)
            redis.close()


def _index(settings: Settings) -> None:
    declared = yaml.safe_load(catalogue_text()) | {
        "policies": {OWN.name: OWN.model_dump(mode="json")},
        "default_policy": OWN.name,
    }
    catalogue = parse_catalogue(json.dumps(declared), origin="the sample shop")
    client = connect(settings)
    fields = vector_fields(catalogue, Runtime.from_settings(settings))
    stored = IndexCatalogueStore(client, settings).put(catalogue, vectors=fields)
    reader = ProductReader(catalogue)
    lines = [feed_line(product) | {"images": []} for product in make_products()]
    read = [found for line in lines if isinstance(found := reader.read(line), Product)]
    now = datetime.now(UTC)
    bulk.send(client, stored.alias, [bulk.index(one.id, document(catalogue, one).whole(now)) for one in read])
    workshop = Workshop(settings)
    workshop.enrich(catalogue.name, [one.id for one in read])
    workshop.close()
    client.request("POST", f"/{stored.alias}/_refresh")
    client.close()


@contextlib.contextmanager
def _served(settings: Settings, clock: ShopClock) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = build_api(settings, now=clock.now)
    remember_answers(app.state.service.client)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the API did not start")
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
