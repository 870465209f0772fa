"""Finds products whose picture files are newer than the vectors that were made from them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from mappings import fields
from mappings.catalogue_store import StoredCatalogue
from mappings.client import Client
from mappings.fields import EnrichmentStatus

SETTLED: Final = (EnrichmentStatus.DONE, EnrichmentStatus.PARTIAL)
_PAGE: Final = 2_000


class PicturesAgain(StrEnum):
    """Which pictures are to be looked at again: files that changed, or all, also those behind addresses."""

    CHANGED = "changed"
    ALL = "all"


def products_to_look_at_again(client: Client, stored: StoredCatalogue, which: PicturesAgain) -> Iterator[str]:
    """Ids of settled products with pictures; of `changed` those with a file written after their vectors.

    A file counts as written when its content, or the file of its name, was replaced, whatever date it carries.
    Raises EngineError.
    """
    body: dict[str, Any] = {
        "size": _PAGE,
        "track_total_hits": False,
        "query": {
            "bool": {
                "filter": [
                    {"terms": {fields.ENRICHMENT_STATUS: list(SETTLED)}},
                    {"range": {fields.PICTURE_COUNT: {"gt": 0}}},
                ]
            }
        },
        "sort": [{fields.ID: "asc"}],
        "_source": [fields.PICTURES, fields.UPDATED_AT],
    }
    while hits := client.search(stored.alias, body)["hits"]["hits"]:
        yield from (hit["_id"] for hit in hits if which is PicturesAgain.ALL or _has_newer_file(hit["_source"]))
        body["search_after"] = hits[-1]["sort"]


def _has_newer_file(source: Mapping[str, Any]) -> bool:
    settled_at = datetime.fromisoformat(source[fields.ENRICHMENT]["updated_at"]).timestamp()
    return any(_written_at(reference) > settled_at for reference in source[fields.PICTURES])


def _written_at(reference: str) -> float:
    """Seconds since the epoch; 0 for what is no file here."""
    if not reference.startswith("/"):
        return 0.0
    try:
        found = Path(reference).stat()
    except (OSError, ValueError):
        return 0.0  # a file that went keeps its vector, as a server that is down does
    return max(found.st_mtime, found.st_ctime)
