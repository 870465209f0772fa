"""Names of the fields of a document in the index: every room asks here, nobody spells them out.

A document looks like this:

    id            keyword
    source        the product as it came, stored, not indexed
    text.NAME     one analysed field per declared text field, with the subfields below; `text_all` holds them together
    keyword.NAME  number.NAME  date.NAME  flag.NAME   typed values for filters, facets, sorting and features
    reviews       analysed text of the reviews
    group         keyword: what the variants of one product share
    pictures      the picture references (absolute path, URL or data URI), stored, not indexed
    picture_count, review_count, review_rating   numbers of ours
    picture_marks, placeholder_marks             what its pictures are known again by, and which show no product
    picture_sharpness, picture_fill, picture_clutter, picture_agreement    of its first picture; see encoders/picture/looks
    suggest       completion: titles, their later words, and brands
    content_hash  of everything the feed said, to skip products that did not change
    vector_text_FINGERPRINT, vector_picture_FINGERPRINT      one vector a product (several pictures pooled)
    codes_text_FINGERPRINT, codes_picture_FINGERPRINT        the same as bits, where the field is kept so
    views_picture_FINGERPRINT   nested: one vector per picture, {"ordinal", "vector"} and, kept as bits, "codes"
    enrichment    {"status", "input_hash", "attempts", "error", "updated_at", "next_try_at", "encoded", "parts"}
    indexed_at    date
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from plugin_config.catalogue import VectorStorage

ID = "id"
SOURCE = "source"
TEXT_ALL = "text_all"
REVIEWS = "reviews"
GROUP = "group"
PICTURES = "pictures"
ENRICHMENT = "enrichment"
ENRICHMENT_STATUS = "enrichment.status"
ATTEMPTS = "enrichment.attempts"
INDEXED_AT = "indexed_at"
SUGGEST = "suggest"
CONTENT_HASH = "content_hash"
PICTURE_COUNT = "picture_count"
PICTURE_MARKS = "picture_marks"
PLACEHOLDER_MARKS = "placeholder_marks"
PICTURE_SHARPNESS = "picture_sharpness"
PICTURE_FILL = "picture_fill"
PICTURE_CLUTTER = "picture_clutter"
PICTURE_AGREEMENT = "picture_agreement"
REVIEW_COUNT = "review_count"
REVIEW_RATING = "review_rating"
INPUT_HASH = "enrichment.input_hash"
ENCODED = "enrichment.encoded"
NEXT_TRY_AT = "enrichment.next_try_at"
UPDATED_AT = "enrichment.updated_at"


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

    `dimension` is the vectors' length; `space` is an OpenSearch space type, `innerproduct` for unit vectors. `rotation`
    names the learned rotation of a field kept as bits; empty for the arbitrary one.
    """

    modality: Modality
    fingerprint: str
    dimension: int
    space: str = "innerproduct"
    storage: VectorStorage = VectorStorage.FLOAT
    rotation: str = ""

    @property
    def name(self) -> str:
        return f"vector_{self.modality}_{self.fingerprint}"

    @property
    def views_name(self) -> str:
        return views_of(self.name)

    @property
    def views_vector(self) -> str:
        return f"{self.views_name}.vector"

    @property
    def codes_name(self) -> str:
        return codes_of(self.name)

    @property
    def views_codes(self) -> str:
        return f"{self.views_name}.codes"


def views_of(vector_name: str) -> str:
    """The nested field with one vector per picture, beside the field of this name."""
    return f"views_{vector_name.removeprefix('vector_')}"


def codes_of(vector_name: str) -> str:
    """The field with the bits of the vectors in the field of this name."""
    return f"codes_{vector_name.removeprefix('vector_')}"


@lru_cache(maxsize=4096)
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


def exact(text: str) -> str:
    """The unstemmed companion of the title field and of `text_all`."""
    return f"{text}.exact"


def prefix(text: str) -> str:
    """Beginnings of words (1 to 20 characters), for the title field; search it with plain words."""
    return f"{text}.prefix"


def length(text: str) -> str:
    """How many words the title field has, a number."""
    return f"{text}.length"


def lower(keyword: str) -> str:
    """The companion of `keyword.NAME` in lower case without accents, for matching what people type."""
    return f"{keyword}.lower"


def is_pattern(name: str) -> bool:
    """Whether a declared name takes every field that starts so (`attr_t_*`)."""
    return name.endswith("*")


def keyword_pair(name: str, value: str) -> str:
    """One value of `keyword.NAME` where NAME was declared as a pattern: all its fields share one index field, so that
    sparse attributes cannot swell the mapping, and each value carries the name of its own field."""
    return f"{name}={value}"
