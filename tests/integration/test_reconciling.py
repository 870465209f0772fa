"""The reconciler against a real index and a real Redis: what it finds, and what it leaves alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
import redis

from indexer.app import build_celery, open_workshop
from indexer.broker import Broker, connect_redis
from indexer.dead_letters import LOST_PICTURES, DeadLetters
from indexer.progress import enrichment_progress
from indexer.queueing import CeleryQueue, QueueUnavailable, enrichment_queue
from indexer.reconciling import Reconciler
from mappings import bulk
from mappings.catalogue_store import IndexCatalogueStore, StoredCatalogue, meta_of
from mappings.client import Client, connect
from mappings.documents import document
from mappings.errors import EngineError, NotFound
from mappings.fields import EnrichmentStatus, Modality, VectorField
from mappings.ledger import IndexLedger, LedgerChange
from mappings.products import Product, ProductReader
from plugin_config.catalogue import Catalogue
from plugin_config.settings import Settings
from vitrine.processes.ports import free_port

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
TEXT = VectorField(Modality.TEXT, "aaaaaaaaaaaa", 4)
CATALOGUE = Catalogue(name="shop", text={"title": 1}, encoders={"picture": None})
DONE, FAILED, DEAD, PARTIAL = (EnrichmentStatus(s) for s in ("done", "failed", "dead", "partial"))


@dataclass
class Noted:
    """A queue that only notes what it is given."""

    ids: list[str] = field(default_factory=list)

    def enqueue(self, catalogue: str, ids: Sequence[str]) -> None:
        assert catalogue == "shop"
        self.ids += ids

    enqueue_singly = enqueue


@dataclass
class Shop:
    settings: Settings
    client: Client
    stored: StoredCatalogue
    queue: Noted
    now: datetime = NOW

    def put(self, id: str, status: EnrichmentStatus | None = None, **change: object) -> None:
        product = ProductReader(CATALOGUE).read({"id": id, "title": f"thing {id}"})
        assert isinstance(product, Product)
        bulk.send(self.client, self.stored.alias, [bulk.create(id, document(CATALOGUE, product).whole(NOW))])
        if status is not None:
            ledger = IndexLedger(self.client, self.stored.alias)
            entry = ledger.read([id])[id]
            settled = LedgerChange(entry, status, 0, None, None, {TEXT.name: entry.input_hash})
            ledger.write([replace(settled, **change)], now=NOW)  # type: ignore[arg-type]

    def reconciler(self, *, settings: Settings | None = None) -> Reconciler:
        settings = settings or self.settings
        catalogues = IndexCatalogueStore(self.client, settings)
        broker = Broker(settings, queue=enrichment_queue(settings))
        return Reconciler(self.client, catalogues, self.queue, broker, settings, now=lambda: self.now)

    def reconcile(self, after_seconds: float) -> list[str]:
        """Ids that are queued when the reconciler runs so long after noon."""
        self.client.refresh(self.stored.alias)
        self.now = NOW + timedelta(seconds=after_seconds)
        self.queue.ids.clear()
        self.reconciler().reconcile()
        return sorted(self.queue.ids)


@pytest.fixture
def shop(settings: Settings) -> Iterator[Shop]:
    settings = settings.model_copy(update={"reconcile_after_seconds": 60, "enrichment_chunk": 2})
    client = connect(settings)
    stored = IndexCatalogueStore(client, settings).put(CATALOGUE, vectors=(TEXT,))
    yield Shop(settings, client, stored, Noted())
    with connect_redis(settings) as broker:
        for key in broker.scan_iter(f"{settings.index_prefix}*"):
            broker.delete(key)
    client.close()


def test_a_pending_product_is_taken_for_lost_only_after_a_while(shop: Shop) -> None:
    shop.put("1")
    assert shop.reconcile(after_seconds=30) == []
    assert shop.reconcile(after_seconds=61) == ["1"]


def test_what_was_queued_a_moment_ago_is_not_queued_again_unless_redis_forgot(shop: Shop) -> None:
    shop.put("1")
    assert shop.reconcile(after_seconds=61) == ["1"]
    assert shop.reconcile(after_seconds=62) == []
    with connect_redis(shop.settings) as broker:
        broker.delete(f"{shop.settings.index_prefix}:queued:shop")
    assert shop.reconcile(after_seconds=63) == ["1"]


def test_failed_and_partial_products_come_when_their_rest_is_over_and_dead_ones_never(shop: Shop) -> None:
    rest = NOW + timedelta(seconds=100)
    shop.put("failed", FAILED, next_try_at=rest, encoded={})
    shop.put("partial", PARTIAL, next_try_at=rest)
    shop.put("dead", DEAD, encoded={})
    shop.put("settled", PARTIAL)
    shop.put("done", DONE)
    assert shop.reconcile(after_seconds=99) == []
    assert shop.reconcile(after_seconds=101) == ["failed", "partial"]


def test_a_done_product_whose_vector_is_missing_or_of_an_older_input_is_stale(shop: Shop) -> None:
    shop.put("current", DONE)
    shop.put("lacking", DONE, encoded={})
    shop.put("older", DONE, encoded={TEXT.name: "another input"})
    assert shop.reconcile(after_seconds=1) == ["lacking", "older"]


def test_a_new_encoder_makes_every_product_due_once(shop: Shop) -> None:
    for id in "abc":
        shop.put(id, DONE)
    newer = VectorField(Modality.TEXT, "cccccccccccc", 4)
    IndexCatalogueStore(shop.client, shop.settings).put(CATALOGUE, vectors=(newer,))
    assert shop.reconcile(after_seconds=1) == ["a", "b", "c"]


def test_a_catalogue_that_cannot_be_read_does_not_stop_the_others(shop: Shop) -> None:
    attic = shop.stored.alias.replace("shop", "attic")
    broken = replace(shop.stored, catalogue=CATALOGUE.model_copy(update={"name": "attic"}))
    mapping = {"_meta": {"vitrine": meta_of(broken)}}  # and none of the fields
    shop.client.request("PUT", f"/{attic}.v1", body={"mappings": mapping, "aliases": {attic: {}}})
    shop.client.request("PUT", f"/{attic}.v1/_doc/1?refresh=true", body={"enrichment": {"status": "done"}})
    shop.put("1")
    with pytest.raises(EngineError):
        shop.reconcile(after_seconds=61)
    assert shop.queue.ids == ["1"]


def test_a_long_queue_gets_only_some_of_the_oldest(shop: Shop) -> None:
    for number in range(9):
        shop.put(str(number))
    with connect_redis(shop.settings) as broker:
        broker.lpush(enrichment_queue(shop.settings), *(["waiting"] * 200))
    assert len(shop.reconcile(after_seconds=61)) == 4
    assert len(shop.reconcile(after_seconds=62)) == 4


def test_two_reconcilers_at_once_do_the_work_once(shop: Shop) -> None:
    shop.put("1")
    broker = Broker(shop.settings, queue="any")
    with broker.only_one("reconcile", seconds=30) as mine:
        assert mine
        assert shop.reconcile(after_seconds=61) == []
    assert shop.reconcile(after_seconds=61) == ["1"]
    broker.close()


def test_it_works_without_redis(shop: Shop) -> None:
    shop.put("1")
    shop.client.refresh(shop.stored.alias)
    shop.now = NOW + timedelta(seconds=61)
    dead = shop.settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{free_port()}/0"})
    for settings in (dead, shop.settings.model_copy(update={"redis_url": None})):
        shop.queue.ids.clear()
        shop.reconciler(settings=settings).reconcile(["shop"])
        assert shop.queue.ids == ["1"]


def test_a_dead_broker_is_told_in_a_note_and_the_products_stay_pending(shop: Shop) -> None:
    shop.put("1")
    shop.client.refresh(shop.stored.alias)
    dead = shop.settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{free_port()}/0"})
    workshop = open_workshop(dead)
    [found] = workshop.reconciler().reconcile(waiting_seconds=0)
    assert (found.due.pending, found.queued) == (1, 0)
    assert "nothing is lost" in found.note
    workshop.close()


def test_a_dead_broker_holds_a_writer_up_once_and_shortly(shop: Shop) -> None:
    dead = shop.settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{free_port()}/0"})
    clock = iter([0.0, 0.0, 1.0, 6.0, 6.0])
    queue = CeleryQueue(build_celery(dead), dead, clock=lambda: next(clock))
    for _ in range(3):
        with pytest.raises(QueueUnavailable, match="nothing is lost"):
            queue.enqueue("shop", ["1"])


def test_products_are_queued_in_chunks(shop: Shop) -> None:
    CeleryQueue(build_celery(shop.settings), shop.settings).enqueue("shop", ["1", "2", "3", "4", "5"])
    with connect_redis(shop.settings) as broker:
        assert broker.llen(enrichment_queue(shop.settings)) == 3


def test_an_unknown_catalogue_is_an_error_that_names_the_known_ones(shop: Shop) -> None:
    with pytest.raises(NotFound, match="there are: shop"):
        shop.reconciler().reconcile(["other"])


def test_progress_counts_every_status_and_says_when_nothing_moves(shop: Shop) -> None:
    shop.put("waits")
    shop.put("done", DONE)
    shop.put("rests", FAILED, next_try_at=NOW + timedelta(seconds=9), encoded={})
    progress = enrichment_progress(shop.client, shop.stored, refresh=True)
    assert (progress.total, progress.pending, progress.retrying, progress.is_finished) == (3, 1, 1, False)
    assert progress.counts[DONE] == 1
    assert not progress.is_stuck(now=NOW + timedelta(seconds=50), patience_seconds=60)
    assert progress.is_stuck(now=NOW + timedelta(seconds=70), patience_seconds=60)


def test_dead_letters_are_listed_with_reason_and_replayed_with_all_their_attempts(shop: Shop) -> None:
    shop.put("dead", DEAD, attempts=5, error="the encoder fails on it: bad token", encoded={})
    shop.put("partial", PARTIAL, error="a.png: there is no such file")
    shop.put("done", DONE)
    shop.client.refresh(shop.stored.alias)
    letters = DeadLetters(shop.client, shop.queue, now=lambda: NOW)
    [letter] = letters.list(shop.stored)
    assert (letter.id, letter.attempts, letter.error) == ("dead", 5, "the encoder fails on it: bad token")
    assert [found.id for found in letters.list(shop.stored, LOST_PICTURES)] == ["partial"]
    replayed = letters.replay(shop.stored, ids=["dead", "done", "absent"])
    assert (replayed.replayed, replayed.left, shop.queue.ids) == (1, 2, ["dead"])
    entry = IndexLedger(shop.client, shop.stored.alias).read(["dead"])["dead"]
    assert (entry.status, entry.attempts, entry.error) == (EnrichmentStatus.PENDING, 0, None)


def test_redis_is_asked_under_the_limits_of_a_hint(shop: Shop) -> None:
    dead = shop.settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{free_port()}/0"})
    broker = Broker(dead, queue="any")
    assert broker.depth() is None
    assert broker.queued_lately("shop", seconds=1) == frozenset()
    broker.remember("shop", ["1"], seconds=1)
    with pytest.raises(redis.RedisError), connect_redis(dead) as client:
        client.ping()
