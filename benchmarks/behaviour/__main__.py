"""Rows of behaviour: how fast they are made, how fast they are read, and what a search pays for them.

    python -m benchmarks.behaviour                                        # 300,000 events
    python -m benchmarks.behaviour --events 1000000 --redis redis://127.0.0.1:6379/9

Without --redis the Redis of the running stack is used (`vitrine up`). Keys lie under prefixes of their own and are removed.
Making is measured in CPU seconds of this process, reading and serving in CPU and wall time. Exit code 1
when packed rows are read less than 10 times as fast as hashes, or 200 candidates cost more than 3 ms of CPU time.
"""

import argparse

from benchmarks.behaviour import making, reading, serving
from benchmarks.behaviour.past import Shop, made_events, made_shop
from plugin_config.settings import load_settings
from ranking.features.feature import FeatureMatrix
from ranking.features.rows import ProductRows
from vitrine.stack.discovery import running_settings

READ_TARGET, SERVE_TARGET = 10.0, 3.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--products", type=int, default=20_000)
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--redis", help="Address of a Redis; default: that of the running stack.")
    given = parser.parse_args()
    shop = made_shop(given.products, given.products // 4)
    events = made_events(shop, given.events)
    made = making.measure(shop, events)
    print(f"{len(events):,} events, {given.products:,} products, {len(made.result.queries):,} queries; CPU seconds")
    for name, seconds in (("plain counters", made.plain), ("columns", made.columns), ("rows", made.rows)):
        print(f"  {name:15} {seconds:6.2f} s   {len(events) / seconds:9,.0f} events a second")
    whole = made.columns + made.rows
    print(f"  columns and rows against ten plain counters a product: {made.plain / whole:.2f} times as fast")
    url = given.redis or running_settings(load_settings()).features_redis_url
    if url is None:
        print("no Redis: reading is not measured; name one with --redis")
        return 0
    return 0 if read_and_serve(url, shop, made, turns=given.turns) else 1


def read_and_serve(url: str, shop: Shop, made: making.Made, *, turns: int) -> bool:
    ids, full = shop.columns.ids[:500], made.result.products
    rows = ProductRows(FeatureMatrix(full.matrix.names, full.matrix.values[:500]), full.together[:500])
    packed, hashed = reading.measure(url, ids, rows, turns=max(5, turns // 10))
    print(f"reading 500 products in one MGET: {packed[0]:.2f} ms CPU, {packed[1]:.2f} ms wall (p50)")
    print(f"reading 500 products by HGETALL:  {hashed[0]:.2f} ms CPU, {hashed[1]:.2f} ms wall (p50)")
    ratio = min(hashed[0] / packed[0], hashed[1] / packed[1])
    print(f"  {hashed[0] / packed[0]:.1f} times as fast by CPU time, {hashed[1] / packed[1]:.1f} by wall time")
    served = serving.measure(url, shop, made, turns=turns)
    columns = len(making.FEATURES)
    for name, (cpu, wall) in served.items():
        print(
            f"{serving.CANDIDATES} candidates, {columns} features, {name:5}: {cpu:.2f} ms CPU, {wall:.2f} ms wall (p50)"
        )
    return ratio >= READ_TARGET and served["both"][0] <= SERVE_TARGET


if __name__ == "__main__":
    raise SystemExit(main())
