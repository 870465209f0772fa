"""The purchases of UCI Online Retail as columns: who bought what, when, how many and for how much."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FILE = "transactions_dev.parquet"
SECONDS_A_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Purchases:
    """Lines of invoices in the order of the file, all of shape (lines,): `customer` and `item` by number from 0, `at` in
    seconds since 1970. `customers` and `names` are what the numbers stand for. Items are known by their names.
    """

    customer: NDArray[np.int64]
    item: NDArray[np.int64]
    at: NDArray[np.float64]
    quantity: NDArray[np.float64]
    price: NDArray[np.float64]
    customers: tuple[str, ...]
    names: tuple[str, ...]

    def between(self, since: float, until: float) -> "Purchases":
        """The lines of a time; customers and names keep their numbers."""
        then = (self.at >= since) & (self.at < until)
        return Purchases(
            self.customer[then],
            self.item[then],
            self.at[then],
            self.quantity[then],
            self.price[then],
            self.customers,
            self.names,
        )


def read_purchases(folder: Path) -> Purchases:
    """Read the file. Returned goods, unnamed items, gifts and lines without a customer are left out.

    Raises OSError, and ImportError without pyarrow (`pip install 'vitrine[examples]'`).
    """
    import pyarrow.parquet as parquet

    table = parquet.read_table(folder / FILE).to_pydict()
    described = [(text or "").strip() for text in table["Description"]]
    customer = [None if value is None else str(int(float(value))) for value in table["CustomerID"]]
    quantity = np.array(table["Quantity"], dtype=np.float64)
    price = np.array(table["UnitPrice"], dtype=np.float64)
    at = np.array(table["InvoiceDate"], dtype="datetime64[s]").astype(np.float64)
    named = np.array([bool(name) and who is not None for name, who in zip(described, customer, strict=True)])
    kept = np.flatnonzero(named & (quantity > 0) & (price > 0))
    names, item = np.unique(np.array([described[i] for i in kept]), return_inverse=True)
    customers, buyer = np.unique(np.array([customer[i] for i in kept]), return_inverse=True)
    return Purchases(
        buyer.astype(np.int64),
        item.astype(np.int64),
        at[kept],
        quantity[kept],
        price[kept],
        tuple(customers.tolist()),
        tuple(names.tolist()),
    )


def moment(text: str) -> float:
    """The beginning of a day, UTC, in seconds since 1970."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def months_before(moment_: float, count: int) -> list[float]:
    """The beginnings of the `count` months that end at or before a moment, oldest first, and the moment itself last."""
    day = datetime.fromtimestamp(moment_, UTC)
    found = [moment_]
    for _ in range(count):
        year, month = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
        day = day.replace(year=year, month=month)
        found.append(day.timestamp())
    return found[::-1]


def month_after(moment_: float) -> float:
    """The same day of the next month."""
    day = datetime.fromtimestamp(moment_, UTC)
    year, month = (day.year, day.month + 1) if day.month < 12 else (day.year + 1, 1)
    return day.replace(year=year, month=month).timestamp()
