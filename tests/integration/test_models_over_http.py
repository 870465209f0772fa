"""What an operator does with models and people over HTTP: look, examine, swap, go back, forget."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from indexer.behaviour.composition import open_log
from mappings.catalogue_store import IndexCatalogueStore
from mappings.client import connect
from plugin_config.catalogue import Catalogue
from plugin_config.settings import Settings
from ranking.behaviour.event import Event
from ranking.features.declared import declared_features
from ranking.foreign.importing import Destination, bring_over
from ranking.foreign.ranklib_model import read_ranklib
from ranking.lambdamart.store import DirectoryModelStore
from vitrine.api import build_api

pytestmark = pytest.mark.opensearch
CATALOGUE = Catalogue.model_validate(
    {
        "name": "shop",
        "text": {"title": 2},
        "number": ["price"],
        "roles": {"price": "price"},
        "encoders": {"text": None, "picture": None},
    }
)
TREE = (
    b'<ensemble><tree id="1" weight="1"><split><feature> 1 </feature><threshold> 20 </threshold>'
    b'<split pos="left"><output> 1 </output></split><split pos="right"><output> 0 </output></split></split></tree></ensemble>'
)
MODELS = "/catalogues/shop/models"


@pytest.fixture
def api(settings: Settings) -> Iterator[TestClient]:
    client = connect(settings)
    IndexCatalogueStore(client, settings).put(CATALOGUE, vectors=())
    client.close()
    with TestClient(build_api(settings)) as made:
        yield made


@pytest.fixture
def kept(settings: Settings) -> list[str]:
    """Two models, the later one serving."""
    store = DirectoryModelStore(settings.models_folder / "shop")
    for hour in (1, 2):
        at = datetime(2026, 11, 22, hour, tzinfo=UTC)
        found = bring_over(
            read_ranklib(TREE), "0" * 64, ["price"], Destination("shop", declared_features(CATALOGUE), at)
        )
        store.save(found.manifest, dict(found.trees))
        store.use(found.manifest.id)
    return list(store.ids())


def test_models_are_listed_shown_examined_swapped_and_rolled_back(api: TestClient, kept: list[str]) -> None:
    earlier, later = kept
    listed = api.get(MODELS).json()
    assert (listed["current"], [one["id"] for one in listed["models"]]) == (later, kept)
    assert api.get(f"{MODELS}/current").json()["id"] == later
    gate = api.get(f"{MODELS}/{earlier}/gate").json()
    assert (gate["against"], gate["checks"][0]["verdict"]) == (later, "passed")
    assert api.put(f"{MODELS}/current", json={"model": earlier}).json()["current"] == earlier
    assert api.delete(f"{MODELS}/current").json()["current"] == later
    assert api.delete(f"{MODELS}/current").json()["current"] == earlier
    nothing_before = api.delete(f"{MODELS}/current")
    assert (nothing_before.status_code, nothing_before.json()["title"]) == (409, "no earlier model")


def test_what_is_not_there_and_what_was_altered_is_a_clear_answer(
    api: TestClient, settings: Settings, kept: list[str]
) -> None:
    assert api.get("/catalogues/nowhere/models").status_code == 404
    assert api.get(f"{MODELS}/m20200101-000000-abcdef").status_code == 404
    assert api.put(f"{MODELS}/current", json={"model": "../../etc/passwd"}).status_code == 404
    assert api.put(f"{MODELS}/current", json={}).status_code == 422
    path = Path(settings.models_folder / "shop" / kept[0] / "model.txt")
    path.write_bytes(path.read_bytes() + b" ")
    listed = api.get(MODELS).json()
    assert "hash differs" in listed["models"][0]["damaged"]
    refused = api.put(f"{MODELS}/current", json={"model": kept[0]})
    assert (refused.status_code, "Retry-After" in refused.headers) == (409, False)  # waiting would not help
    assert "hash differs" in refused.json()["detail"]
    assert api.get(MODELS).json()["current"] == kept[1]


@pytest.mark.parametrize("id", ["%00", "*", "a%2Fb", "%F0%9F%9B%92", "%ED%A0%80", "x" * 513, "'; DROP TABLE events --"])
def test_strange_ids_are_answered_and_forget_nobody_else(api: TestClient, settings: Settings, id: str) -> None:
    log = open_log(settings)
    log.append("shop", [Event(event_id="e1", action="click", at=1_790_000_000.0, product="p", shopper="ann")])
    log.close()
    assert api.delete(f"/shoppers/{id}").status_code in (200, 404, 422)
    assert api.get(f"{MODELS}/{id}").status_code in (404, 422)
    assert api.get("/events").json()["catalogues"][0]["events"] == 1


def test_a_person_is_forgotten(api: TestClient, settings: Settings) -> None:
    log = open_log(settings)
    log.append("shop", [Event(event_id="e1", action="click", at=1_790_000_000.0, product="p", shopper="ann")])
    log.close()
    assert api.get("/events").json()["catalogues"][0]["events"] == 1
    gone = api.delete("/shoppers/ann").json()
    assert (gone["events"], gone["models"]) == (1, [])
    assert api.get("/events").json()["catalogues"] == []
