"""What can go wrong between us and OpenSearch.

VitrineError
└── EngineError              OpenSearch did not do what was asked
    ├── EngineUnavailable    no connection, time limit, or the cluster says 502, 503 or 504
    ├── EngineBusy           OpenSearch refuses for now (429); wait and send it again
    ├── EngineAccessRefused  user, password or certificate are not accepted
    ├── EngineRejected       OpenSearch understood the request and finds it wrong (400)
    ├── DiskFull             writes are blocked because a disk is full
    ├── NotFound             there is no such index or document
    ├── Conflict             the document changed since it was read
    └── IncompatibleChange   a live index cannot take this change of its catalogue: rebuild it
"""

from typing import Any

from opensearchpy import exceptions as foreign

from plugin_config.errors import VitrineError


class EngineError(VitrineError):
    """OpenSearch did not do what was asked."""

    code = "engine"
    status = 502


class EngineUnavailable(EngineError):
    """OpenSearch cannot be reached, or is not ready."""

    code = "engine_unavailable"
    status = 503


class EngineBusy(EngineError):
    """OpenSearch has too much to do just now; the same request may be sent again later."""

    code = "engine_busy"
    status = 503


class EngineAccessRefused(EngineError):
    """OpenSearch refuses the user, the password or the certificate."""

    code = "engine_access_refused"
    status = 503


class EngineRejected(EngineError):
    """OpenSearch finds the request wrong; `reason` is its own word."""

    code = "engine_rejected"

    def __init__(self, message: str, *, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason or message


class DiskFull(EngineError):
    """Writes are blocked because a disk of the cluster is full; nothing that was acknowledged is lost."""

    code = "disk_full"
    status = 507


class NotFound(EngineError):
    """There is no such catalogue, index or document."""

    code = "not_found"
    status = 404


class Conflict(EngineError):
    """The document or index changed since it was read: read it again."""

    code = "conflict"
    status = 409


class IncompatibleChange(EngineError):
    """A live index cannot take this change; `vitrine rebuild` writes a new one."""

    code = "incompatible_change"
    status = 409


def reason_of(error: foreign.TransportError) -> str:
    """OpenSearch's own words for what it refused: the root causes, and the cause below when it says more."""
    info = error.info
    body = info.get("error") if isinstance(info, dict) else None
    if not isinstance(body, dict):
        return str(body or error.error or error)
    causes = [str(cause.get("reason")) for cause in body.get("root_cause", []) if cause.get("reason")]
    caused_by: Any = body.get("caused_by") or {}
    if caused_by.get("reason"):
        causes.append(str(caused_by["reason"]))
    return "; ".join(dict.fromkeys(causes)) or str(body.get("reason") or error.error)


def is_disk_full(kind: str, reason: str) -> bool:
    """Whether an error of this type and reason is the flood-stage block or the file system's own refusal."""
    text = f"{kind} {reason}".lower()
    return "flood-stage" in text or "no space left" in text or "read-only-allow-delete" in text


def translate(error: foreign.OpenSearchException, *, what: str, where: str) -> EngineError:
    """The error of our own for a foreign one; `what` names the request, `where` the cluster's address."""
    if isinstance(error, foreign.ConnectionTimeout):
        return EngineUnavailable(f"{what}: OpenSearch at {where} gave no answer in time; see `vitrine status`")
    if isinstance(error, foreign.ConnectionError):
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return EngineAccessRefused(
                f"{what}: the certificate of OpenSearch at {where} is not trusted; name the CA that signed it in "
                "VITRINE_OPENSEARCH_CA_FILE"
            )
        if isinstance(error, foreign.SSLError):
            return EngineUnavailable(
                f"{what}: OpenSearch at {where} does not speak TLS; is it http:// in VITRINE_OPENSEARCH_URL?"
            )
        return EngineUnavailable(
            f"{what}: OpenSearch at {where} cannot be reached; start it with `vitrine up` or check VITRINE_OPENSEARCH_URL"
        )
    if not isinstance(error, foreign.TransportError):
        return EngineError(f"{what}: the answer of OpenSearch at {where} cannot be read: {error}")
    reason = reason_of(error)
    if is_disk_full(str(error.error), reason):
        return DiskFull(f"{what}: a disk of OpenSearch at {where} is full ({reason}); make room and try again")
    return _by_status(error.status_code, what=what, where=where, reason=reason)


def _by_status(status: int | str, *, what: str, where: str, reason: str) -> EngineError:
    if status == 403 and "blocked by" in reason:
        return EngineBusy(f"{what}: the index takes no writes just now ({reason}); try again in a while")
    if status in (401, 403):
        return EngineAccessRefused(
            f"{what}: OpenSearch at {where} refuses access ({reason}); check VITRINE_OPENSEARCH_USER and _PASSWORD"
        )
    if status == 404:
        return NotFound(f"{what}: not found ({reason})")
    if status == 409:
        return Conflict(f"{what}: changed meanwhile ({reason})")
    if status == 429:
        return EngineBusy(f"{what}: OpenSearch at {where} is busy ({reason}); try again in a while")
    if status in (502, 503, 504):
        return EngineUnavailable(f"{what}: OpenSearch at {where} is not ready ({reason}); see `vitrine status`")
    return EngineRejected(f"{what}: OpenSearch refuses the request: {reason}", reason=reason)
