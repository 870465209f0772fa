"""A small simulated day through the real API: everything is accepted, proven and counted, and a stop loses nothing."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from fastapi.testclient import TestClient

from indexer.behaviour.composition import open_log
from mappings import bulk
from mappings.catalogue_store import IndexCatalogueStore
from mappings.client import connect
from mappings.documents import document
from mappings.products import Product, ProductReader
from plugin_config.catalogue import parse_catalogue
from plugin_config.settings import Settings
from vitrine.api import build_api
from vitrine.main import run
from vitrine.sample_shop.feed import catalogue_text, feed_line
from vitrine.sample_shop.products import make_products
from vitrine.simulator.checkpoint import Checkpoint, Plan
from vitrine.simulator.shop_api import ShopApi, SimulationError
from vitrine.simulator.simulation import Simulation

pytestmark = pytest.mark.opensearch
PLAN = Plan("shop", 2, 12, 4, "mixed", "keyword")


@pytest.fixture
def api(settings: Settings) -> Iterator[TestClient]:
    """The sample shop's clothes by their words alone, without vectors."""
    declared = yaml.safe_load(catalogue_text()) | {"images": [], "encoders": {"text": None, "picture": None}}
    catalogue = parse_catalogue(json.dumps(declared), origin="the clothes of the sample shop")
    client = connect(settings)
    stored = IndexCatalogueStore(client, settings).put(catalogue, vectors=())
    reader, now = ProductReader(catalogue), datetime.now(UTC)
    lines = [feed_line(product) for product in make_products() if product.design.kind.path[0] == "Clothing"]
    read = [found for line in lines if isinstance(found := reader.read(line), Product)]
    bulk.send(client, stored.alias, [bulk.index(one.id, document(catalogue, one).whole(now)) for one in read])
    client.request("POST", f"/{stored.alias}/_refresh")
    client.close()
    with TestClient(build_api(settings.model_copy(update={"events_per_minute": 0}))) as api:
        yield api


def test_two_days_are_accepted_and_every_token_is_valid(api: TestClient, settings: Settings) -> None:
    simulation = Simulation(ShopApi(api, "shop"), PLAN)
    for progress in simulation.run():
        assert progress.visit <= progress.visits
    counts = simulation.standing.counts
    sent = sum(number for name, number in counts.items() if name.startswith("sent_"))
    assert counts["accepted"] == counts["signed"] == sent > 100
    assert not [name for name in counts if name.startswith(("rejected", "repeated", "tokens_refused", "degraded"))]
    log = open_log(settings)
    events = [row.event for row in log.read(catalogue="shop")]
    log.close()
    assert Counter(event.action for event in events)["click"] == counts["sent_click"]
    assert all(event.teaches and event.position for event in events)
    assert not [event for event in events if event.suspect and (event.shopper or "").startswith(("shopper-", "anon-"))]
    assert all(0 < total / lists <= 1 for lists, total in simulation.standing.quality.values())


def test_an_interrupted_simulation_goes_on_and_ends_as_one_that_was_not(
    api: TestClient, settings: Settings, tmp_path: Path
) -> None:
    shop = ShopApi(api, "shop")
    shelf = shop.shelf()
    whole = Simulation(shop, PLAN, shelf=shelf)
    for _ in whole.run():
        pass
    checkpoint = Checkpoint(tmp_path / "simulations", PLAN)
    first = Simulation(shop, PLAN, shelf=shelf, checkpoint=checkpoint)
    for progress in first.run():  # the first day ends, then the lights go out in the second
        if (progress.day, progress.visit) == (1, 2):
            break
    second = Simulation(shop, PLAN, shelf=shelf, checkpoint=checkpoint)
    assert second.resumed
    assert second.standing.run == first.standing.run
    for _ in second.run():
        pass
    names = ("visits", "searches", "accepted", "sent_click", "sent_purchase")
    assert [second.standing.counts.get(n) for n in names] == [whole.standing.counts.get(n) for n in names]
    assert "repeated" not in second.standing.counts
    assert checkpoint.read() is None


def test_what_cannot_be_simulated_is_one_clear_line(
    api: TestClient, capsys: pytest.CaptureFixture[str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VITRINE_STATE_DIR", str(settings.state_dir / "nobody"))
    with pytest.raises(SimulationError, match="there is no catalogue 'nowhere'"):
        ShopApi(api, "nowhere").shelf()
    assert run(["simulate", "shoppers", "--catalogue", "shop"]) == 1
    assert "vitrine up" in capsys.readouterr().err
    assert run(["simulate", "shoppers", "--catalogue", "shop", "--click-model", "psychic"]) == 2
    assert run(["simulate", "shoppers", "--catalogue", "shop", "--api", "http://127.0.0.1:9"]) == 1
    assert "does not answer" in capsys.readouterr().err
