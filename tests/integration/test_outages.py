"""OpenSearch or Redis goes away in the middle of the work, or is not there at its start: nothing is lost, all go on."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import orjson
import psutil
import pytest

from indexer.app import open_workshop
from indexer.behaviour.rows.composition import keep_rows
from indexer.composition import Workshop
from indexer.feed import FeedLine
from indexer.loading import FeedLoader, LoadReport
from indexer.patience import Patience
from indexer.progress import enrichment_progress
from indexer.rejects import RejectsList
from indexer.vector_fields import vector_fields
from indexer.writing import Effect, ProductWriter
from mappings.catalogue_store import StoredCatalogue
from mappings.client import Client, connect
from mappings.errors import DiskFull, EngineError, EngineUnavailable
from mappings.fields import EnrichmentStatus
from mappings.products import ProductReader
from plugin_config.catalogue import parse_catalogue
from plugin_config.settings import Settings
from query_service.composition import SearchService, build_service
from query_service.messages import SearchRequest
from tests import small_shop
from tests.front import Front, front
from vitrine.processes.ports import free_port
from vitrine.stack.environment import child_environment

YAML = "name: shop\ntext: {title: 1}\nimages: [picture]\nencoders: {text: null, picture: {model: colour-edge}}\n"
CATALOGUE = parse_catalogue(YAML, origin="test")
LINES, MIDDLE = 3_000, 1_200
PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAPklEQVR42mP8//8/Ay0BEwONwagFoxZQDlhwSTAy"
    "NpJq1v//9aNxMGrBqAWjFoxaMGoBjnpltOE1asHgtwAAO7EJO1ty4UsAAAAASUVORK5CYII="
)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Front]:
    """A gate before the OpenSearch of the run."""
    where = urlsplit(settings.opensearch_url)
    with front((str(where.hostname), where.port or 0)) as gate:
        yield gate


@pytest.fixture
def broker(settings: Settings) -> Iterator[Front]:
    """A gate before the Redis of the run."""
    where = urlsplit(settings.redis_url)
    with front((str(where.hostname), where.port or 0)) as gate:
        yield gate


@pytest.fixture
def gated(settings: Settings, engine: Front, broker: Front) -> Settings:
    """The settings of a process that reaches both stores through their gates."""
    redis_url = f"redis://127.0.0.1:{broker.port}"
    return settings.model_copy(
        update={
            "opensearch_url": f"http://127.0.0.1:{engine.port}",
            "redis_url": f"{redis_url}{urlsplit(settings.redis_url).path}",
            "features_redis_url": f"{redis_url}{urlsplit(settings.features_redis_url).path}",
            "reconcile_seconds": 1,
            "reconcile_after_seconds": 1,
        }
    )


@pytest.fixture
def workshop(gated: Settings) -> Iterator[Workshop]:
    made = open_workshop(gated)
    yield made
    made.close()


@pytest.fixture
def stored(workshop: Workshop) -> StoredCatalogue:
    return workshop.catalogues.put(CATALOGUE, vectors=vector_fields(CATALOGUE, workshop._runtime))


@pytest.fixture
def direct(settings: Settings) -> Iterator[Client]:
    made = connect(settings)
    yield made
    made.close()


def feed(*, at_the_middle: Callable[[], None] | None = None) -> Iterator[FeedLine]:
    for number in range(1, LINES + 1):
        if number == MIDDLE and at_the_middle is not None:
            at_the_middle()
        yield FeedLine(number, {"id": str(number), "title": f"thing {number}"}, b"")


def load(
    workshop: Workshop, stored: StoredCatalogue, lines: Iterator[FeedLine], *, seconds: float
) -> tuple[LoadReport, list[EngineError]]:
    told: list[EngineError] = []
    patience = Patience(seconds=seconds, tell=told.append)
    writer = ProductWriter(workshop.client, stored, ProductReader(CATALOGUE), patience=patience)
    loader = FeedLoader(writer, catalogue="shop", queue=None, rejects=RejectsList(10))
    return loader.load(lines, on_progress=lambda _: None), told


def count(client: Client, stored: StoredCatalogue) -> int:
    client.refresh(stored.alias)
    return int(client.request("GET", f"/{stored.alias}/_count")["count"])


def block(client: Client, stored: StoredCatalogue, *, is_full: bool) -> None:
    """What OpenSearch itself does to an index when a disk passes the flood stage, and takes back when there is room."""
    setting = {"index.blocks.read_only_allow_delete": True if is_full else None}
    client.request("PUT", f"/{stored.alias}/_settings", body=setting)


def test_loading_waits_for_an_opensearch_that_goes_and_comes_back_and_loses_nothing(
    engine: Front, workshop: Workshop, stored: StoredCatalogue, direct: Client
) -> None:
    def cut() -> None:
        engine.cut()
        threading.Timer(1.5, engine.open).start()

    report, told = load(workshop, stored, feed(at_the_middle=cut), seconds=120)
    assert report.failure is None, report.failure
    assert isinstance(told[0], EngineUnavailable)
    assert report.effects[Effect.CREATED] + report.effects[Effect.UNCHANGED] == LINES
    assert count(direct, stored) == LINES


def test_loading_waits_for_room_on_a_full_disk_and_loses_nothing(
    workshop: Workshop, stored: StoredCatalogue, direct: Client
) -> None:
    def fill_the_disk() -> None:
        block(direct, stored, is_full=True)
        threading.Timer(1.5, lambda: block(direct, stored, is_full=False)).start()

    report, told = load(workshop, stored, feed(at_the_middle=fill_the_disk), seconds=120)
    assert report.failure is None
    assert isinstance(told[0], DiskFull)
    assert "flood-stage" in str(told[0])
    assert count(direct, stored) == LINES


def test_a_disk_that_stays_full_ends_loading_with_what_to_do_and_the_next_load_completes_it(
    workshop: Workshop, stored: StoredCatalogue, direct: Client
) -> None:
    report, _ = load(workshop, stored, feed(at_the_middle=lambda: block(direct, stored, is_full=True)), seconds=0.5)
    assert isinstance(report.failure, DiskFull)
    assert "make room" in str(report.failure)
    assert count(direct, stored) == report.effects[Effect.CREATED] < LINES
    block(direct, stored, is_full=False)
    again, _ = load(workshop, stored, feed(), seconds=5)
    assert again.effects[Effect.UNCHANGED] == report.effects[Effect.CREATED]
    assert count(direct, stored) == LINES


def test_vectors_that_find_no_room_come_when_there_is_room(
    gated: Settings, stored: StoredCatalogue, direct: Client
) -> None:
    workshop = open_workshop(gated, here=True)
    writer = ProductWriter(workshop.client, stored, ProductReader(CATALOGUE))
    writer.write([writer.read_change({"id": "1", "title": "lamp", "picture": PICTURE}, is_partial=False)])
    block(direct, stored, is_full=True)
    with pytest.raises(DiskFull, match="vectors cannot be written"):
        workshop.enrich("shop", ["1"])
    block(direct, stored, is_full=False)
    assert enrichment_progress(direct, stored, refresh=True).counts[EnrichmentStatus.PENDING] == 1
    workshop.enrich("shop", ["1"])
    assert enrichment_progress(direct, stored, refresh=True).counts[EnrichmentStatus.DONE] == 1
    workshop.close()


def test_an_opensearch_that_never_comes_back_ends_the_command_in_one_line_and_a_second_run_completes(
    gated: Settings, engine: Front, direct: Client, tmp_path: Path
) -> None:
    (tmp_path / "shop.yaml").write_text(YAML)
    lines = [orjson.dumps({"id": str(n), "title": f"thing {n}"}) + b"\n" for n in range(1, LINES + 1)]
    lines.insert(10, b"nonsense\n")
    command = [sys.executable, "-m", "vitrine.main", "index", str(tmp_path / "shop.yaml"), "-", "--format", "jsonl"]
    environment = child_environment(gated.model_copy(update={"opensearch_patience_seconds": 1.0}))
    alias = f"{gated.index_prefix}-shop"

    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    first = subprocess.Popen(command, env=environment, cwd=Path.cwd(), **pipes)  # type: ignore[call-overload]
    first.stdin.write(b"".join(lines[:MIDDLE]))
    first.stdin.flush()
    until(lambda: _there(direct, alias) >= 500, seconds=240, what="the first products are written")
    engine.cut()
    out, err = first.communicate(b"".join(lines[MIDDLE:]), timeout=240)
    engine.open()

    assert first.returncode == 1
    assert b"the same command again goes on" in out
    assert b"see" in out
    assert b"rejects" in out
    told = [line for line in err.decode().splitlines() if line.strip()]
    assert all(line.startswith("vitrine: ") for line in told), told
    assert "cannot be reached" in told[-1]
    rejects = (gated.state_dir / "rejects" / "shop.rejects.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["line"] for line in rejects] == [11]

    second = subprocess.run(command, env=environment, input=b"".join(lines), capture_output=True, check=False)
    assert second.returncode == 0, second.stderr
    assert b"unchanged" in second.stdout
    assert _there(direct, alias) == LINES


async def test_a_search_without_redis_is_degraded_and_whole_again_when_redis_is(gated: Settings, broker: Front) -> None:
    small_shop.fill(gated)
    keep_rows(gated, [small_shop.NAME])
    service = build_service(gated)
    request = SearchRequest.model_validate({"text": "wireless headphones", "explain": True})
    try:
        await until_whole(service, request)
        broker.cut()
        for _ in range(2):
            answer = (await service.search(small_shop.NAME, request)).to_message()
            assert answer.degraded == ["behaviour"]
            assert answer.hits[0].id == "h1"
        broker.open()
        await until_whole(service, request)
    finally:
        await service.close()


def test_api_and_worker_started_without_their_stores_say_what_they_wait_for_and_recover(
    gated: Settings, engine: Front, broker: Front, workshop: Workshop, stored: StoredCatalogue, direct: Client
) -> None:
    writer = ProductWriter(workshop.client, stored, ProductReader(CATALOGUE))
    writer.write([writer.read_change({"id": "1", "title": "Blue lamp", "picture": PICTURE}, is_partial=False)])
    engine.cut()
    broker.cut()
    port = free_port()
    api = ("uvicorn", "vitrine.api:create_app", "--factory", "--host=127.0.0.1", f"--port={port}")
    worker = (
        "celery",
        "-A",
        "indexer.app:celery_app",
        "worker",
        "-c",
        "1",
        "-B",
        "--without-mingle",
        "--without-gossip",
    )
    started = [start(gated, *api), start(gated, *worker, "-s", str(gated.state_dir / "schedule"))]
    try:
        until(lambda: _ready(port)[0] == 503, seconds=240, what="the API says that it waits")
        said = _ready(port)[1]
        assert "OpenSearch" in said["detail"]
        assert "cannot be reached" in said["detail"]
        time.sleep(1.5)  # the worker is up by now and finds no broker
        assert all(process.poll() is None for process in started)
        engine.open()
        broker.open()
        until(lambda: _ready(port)[0] == 200, seconds=240, what="the API is ready by itself")
        with urlopen(f"http://127.0.0.1:{port}/catalogues/shop/search?q=lamp", timeout=60) as answer:
            assert json.load(answer)["hits"][0]["id"] == "1"
        progress = lambda: enrichment_progress(direct, stored, refresh=True)  # noqa: E731
        until(lambda: progress().counts[EnrichmentStatus.DONE] == 1, seconds=240, what="the worker works by itself")
    finally:
        for process in started:
            end(process)


async def until_whole(service: SearchService, request: SearchRequest) -> None:
    """A first read of Redis may be late on a busy machine; one that stays away is a fault."""
    last = time.monotonic() + 240
    while (await service.search(small_shop.NAME, request)).to_message().degraded:
        assert time.monotonic() < last, "degraded, though Redis is there"
        await asyncio.sleep(0.2)


def start(settings: Settings, *command: str) -> subprocess.Popen[bytes]:
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    with (settings.state_dir / f"{command[0]}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", *command], env=child_environment(settings), cwd=Path.cwd(), stdout=log, stderr=log
        )


def end(process: subprocess.Popen[bytes]) -> None:
    for each in (*psutil.Process(process.pid).children(recursive=True), process):
        each.kill()
    process.wait()


def until(claim: Callable[[], bool], *, seconds: float, what: str) -> None:
    last = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < last, f"not within {seconds} s: {what}"
        time.sleep(0.1)


def _there(client: Client, alias: str) -> int:
    params = {"ignore_unavailable": True}
    try:
        client.request("POST", f"/{alias}/_refresh", params=params)
        return int(client.request("GET", f"/{alias}/_count", params=params)["count"])
    except EngineUnavailable:
        return 0  # the index is being made


def _ready(port: int) -> tuple[int, dict[str, str]]:
    try:
        with urlopen(f"http://127.0.0.1:{port}/ready", timeout=60) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)
    except (URLError, OSError):
        return 0, {}
