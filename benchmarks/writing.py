"""How fast a feed becomes searchable text, beside opensearch-py's own bulk, and how much memory a long feed takes.

    python -m benchmarks.writing [--feed FILE.jsonl.gz] [--catalogue FILE.yaml] [--lines 1000000]

Needs a running stack (`vitrine up`), or the addresses of other stores in its variables.
Both sides write the same products with the same mapping into fresh
indices, in turns, and each is timed until a search counts all of them. The plain side gets documents that are ready: it
neither checks nor types anything. The memory run streams a generated feed through the real reader, writer and bulk
bodies; the answers of OpenSearch alone are made up, so that a million lines take minutes: our own memory is measured.
"""

import argparse
import gzip
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from opensearchpy import OpenSearch, helpers

from indexer.feed import ByteCount, FeedFormat, FeedLine, open_feed, read_lines
from indexer.loading import FeedLoader
from indexer.rejects import RejectsList
from indexer.writing import ProductWriter
from mappings.catalogue_store import IndexCatalogueStore, StoredCatalogue
from mappings.client import Client, connect
from mappings.documents import document
from mappings.errors import NotFound
from mappings.fields import Modality, VectorField
from mappings.index_body import index_body
from mappings.products import Product, ProductReader
from plugin_config.catalogue import Catalogue, read_catalogue
from plugin_config.settings import Settings, load_settings
from vitrine.stack.discovery import running_settings

_ROOT = Path(__file__).parents[1]
_FEED = _ROOT.parent / "shared" / "data" / "chorus-icecat" / "products.jsonl.gz"
_VECTOR = VectorField(Modality.TEXT, "benchmark000", 384)
_ROUNDS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feed", type=Path, default=_FEED)
    parser.add_argument("--catalogue", type=Path, default=_ROOT / "examples" / "real" / "catalogues" / "chorus.yaml")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--memory-only", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory_only:
        print(_peak_of_a_long_feed(arguments.lines))
        return
    settings = running_settings(load_settings(index_prefix="bench_writing"))
    catalogue = read_catalogue(arguments.catalogue).model_copy(update={"name": "writing"})
    ours, plain = [], []
    for _ in range(_ROUNDS):
        ours.append(_ours(settings, catalogue, arguments.feed))
        plain.append(_plain(settings, catalogue, arguments.feed))
        print(f"round: ours {ours[-1]:,.0f} products/s, helpers.bulk {plain[-1]:,.0f} products/s", flush=True)
    print(
        f"best of {_ROUNDS}: ours {max(ours):,.0f} products/s, helpers.bulk {max(plain):,.0f}, ratio {max(ours) / max(plain):.2f}"
    )
    command = [sys.executable, "-m", "benchmarks.writing", "--memory-only", "--lines", str(arguments.lines)]
    print(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


def _ours(settings: Settings, catalogue: Catalogue, feed: Path) -> float:
    client = connect(settings)
    store = IndexCatalogueStore(client, settings)
    _remove(client, f"/{settings.index_prefix}-*")
    stored = store.put(catalogue, vectors=[_VECTOR])
    started = time.perf_counter()
    with open_feed(feed, count=ByteCount()) as lines:
        report = _loader(client, stored).load(lines, on_progress=lambda _: None)
    seconds = _seconds_until_counted(client, stored.alias, report.written, started)
    _remove(client, f"/{settings.index_prefix}-*")
    return report.written / seconds


def _plain(settings: Settings, catalogue: Catalogue, feed: Path) -> float:
    client = connect(settings)
    index = f"{settings.index_prefix}-plain"
    _remove(client, f"/{index}")
    client.request("PUT", f"/{index}", body=index_body(catalogue, [_VECTOR], settings=settings), timeout_seconds=60)
    reader, now = ProductReader(catalogue), datetime.now(UTC)
    with gzip.open(feed) as file:
        products = [reader.read(orjson.loads(line)) for line in file]
    documents = [(p.id, orjson.loads(document(catalogue, p).whole(now))) for p in products if isinstance(p, Product)]
    engine = OpenSearch([settings.opensearch_url], timeout=60)
    started = time.perf_counter()
    helpers.bulk(engine, ({"_index": index, "_id": id, "_source": body} for id, body in documents))
    seconds = _seconds_until_counted(client, index, len(documents), started)
    _remove(client, f"/{index}")
    return len(documents) / seconds


def _loader(client: Client, stored: StoredCatalogue) -> FeedLoader:
    writer = ProductWriter(client, stored, ProductReader(stored.catalogue))
    return FeedLoader(writer, catalogue=stored.catalogue.name, queue=None, rejects=RejectsList(10))


def _seconds_until_counted(client: Client, index: str, wanted: int, started: float) -> float:
    while client.request("GET", f"/{index}/_count")["count"] < wanted:
        time.sleep(0.05)
    return time.perf_counter() - started


def _remove(client: Client, path: str) -> None:
    try:
        client.request("DELETE", path)
    except NotFound:
        return


class _Answering:
    """Stands where OpenSearch does: takes a bulk body in full and answers that all of it was created."""

    where = "nowhere"

    def request(self, method: str, path: str, *, body: Any, params: Any = None, timeout_seconds: float = 0) -> Any:  # noqa: ARG002
        ids = [orjson.loads(line)["create"]["_id"] for line in body.split(b"\n")[:-1:2]]
        return {"items": [{"create": {"_id": id, "status": 201, "result": "created"}} for id in ids]}


class _Generated:
    """A feed of `lines` products as a stream, made line by line."""

    def __init__(self, lines: int) -> None:
        self._lines: Iterator[bytes] = (_line(number) for number in range(lines))

    def readline(self, size: int = -1) -> bytes:  # noqa: ARG002
        return next(self._lines, b"")


def _line(number: int) -> bytes:
    words = " ".join(f"word{(number * step) % 5000}" for step in range(1, 60))
    return (
        orjson.dumps(
            {"id": str(number), "title": f"Product {number} {words[:60]}", "short_description": words, "price": number}
        )
        + b"\n"
    )


def _peak_of_a_long_feed(lines: int) -> str:
    catalogue = read_catalogue(_ROOT / "examples" / "real" / "catalogues" / "chorus.yaml")
    stored = StoredCatalogue(catalogue, "a", "a.v1", (_VECTOR,), (), datetime.now(UTC))
    stream: Any = _Generated(lines)
    feed: Iterator[FeedLine | Any] = read_lines(stream, FeedFormat.JSONL)
    client: Any = _Answering()
    before = _peak_mebibytes()
    report = _loader(client, stored).load(feed, on_progress=lambda _: None)
    peak = _peak_mebibytes()
    return (
        f"{report.lines:,} lines in {report.seconds:.0f} s ({report.lines / report.seconds:,.0f} lines/s without OpenSearch): "
        f"peak {peak:.0f} MiB resident, {before:.0f} MiB of it before the first line"
    )


def _peak_mebibytes() -> float:
    # Not getrusage: its peak is inherited from the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
