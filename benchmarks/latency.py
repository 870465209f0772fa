"""Where the time of one search goes, by kind of search, side by side in one run: words, a page of 24.

    python -m benchmarks.latency --catalogue chorus --queries ../shared/data/chorus-icecat/judgments_dev.csv

All kinds are sent in turns in one process, so that whatever else the machine does meets them alike. Times are medians over
all searches in milliseconds. "own" is our time by the clock: the total less what OpenSearch reports as its `took`, so it
holds the way to OpenSearch and back, too. "cpu" is the processor time of this process, "loop" the share of it that the event
loop takes; the rest is the encoder. On a machine that others use, the clock says more about them than about us, and
processor time is what can be compared. No query vector and no evidence is reused between searches; what was shown of products
is, as it is in a shop, but not in the kind that says so, which is asked after all others. The loop is the one that uvicorn takes.
"""

import argparse
import asyncio
import csv
import gc
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from uvicorn import Config

from plugin_config.policy import BUILT_IN, RankingPolicy
from plugin_config.settings import load_settings
from query_service.composition import SearchService, build_service
from query_service.messages import SearchRequest
from vitrine.stack.discovery import running_settings

Row = dict[str, float]
NEVER_SHOWN = "products not shown"
COLUMNS = ("encode", "retrieve", "features", "rank", "engine", "total", "own", "cpu", "loop")


def kinds() -> dict[str, RankingPolicy]:
    """The policies that are compared, by the name of their line."""
    reranked = BUILT_IN["reranked"]
    deep = reranked.model_copy(update={"reranking": reranked.reranking.model_copy(update={"depth": 200})})
    return {
        "keyword": BUILT_IN["keyword"].model_copy(update={"spelling": False}),
        "keyword, spelling": BUILT_IN["keyword"],
        "hybrid": BUILT_IN["hybrid"],
        f"reranked, {reranked.reranking.depth}": reranked,
        "reranked, 200": deep,
    }


def read_queries(path: Path) -> list[str]:
    """The distinct values of the column `query`."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(dict.fromkeys(row["query"] for row in csv.DictReader(file)))


async def measure(service: SearchService, catalogue: str, queries: Sequence[str], rounds: int) -> dict[str, list[Row]]:
    """Milliseconds of every search by kind. Each round asks every query once of every kind; the first warms up."""
    rows: dict[str, list[Row]] = {name: [] for name in kinds()}
    for number in range(rounds + 1):
        for query in queries:
            for name, policy in kinds().items():
                took = await _search(service, catalogue, SearchRequest(text=query, policy=policy, size=24))
                if number:
                    rows[name].append(took)
    asked = [SearchRequest(text=query, policy=BUILT_IN["reranked"], size=24) for query in queries] * rounds
    rows[NEVER_SHOWN] = [await _search(service, catalogue, request, shown=False) for request in asked]
    return rows


async def _search(service: SearchService, catalogue: str, request: SearchRequest, *, shown: bool = True) -> Row:
    service.encoding.forget()
    service.searching.forget(products=not shown)
    processor, loop = time.process_time(), time.thread_time()
    page = await service.search(catalogue, request)
    cpu, in_loop = time.process_time() - processor, time.thread_time() - loop
    own = page.took_ms["total"] - page.took_ms["engine"]
    return {**page.took_ms, "own": own, "cpu": cpu * 1000, "loop": in_loop * 1000}


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def report(rows: Mapping[str, Sequence[Row]]) -> None:
    """Print a table: medians by stage, and the 10th and 95th percentile of our own time."""
    names = (*COLUMNS, "own p10", "own p95", "searches")
    print(f"{'':20}" + "".join(f"{name:>10}" for name in names))
    for kind, found in rows.items():
        own = [row["own"] for row in found]
        numbers = [statistics.median(row[name] for row in found) for name in COLUMNS]
        numbers += [percentile(own, 0.1), percentile(own, 0.95)]
        print(f"{kind:20}" + "".join(f"{number:10.2f}" for number in numbers) + f"{len(found):10d}")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--catalogue", default="chorus")
    parser.add_argument("--queries", type=Path, default=Path("../shared/data/chorus-icecat/judgments_dev.csv"))
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    service = build_service(running_settings(load_settings()))
    await service.start()
    gc.freeze()
    try:
        report(await measure(service, asked.catalogue, read_queries(asked.queries), asked.rounds))
    finally:
        await service.close()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=Config("").get_loop_factory()) as runner:
        runner.run(main())
