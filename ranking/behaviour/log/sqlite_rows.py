"""Events and served searches as rows of SQLite, and back."""

import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ranking.behaviour.event import Event
from ranking.behaviour.log.event_log import ServedList, ServedSearch, Shadowed

EVENT_COLUMNS: Final = (
    "event_id, action, at, product, query_id, query, shopper, session, position, quantity, "
    "teaches, suspect, policy, variant"
)
SEARCH_COLUMNS: Final = (
    "query_id, catalogue, at, query, shopper, policy, model, products, feature_names, features, first_position, variant, "
    "versions, request, shadow"
)
_SEPARATOR: Final = "\x1f"  # cannot stand in an id: control characters are refused at the door


def event_row(event: Event) -> tuple[object, ...]:
    """The values of EVENT_COLUMNS."""
    return (
        event.event_id,
        event.action,
        event.at,
        event.product,
        event.query_id,
        event.query,
        event.shopper,
        event.session,
        event.position,
        event.quantity,
        int(event.teaches),
        event.suspect,
        event.policy,
        event.variant,
    )


def read_event(row: Sequence[Any]) -> Event:
    """The event of a row of EVENT_COLUMNS."""
    *plain, teaches, suspect, policy, variant = row
    whole: tuple[Any, ...] = (*plain, bool(teaches), suspect, policy, variant)
    return Event(*whole)


def search_row(search: ServedSearch) -> tuple[object, ...]:
    """The values of SEARCH_COLUMNS."""
    features = None if search.features is None else np.ascontiguousarray(search.features, dtype="<f4").tobytes()
    return (
        search.query_id,
        search.catalogue,
        search.at,
        search.query,
        search.shopper,
        search.policy,
        search.model,
        _SEPARATOR.join(search.products),
        _SEPARATOR.join(search.feature_names),
        features,
        search.first_position,
        search.variant,
        json.dumps(dict(search.versions)),
        search.request,
        "" if search.shadow is None else _shadow_text(search.shadow),
    )


def read_list(row: Sequence[Any]) -> ServedList:
    """The list of a row of query_id, at, query, shopper, products, first_position."""
    query_id, at, query, shopper, products, first = row
    return ServedList(query_id, at, query, shopper, tuple(products.split(_SEPARATOR)), first)


def read_search(row: Sequence[Any]) -> ServedSearch:
    """The search of a row of SEARCH_COLUMNS."""
    query_id, catalogue, at, query, shopper, policy, model, products, names, blob, first, variant, *more = row
    versions, request, shadow = more
    feature_names = tuple(names.split(_SEPARATOR)) if names else ()
    features = None
    if isinstance(blob, bytes):
        features = np.frombuffer(blob, dtype="<f4").reshape(-1, len(feature_names)).astype(np.float32)
    return ServedSearch(
        query_id=query_id,
        catalogue=catalogue,
        at=at,
        query=query,
        shopper=shopper,
        policy=policy,
        model=model,
        products=tuple(products.split(_SEPARATOR)) if products else (),
        feature_names=feature_names,
        features=features,
        first_position=first,
        variant=variant,
        versions=json.loads(versions),
        request=request,
        shadow=_read_shadow(shadow) if shadow else None,
    )


def _shadow_text(shadow: Shadowed) -> str:
    return json.dumps([shadow.model, list(shadow.scores), list(shadow.top)])


def _read_shadow(text: str) -> Shadowed:
    model, scores, top = json.loads(text)
    return Shadowed(model, tuple(scores), tuple(top))
