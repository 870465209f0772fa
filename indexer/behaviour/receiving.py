"""The one way of events into the log, for HTTP and for import: parse, screen, check the token, log, report."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

import orjson

from indexer.behaviour.half_characters import read_json
from indexer.behaviour.metarank import parse_metarank
from indexer.behaviour.products import KnownProducts
from indexer.behaviour.received import Received
from indexer.behaviour.reported import EventRefused, Reported
from indexer.behaviour.screening import Screening
from indexer.behaviour.ubi import parse_ubi
from indexer.rejects import Rejection, excerpt
from mappings.errors import EngineError, NotFound
from ranking.behaviour.event import Event
from ranking.behaviour.log.event_log import EventLog, ServedSearch
from ranking.behaviour.tokens import ResultToken, TokenError, TokenSigner

log = logging.getLogger(__name__)
_DROPPED_NAMES: Final = 100  # names come from outside: what is counted by them must stay small


class EventFormat(StrEnum):
    UBI = "ubi"
    METARANK = "metarank"


@dataclass(frozen=True, slots=True)
class Source:
    """Where records come from.

    `catalogue` None: each UBI record names its own as `application`. `trusted`: an operator's own history, whose events
    teach without a token. `agent`: the sender's User-Agent. `first_position`: what a UBI `ordinal` calls the first hit.
    """

    format: EventFormat = EventFormat.UBI
    catalogue: str | None = None
    agent: str = ""
    trusted: bool = False
    first_position: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """One record before it is read: its number in the body or file, and the JSON value or the bytes that should be one."""

    number: int
    content: Any


@dataclass(frozen=True, slots=True)
class _Entry:
    line: Line
    catalogue: str
    event: Event


class Receiving:
    """Puts events into the log. Thread-safe as far as its parts are."""

    def __init__(
        self,
        log: EventLog,
        *,
        products: KnownProducts,
        screening: Screening,
        signer: TokenSigner,
        now: Callable[[], float],
    ) -> None:
        self._log = log
        self._products = products
        self._screening = screening
        self._signer = signer
        self._now = now

    def require_catalogue(self, name: str) -> None:
        """Raises NotFound when there is no such catalogue, and EngineError when the index cannot be asked."""
        if not self._products.has_catalogue(name):
            raise NotFound(f"there is no catalogue {name[:60]!r}; index one with `vitrine index CATALOGUE.yaml FEED`")

    def receive(self, lines: Sequence[Line], source: Source) -> Received:
        """Log what can be taken and say what became of everything. When this returns, what is accepted is on the disk.

        Never raises for what a record says. Raises LogError when the log cannot be written: nothing is acknowledged then.
        """
        received = Received()
        entries: list[_Entry] = []
        searches: list[ServedSearch] = []
        for line in lines:
            received.records += 1
            try:
                self._read(line, source, received, entries, searches)
            except EventRefused as refusal:
                _reject(received, line, refusal)
        entries = self._of_known_products(entries, received)
        self._write(entries, searches, source, received)
        return received

    def _read(
        self,
        line: Line,
        source: Source,
        received: Received,
        entries: list[_Entry],
        searches: list[ServedSearch],
    ) -> None:
        reported = _parse(line.content, source)
        catalogue = source.catalogue or reported.application
        if not catalogue:
            reason = "is missing; name the catalogue there, or once as ?catalogue=NAME"
            raise EventRefused("unknown_catalogue", "application", reason)
        _count_dropped(received, reported.dropped)
        if reported.search is not None:
            self._screening.check_clock(reported.search.at)
            searches.append(replace(reported.search, catalogue=catalogue))
        for event in reported.events:
            self._screening.check_clock(event.at)
            checked = self._vouched(event, reported.tokens.get(event.event_id), source, received)
            entries.append(_Entry(line, catalogue, checked))

    def _vouched(self, event: Event, token: str | None, source: Source, received: Received) -> Event:
        """The event with what its token proves; without a valid one it does not teach, unless its source is trusted."""
        if token is None:
            return event if source.trusted else replace(event, teaches=False)
        try:
            proof = self._signer.check(token, now=self._now())
        except TokenError as error:
            received.tokens_refused[str(error)] += 1
            return replace(event, teaches=source.trusted)
        if proof.product != event.product or (event.query_id or proof.query_id) != proof.query_id:
            received.tokens_refused["the result token belongs to another product or search"] += 1
            return replace(event, teaches=source.trusted)
        received.signed += 1
        return _proven(event, proof)

    def _of_known_products(self, entries: list[_Entry], received: Received) -> list[_Entry]:
        """Those whose catalogue and product exist. While the index cannot be asked, all: losing events would be worse."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for entry in entries:
            products = wanted[entry.catalogue]
            if entry.event.product is not None:
                products.add(entry.event.product)
        try:
            there = {name for name in wanted if self._products.has_catalogue(name)}
            known = {name: self._products.known(name, wanted[name]) for name in there}
        except EngineError as error:
            log.warning("%d events are logged without a look at the products: %s", len(entries), error)
            received.unverified += len(entries)
            return entries
        kept = []
        for entry in entries:
            product = entry.event.product
            if entry.catalogue not in there:
                mistake = EventRefused("unknown_catalogue", "application", f"{entry.catalogue[:60]!r} is no catalogue")
            elif product is not None and product not in known[entry.catalogue]:
                mistake = EventRefused("unknown_product", "product", f"{product[:60]!r} is not in {entry.catalogue!r}")
            else:
                kept.append(entry)
                continue
            _reject(received, entry.line, mistake)
        return kept

    def _write(self, entries: list[_Entry], searches: list[ServedSearch], source: Source, received: Received) -> None:
        batches: dict[str, list[Event]] = defaultdict(list)
        for entry in entries:
            suspicion = self._screening.suspicion(entry.event, catalogue=entry.catalogue, agent=source.agent)
            if suspicion:
                received.suspect[suspicion] += 1
            batches[entry.catalogue].append(replace(entry.event, suspect=suspicion) if suspicion else entry.event)
        for catalogue, events in batches.items():
            appended = self._log.append(catalogue, events)
            received.accepted += appended.accepted
            received.repeated += appended.repeated
            received.forgotten += appended.forgotten
        if searches:
            self._log.append_searches(searches)
            received.searches += len(searches)


def _proven(event: Event, proof: ResultToken) -> Event:
    return Event(  # in full: replace() would cost more than checking the token
        event_id=event.event_id,
        action=event.action,
        at=event.at,
        product=event.product,
        query_id=proof.query_id,
        query=event.query,
        shopper=event.shopper,
        session=event.session,
        position=proof.position,
        quantity=event.quantity,
        teaches=True,
        suspect=event.suspect,
        policy=proof.policy,
        variant=proof.variant or None,
    )


def _parse(content: Any, source: Source) -> Reported:
    if isinstance(content, bytes):
        try:
            content = read_json(content)
        except ValueError as error:
            raise EventRefused("unreadable", "line", f"is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise EventRefused("unreadable", "line", "is no JSON object")
    if source.format is EventFormat.METARANK:
        return parse_metarank(content)
    return parse_ubi(content, first_position=source.first_position)


def _count_dropped(received: Received, names: tuple[str, ...]) -> None:
    for name in names:
        is_new = name not in received.dropped
        received.dropped["others" if is_new and len(received.dropped) >= _DROPPED_NAMES else name] += 1


def _reject(received: Received, line: Line, refusal: EventRefused) -> None:
    received.rejected[refusal.code] += 1
    shown = line.content if isinstance(line.content, bytes) else _written(line.content)
    received.rejections.append(Rejection(line.number, refusal.place, refusal.reason, excerpt(shown)))


def _written(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except (TypeError, RecursionError):
        return repr(value).encode("utf-8", "replace")
