"""Metarank's four events (docs.metarank.ai, Event schema): item, user, ranking and interaction.

A ranking becomes a served search and an impression of each of its items. Items and users become events of these names:
what they say about products and people belongs into the feed, so their fields are dropped and counted.
"""

from typing import Any, Final

from indexer.behaviour import values
from indexer.behaviour.reported import EventRefused, Reported
from indexer.behaviour.ubi import IMPORTED
from indexer.behaviour.values import Record
from ranking.behaviour.event import Action, Event
from ranking.behaviour.log.event_log import ServedSearch

_MOST_ITEMS: Final = 1_000
_KNOWN = frozenset(
    {"event", "id", "timestamp", "user", "session", "item", "items", "type", "ranking", "fields", "token"}
)


def parse_metarank(record: Record) -> Reported:
    """One record. Raises EventRefused."""
    kind = record.get("event")
    dropped = tuple(name[:60] for name in record if name not in _KNOWN)
    if kind == "ranking":
        return _ranking(record, dropped)
    if kind == "interaction":
        event = _event(
            record,
            values.action(record.get("type"), "type"),
            product=values.needed(values.identifier(record, "item"), "item"),
            query_id=values.identifier(record, "ranking"),
        )
        tokens = values.token_of(event.event_id, record.get("token"))
        return Reported("", (event,), None, tokens, (*dropped, *_field_names(record)))
    if kind == "item":
        event = _event(record, "item", product=values.needed(values.identifier(record, "item"), "item"))
        return Reported("", (event,), None, {}, (*dropped, *_field_names(record)))
    if kind == "user":
        values.needed(values.identifier(record, "user"), "user")
        return Reported("", (_event(record, "user"),), None, {}, (*dropped, *_field_names(record)))
    raise EventRefused("unreadable", "event", "is none of item, user, ranking and interaction")


def _event(record: Record, action: str, *, product: str | None = None, query_id: str | None = None) -> Event:
    return Event(
        event_id=values.identifier(record, "id") or values.content_id(record),
        action=action,
        at=values.moment(record.get("timestamp")),
        product=product,
        query_id=query_id,
        shopper=values.identifier(record, "user"),
        session=values.identifier(record, "session"),
    )


def _ranking(record: Record, dropped: tuple[str, ...]) -> Reported:
    query_id = values.needed(values.identifier(record, "id"), "id")
    at = values.moment(record.get("timestamp"))
    shopper, session = values.identifier(record, "user"), values.identifier(record, "session")
    query = _query(record)
    products = _items(record.get("items"))
    search = ServedSearch(query_id, "", at, query or "", shopper, IMPORTED, None, products)
    impressions = tuple(
        Event(f"{query_id}:{place}", Action.IMPRESSION, at, product, query_id, query, shopper, session, place)
        for place, product in enumerate(products, start=1)
    )
    names = tuple(name for name in _field_names(record) if name != "fields.query")
    return Reported("", impressions, search, {}, (*dropped, *names))


def _items(given: object) -> tuple[str, ...]:
    if not isinstance(given, list) or not given or len(given) > _MOST_ITEMS:
        raise EventRefused("wrong_type", "items", f"is no list of 1 to {_MOST_ITEMS:,} items")
    found = []
    for item in given:
        holder: Record = item if isinstance(item, dict) else {"id": item}
        found.append(values.needed(values.identifier(holder, "id", place="items.id"), "items.id"))
    return tuple(found)


def _query(record: Record) -> str | None:
    for one in _fields(record):
        if one.get("name") == "query":
            return values.text(one, "value")
    return None


def _field_names(record: Record) -> tuple[str, ...]:
    return tuple(f"fields.{str(one.get('name'))[:60]}" for one in _fields(record))


def _fields(record: Record) -> list[dict[str, Any]]:
    given = record.get("fields")
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise EventRefused("wrong_type", "fields", "is no list of objects with name and value")
    return given
