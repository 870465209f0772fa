"""Purchases as a feed of items and a file of UBI events, as a shop would hand them over."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from examples.real.retail.purchases import Purchases

MOST_AT_ONCE = 1_000  # more pieces in one line are an outlier to the log
_SECONDS_APART = 2.0  # an invoice has one time for all its lines; nobody puts sixty things into a basket at once


def write_feed(purchases: Purchases, until: float, path: Path) -> Path:
    """Every item by name, with its median price before `until` where it was sold before."""
    past = purchases.between(0.0, until)
    order = np.argsort(past.item, kind="stable")
    starts = np.searchsorted(past.item[order], np.arange(len(purchases.names) + 1))
    with path.open("w", encoding="utf-8") as out:
        for number, name in enumerate(purchases.names):
            prices = past.price[order[starts[number] : starts[number + 1]]]
            price = {"price": round(float(np.median(prices)), 2)} if prices.size else {}
            out.write(json.dumps({"id": name, "title": name, **price}) + "\n")
    return path


def write_events(purchases: Purchases, until: float, path: Path) -> Path:
    """What was bought before `until`, one UBI purchase a line of an invoice."""
    past = purchases.between(0.0, until)
    told: Counter[tuple[int, float]] = Counter()
    with path.open("w", encoding="utf-8") as out:
        columns = (past.customer, past.item, past.at, past.quantity)
        for line, (customer, item, at, quantity) in enumerate(zip(*(c.tolist() for c in columns), strict=True)):
            moment = at + _SECONDS_APART * told[customer, at]
            told[customer, at] += 1
            event = {
                "action_name": "purchase",
                "client_id": shopper_of(purchases, customer),
                "timestamp": datetime.fromtimestamp(moment, UTC).isoformat(),
                "event_attributes": {
                    "event_id": f"line-{line}",
                    "object": {"object_id": purchases.names[item]},
                    "quantity": min(quantity, MOST_AT_ONCE),
                },
            }
            out.write(json.dumps(event) + "\n")
    return path


def shopper_of(purchases: Purchases, customer: int) -> str:
    """The id under which a customer shops."""
    return f"customer-{purchases.customers[customer]}"
