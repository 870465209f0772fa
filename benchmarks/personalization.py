"""What knowing the shopper brings, and what it costs, without a server: profiles of a real shop in plain arrays.

    python -m benchmarks.personalization [--split 2011-10-01] [--months 4] [--share 0.3] [--cost-only]

The same protocol as `make real DATA=retail` (examples/real/retail) on the same package, with candidates found by a look at the
names and popularity counted here: minutes instead of a quarter of an hour. One model learns from known and unknown shoppers;
strength 0 is that model without the personal columns.
"""

import argparse
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import lightgbm
import numpy as np

from examples.real.retail.purchases import Purchases, moment, month_after, months_before, read_purchases
from examples.real.retail.questions import asked_between
from ranking.behaviour.event import INTEREST, SECONDS_A_DAY, Action
from ranking.evaluation.intervals import bootstrap_mean
from ranking.evaluation.ndcg import ndcg
from ranking.personalization.features import PERSONAL_NAMES, personal_columns
from ranking.personalization.learning import Tastes, learn_tastes
from ranking.personalization.products.traits import traits_of
from ranking.personalization.shoppers.building import profile_of
from ranking.personalization.shoppers.likings import Actions, likings_of
from ranking.personalization.shoppers.packing import pack_profile, unpack_profile
from ranking.personalization.shoppers.profile import Profile, Visit

DATA = Path(__file__).parents[2] / "shared" / "data" / "online-retail"
PARAMETERS = {
    "objective": "lambdarank", "num_leaves": 31, "learning_rate": 0.05, "min_data_in_leaf": 200, "feature_fraction": 0.6,
    "bagging_fraction": 0.7, "bagging_freq": 1, "lambda_l2": 5.0, "lambdarank_truncation_level": 15, "verbose": -1,
    "num_threads": 1, "seed": 1, "deterministic": True,
}  # fmt: skip
TREES = 200
CANDIDATES = 200


@dataclass(frozen=True, slots=True)
class Month:
    """Searches of one month: `plain` and `personal` columns of all candidates, labels, sizes of the lists, what was owned."""

    plain: np.ndarray
    personal: np.ndarray
    labels: np.ndarray
    sizes: np.ndarray
    owned: np.ndarray


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", default="2011-10-01", help="first day that is examined")
    parser.add_argument("--months", type=int, default=4, help="months before it that are learned")
    parser.add_argument("--share", type=float, default=0.3, help="share of their searches that is learned")
    parser.add_argument("--cost-only", action="store_true", help="time the columns, learn nothing")
    options = parser.parse_args()
    purchases, split = read_purchases(DATA), moment(options.split)
    cost(purchases, split)
    if options.cost_only:
        return 0
    moments = months_before(split, options.months)
    months = [month(purchases, a, b, share=options.share, seed=n) for n, (a, b) in enumerate(pairwise(moments))]
    compare(learn(months), month(purchases, split, month_after(split), share=1.0, seed=0))
    return 0


def tastes_at(purchases: Purchases, at: float) -> Tastes:
    """Everything learned from what was bought before."""
    past = purchases.between(0.0, at)
    count = np.maximum(np.bincount(past.item, minlength=len(purchases.names)), 1)
    logs = np.bincount(past.item, weights=np.log(past.price), minlength=len(purchases.names))
    prices = np.where(logs == 0, 0, np.exp(logs / count)).tolist()
    bought = np.full(past.item.size, INTEREST[Action.PURCHASE])
    likings = likings_of(Actions(past.customer, past.item, past.at, bought, past.quantity))
    traits = traits_of(purchases.names, prices, {}, titles=purchases.names)
    return learn_tastes(traits, likings, shoppers=len(purchases.customers), now=at, generation=1)


def profiles(tastes: Tastes, at: float) -> Iterator[Profile]:
    """The profile of each customer, by number."""
    own = tastes.own
    starts = np.searchsorted(own.shopper, np.arange(int(own.shopper.max()) + 2))
    for begin, end in pairwise(starts.tolist()):
        mine = own.at(slice(begin, end))
        yield profile_of(mine, tastes.rows, tastes.society, now=at, events=end - begin, visit=Visit())


def plain_columns(purchases: Purchases, at: float) -> np.ndarray:
    """What is known of each item without knowing who asks: sales of the last week, month and quarter, first and last sale."""
    past, items = purchases.between(0.0, at), len(purchases.names)
    day = np.floor(past.at / SECONDS_A_DAY).astype(np.int64)
    _, item, day = np.unique(np.stack([past.customer, past.item, day]), axis=1)
    ages = at / SECONDS_A_DAY - day
    sales = [np.bincount(item, weights=np.exp2(-ages / half_life), minlength=items) for half_life in (7, 30, 90)]
    last, first = np.full(items, 999.0), np.zeros(items)
    np.minimum.at(last, item, ages)
    np.maximum.at(first, item, ages)
    count = np.maximum(np.bincount(past.item, minlength=items), 1)
    quantity = np.bincount(past.item, weights=np.log1p(past.quantity), minlength=items) / count
    price = np.bincount(past.item, weights=np.log(past.price), minlength=items) / count
    return np.column_stack([*np.log1p(sales), last, first, price, quantity, sales[0] / (sales[1] + 1)]).astype(
        np.float32
    )


def month(purchases: Purchases, since: float, until: float, *, share: float, seed: int) -> Month:
    """The searches of a month with everything as it was known when the month began."""
    chance, plain, tastes = random.Random(seed), plain_columns(purchases, since), tastes_at(purchases, since)
    known = list(profiles(tastes, since))
    parts: list[tuple[np.ndarray, ...]] = []
    for asked in asked_between(purchases, since, until):
        if chance.random() > share:
            continue
        items = np.array(asked.items)
        personal = personal_columns(known[asked.customer], tastes.rows[items], PERSONAL_NAMES, now=since).values
        rank = plain[items, 1].argsort().argsort()[:, None] / items.size
        owned = personal[:, PERSONAL_NAMES.index("own_bought")] > 0
        labels = np.isin(items, list(asked.bought)).astype(int)
        parts.append(
            (np.hstack([plain[items], rank.astype(np.float32)]), personal, labels, np.array([items.size]), owned)
        )
    return Month(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def learn(months: list[Month]) -> lightgbm.Booster:
    """One model of every search twice: as its shopper, and as nobody in particular."""
    known = np.vstack([np.hstack([m.plain, m.personal]) for m in months])
    nobody = known.copy()
    nobody[:, months[0].plain.shape[1] :] = np.nan
    labels, sizes = np.concatenate([m.labels for m in months]), np.concatenate([m.sizes for m in months])
    data = lightgbm.Dataset(np.vstack([known, nobody]), np.tile(labels, 2), group=np.tile(sizes, 2))
    return lightgbm.train(PARAMETERS, data, TREES)


def compare(model: lightgbm.Booster, later: Month) -> None:
    """Print nDCG@10 of both strengths, with the paired interval, and the same without what was bought before."""
    known = np.hstack([later.plain, later.personal])
    nobody = np.hstack([later.plain, np.full_like(later.personal, np.nan)])
    scores = [np.asarray(model.predict(values, num_threads=1)) for values in (known, nobody)]
    for title, kept in (("nDCG@10", np.ones(later.owned.size, bool)), ("not bought before", ~later.owned)):
        one, none = (measured(score, later, kept) for score in scores)
        gain = bootstrap_mean(one - none)
        print(
            f"{title:20s}{one.size:7,d} searches  strength 1 {one.mean():.4f}  strength 0 {none.mean():.4f}  "
            f"{one.mean() / none.mean() - 1:+.1%}  gain {gain.mean:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"
        )


def measured(scores: np.ndarray, later: Month, kept: np.ndarray) -> np.ndarray:
    """nDCG@10 of each search that has something relevant among what is kept."""
    found = []
    for end, size in zip(np.cumsum(later.sizes), later.sizes, strict=True):
        part = slice(end - size, end)
        score, label = scores[part][kept[part]], later.labels[part][kept[part]].astype(float)
        if label.any():
            found.append(ndcg(label[np.argsort(-score, kind="stable")], label.tolist(), cutoff=10))
    return np.array(found)


def cost(purchases: Purchases, at: float, rounds: int = 200) -> None:
    """Processor time of the columns of 200 candidates for a shopper of many products, and of a profile's way out of its bytes."""
    tastes = tastes_at(purchases, at)
    every = sorted(profiles(tastes, at), key=lambda profile: profile.evidence.products)
    shopper = every[len(every) * 19 // 20]
    rows = tastes.rows[np.random.default_rng(0).choice(tastes.rows.size, CANDIDATES)]
    packed = pack_profile(shopper)

    def milliseconds(work) -> float:  # type: ignore[no-untyped-def]
        times = []
        for _ in range(rounds):
            begin = time.process_time()
            work()
            times.append(time.process_time() - begin)
        return float(np.median(times)) * 1e3

    columns = milliseconds(lambda: personal_columns(shopper, rows, PERSONAL_NAMES, now=at))
    print(
        f"{len(PERSONAL_NAMES)} columns of {CANDIDATES} candidates for a shopper of {shopper.evidence.products} products: "
        f"{columns:.2f} ms; profile of {len(packed):,} bytes unpacked in {milliseconds(lambda: unpack_profile(packed)):.3f} ms; "
        f"a product's row has {rows.dtype.itemsize} bytes"
    )


if __name__ == "__main__":
    raise SystemExit(main())
