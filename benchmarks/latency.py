"""Where the time of one search goes: words reranked over 100 candidates, beside a plain keyword search of the same words.

    python -m benchmarks.latency --catalogue chorus --queries ../shared/data/chorus-icecat/judgments_dev.csv

Both kinds of search are sent in turns in one process, so that whatever else the machine does meets both. "own" is our
time: the total less what OpenSearch reports as its `took`. No query vector is reused between rounds.
"""

import argparse
import asyncio
import csv
import gc
import statistics
from collections.abc import Sequence
from pathlib import Path

from plugin_config.policy import BUILT_IN
from plugin_config.settings import load_settings
from query_service.composition import SearchService, build_service
from query_service.messages import SearchRequest
from vitrine.stack.discovery import running_settings

Row = dict[str, float]
COLUMNS = ("encode", "retrieve", "features", "rank", "engine", "own", "total")


def read_queries(path: Path) -> list[str]:
    """The distinct values of the column `query`."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(dict.fromkeys(row["query"] for row in csv.DictReader(file)))


async def measure(service: SearchService, catalogue: str, queries: Sequence[str], rounds: int) -> dict[str, list[Row]]:
    """Milliseconds of every search by kind. Each round asks every query once, made new by a word nobody sells."""
    kinds = {
        "keyword": BUILT_IN["keyword"].model_copy(update={"spelling": False}),
        "keyword, spelling": BUILT_IN["keyword"],
        "hybrid": BUILT_IN["hybrid"],
        "reranked": BUILT_IN["reranked"],
    }
    rows: dict[str, list[Row]] = {name: [] for name in kinds}
    for number in range(rounds + 1):
        for query in queries:
            for name, policy in kinds.items():
                service.encoding.forget()
                service.searching.forget()
                request = SearchRequest(text=query, policy=policy, size=24)
                page = await service.search(catalogue, request)
                took = dict(page.took_ms)
                took["own"] = took["total"] - took["engine"]
                if number:  # the first round warms up
                    rows[name].append(took)
    return rows


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def report(rows: dict[str, list[Row]]) -> None:
    """Print a table: medians by stage, and the 95th percentile of our own time."""
    print(f"{'':20}" + "".join(f"{name:>10}" for name in COLUMNS) + f"{'own p95':>10}{'searches':>10}")
    for kind, found in rows.items():
        medians = [statistics.median(row[name] for row in found) for name in COLUMNS]
        tail = percentile([row["own"] for row in found], 0.95)
        print(f"{kind:20}" + "".join(f"{median:10.2f}" for median in medians) + f"{tail:10.2f}{len(found):10d}")


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
    asyncio.run(main())
