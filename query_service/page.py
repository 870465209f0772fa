"""One page of results as the read path hands it out, and its JSON.

Products travel as the JSON text that the index keeps: they are written into the answer as they are, never parsed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from mappings.facets import FacetCounts
from query_service.media_messages import HeardSpeech, MatchedFrame
from query_service.messages import Explanation, Personalization, SearchResponse
from query_service.operator_notes import OperatorNote
from query_service.planning import Question
from ranking.features.feature import FeatureMatrix


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page was made from: `matrix` has the features of the first of the candidates `ids`; None when none were read."""

    question: Question
    ids: tuple[str, ...]
    matrix: FeatureMatrix | None


@dataclass(frozen=True, slots=True)
class PageHit:
    """A product in its place; `source` is JSON."""

    id: str
    rank: int
    score: float
    source: str
    pictures: int = 0
    variants: int | None = None
    explanation: Explanation | None = None
    token: str | None = None
    frame: MatchedFrame | None = None

    def as_json(self) -> dict[str, Any]:
        explanation = None if self.explanation is None else self.explanation.model_dump(mode="json")
        return {
            "id": self.id,
            "rank": self.rank,
            "score": self.score,
            "source": orjson.Fragment(self.source),
            "pictures": self.pictures,
            "variants": self.variants,
            "explanation": explanation,
            "token": self.token,
            "frame": None if self.frame is None else self.frame.model_dump(),
        }


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What SearchResponse says, as values."""

    query_id: str
    hits: tuple[PageHit, ...]
    total: int
    total_is_exact: bool
    took_ms: Mapping[str, float]
    policy: str
    facets: Mapping[str, FacetCounts] = field(default_factory=dict)
    model: str | None = None
    corrected: str | None = None
    degraded: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    operator_notes: tuple[OperatorNote, ...] = ()
    heard: HeardSpeech | None = None
    frames: tuple[float, ...] = ()
    personalized: Personalization | None = None
    debug: Mapping[str, Any] | None = None
    seen: Seen | None = field(default=None, repr=False, compare=False)

    def to_json(self) -> bytes:
        """The JSON of a SearchResponse."""
        speaks_ubi = self.seen is not None and self.seen.question.request.ubi is not None
        echo = {"ext": {"ubi": {"query_id": self.query_id}}} if speaks_ubi else {}
        return orjson.dumps(
            {
                "query_id": self.query_id,
                "hits": [hit.as_json() for hit in self.hits],
                "total": self.total,
                "total_is_exact": self.total_is_exact,
                "facets": {name: _facet(counts) for name, counts in self.facets.items()},
                "took_ms": dict(self.took_ms),
                "policy": self.policy,
                "model": self.model,
                "corrected": self.corrected,
                "degraded": list(self.degraded),
                "notes": list(self.notes),
                "operator_notes": [note.said for note in self.operator_notes],
                "heard": None if self.heard is None else self.heard.model_dump(mode="json"),
                "frames": [{"seconds": seconds} for seconds in self.frames],
                "personalized": None if self.personalized is None else self.personalized.model_dump(),
                "debug": self.debug,
                **echo,
            },
            option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS,
        )

    def to_message(self) -> SearchResponse:
        """The same as the message that clients in this process read."""
        return SearchResponse.model_validate(orjson.loads(self.to_json()))


def _facet(counts: FacetCounts) -> dict[str, Any]:
    """A Facet; its values are written as they are."""
    return {"kind": counts.kind, "values": counts.values, "minimum": counts.minimum, "maximum": counts.maximum}
