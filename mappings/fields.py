"""Names of the fields of a document in the index: every room asks here, nobody spells them out.

A document looks like this:

    id            keyword
    source        the product as it came, stored, not indexed
    text.NAME     one analysed field per declared text field; `text_all` holds them together
    keyword.NAME  number.NAME  date.NAME  flag.NAME   typed values for filters, facets, sorting and features
    reviews       analysed text of the reviews
    group         keyword: what the variants of one product share
    pictures      the picture references, stored, not indexed
    vector_text_FINGERPRINT, vector_picture_FINGERPRINT      one vector a product (several pictures pooled)
    views_picture_FINGERPRINT   nested: one vector per picture, {"ordinal", "vector"}
    enrichment    {"status", "input_hash", "attempts", "error", "updated_at", "parts"}
    indexed_at    date
"""

import re
from dataclasses import dataclass
from enum import StrEnum

ID = "id"
SOURCE = "source"
TEXT_ALL = "text_all"
REVIEWS = "reviews"
GROUP = "group"
PICTURES = "pictures"
ENRICHMENT = "enrichment"
ENRICHMENT_STATUS = "enrichment.status"
INDEXED_AT = "indexed_at"
SUGGEST = "suggest"


class Modality(StrEnum):
    """What a vector was made from."""

    TEXT = "text"
    PICTURE = "picture"


class EnrichmentStatus(StrEnum):
    """Where a product stands: `partial` lacks some vector (a picture failed), `dead` gave up after its attempts."""

    PENDING = "pending"
    DONE = "done"
    PARTIAL = "partial"
    FAILED = "failed"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class VectorField:
    """A k-NN field: its name carries the encoder's fingerprint, so vectors of two models cannot meet.

    `dimension` is the vectors' length; `space` is an OpenSearch space type, `innerproduct` for unit vectors.
    """

    modality: Modality
    fingerprint: str
    dimension: int
    space: str = "innerproduct"

    @property
    def name(self) -> str:
        return f"vector_{self.modality}_{self.fingerprint}"

    @property
    def views_name(self) -> str:
        return f"views_{self.modality}_{self.fingerprint}"

    @property
    def views_vector(self) -> str:
        return f"{self.views_name}.vector"


def safe(name: str) -> str:
    """A field name as one path step: dots become double underscores, a trailing `*` becomes `_any`."""
    return re.sub(r"\*$", "_any", name).replace(".", "__")


def text_field(name: str) -> str:
    return f"text.{safe(name)}"


def keyword_field(name: str) -> str:
    return f"keyword.{safe(name)}"


def number_field(name: str) -> str:
    return f"number.{safe(name)}"


def date_field(name: str) -> str:
    return f"date.{safe(name)}"


def flag_field(name: str) -> str:
    return f"flag.{safe(name)}"
