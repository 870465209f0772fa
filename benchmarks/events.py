"""How many events a second one core takes into the durable log, and whether the counts are exact after a million.

    python -m benchmarks.events                   # 1,000,000 events in the replay, a tenth of them for the speed
    python -m benchmarks.events --events 100000

Three ways side by side in turns: events straight into the log; UBI records as JSON (read, screened, logged); the same with
a result token on each. Each batch is a transaction that is on the disk when it returns. Rates are per second of CPU time of
this process and per second of wall time. Exit code 1 when the log takes fewer than 20,000 a second or a count is wrong.
"""

import argparse
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from indexer.behaviour.receiving import Line, Receiving, Source
from indexer.behaviour.screening import Limits, Screening
from ranking.behaviour.event import Event
from ranking.behaviour.log.sqlite_log import SqliteEventLog
from ranking.behaviour.tokens import ResultToken, TokenSigner

TARGET = 20_000
BATCH = 2_000
NOW = 1_800_000_000.0
SIGNER = TokenSigner(b"a key for the benchmark")
ACTIONS = ("impression", "impression", "impression", "click", "add_to_cart", "purchase")


class EverythingIsKnown:
    """KnownProducts without an index: what is measured here is ours."""

    def has_catalogue(self, name: str) -> bool:
        return name == "shop"

    def known(self, catalogue: str, ids: Iterable[str]) -> frozenset[str]:
        return frozenset(ids) if catalogue == "shop" else frozenset()


@dataclass(frozen=True)
class Rate:
    """Events per second of CPU time and of wall time."""

    cpu: float
    wall: float


def made(count: int, seed: int) -> list[Event]:
    """Events of 20,000 products and 50,000 shoppers over a month, in no order of time."""
    chance = random.Random(seed)
    return [
        Event(
            event_id=f"{seed}-{number}",
            action=chance.choice(ACTIONS),
            at=NOW - chance.random() * 29 * 86_400,
            product=f"product-{int(20_000 * chance.random() ** 2)}",
            query_id=f"query-{number // 30}",
            query="green tea",
            shopper=f"shopper-{chance.randrange(50_000)}",
            session=f"session-{number // 60}",
            position=1 + number % 24,
        )
        for number in range(count)
    ]


def record(event: Event, token: str | None) -> bytes:
    attributes: dict[str, Any] = {
        "event_id": event.event_id,
        "object": {"object_id": event.product},
        "position": {"ordinal": event.position},
    }
    if token is not None:
        attributes["token"] = token
    return orjson.dumps(
        {
            "application": "shop",
            "action_name": event.action,
            "query_id": event.query_id,
            "client_id": event.shopper,
            "session_id": event.session,
            "timestamp": event.at,
            "user_query": event.query,
            "event_attributes": attributes,
        }
    )


def sign(event: Event) -> str:
    return SIGNER.sign(
        ResultToken(event.query_id or "", event.product or "", event.position or 1, "reranked", "", NOW + 60)
    )


def receiving(log: SqliteEventLog) -> Receiving:
    screening = Screening(Limits(), now=lambda: NOW)
    return Receiving(log, products=EverythingIsKnown(), screening=screening, signer=SIGNER, now=lambda: NOW)


def timed(batches: Sequence[Any], take: Callable[[Any], object], count: int) -> Rate:
    cpu, wall = time.process_time(), time.perf_counter()
    for batch in batches:
        take(batch)
    return Rate(count / (time.process_time() - cpu), count / (time.perf_counter() - wall))


def speeds(folder: Path, count: int, rounds: int) -> dict[str, list[Rate]]:
    """The three ways in turns, each into a log of its own that grows over the rounds."""
    logs = {name: SqliteEventLog(folder / f"{name}.sqlite") for name in ("log", "records", "signed records")}
    rates: dict[str, list[Rate]] = {name: [] for name in logs}
    reading, checking = receiving(logs["records"]), receiving(logs["signed records"])
    for seed in range(rounds):
        events = made(count, seed)
        plain = [Line(n, record(event, None)) for n, event in enumerate(events, 1)]
        signed = [Line(n, record(event, sign(event))) for n, event in enumerate(events, 1)]
        ways: dict[str, tuple[Sequence[Any], Callable[[Any], object]]] = {
            "log": (events, lambda batch: logs["log"].append("shop", batch)),
            "records": (plain, lambda batch: reading.receive(batch, Source())),
            "signed records": (signed, lambda batch: checking.receive(batch, Source())),
        }
        for name, (items, take) in ways.items():
            rates[name].append(timed(batches_of(items), take, count))
    for log in logs.values():
        log.close()
    return rates


def batches_of(items: Sequence[Any]) -> list[Sequence[Any]]:
    return [items[start : start + BATCH] for start in range(0, len(items), BATCH)]


def replay(folder: Path, count: int) -> tuple[bool, Rate, int]:
    """Send `count` events of which a quarter are repeats, in a shuffled order; are the counts those of the truth?"""
    unique = made(count * 3 // 4, seed=99)
    chance = random.Random(7)
    sent = [*unique, *chance.choices(unique, k=count - len(unique))]
    chance.shuffle(sent)
    log = SqliteEventLog(folder / "replay.sqlite")
    accepted = repeated = 0

    def take(batch: Sequence[Event]) -> None:
        nonlocal accepted, repeated
        done = log.append("shop", batch)
        accepted, repeated = accepted + done.accepted, repeated + done.repeated

    rate = timed(batches_of(sent), take, len(sent))
    counted: Counter[tuple[str | None, str]] = Counter()
    cursor = 0
    while rows := log.read(after=cursor, limit=50_000):
        counted.update((row.event.product, row.event.action) for row in rows)
        cursor = rows[-1].cursor
    log.close()
    truth = Counter((event.product, event.action) for event in unique)
    is_exact = counted == truth and (accepted, repeated) == (len(unique), count - len(unique))
    return is_exact, rate, repeated


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as name:
        folder = Path(name)
        rates = speeds(folder, max(BATCH, asked.events // 10 // asked.rounds), asked.rounds)
        for way, found in rates.items():
            best = sorted(rate.cpu for rate in found)
            walls = sorted(rate.wall for rate in found)
            middle = len(found) // 2
            print(f"{way:16} {best[middle]:10,.0f} a CPU second {walls[middle]:10,.0f} a second of wall time")
        is_exact, rate, repeated = replay(folder, asked.events)
    print(
        f"replay of {asked.events:,}: {repeated:,} repeats found, counts {'exact' if is_exact else 'WRONG'},", end=" "
    )
    print(f"{rate.cpu:,.0f} a CPU second, {rate.wall:,.0f} a second of wall time")
    print(f"largest memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")
    log_rates = sorted(found.cpu for found in rates["log"])
    return 0 if is_exact and log_rates[len(log_rates) // 2] >= TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
