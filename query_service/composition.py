"""Where the read path's objects meet: one service per process."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from redis import Redis as BlockingRedis
from redis.asyncio import Redis

from mappings.client import AsyncClient, connect_async
from mappings.errors import EngineError
from plugin_config.catalogue import Catalogue
from plugin_config.errors import VitrineError
from plugin_config.settings import Settings
from query_service.asking import Asking
from query_service.catalogues import CatalogueLookup
from query_service.encoding import QueryEncoding
from query_service.features import FeatureReader
from query_service.hearing import Hearing
from query_service.lookup import Lookup
from query_service.media_messages import AudioInput, HeardSpeech
from query_service.messages import SearchRequest
from query_service.ordering import Ordering
from query_service.packed_rows import PackedRows
from query_service.page import SearchPage
from query_service.perceiving import Senses
from query_service.picture_serving import PictureServing
from query_service.pictures.matching import Matching
from query_service.pictures.recognizing import Recognizing
from query_service.planning import Question
from query_service.recommendation_lists import RecommendationLists
from query_service.recommending import Recommending
from query_service.result_tokens import ResultTokens
from query_service.rows_version import RowsVersion
from query_service.served_log import ServedLog
from query_service.service import Collaborators, Search
from query_service.shadowing import Shadow
from query_service.trace import TraceLog
from query_service.warming import warm
from query_service.watching import Watching
from ranking.behaviour.log.sqlite_log import SqliteEventLog
from ranking.features.feature import FeatureMatrix
from ranking.lambdamart.scorer import ScorerSource
from ranking.lambdamart.store import DirectoryModelStore

log = logging.getLogger(__name__)


@dataclass(slots=True)
class SearchService:
    """The read path of one process. Making it is cheap; `start` loads encoders, `close` lets everything go."""

    settings: Settings
    client: AsyncClient
    redis: Redis | None
    catalogues: CatalogueLookup
    encoding: QueryEncoding
    senses: Senses
    traces: TraceLog
    features: FeatureReader
    models: Callable[[str], ScorerSource]
    searching: Search
    lookup: Lookup
    recommending: Recommending
    pictures: PictureServing
    recognizing: Recognizing
    matching: Matching
    served: ServedLog
    is_ready: bool = False
    waiting_for: str = field(default="start has not been called")
    warmed: set[str] = field(default_factory=set)

    async def start(self, *, warmly: bool = False) -> None:
        """Load the encoders of every catalogue; may be called again, for catalogues that came later. `warmly`: search each
        of them once before anybody else does, so that no shopper pays for what is slow the first time.

        Does not raise: a service without OpenSearch answers with problem documents until it is there, and an encoder
        that cannot be loaded is logged and tried again by searches.
        """
        try:
            for name in await self.catalogues.names():
                served = await self.catalogues.get(name)
                await self._load(served.stored.catalogue)
                if warmly and served.stored.index not in self.warmed:
                    await warm(self.search, served.stored.catalogue)
                    self.warmed.add(served.stored.index)
        except EngineError as error:
            self.waiting_for = str(error)
            log.warning("not ready: %s", error)
            return
        self.is_ready, self.waiting_for = True, ""

    async def _load(self, catalogue: Catalogue) -> None:
        try:
            await self.encoding.load(catalogue)
        except VitrineError as error:
            log.warning("an encoder of %s is missing: %s", catalogue.name, error)

    async def search(self, name: str, request: SearchRequest) -> SearchPage:
        """One page of results. See Search.search."""
        return await self.searching.search(name, request)

    async def hear(self, name: str, audio: AudioInput) -> HeardSpeech:
        """What is said in a recording, with the words of the catalogue `name`. See Hearing.hear."""
        return await self.senses.hear(await self.catalogues.get(name), audio)

    async def close(self) -> None:
        """Close connections and threads."""
        await self.served.close()
        self.encoding.close()
        self.senses.close()
        self.pictures.close()
        self.matching.close()
        self.features.close()
        await self.client.close()
        if self.redis is not None:
            await self.redis.aclose()


def utc_now() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


def build_service(settings: Settings, *, now: Callable[[], datetime] = utc_now) -> SearchService:
    """The service for these settings. Speaks to nothing yet. Raises EngineUnavailable when no address is set.

    `now`: the clock that features are told by; another one lets a past be searched as it was.
    """
    client = connect_async(settings)
    redis = connect_features(settings)
    catalogues = CatalogueLookup(client, settings)
    encoding = QueryEncoding(settings)
    features = FeatureReader(PackedRows(redis), prefix=settings.index_prefix)
    models = scorer_sources(settings)
    traces = TraceLog()
    ordering = Ordering(features, models, now=now)
    senses = Senses(Hearing(client, settings), Watching(settings))
    asking = Asking(client, encoding, senses)
    tokens = ResultTokens(settings)
    parts = Collaborators(client, catalogues, asking, ordering, traces, tokens)
    searching = Search(parts)
    lookup = Lookup(client, catalogues)
    pictures = PictureServing(lookup, catalogues, settings)
    lists = RecommendationLists(redis, prefix=settings.index_prefix)
    return SearchService(
        settings=settings,
        client=client,
        redis=redis,
        catalogues=catalogues,
        encoding=encoding,
        senses=senses,
        traces=traces,
        features=features,
        models=models,
        searching=searching,
        lookup=lookup,
        recommending=Recommending(client, catalogues, ordering, lookup, lists, tokens=tokens),
        pictures=pictures,
        recognizing=Recognizing(client, catalogues, encoding),
        matching=Matching(catalogues, encoding, pictures),
        served=served_log(settings, searching),
    )


def served_log(settings: Settings, searching: Search) -> ServedLog:
    """The log of served searches; its file is made with the first of them."""

    async def examine(question: Question) -> tuple[tuple[str, ...], FeatureMatrix | None]:
        examined = await searching.examined(question.catalogue.name, question.request)
        return tuple(examined.candidates.ids), examined.matrix

    shadow = Shadow(lambda catalogue: DirectoryModelStore(settings.models_folder / catalogue))
    version = RowsVersion(lambda: _connect(BlockingRedis, settings), prefix=settings.index_prefix)
    event_log = SqliteEventLog(settings.event_log_path)
    return ServedLog(event_log, examine, share=settings.log_searches, shadow=shadow, behaviour=version.of)


def connect_features(settings: Settings) -> Redis | None:
    """The Redis that keeps feature rows; None when none is set."""
    redis: Redis | None = _connect(Redis, settings)
    return redis


def _connect(kind: Any, settings: Settings) -> Any:
    url = settings.features_redis_url or settings.redis_url
    if url is None:
        return None
    options: dict[str, Any] = {
        "socket_timeout": settings.features_timeout_seconds,
        "socket_connect_timeout": settings.features_timeout_seconds,
        **settings.redis_trust(url),
    }
    return kind.from_url(url, **options)


def scorer_sources(settings: Settings) -> Callable[[str], ScorerSource]:
    """The scorers of a catalogue by its name; each catalogue has a folder of models of its own."""
    sources: dict[str, ScorerSource] = {}

    def of(catalogue: str) -> ScorerSource:
        if catalogue not in sources:
            sources[catalogue] = ScorerSource(DirectoryModelStore(settings.models_folder / catalogue))
        return sources[catalogue]

    return of


async def run_once(settings: Settings, name: str, request: SearchRequest) -> SearchPage:
    """One search in a service of its own, for the command line."""
    service = build_service(settings)
    try:
        return await service.search(name, request)
    finally:
        await service.close()
        await asyncio.sleep(0)
