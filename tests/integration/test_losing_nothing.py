"""Workers and broker are killed in the middle of the work, and every product still gets its vectors."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psutil
import pytest
import redis
from PIL import Image

from encoders.runtime import Runtime
from indexer.app import open_workshop
from indexer.composition import Workshop
from indexer.progress import EnrichmentProgress, enrichment_progress
from indexer.queueing import QueueUnavailable
from indexer.vector_fields import vector_fields
from mappings import bulk
from mappings.catalogue_store import StoredCatalogue
from mappings.documents import document
from mappings.fields import EnrichmentStatus
from mappings.products import Product, ProductReader
from plugin_config.catalogue import Catalogue
from plugin_config.settings import Settings
from vitrine.processes.ports import free_port
from vitrine.stack.environment import child_environment
from vitrine.stack.redis import find_redis_server, redis_command

# Pictures only: the colour-and-edge encoder is real and needs no seconds to load.
ENCODERS = {"text": None, "picture": {"model": "colour-edge"}}  # the quick one, which a test poisons
CATALOGUE = Catalogue(name="shop", text={"title": 1}, images=("picture",), encoders=ENCODERS)
POISON = (255, 0, 255)


@dataclass(frozen=True)
class Shop:
    """One catalogue with a broker of its own, which a test may kill."""

    settings: Settings
    workshop: Workshop
    stored: StoredCatalogue
    folder: Path

    def write(self, ids: Sequence[str], *, colour: tuple[int, int, int] | None = None) -> None:
        """Products with one picture each, pending in the index, queued nowhere."""
        reader, actions = ProductReader(CATALOGUE, folder=self.folder), []
        for id in ids:
            # Nowhere near black: a picture that is black throughout shows nothing, and gets no vector.
            shade = colour or tuple(np.random.default_rng(int(id)).integers(40, 200, 3))
            Image.new("RGB", (160, 160), tuple(map(int, shade))).save(self.folder / f"{id}.png")
            product = reader.read({"id": id, "title": f"thing {id}", "picture": f"{id}.png"})
            assert isinstance(product, Product)
            actions.append(bulk.create(id, document(CATALOGUE, product).whole(datetime.now(UTC))))
        results = bulk.send(self.workshop.client, self.stored.alias, actions, refresh=True)
        assert {result.outcome for result in results} == {bulk.Outcome.DONE}

    def progress(self) -> EnrichmentProgress:
        return enrichment_progress(self.workshop.client, self.stored, refresh=True)

    def done(self) -> int:
        return self.progress().counts[EnrichmentStatus.DONE]

    def vectors(self) -> int:
        query = {"size": 0, "track_total_hits": True, "query": {"exists": {"field": self.stored.vectors[0].name}}}
        return int(self.workshop.client.search(self.stored.alias, query)["hits"]["total"]["value"])


def patient(shop: Shop) -> Shop:
    """The shop with workers that try three times: at one try, a product in work at two kills counts as their cause."""
    return replace(shop, settings=shop.settings.model_copy(update={"enrichment_attempts": 3}))


class OwnRedis:
    """A Redis that nobody else uses, and that may be killed and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        command = redis_command(find_redis_server(), self._folder, self._port)
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        with redis.Redis.from_url(self.url) as client:
            until(lambda: answers(client), seconds=60, what="the broker answers")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def is_idle(self) -> bool:
        """Whether no task is in work."""
        with redis.Redis.from_url(self.url) as client:
            return not any(client.hlen(key) for key in client.scan_iter("*unacked", _type="hash"))

    def empty(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[OwnRedis]:
    folder = tmp_path / "broker"
    folder.mkdir()
    own = OwnRedis(folder)
    yield own
    own.kill()


@pytest.fixture
def shop(settings: Settings, broker: OwnRedis, tmp_path: Path) -> Iterator[Shop]:
    folder = tmp_path / "pictures"
    folder.mkdir()
    mine = settings.model_copy(
        update={
            "redis_url": broker.url,
            "enrichment_chunk": 8,
            "reconcile_seconds": 1,
            "reconcile_after_seconds": 1,
            "enrichment_attempts": 1,
        }
    )
    workshop = open_workshop(mine)
    fields = vector_fields(CATALOGUE, Runtime())
    yield Shop(mine, workshop, workshop.catalogues.put(CATALOGUE, vectors=fields, picture_roots=[folder]), folder)
    workshop.close()


@contextmanager
def worker(shop: Shop, *, app: str = "indexer.app:celery_app", beat: bool = False) -> Iterator[psutil.Process]:
    """A real Celery worker with one child; whatever is left of it is killed in the end."""
    command = [sys.executable, "-m", "celery", "-A", app, "worker", "-c", "1", "-l", "INFO"]
    command += ["--without-mingle", "--without-gossip", "-n", f"{shop.settings.index_prefix}-{free_port()}@test"]
    if beat:
        command += ["-B", "-s", str(shop.folder.parent / "schedule")]
    log = shop.folder.parent / "worker.log"
    environment = child_environment(shop.settings) | {"PYTHONPATH": f"{Path.cwd()}:{shop.folder.parent}"}
    with log.open("ab") as output:
        started = subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)
    try:
        yield psutil.Process(started.pid)
    finally:
        kill_all(started.pid)
        started.wait()


def kill_all(pid: int) -> None:
    """kill -9, without a word of warning, to a worker and its children; returns when the last has let go of its sockets.

    Until then Redis may hand a task to the dead: to a connection that a child, forked with it, still keeps open.
    """
    try:
        main = psutil.Process(pid)
        victims = [main, *main.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for victim in victims:
        try:
            victim.kill()
        except psutil.NoSuchProcess:
            continue
    until(lambda: all(map(is_gone, victims)), seconds=60, what="the killed processes are gone")


def is_gone(process: psutil.Process) -> bool:
    """Whether it has ended; one that nobody has asked how it ended has closed everything, too."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def until(claim: Callable[[], bool], *, seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def test_killed_children_a_killed_worker_and_an_emptied_broker_lose_no_product(shop: Shop, broker: OwnRedis) -> None:
    shop, ids = patient(shop), [str(number) for number in range(400)]
    shop.write(ids)
    shop.workshop.queue.enqueue("shop", ids)
    with worker(shop) as first:
        until(lambda: shop.done() >= 8, seconds=240, what="the first products are enriched")
        [child] = [c for c in first.children() if c.is_running()]
        os.kill(child.pid, signal.SIGKILL)
        after_kill = shop.done()
        until(lambda: shop.done() > after_kill, seconds=240, what="the worker goes on with a new child")
        kill_all(first.pid)
    broker.empty()
    assert shop.progress().pending > 0, "the work was over too early to prove anything"
    with worker(shop, beat=True):
        until(
            lambda: shop.progress().is_finished, seconds=240, what="the reconciler of beat has finished every product"
        )
    assert shop.progress().counts[EnrichmentStatus.DONE] == len(ids)
    assert shop.vectors() == len(ids)


POISONED_APP = """
import os, signal
from encoders.picture import colour_edge

encode = colour_edge.ColourEdge.encode_pictures

def die_of_poison(self, pictures):
    if any((picture[0, 0] == {poison}).all() for picture in pictures):
        os.kill(os.getpid(), signal.SIGKILL)
    return encode(self, pictures)

colour_edge.ColourEdge.encode_pictures = die_of_poison
from indexer.app import celery_app
"""


def test_a_product_that_kills_its_worker_is_singled_out_and_becomes_a_dead_letter(shop: Shop, broker: OwnRedis) -> None:
    (shop.folder.parent / "poisoned.py").write_text(POISONED_APP.format(poison=POISON))
    shop.write(["poison"], colour=POISON)
    ids = [str(number) for number in range(7)]
    shop.write(ids)
    shop.workshop.queue.enqueue("shop", [*ids[:3], "poison", *ids[3:]])
    with worker(shop, app="poisoned:celery_app"):
        until(lambda: shop.progress().is_finished, seconds=240, what="all are settled")
        # Killed before it has acknowledged, it would leave its last task to the next worker, as one that kills.
        until(broker.is_idle, seconds=240, what="every task is acknowledged")
    counts = shop.progress().counts
    assert (counts[EnrichmentStatus.DONE], counts[EnrichmentStatus.DEAD]) == (7, 1)
    letters = shop.workshop.dead_letters()
    [letter] = letters.list(shop.stored)
    assert (letter.id, letter.attempts) == ("poison", 1)
    assert "worker process died" in letter.error

    assert letters.replay(shop.stored).replayed == 1
    # With beat: the queue is a hint, and what it loses around a kill the reconciler brings back.
    with worker(shop, beat=True):
        until(lambda: shop.done() == 8, seconds=240, what="the dead letter is replayed on a healthy worker")
    assert letters.list(shop.stored) == []


def test_an_emptied_or_killed_broker_does_not_stop_living_workers_and_writers(shop: Shop, broker: OwnRedis) -> None:
    first, second, third = ([str(n) for n in numbers] for numbers in (range(200), range(200, 220), range(220, 240)))
    shop = patient(shop)
    shop.write(first)
    shop.workshop.queue.enqueue("shop", first)
    with worker(shop, beat=True):
        until(lambda: shop.done() >= 8, seconds=240, what="the first products are enriched")
        broker.empty()
        assert shop.progress().pending > 0, "the work was over too early to prove anything"
        until(lambda: shop.progress().is_finished, seconds=240, what="the reconciler has finished the rest")
        broker.empty()
        shop.write(second)
        shop.workshop.queue.enqueue("shop", second)
        until(lambda: shop.done() == 220, seconds=240, what="what was queued after the loss is enriched")
        broker.kill()
        shop.write(third)
        with pytest.raises(QueueUnavailable):
            shop.workshop.queue.enqueue("shop", third)
        broker.start()
        until(lambda: shop.done() == 240, seconds=240, what="what was written while the broker was dead is enriched")
