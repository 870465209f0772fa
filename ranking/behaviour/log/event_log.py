"""The seam of the log: an event acknowledged is durable, and counts once however often it is sent."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from plugin_config.errors import VitrineError
from ranking.behaviour.event import Event


class LogError(VitrineError):
    """The log cannot be read or written; the message names its file and the next step."""

    code = "event_log"
    status = 503


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a batch: `accepted` are new, `repeated` were there already, `forgotten` belong to a person who left."""

    accepted: int
    repeated: int
    forgotten: int = 0


@dataclass(frozen=True, slots=True)
class Logged:
    """An event with its place in the log; `cursor` grows, and reading goes on after it."""

    cursor: int
    catalogue: str
    event: Event


@dataclass(frozen=True, slots=True)
class Counted:
    """Events that count, in the order of arrival. `cursor`: of the last event looked at, where reading goes on; `looked_at`:
    how many that were, with those that do not count.
    """

    events: tuple[Event, ...]
    cursor: int
    looked_at: int


@dataclass(frozen=True, slots=True)
class Shadowed:
    """What a model that was not shown would have done. `scores`: of the shown products in their order, NaN where it did not
    see one; `top`: the products it would have shown on the same page, best first.
    """

    model: str
    scores: tuple[float, ...]
    top: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServedSearch:
    """A search as it was answered. `products` stand in the order shown, from `first_position` on; `features`: float32,
    shape (products, feature names), the rows the model saw (NaN where it did not see a product), or None where there are
    none. `versions`: of index, encoders and behaviour (the cursor that rows were counted up to) by name. `policy` is
    "imported" for lists that another system served.
    `request`: JSON of the search as it was asked, without pictures; empty where it cannot be asked again.
    """

    query_id: str
    catalogue: str
    at: float
    query: str
    shopper: str | None
    policy: str
    model: str | None
    products: tuple[str, ...]
    feature_names: tuple[str, ...] = ()
    features: NDArray[np.float32] | None = None
    first_position: int = 1
    variant: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    request: str = ""
    shadow: Shadowed | None = None


@dataclass(frozen=True, slots=True)
class ServedList:
    """What stood on a page, best first, from `first_position` on."""

    query_id: str
    at: float
    query: str
    shopper: str | None
    products: tuple[str, ...]
    first_position: int


@dataclass(frozen=True, slots=True)
class Presence:
    """What the log holds of one person; times in seconds since 1970, None without an event or search. `first_cursor`: of the
    event that arrived first; `first_search_at`: of the first search.
    """

    events: int
    searches: int
    first_at: float | None
    last_at: float | None
    catalogues: tuple[str, ...]
    first_cursor: int | None = None
    first_search_at: float | None = None


@dataclass(frozen=True, slots=True)
class LogTotals:
    """What the log holds of one catalogue. `cursor`: of its newest event."""

    catalogue: str
    events: int
    teaching: int
    suspect: int
    searches: int
    first_at: float | None
    last_at: float | None
    cursor: int


class EventLog(Protocol):
    """Durable when a call returns. Raises LogError."""

    def append(self, catalogue: str, events: Sequence[Event]) -> Appended: ...

    def append_searches(self, searches: Sequence[ServedSearch]) -> None:
        """Pages of one `query_id` make one search, the list that the shopper saw; the same page counts once."""

    def read(self, *, after: int = 0, limit: int = 100_000, catalogue: str | None = None) -> list[Logged]:
        """Events in the order of arrival after a cursor."""

    def of_shopper(self, catalogue: str, shopper: str, *, limit: int = 20_000) -> list[Event]:
        """What one person did, the last to arrive first."""

    def counted(self, catalogue: str, *, after: int = 0, limit: int = 50_000) -> Counted:
        """Of the next `limit` events after a cursor those that teach and are not suspect. An event of a served search has
        that search's words, else those that came with it.
        """

    def newest(self) -> int:
        """The cursor of the newest event of all catalogues, 0 without one."""

    def people_forgotten(self) -> int:
        """How many people were removed. When it has grown, what was counted before knows somebody who left."""

    def searches(self, catalogue: str, *, since: float = 0.0, until: float = float("inf")) -> Iterable[ServedSearch]:
        """Served searches by time, read while they are gone through: what is forgotten meanwhile no longer comes."""

    def lists(self, catalogue: str, *, since: float = 0.0, most: int = 50_000) -> list[ServedList]:
        """The newest searches that showed something, without features, by time; those of suspects are left out."""

    def lists_of(self, catalogue: str, query_ids: Collection[str]) -> list[ServedList]:
        """These searches that showed something, without features; unknown ones are left out."""

    def presence(self, shopper: str) -> Presence:
        """What is kept of a person."""

    def totals(self) -> list[LogTotals]:
        """What is kept of each catalogue, by name."""

    def forget(self, shopper: str) -> int:
        """Remove a person's events and searches, and refuse later ones. Returns how many events went."""

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
