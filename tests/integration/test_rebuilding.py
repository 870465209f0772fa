"""A catalogue's index written anew: new analyzers, the same products, vectors that still hold."""

from collections.abc import Iterator
from datetime import UTC, datetime

import orjson
import pytest

from indexer.rebuilding import rebuild
from mappings import bulk
from mappings.bulk import Outcome
from mappings.catalogue_store import IndexCatalogueStore
from mappings.client import Client, connect
from mappings.codes.rotations import Rotations
from mappings.documents import document
from mappings.errors import NotFound
from mappings.fields import Modality, VectorField
from mappings.products import Product, ProductReader
from plugin_config.catalogue import parse_catalogue
from plugin_config.settings import Settings

OLD = "name: shop\ntext: {title: 1}\nnumber: [price]\nencoders: {picture: null}\n"
VECTOR = VectorField(Modality.TEXT, "0123456789ab", 2)


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    made = connect(settings)
    yield made
    made.close()


def test_a_rebuilt_index_has_the_new_analyzers_and_the_vectors_that_still_hold(
    client: Client, settings: Settings
) -> None:
    store = IndexCatalogueStore(client, settings)
    old = store.put(parse_catalogue(OLD, origin="old"), vectors=[VECTOR])
    reader, now = ProductReader(old.catalogue), datetime.now(UTC)
    actions = []
    for number in range(250):
        product = reader.read({"id": number, "title": f"Sofa {number}", "stock": "plenty" if number == 7 else number})
        assert isinstance(product, Product)
        body = orjson.loads(document(old.catalogue, product).whole(now))
        body |= {VECTOR.name: [0.5, 0.5], "enrichment": body["enrichment"] | {"status": "done"}}
        actions.append(bulk.create(product.id, orjson.dumps(body)))
    assert {result.outcome for result in bulk.send(client, old.alias, actions)} == {Outcome.DONE}
    client.refresh(old.alias)

    new = parse_catalogue(OLD.replace("[price]", "[price, stock]") + 'synonyms: ["couch => sofa"]\n', origin="new")
    rebuilt = rebuild(
        client,
        store,
        new,
        vectors=[VECTOR],
        rotations=Rotations(settings.models_folder),
        on_progress=lambda _done, _total: None,
    )

    assert (rebuilt.products, [id for id, _ in rebuilt.unreadable]) == (249, ["7"])
    assert store.get("shop").index == f"{old.alias}.v2"
    answer = client.search(old.alias, {"query": {"match": {"text.title": "couch"}}, "size": 1})
    assert answer["hits"]["total"]["value"] == 249
    source = answer["hits"]["hits"][0]["_source"]
    assert source[VECTOR.name] == [0.5, 0.5]
    assert source["enrichment"]["status"] == "done"
    with pytest.raises(NotFound):
        client.request("GET", f"/{old.index}/_count")
