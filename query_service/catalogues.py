"""Catalogues as the read path needs them: read from the index's mapping, kept for a moment, with what follows from them."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mappings.aliases import alias_of, generation_of
from mappings.catalogue_store import StoredCatalogue, parse_meta
from mappings.client import AsyncClient
from mappings.codes.coder import Coder, Codes
from mappings.codes.rotations import ROTATIONS, Rotations
from mappings.errors import NotFound
from mappings.facets import facet_fields, parse_spread, spread_query
from mappings.fields import VectorField
from mappings.filters import IndexedField
from mappings.ledger import Vector
from plugin_config.settings import Settings
from query_service.feature_plan import FeaturePlan, feature_plan
from query_service.once import Once
from ranking.features.feature import Feature

_NAME = re.compile(r"[a-z][a-z0-9_\-]{0,39}")
KEPT_SECONDS = 2.0  # how long a changed catalogue may go unnoticed
STEPS_KEPT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class ServedCatalogue:
    """A catalogue, how its features are read, its own facets and the step widths of their numbers, and the coders of its
    vectors."""

    stored: StoredCatalogue
    plan: FeaturePlan
    steps: Mapping[str, float]
    coders: Mapping[str, Coder] = field(default_factory=dict)
    facets: tuple[IndexedField, ...] = ()

    def codes(self, target: VectorField, vector: Vector) -> Codes | None:
        """The bits of a query vector, for a field that is kept as bits. `vector`: shape (dimension,)."""
        coder = self.coders.get(target.name)
        return None if coder is None else coder.codes(vector[None, :])[0]

    @property
    def features(self) -> tuple[Feature, ...]:
        """What a model may look at."""
        return self.plan.features


class CatalogueLookup:
    """Catalogues by name; asks OpenSearch when what it knows is older than two seconds, once for all who wait."""

    def __init__(self, client: AsyncClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._rotations = Rotations(settings.models_folder / ROTATIONS)
        self._known: dict[str, tuple[float, ServedCatalogue]] = {}
        self._steps: dict[str, tuple[float, Mapping[str, float]]] = {}
        self._reading = Once[str, ServedCatalogue]()

    async def get(self, name: str) -> ServedCatalogue:
        """Raises NotFound naming the catalogues that are there, and the errors of mappings.errors."""
        kept = self._known.get(name)
        if kept is not None and time.monotonic() - kept[0] < KEPT_SECONDS:
            return kept[1]
        return await self._reading.get(name, lambda: self._renewed(name))

    async def _renewed(self, name: str) -> ServedCatalogue:
        now, kept = time.monotonic(), self._known.get(name)
        stored = await self._read(name)
        is_same = kept is not None and kept[1].stored == stored
        plan = kept[1].plan if kept is not None and is_same else feature_plan(stored.catalogue)
        coders = self._rotations.coders(stored.vectors)
        facets = facet_fields(stored.catalogue, None)
        served = ServedCatalogue(stored, plan, await self._step_widths(stored, facets, now), coders, facets)
        self.remember(served)
        return served

    def remember(self, served: ServedCatalogue) -> None:
        """Serve this for the next moment, as if it had just been read."""
        self._known[served.stored.catalogue.name] = (time.monotonic(), served)

    async def names(self) -> list[str]:
        """Names of all catalogues."""
        prefix = self._settings.index_prefix
        answer = await self._client.request(
            "GET", f"/{prefix}-*/_mapping", params={"filter_path": "*.mappings._meta.vitrine.catalogue.name"}
        )
        named = (body["mappings"]["_meta"]["vitrine"]["catalogue"]["name"] for body in answer.values())
        return sorted(set(named))

    async def _read(self, name: str) -> StoredCatalogue:
        if not _NAME.fullmatch(name):  # a star or a comma would name several indices at once
            raise await self._unknown(name)
        alias = alias_of(self._settings.index_prefix, name)
        try:
            answer: Any = await self._client.request(
                "GET", f"/{alias}/_mapping", params={"filter_path": "*.mappings._meta"}
            )
        except NotFound as error:
            raise await self._unknown(name) from error
        found = [stored for index, body in answer.items() if (stored := parse_meta(index, alias, body)) is not None]
        if not found:
            raise await self._unknown(name)
        return max(found, key=lambda stored: generation_of(stored.index))

    async def _unknown(self, name: str) -> NotFound:
        self._known.pop(name, None)
        names = ", ".join(await self.names())
        there = f"there are: {names}" if names else "index one with `vitrine index CATALOGUE.yaml FEED`"
        return NotFound(f"there is no catalogue {name[:60]!r}; {there}")

    async def _step_widths(
        self, stored: StoredCatalogue, facets: tuple[IndexedField, ...], now: float
    ) -> Mapping[str, float]:
        kept = self._steps.get(stored.index)
        if kept is not None and now - kept[0] < STEPS_KEPT_SECONDS:
            return kept[1]
        body = spread_query(facets)
        answer = await self._client.search(stored.alias, body) if body["aggs"] else {}
        steps = parse_spread(answer.get("aggregations", {}))
        self._steps[stored.index] = (now, steps)
        return steps
