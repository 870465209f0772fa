"""Bulk requests as bytes: actions made once, sent in one piece, and read back one result per action."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import orjson

from mappings.client import Client
from mappings.errors import is_disk_full

_TIMEOUT_SECONDS = 60.0
_ANSWER = "items.*._id,items.*.status,items.*.result,items.*.error.type,items.*.error.reason,items.*._seq_no"


class Outcome(StrEnum):
    """What became of one action, as far as a caller must tell cases apart."""

    DONE = "done"
    CONFLICT = "conflict"  # changed since it was read, or it exists already: read again
    MISSING = "missing"  # an update or delete of a document that is not there
    BUSY = "busy"  # refused for now: send again later
    DISK_FULL = "disk_full"
    REJECTED = "rejected"  # will never be taken as it is; `reason` says why


@dataclass(frozen=True, slots=True)
class Version:
    """What optimistic locking compares: a document's sequence number and primary term."""

    seq_no: int
    primary_term: int


@dataclass(frozen=True, slots=True)
class Action:
    """One line pair of a bulk request. `lines` end with a newline."""

    id: str
    lines: bytes


@dataclass(frozen=True, slots=True)
class Result:
    """What OpenSearch says of one action; `result` is created, updated, deleted or noop."""

    id: str
    outcome: Outcome
    result: str = ""
    reason: str = ""


def create(id: str, document: bytes) -> Action:
    """Write a document that must not exist yet."""
    return Action(id, b'{"create":%b}\n%b\n' % (_target(id, None), document))


def index(id: str, document: bytes, *, version: Version | None = None) -> Action:
    """Write a document, replacing what is there; with `version` only when that is still current."""
    return Action(id, b'{"index":%b}\n%b\n' % (_target(id, version), document))


def update(id: str, partial: bytes, *, version: Version | None = None) -> Action:
    """Merge a partial document into the one that is there; with `version` only when that is still current."""
    return Action(id, b'{"update":%b}\n{"doc":%b}\n' % (_target(id, version), partial))


def delete(id: str) -> Action:
    return Action(id, b'{"delete":%b}\n' % _target(id, None))


def send(
    client: Client, target: str, actions: Sequence[Action], *, refresh: bool = False, must_be_alias: bool = False
) -> list[Result]:
    """Send the actions to an index or alias in one request; one Result per action, in their order.

    `refresh` waits until they are findable. `must_be_alias`: where the target is gone, an index of its name must not
    spring up. Raises the errors of mappings.errors when the request as a whole fails.
    """
    if not actions:
        return []
    params: dict[str, str | int | float | bool] = {"filter_path": _ANSWER}
    if refresh:
        params["refresh"] = "wait_for"
    if must_be_alias:
        params["require_alias"] = True
    body = b"".join(action.lines for action in actions)
    answer = client.request("POST", f"/{target}/_bulk", body=body, params=params, timeout_seconds=_TIMEOUT_SECONDS)
    return [_result(next(iter(item.values()))) for item in answer["items"]]


def _target(id: str, version: Version | None) -> bytes:
    if version is None:
        return b'{"_id":%b}' % orjson.dumps(id)
    return orjson.dumps({"_id": id, "if_seq_no": version.seq_no, "if_primary_term": version.primary_term})


def _result(item: dict[str, object]) -> Result:
    status = item["status"]
    assert isinstance(status, int)
    id = str(item["_id"])
    error = item.get("error")
    if not isinstance(error, dict):
        outcome = Outcome.DONE if status < 300 else Outcome.MISSING
        return Result(id, outcome, str(item.get("result", "")))
    kind, reason = str(error.get("type")), str(error.get("reason"))
    return Result(id, _outcome(status, kind, reason), "", reason)


def _outcome(status: int, kind: str, reason: str) -> Outcome:
    if is_disk_full(kind, reason):
        return Outcome.DISK_FULL
    if status == 409:
        return Outcome.CONFLICT
    if status == 404:
        return Outcome.MISSING
    is_blocked = kind == "cluster_block_exception"  # a rebuild is about to finish
    return Outcome.BUSY if is_blocked or status in (429, 503) else Outcome.REJECTED
