"""What a shop manager should know of a catalogue's pictures: placeholders, lost ones, poor ones, and titles that disagree."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from encoders.fetching import shown
from indexer.sightings import title_in
from mappings import fields
from mappings.catalogue_store import StoredCatalogue
from mappings.client import Client
from mappings.documents import source_of

_PLACEHOLDERS: Final = 100  # marks, of which a picture has up to seven
SHARP: Final = 0.25  # below this a picture looks soft at any size
FILLED: Final = 0.1  # below this the product is a speck in its picture
_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Listing:
    """A product on the list. `value`: what put it there, None where there is no number; `picture`: its first reference."""

    id: str
    title: str
    picture: str | None
    value: float | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class LostFor:
    """One reason for which pictures are lost: how many products it has cost one, and the first of them by id."""

    reason: str
    products: int
    listings: tuple[Listing, ...]


@dataclass(frozen=True, slots=True)
class PictureReport:
    """Counts over the whole catalogue, and the worst listings of each kind.

    `with_picture`: products that name one; `shown`: those of which a picture could be read and shows something.
    `placeholders`: products by one mark of each; a placeholder in many sizes counts as one. `agreement`: the 5th, 50th and
    95th percentile of the agreement of picture and title; None where the picture encoder understands no words.
    """

    catalogue: str
    products: int
    with_picture: int
    shown: int
    placeholders: tuple[tuple[str, int], ...]
    lost: int
    soft: int
    small: int
    agreement: tuple[float, float, float] | None
    disagreeing: tuple[Listing, ...]
    softest: tuple[Listing, ...]
    lost_for: tuple[LostFor, ...]


def picture_report(client: Client, stored: StoredCatalogue, *, worst: int = 20) -> PictureReport:
    """Read the report from the index. `worst`: listings of each kind. Raises EngineError."""
    answer = client.search(stored.alias, _counts())
    found = answer["aggregations"]
    percentiles = [found["agreement"]["values"].get(f"{rank}.0") for rank in (5, 50, 95)]
    return PictureReport(
        catalogue=stored.catalogue.name,
        products=int(answer["hits"]["total"]["value"]),
        with_picture=found["pictured"]["doc_count"],
        shown=found["shown"]["doc_count"],
        placeholders=_apart(found["placeholders"]["buckets"]),
        lost=found["lost"]["doc_count"],
        soft=found["soft"]["doc_count"],
        small=found["small"]["doc_count"],
        agreement=None if None in percentiles else (percentiles[0], percentiles[1], percentiles[2]),
        disagreeing=_worst(client, stored, fields.PICTURE_AGREEMENT, worst),
        softest=_worst(client, stored, fields.PICTURE_SHARPNESS, worst),
        lost_for=_lost_for(client, stored, worst),
    )


def _counts() -> dict[str, Any]:
    by_mark = {"field": fields.PLACEHOLDER_MARKS, "size": _PLACEHOLDERS}
    return {
        "size": 0,
        "track_total_hits": True,
        "aggs": {
            "pictured": {"filter": {"range": {fields.PICTURE_COUNT: {"gt": 0}}}},
            "shown": {"filter": {"exists": {"field": fields.PICTURE_SHARPNESS}}},
            "placeholders": {"terms": by_mark, "aggs": {"beside": {"terms": by_mark}}},
            "lost": {"filter": {"term": {fields.ENRICHMENT_STATUS: "partial"}}},
            "soft": {"filter": {"range": {fields.PICTURE_SHARPNESS: {"lt": SHARP}}}},
            "small": {"filter": {"range": {fields.PICTURE_FILL: {"lt": FILLED}}}},
            "agreement": {"percentiles": {"field": fields.PICTURE_AGREEMENT, "percents": [5, 50, 95]}},
        },
    }


def _apart(buckets: Sequence[dict[str, Any]]) -> tuple[tuple[str, int], ...]:
    """One mark of each placeholder: marks that mostly stand beside a more frequent one belong to the same picture."""
    found: dict[str, int] = {}
    for bucket in sorted(buckets, key=lambda bucket: (-bucket["doc_count"], bucket["key"])):
        beside = {other["key"]: other["doc_count"] for other in bucket["beside"]["buckets"]}
        if all(2 * beside.get(mark, 0) < bucket["doc_count"] for mark in found):
            found[bucket["key"]] = bucket["doc_count"]
    return tuple(found.items())


def _worst(client: Client, stored: StoredCatalogue, field: str, count: int) -> tuple[Listing, ...]:
    body = {
        "size": count,
        "query": {"exists": {"field": field}},
        "sort": [{field: "asc"}, {fields.ID: "asc"}],
        "_source": [fields.SOURCE, fields.PICTURES, field],
        "track_total_hits": False,
    }
    hits = client.search(stored.alias, body)["hits"]["hits"]
    return tuple(_listing(stored, hit, value=hit["_source"][field]) for hit in hits)


def _lost_for(client: Client, stored: StoredCatalogue, count: int) -> tuple[LostFor, ...]:
    """The reasons, the most frequent first, each with at most `count` listings."""
    listings: dict[str, list[Listing]] = defaultdict(list)
    products: dict[str, int] = defaultdict(int)
    for hit in _partial(client, stored):
        pictures = _references(hit)
        told: dict[str, str] = {}
        for lost in (hit["_source"][fields.ENRICHMENT].get("parts") or {}).get("lost") or ():
            reference = pictures[lost["ordinal"] - 1] if lost["ordinal"] <= len(pictures) else ""  # counted from 1
            told.setdefault(str(lost["message"]).removeprefix(f"{shown(reference)}: "), reference)
        for reason, reference in told.items():
            products[reason] += 1
            if len(listings[reason]) < count:
                listings[reason].append(_listing(stored, hit, picture=reference, why=reason))
    frequent = sorted(products, key=lambda reason: (-products[reason], reason))
    return tuple(LostFor(reason, products[reason], tuple(listings[reason])) for reason in frequent)


def _partial(client: Client, stored: StoredCatalogue) -> Iterator[dict[str, Any]]:
    body: dict[str, Any] = {
        "size": _PAGE,
        "query": {"term": {fields.ENRICHMENT_STATUS: "partial"}},
        "sort": [{fields.ID: "asc"}],
        "_source": [fields.SOURCE, fields.PICTURES, f"{fields.ENRICHMENT}.parts"],
        "track_total_hits": False,
    }
    while hits := client.search(stored.alias, body)["hits"]["hits"]:
        yield from hits
        body["search_after"] = hits[-1]["sort"]


def _references(hit: dict[str, Any]) -> Sequence[str]:
    pictures: str | Sequence[str] = hit["_source"].get(fields.PICTURES) or ()
    return (pictures,) if isinstance(pictures, str) else pictures


def _listing(
    stored: StoredCatalogue,
    hit: dict[str, Any],
    *,
    value: float | None = None,
    picture: str | None = None,
    why: str = "",
) -> Listing:
    first = next(iter(_references(hit)), None) if picture is None else picture
    return Listing(hit["_id"], title_in(stored.catalogue, source_of(hit["_source"])), first, value, why)
