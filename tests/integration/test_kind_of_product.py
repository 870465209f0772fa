"""A word of the query that names a kind of product weighs more than one that only describes it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from mappings import bulk
from mappings.catalogue_store import IndexCatalogueStore
from mappings.client import Client, connect
from mappings.documents import document
from mappings.keyword import keyword_query
from mappings.products import Product, ProductReader
from mappings.spelling import evidence_body, parse_evidence
from plugin_config.catalogue import Catalogue, parse_catalogue
from plugin_config.settings import Settings

pytestmark = pytest.mark.opensearch
SHOP = "name: shop\ntext: {title: 3, kind: 1.5}\nkeyword: [kind]\nroles: {title: title, category: kind}\n"
PRODUCTS = (
    ("scarf", "Striped scarf in brick red", "Scarves"),
    *((f"dress{number}", f"Linen wrap dress in {colour}", "Dresses") for number, colour in enumerate(("mint", "navy"))),
    *((f"hat{number}", f"Straw hat number {number}", "Hats") for number in range(6)),
)
FILMS = (
    ("crawdads", "Where the crawdads sing", "Drama"),
    ("robin", "Robin and the whale, a movie for the evening", "TV Movie"),
    *((f"other{number}", f"Another movie, number {number}", "Drama") for number in range(6)),
    *((f"show{number}", f"An evening show, number {number}", "Music") for number in range(6)),
)


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    made = connect(settings)
    yield made
    made.close()


def found(
    client: Client,
    settings: Settings,
    catalogue: Catalogue,
    words: str,
    goods: Sequence[tuple[str, str, str]] = PRODUCTS,
) -> list[str]:
    stored, reader = IndexCatalogueStore(client, settings).put(catalogue, vectors=[]), ProductReader(catalogue)
    products = [reader.read({"id": id, "title": title, "kind": kind}) for id, title, kind in goods]
    written = [
        document(catalogue, product).whole(datetime.now(UTC)) for product in products if isinstance(product, Product)
    ]
    bulk.send(client, stored.alias, [bulk.index(goods[at][0], body) for at, body in enumerate(written)])
    client.refresh(stored.alias)
    counted = client.search(stored.alias, evidence_body(catalogue, words, spelling=True))
    query = keyword_query(catalogue, words, kinds=parse_evidence(counted, words).kinds)
    answer = client.search(stored.alias, {"query": query, "_source": False})
    return [hit["_id"] for hit in answer["hits"]["hits"]]


def test_a_red_dress_in_a_shop_without_red_dresses_is_a_dress_first(client: Client, settings: Settings) -> None:
    """Red is rarer than dresses here, so by rarity alone the scarf would be first."""
    catalogue = parse_catalogue(SHOP, origin="test")
    assert found(client, settings, catalogue, "red dress") == ["dress0", "dress1", "scarf"]
    without = parse_catalogue(SHOP.replace(", category: kind", ""), origin="test").model_copy(update={"name": "plain"})
    assert found(client, settings, without, "red dress")[0] == "scarf"


def test_a_word_that_is_seldom_a_category_names_no_kind_of_product(client: Client, settings: Settings) -> None:
    """Seven films are called movies and one of them is a TV movie: who asks for a movie does not ask for that one."""
    assert found(client, settings, parse_catalogue(SHOP, origin="test"), "crawdads movie", FILMS)[0] == "crawdads"
