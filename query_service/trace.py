"""Decision traces: what decided a search, with the versions of everything that did, kept for a while and replayable."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin_config.policy import RankingPolicy
from query_service.messages import SearchRequest

KEPT_TRACES = 500


@dataclass(frozen=True, slots=True)
class DecisionTrace:
    """One search: the request and policy as given, the versions it ran on, and the products it showed.

    Sending `request` again with `policy` in full gives the same order as long as index, encoders and model are the same.
    """

    query_id: str
    at: datetime
    catalogue: str
    index: str
    encoders: dict[str, str]
    model: str | None
    request: SearchRequest
    policy: RankingPolicy
    words: str | None
    weights: dict[str, float]
    hits: tuple[tuple[str, float], ...]
    degraded: tuple[str, ...]
    notes: tuple[str, ...]
    operator_notes: tuple[str, ...] = ()
    personalized: Mapping[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "query_id": self.query_id,
            "at": self.at.isoformat(),
            "catalogue": self.catalogue,
            "versions": {"index": self.index, "encoders": self.encoders, "model": self.model},
            "request": self.request.model_dump(mode="json", by_alias=True, exclude_defaults=True),
            "policy": self.policy.model_dump(mode="json"),
            "words": self.words,
            "weights": self.weights,
            "hits": [{"id": id, "score": score} for id, score in self.hits],
            "degraded": list(self.degraded),
            "notes": list(self.notes),
            "operator_notes": list(self.operator_notes),
            "personalized": self.personalized,
        }


class TraceLog:
    """The last traces of this process, by query id."""

    def __init__(self, keep: int = KEPT_TRACES) -> None:
        self._keep = keep
        self._traces: OrderedDict[str, DecisionTrace] = OrderedDict()

    def add(self, trace: DecisionTrace) -> None:
        self._traces.pop(trace.query_id, None)  # asked again under the same id, it is the newest
        self._traces[trace.query_id] = trace
        while len(self._traces) > self._keep:
            self._traces.popitem(last=False)

    def get(self, query_id: str) -> DecisionTrace | None:
        return self._traces.get(query_id)
