"""User Behavior Insights 1.3.0: `ubi_queries` and `ubi_events` records (github.com/o19s/ubi).

A record with an `action_name` is an event, one without is a query. Our own additions lie where the specification leaves
room, in `event_attributes`: `event_id` (repeats count once), `token` (the hit's result token) and `quantity`.
"""

from typing import Final

from indexer.behaviour import values
from indexer.behaviour.reported import EventRefused, Reported
from indexer.behaviour.values import Record
from ranking.behaviour.event import Event
from ranking.behaviour.log.event_log import ServedSearch

VERSION: Final = "1.3.0"
IMPORTED: Final = "imported"
_MOST_HITS: Final = 1_000
_EVENT = frozenset(
    {"application", "action_name", "query_id", "session_id", "client_id", "timestamp", "user_query", "event_attributes"}
)
_ATTRIBUTES = frozenset({"object", "position", "session_id", "event_id", "token", "quantity"})
_OBJECT = frozenset({"object_id", "object_id_field"})
_POSITION = frozenset({"ordinal"})
_QUERY = frozenset(
    {"application", "query_id", "client_id", "user_query", "timestamp", "object_id_field", "query_response_hit_ids"}
)


def parse_ubi(record: Record, *, first_position: int = 1) -> Reported:
    """One record. `first_position`: what the sender's `ordinal` calls the first hit. Raises EventRefused."""
    if "action_name" in record:
        return _event(record, first_position)
    if "user_query" in record or "query_response_hit_ids" in record:
        return _query(record)
    raise EventRefused("unreadable", "action_name", "neither action_name (an event) nor user_query (a query) is there")


def _event(record: Record, first_position: int) -> Reported:
    attributes = values.part(record, "event_attributes")
    thing = values.part(attributes, "object", place="event_attributes.object")
    place = values.part(attributes, "position", place="event_attributes.position")
    ordinal = place.get("ordinal")
    event = Event(
        event_id=values.identifier(attributes, "event_id", place="event_attributes.event_id")
        or values.content_id(record),
        action=values.action(record["action_name"], "action_name"),
        at=values.moment(record.get("timestamp")),
        product=values.identifier(thing, "object_id", place="event_attributes.object.object_id"),
        query_id=values.identifier(record, "query_id"),
        query=values.text(record, "user_query"),
        shopper=values.identifier(record, "client_id"),
        session=values.identifier(record, "session_id")
        or values.identifier(attributes, "session_id", place="event_attributes.session_id"),
        position=values.position(ordinal, "event_attributes.position.ordinal", first=first_position),
        quantity=values.quantity(attributes.get("quantity"), "event_attributes.quantity"),
    )
    dropped = _dropped(record, _EVENT, "")
    if not attributes.keys() <= _ATTRIBUTES:
        dropped += _dropped(attributes, _ATTRIBUTES, "event_attributes.")
    dropped += _dropped(thing, _OBJECT, "event_attributes.object.")
    dropped += _dropped(place, _POSITION, "event_attributes.position.")
    if ordinal is not None and event.position is None:
        dropped += ("event_attributes.position.ordinal (before the first)",)
    tokens = values.token_of(event.event_id, attributes.get("token"))
    return Reported(values.identifier(record, "application") or "", (event,), None, tokens, dropped)


def _query(record: Record) -> Reported:
    application = values.identifier(record, "application") or ""
    search = ServedSearch(
        query_id=values.needed(values.identifier(record, "query_id"), "query_id"),
        catalogue=application,
        at=values.moment(record.get("timestamp")),
        query=values.text(record, "user_query") or "",
        shopper=values.identifier(record, "client_id"),
        policy=IMPORTED,
        model=None,
        products=_hits(record.get("query_response_hit_ids")),
    )
    return Reported(application, (), search, {}, _dropped(record, _QUERY, ""))


def _hits(given: object) -> tuple[str, ...]:
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > _MOST_HITS:
        raise EventRefused("wrong_type", "query_response_hit_ids", f"is no list of at most {_MOST_HITS:,} ids")
    ids = (values.identifier({"id": one}, "id", place="query_response_hit_ids") for one in given)
    return tuple(values.needed(one, "query_response_hit_ids") for one in ids)


def _dropped(record: Record, known: frozenset[str], prefix: str) -> tuple[str, ...]:
    if record.keys() <= known:
        return ()
    return tuple(f"{prefix}{name[:60]}" for name in record if name not in known)
