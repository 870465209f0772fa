"""From a judged query to the search request that asks it."""

import base64
import mimetypes
from pathlib import Path

from plugin_config.policy import RankingPolicy
from query_service.filter_text import UnreadableFilter, parse_filters
from query_service.media_messages import AudioInput
from query_service.messages import FilterValue, PictureInput, SearchRequest
from ranking.errors import JudgmentsError
from ranking.evaluation.judgments import JudgedQuery

MAXIMUM_FILE_BYTES = 15_000_000


def judged_request(query: JudgedQuery, folder: Path, *, policy: RankingPolicy | str, size: int) -> SearchRequest:
    """The request of one judged query: `size` hits, no facets. Pictures and recordings named by path are read from
    `folder`.

    Raises JudgmentsError for a file that cannot be read and a filter that cannot be understood.
    """
    return SearchRequest.model_validate(
        {
            "text": query.text or None,
            "images": [_picture(query, part, folder) for part in query.image.split("|") if part.strip()],
            "audio": AudioInput(uri=_uri(query, query.audio, folder)) if query.audio.strip() else None,
            "filters": read_filters(query.filters),
            "user": query.user or None,
            "policy": policy,
            "facets": [],
            "size": min(max(size, 1), 200),
        }
    )


def _picture(query: JudgedQuery, reference: str, folder: Path) -> PictureInput:
    return PictureInput(uri=_uri(query, reference, folder), weight=1.0, crop=None)


def _uri(query: JudgedQuery, reference: str, folder: Path) -> str:
    """An address or data URI as it is, a file as a data URI."""
    reference = reference.strip()
    if reference.lower().startswith(("data:", "http://", "https://")):
        return reference
    path = folder / reference
    try:
        if path.stat().st_size > MAXIMUM_FILE_BYTES:
            raise JudgmentsError(f"query {query.label!r}: {path} is larger than {MAXIMUM_FILE_BYTES:,} bytes")
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        raise JudgmentsError(f"query {query.label!r}: the file {path} cannot be read: {error}") from error
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(raw).decode()}"


def read_filters(text: str) -> dict[str, FilterValue]:
    """`field=value; field=a|b; price=10..20` as filters. Raises JudgmentsError naming the part that cannot be read."""
    texts: list[str] = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        name, equals, values = part.partition("=")
        texts += [f"{name}{equals}{value}" for value in values.split("|")]
    try:
        return parse_filters(texts)
    except UnreadableFilter as error:
        raise JudgmentsError(f"{error}; several are joined by ; and several values by |") from error
