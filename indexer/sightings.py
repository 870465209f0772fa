"""Where pictures were seen before, by the marks that the index keeps."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mappings import fields
from mappings.catalogue_store import StoredCatalogue
from mappings.client import Client
from mappings.coercion import first_text
from mappings.documents import source_of
from plugin_config.catalogue import Catalogue

_TITLES: Final = 12
_PAGE: Final = 1_000


class IndexSightings:
    """The Sightings of one catalogue in its index."""

    def __init__(self, client: Client, stored: StoredCatalogue) -> None:
        self._client = client
        self._stored = stored

    def titles(self, marks: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Titles of at most a dozen products by mark; marks never seen are absent. Raises EngineError."""
        newest = {"top_hits": {"size": _TITLES, "_source": [fields.SOURCE], "sort": [{fields.ID: "asc"}]}}
        by_mark = {"terms": {"field": fields.PICTURE_MARKS, "include": list(marks), "size": len(marks)}}
        body: dict[str, Any] = {
            "size": 0,
            "track_total_hits": False,
            "query": {"terms": {fields.PICTURE_MARKS: list(marks)}},
            "aggs": {"marks": by_mark | {"aggs": {"products": newest}}},
        }
        buckets = self._client.search(self._stored.alias, body)["aggregations"]["marks"]["buckets"]
        return {
            bucket["key"]: [
                title_in(self._stored.catalogue, source_of(hit["_source"]))
                for hit in bucket["products"]["hits"]["hits"]
            ]
            for bucket in buckets
        }

    def unflagged(self, marks: Sequence[str]) -> Iterator[str]:
        """Ids of products that were enriched before these marks were known for placeholders. Raises EngineError."""
        body: dict[str, Any] = {
            "size": _PAGE,
            "track_total_hits": False,
            "_source": False,
            "query": {
                "bool": {
                    "should": [_carries(mark) for mark in marks],
                    "minimum_should_match": 1,
                }
            },
            "sort": [{fields.ID: "asc"}],
        }
        while hits := self._client.search(self._stored.alias, body)["hits"]["hits"]:
            yield from (hit["_id"] for hit in hits)
            body["search_after"] = hits[-1]["sort"]


def title_in(catalogue: Catalogue, source: Mapping[str, Any]) -> str:
    """A product's title as it came; of several the first, empty where there is none."""
    return first_text(source, catalogue.title_field)


def _carries(mark: str) -> dict[str, Any]:
    unknown = {"term": {fields.PLACEHOLDER_MARKS: mark}}
    return {"bool": {"filter": [{"term": {fields.PICTURE_MARKS: mark}}], "must_not": [unknown]}}
