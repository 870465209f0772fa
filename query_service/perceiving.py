"""Voice and video before a search begins: what is heard becomes words, what is seen becomes pictures."""

import asyncio
from dataclasses import dataclass, replace

from encoders.speech.errors import AudioError, RecognizerError
from encoders.video import VideoError
from plugin_config.errors import VitrineError
from plugin_config.policy import RankingPolicy, SubQueryKind
from query_service.catalogues import ServedCatalogue
from query_service.hearing import Hearing
from query_service.media_messages import AudioInput, HeardSpeech, VideoInput
from query_service.messages import SearchRequest
from query_service.watching import Watched, Watching

_WORD_PARTS = (SubQueryKind.KEYWORD, SubQueryKind.TEXT_VECTOR, SubQueryKind.WORDS_TO_PICTURE)


@dataclass(frozen=True, slots=True)
class Perceived:
    """The request with words and pictures only, and what came of the rest.

    `seconds`: where the frames stand in the video; they are the last of the request's images. `is_by_frame`: a product
    counts by its best frame. `word_weight`: of the parts that are made from words. `degraded`: what could not be used.
    """

    request: SearchRequest
    heard: HeardSpeech | None = None
    seconds: tuple[float, ...] = ()
    is_by_frame: bool = False
    word_weight: float = 1.0
    degraded: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def weighed(self, policy: RankingPolicy) -> RankingPolicy:
        """The policy with what is said as heavy as the request wants it."""
        if self.word_weight == 1.0:
            return policy
        lighter = {part: policy.weights.get(part, 0.0) * self.word_weight for part in _WORD_PARTS}
        return policy.with_weights(lighter).model_copy(update={"adaptive": False})


class Senses:
    """Hears and watches, both at the same time."""

    def __init__(self, hearing: Hearing, watching: Watching) -> None:
        self._hearing = hearing
        self._watching = watching

    def close(self) -> None:
        self._hearing.close()
        self._watching.close()

    async def perceive(self, served: ServedCatalogue, request: SearchRequest) -> Perceived:
        """A part that cannot be used is named in `degraded` where others remain; where none does, its error is raised.

        Raises AudioError, RecognizerError, VideoError and EngineErrors.
        """
        if request.audio is None and request.video is None:
            return Perceived(request)
        heard, watched = await asyncio.gather(
            self._heard(served, request.audio), self._watched(request.video), return_exceptions=False
        )
        rest = request.model_copy(update={"audio": None, "video": None})
        found = Perceived(rest)
        if isinstance(heard, HeardSpeech):
            found = with_words(found, request, heard)
        if isinstance(watched, Watched):
            found = with_frames(found, request, watched)
        failures = {
            name: part for name, part in (("audio", heard), ("video", watched)) if isinstance(part, VitrineError)
        }
        nothing_left = not (found.request.text and found.request.text.strip()) and not found.request.images
        if failures and nothing_left:
            raise next(iter(failures.values()))
        return replace(found, degraded=tuple(failures), notes=(*found.notes, *map(str, failures.values())))

    async def hear(self, served: ServedCatalogue, audio: AudioInput) -> HeardSpeech:
        """What is said, without a search. Raises as Hearing.hear."""
        return await self._hearing.hear(served, audio)

    async def _heard(self, served: ServedCatalogue, audio: AudioInput | None) -> HeardSpeech | VitrineError | None:
        if audio is None:
            return None
        try:
            return await self._hearing.hear(served, audio)
        except (AudioError, RecognizerError) as error:
            return error

    async def _watched(self, video: VideoInput | None) -> Watched | VitrineError | None:
        if video is None:
            return None
        try:
            return await self._watching.watch(video)
        except VideoError as error:
            return error


def with_words(found: Perceived, request: SearchRequest, heard: HeardSpeech) -> Perceived:
    """What is said behind what is typed."""
    weight = 1.0 if request.audio is None else request.audio.weight
    typed = (request.text or "").strip()
    has_pictures = bool(request.images) or request.video is not None
    if weight == 0:
        return replace(found, heard=heard)
    text = f"{typed} {heard.text}".strip()
    return replace(
        found,
        request=found.request.model_copy(update={"text": text}),
        heard=heard,
        word_weight=weight if has_pictures and not typed else 1.0,
    )


def with_frames(found: Perceived, request: SearchRequest, watched: Watched) -> Perceived:
    """The frames behind the pictures."""
    images = [*found.request.images, *watched.images]
    wants_best = request.video is not None and request.video.frames == "best"
    return replace(
        found,
        request=found.request.model_copy(update={"images": images}),
        seconds=watched.seconds,
        is_by_frame=wants_best and not request.images and len(watched.images) > 1,
    )
