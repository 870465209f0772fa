"""Asking the ledger: which documents wait for their vectors, and how far a catalogue has come."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from mappings import fields
from mappings.client import Client
from mappings.fields import EnrichmentStatus

_PAGE: Final = 5_000
_LACKS_A_VECTOR: Final = """
if (doc['enrichment.input_hash'].size() == 0) return true;
String mark = '@' + doc['enrichment.input_hash'].value;
for (field in params.fields) { if (!doc['enrichment.encoded'].contains(field + mark)) return true; }
return false;
"""


class DueReason(StrEnum):
    """Why a document is due: it waits too long, its next try has come, or a live vector field is not up to date."""

    PENDING = "pending"
    RETRY = "retry"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Due:
    """How many documents are due for each reason; the ids of the longest waiting come from `due_ids`."""

    pending: int = 0
    retry: int = 0
    stale: int = 0

    @property
    def total(self) -> int:
        return self.pending + self.retry + self.stale


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts of documents by status; `retrying` of them rest until their next try, `unavailable` of these for want of an
    encoder.

    `oldest_pending_at` and `last_settled_at` are None where there is no such document.
    """

    counts: Mapping[EnrichmentStatus, int]
    retrying: int
    oldest_pending_at: datetime | None
    last_settled_at: datetime | None
    unavailable: int = 0


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A product that enrichment gave up on, or that lacks some of its pictures for good. `since`: ISO 8601."""

    id: str
    status: EnrichmentStatus
    attempts: int
    error: str
    since: str


def count_due(client: Client, index: str, live: Sequence[str], *, now: datetime, waiting_since: datetime) -> Due:
    """Count due documents. `live`: names of the vector fields that must be filled. Raises EngineError."""
    reasons = _reasons(live, now=now, waiting_since=waiting_since)
    body = {"size": 0, "track_total_hits": False, "aggs": {"due": {"filters": {"filters": reasons}}}}
    buckets = client.search(index, body)["aggregations"]["due"]["buckets"]
    return Due(**{reason: buckets[reason]["doc_count"] for reason in DueReason})


def due_ids(
    client: Client, index: str, live: Sequence[str], *, now: datetime, waiting_since: datetime
) -> Iterator[str]:
    """Ids of due documents, the longest waiting first. Raises EngineError."""
    reasons = _reasons(live, now=now, waiting_since=waiting_since)
    yield from _ids(client, index, {"bool": {"filter": [{"bool": {"should": list(reasons.values())}}]}})


def given_up_ids(client: Client, index: str, statuses: Sequence[EnrichmentStatus]) -> Iterator[str]:
    """Ids of products with one of these statuses, the oldest first. Raises EngineError."""
    yield from _ids(client, index, _with_status(*statuses))


def given_up(client: Client, index: str, statuses: Sequence[EnrichmentStatus], *, limit: int) -> list[DeadLetter]:
    """The newest products with one of these statuses, with their reasons. Raises EngineError."""
    body = {
        "size": limit,
        "track_total_hits": False,
        "query": _with_status(*statuses),
        "sort": [{fields.UPDATED_AT: "desc"}, {fields.ID: "asc"}],
        "_source": [fields.ENRICHMENT],
    }
    return [_dead_letter(hit) for hit in client.search(index, body)["hits"]["hits"]]


def standing(client: Client, index: str) -> Standing:
    """How far the documents of an index have come, as of its last refresh. Raises EngineError."""
    pending = _with_status(EnrichmentStatus.PENDING)
    body = {
        "size": 0,
        "track_total_hits": False,
        "aggs": {
            "status": {"terms": {"field": fields.ENRICHMENT_STATUS, "size": len(EnrichmentStatus)}},
            "retrying": {"filter": _resting()},
            # What an encoder cannot be had for costs no attempt.
            "unavailable": {
                "filter": {"bool": {"filter": [_with_status(EnrichmentStatus.FAILED), {"term": {fields.ATTEMPTS: 0}}]}}
            },
            "pending": {"filter": pending, "aggs": {"oldest": {"min": {"field": fields.UPDATED_AT}}}},
            "settled": {
                "filter": {"bool": {"must_not": [pending]}},
                "aggs": {"last": {"max": {"field": fields.UPDATED_AT}}},
            },
        },
    }
    found = client.search(index, body)["aggregations"]
    counts = {EnrichmentStatus(bucket["key"]): bucket["doc_count"] for bucket in found["status"]["buckets"]}
    return Standing(
        counts={status: counts.get(status, 0) for status in EnrichmentStatus},
        retrying=found["retrying"]["doc_count"],
        oldest_pending_at=_moment(found["pending"]["oldest"]),
        last_settled_at=_moment(found["settled"]["last"]),
        unavailable=found["unavailable"]["doc_count"],
    )


def _reasons(live: Sequence[str], *, now: datetime, waiting_since: datetime) -> dict[str, Any]:
    resting = {"exists": {"field": fields.NEXT_TRY_AT}}
    settled = _with_status(EnrichmentStatus.DONE, EnrichmentStatus.PARTIAL)
    lacking = {"script": {"script": {"source": _LACKS_A_VECTOR, "params": {"fields": list(live)}}}}
    return {
        DueReason.PENDING: {
            "bool": {
                "filter": [
                    _with_status(EnrichmentStatus.PENDING),
                    {"range": {fields.UPDATED_AT: {"lte": waiting_since}}},
                ]
            }
        },
        DueReason.RETRY: {
            "bool": {
                "filter": [_with_status(EnrichmentStatus.FAILED, EnrichmentStatus.PARTIAL)],
                "must": [{"range": {fields.NEXT_TRY_AT: {"lte": now}}}],
            }
        },
        DueReason.STALE: {"bool": {"filter": [settled, lacking], "must_not": [resting]}},
    }


def _resting() -> dict[str, Any]:
    """Tried again one day: what is pending, dead or settled may still carry the date of an older try."""
    return {
        "bool": {
            "filter": [
                _with_status(EnrichmentStatus.FAILED, EnrichmentStatus.PARTIAL),
                {"exists": {"field": fields.NEXT_TRY_AT}},
            ]
        }
    }


def _with_status(*statuses: EnrichmentStatus) -> dict[str, Any]:
    return {"terms": {fields.ENRICHMENT_STATUS: list(statuses)}}


def _ids(client: Client, index: str, query: Mapping[str, Any]) -> Iterator[str]:
    body: dict[str, Any] = {
        "size": _PAGE,
        "track_total_hits": False,
        "query": query,
        "sort": [{fields.UPDATED_AT: {"order": "asc", "missing": "_first"}}, {fields.ID: "asc"}],
        "_source": False,
    }
    while True:
        hits = client.search(index, body)["hits"]["hits"]
        yield from (hit["_id"] for hit in hits)
        if len(hits) < _PAGE:
            return
        body["search_after"] = hits[-1]["sort"]


def _dead_letter(hit: Mapping[str, Any]) -> DeadLetter:
    block = hit["_source"][fields.ENRICHMENT]
    return DeadLetter(
        id=hit["_id"],
        status=EnrichmentStatus(block["status"]),
        attempts=block.get("attempts") or 0,
        error=block.get("error") or "",
        since=block.get("updated_at") or "",
    )


def _moment(value: Mapping[str, Any]) -> datetime | None:
    text = value.get("value_as_string")
    return datetime.fromisoformat(text) if text else None
