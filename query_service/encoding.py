"""Query vectors: words and pictures through the catalogue's encoders, in threads, the last ones kept."""

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import EncoderError, Picture, PictureEncoder, TextEncoder, Vectors
from encoders.fetching import FetchLimits, PictureFetcher
from encoders.naming import Names, names_for_pictures
from encoders.picture.modifying import encode_changed
from encoders.pictures_decoding import PictureError, PictureProblem
from encoders.registry import picture_encoder, text_encoder, words_in_picture_space
from encoders.runtime import Runtime
from mappings.catalogue_store import StoredCatalogue
from mappings.fields import Modality, VectorField
from plugin_config.catalogue import Catalogue, Encoders
from plugin_config.policy import SubQueryKind
from plugin_config.settings import Settings
from query_service.letterbox import without_bars
from query_service.messages import Crop, PictureInput
from query_service.mixing import Shown, mixed
from query_service.surviving import those_had

log = logging.getLogger(__name__)
Vector: TypeAlias = NDArray[np.float32]
EncodersKey: TypeAlias = tuple[str, Encoders, str | None]
T = TypeVar("T")
KEPT_VECTORS = 4096
KEPT_VOCABULARIES = 64
LONGEST_FETCH_SECONDS = 2.5  # a shopper waits, where indexing may take its time


@dataclass(frozen=True, slots=True)
class EncodedQuery:
    """Query vectors by kind of sub-query with the field each is compared with; what failed, with its reason; what the
    shopper should know.
    """

    vectors: dict[SubQueryKind, tuple[VectorField, Vector]] = field(default_factory=dict)
    failed: dict[SubQueryKind, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CatalogueEncoders:
    """The encoders of one catalogue; None where a modality is switched off."""

    text: TextEncoder | None
    picture: PictureEncoder | None

    def load(self) -> None:
        """Load weights; safe to repeat. Raises EncoderError."""
        for encoder in (self.text, self.picture):
            if encoder is not None:
                encoder.load()


class QueryEncoding:
    """Makes query vectors. One per process; encoders are made per catalogue on its first search or by `load`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # One thread less than the encoders' own would do no good: queries come one at a time to each encoder.
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="encode")
        self._fetcher = PictureFetcher(threads=2)
        self._encoders: dict[EncodersKey, CatalogueEncoders] = {}
        self._loaded: set[EncodersKey] = set()
        self._kept: OrderedDict[tuple[str, str], Vector] = OrderedDict()
        self._vocabularies: OrderedDict[tuple[str, tuple[str, ...]], Names] = OrderedDict()
        self._troubles: dict[tuple[str, SubQueryKind], str] = {}

    async def load(self, catalogue: Catalogue) -> None:
        """Load this catalogue's encoders, unless they are loaded. Raises EncoderError."""
        key = _key(catalogue)
        if key not in self._loaded:
            await self._run(lambda: self._of(catalogue).load())
            self._loaded.add(key)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._fetcher.close()

    def forget(self) -> None:
        """Drop all kept vectors, so that the next search makes its own."""
        self._kept.clear()

    def fingerprints(self, catalogue: Catalogue) -> dict[str, str]:
        """Fingerprint by modality of the encoders in use, for traces."""
        encoders = self._of(catalogue)
        pairs = (("text", encoders.text), ("picture", encoders.picture))
        return {name: encoder.description.fingerprint for name, encoder in pairs if encoder is not None}

    async def encode_words(
        self, stored: StoredCatalogue, words: str, kinds: Sequence[SubQueryKind], *, keep: bool = True
    ) -> EncodedQuery:
        """The words for the text field and, where the encoder can, for the picture field. Failures are values."""
        encoded = EncodedQuery()
        for kind in kinds:
            modality = Modality.TEXT if kind is SubQueryKind.TEXT_VECTOR else Modality.PICTURE
            try:
                encode, fingerprint = await self._word_encoder(stored.catalogue, kind)
                target = _field(stored, modality, fingerprint)
                key = (fingerprint, words)
                vector = self._kept.get(key) if keep else None
                if vector is None:
                    vector = (await self._run(lambda e=encode: e([words])))[0]  # type: ignore[misc]
                    self._remember(key, vector)
                encoded.vectors[kind] = (target, vector)
            except EncoderError as error:
                encoded.failed[kind] = self._logged(stored.catalogue.name, kind, str(error))
        return encoded

    async def encode_pictures(
        self, stored: StoredCatalogue, images: Sequence[PictureInput], *, without: Sequence[str] = ()
    ) -> EncodedQuery:
        """The pictures, each by its weight, as one unit vector for the picture field. `without`: words for what it shall
        not look like.

        Raises PictureError for a picture that the shopper has to mend, unless others remain: it is then named in `notes`.
        An encoder's failure is a value.
        """
        encoded = EncodedQuery()
        kind = SubQueryKind.PICTURE_VECTOR
        try:
            encoder = (await self._run(lambda: self._of(stored.catalogue))).picture
            if encoder is None:
                raise EncoderError(f"catalogue {stored.catalogue.name!r} has no picture encoder")
            fingerprint = encoder.description.fingerprint
            target = _field(stored, Modality.PICTURE, fingerprint)
            rows, images, encoded = await self._those_that_can_be_had(encoder, images)
            unwanted = await self._unwanted(encoder, without)
        except EncoderError as error:
            encoded.failed[kind] = self._logged(stored.catalogue.name, kind, str(error))
            return encoded
        shown = [Shown(row, image.weight) for row, image in zip(rows, images, strict=True)]
        encoded.vectors[kind] = (target, mixed(shown, unwanted))
        return encoded

    async def _those_that_can_be_had(
        self, encoder: PictureEncoder, images: Sequence[PictureInput]
    ) -> tuple[list[Vector], list[PictureInput], EncodedQuery]:
        """Vectors and the pictures they belong to, and what is said of the others. Raises PictureError when none remains."""
        had, lost = await those_had(self._picture(encoder, image) for image in images)
        notes = tuple(f"one picture was left out: {error}" for error in lost)
        return list(had.values()), [images[place] for place in had], EncodedQuery(notes=notes)

    async def encode_each(self, stored: StoredCatalogue, images: Sequence[PictureInput]) -> tuple[Vector, ...]:
        """The unit vector of each picture; none where the encoder fails. Raises PictureError."""
        try:
            encoder = (await self._run(lambda: self._of(stored.catalogue))).picture
            if encoder is None:
                return ()
            return tuple(await asyncio.gather(*(self._picture(encoder, image) for image in images)))
        except EncoderError:
            return ()

    async def picture_encoder(self, catalogue: Catalogue) -> PictureEncoder:
        """The catalogue's encoder of pictures, for work in a thread. Raises EncoderError where it has none."""
        encoder = (await self._run(lambda: self._of(catalogue))).picture
        if encoder is None:
            raise EncoderError(f"catalogue {catalogue.name!r} has no picture encoder; set encoders.picture")
        return encoder

    async def encode_vocabulary(self, catalogue: Catalogue, words: tuple[str, ...]) -> Names | None:
        """The words as names for the catalogue's pictures; None where its encoder understands no words.

        The last vocabularies are kept. Raises EncoderError.
        """
        encoder = await self.picture_encoder(catalogue)
        if not encoder.description.shares_words or not words:
            return None
        key = (encoder.description.fingerprint, words)
        kept = self._vocabularies.get(key)
        if kept is None:
            kept = await self._run(lambda: names_for_pictures(encoder, words))
            self._vocabularies[key] = kept
            while len(self._vocabularies) > KEPT_VOCABULARIES:
                self._vocabularies.popitem(last=False)
        return kept

    async def _unwanted(self, encoder: PictureEncoder, words: Sequence[str]) -> list[Vector]:
        """What words look like in the picture space, for an encoder that knows."""
        if not words or not encoder.description.shares_words:
            return []
        return list(await self._run(lambda: words_in_picture_space(encoder).encode_words(words)))

    async def _picture(self, encoder: PictureEncoder, image: PictureInput) -> Vector:
        crop = "" if image.crop is None else image.crop.model_dump_json()
        digest = hashlib.blake2b(f"{crop}|{image.but or ''}|{image.uri}".encode(), digest_size=16).hexdigest()
        key = (encoder.description.fingerprint, f"picture:{digest}")
        is_inline = image.uri[:5].lower() == "data:"
        kept = self._kept.get(key) if is_inline else None  # what stands behind an address may change
        if kept is not None:
            return kept
        picture = without_bars(await self.pixels(image))
        vector: Vector = await self._run(lambda: self._encoded(encoder, picture, image.but))
        self._remember(key, vector)
        return vector

    async def pixels(self, image: PictureInput) -> Picture:
        """What is searched with: the picture, or its crop. Raises PictureError."""
        if not image.uri.lower().startswith(("data:", "http://", "https://")):
            raise PictureError(
                PictureProblem.REFUSED_PATH, "images: only data URIs and http(s) addresses can be searched with"
            )
        limits = FetchLimits.of(self._settings)
        limits = replace(limits, timeout_seconds=min(limits.timeout_seconds, LONGEST_FETCH_SECONDS))
        return cropped(await self._fetcher.fetch(image.uri, limits), image.crop)

    @staticmethod
    def _encoded(encoder: PictureEncoder, picture: Picture, but: str | None) -> Vector:
        if but is not None and but.strip():
            return encode_changed(encoder, picture, but)
        vector: Vector = encoder.encode_pictures([picture])[0]
        return vector

    async def _word_encoder(
        self, catalogue: Catalogue, kind: SubQueryKind
    ) -> tuple[Callable[[Sequence[str]], Vectors], str]:
        known = self._encoders.get(_key(catalogue))
        encoders = known if known is not None else await self._run(lambda: self._of(catalogue))
        if kind is SubQueryKind.TEXT_VECTOR:
            if encoders.text is None:
                raise EncoderError(f"catalogue {catalogue.name!r} has no text encoder")
            return encoders.text.encode_queries, encoders.text.description.fingerprint
        if encoders.picture is None:
            raise EncoderError(f"catalogue {catalogue.name!r} has no picture encoder")
        return words_in_picture_space(encoders.picture).encode_words, encoders.picture.description.fingerprint

    def shares_words(self, catalogue: Catalogue) -> bool:
        """Whether the catalogue's picture encoder understands words."""
        encoders = self._encoders.get(_key(catalogue))
        return encoders is not None and encoders.picture is not None and encoders.picture.description.shares_words

    def _of(self, catalogue: Catalogue) -> CatalogueEncoders:
        key = _key(catalogue)
        if key not in self._encoders:
            choices = catalogue.encoders
            runtime = Runtime.from_settings(self._settings)
            text = text_encoder(choices.text, template=catalogue.template, runtime=runtime) if choices.text else None
            picture = picture_encoder(choices.picture, runtime=runtime) if choices.picture else None
            self._encoders[key] = CatalogueEncoders(text, picture)
        return self._encoders[key]

    def _logged(self, catalogue: str, kind: SubQueryKind, reason: str) -> str:
        """The reason, which the log says once, not at every search."""
        if self._troubles.get((catalogue, kind)) != reason:
            self._troubles[catalogue, kind] = reason
            log.warning("searches of %s run without %s: %s", catalogue, kind, reason)
        return reason

    def _remember(self, key: tuple[str, str], vector: Vector) -> None:
        self._kept[key] = vector
        while len(self._kept) > KEPT_VECTORS:
            self._kept.popitem(last=False)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def cropped(picture: Picture, crop: Crop | None) -> Picture:
    """The rectangle of the picture. Raises PictureError when it holds no pixel."""
    if crop is None:
        return picture
    height, width = picture.shape[:2]
    rows = slice(round(crop.top * height), round(crop.bottom * height))
    columns = slice(round(crop.left * width), round(crop.right * width))
    part: Picture = picture[rows, columns]
    if part.size == 0:
        raise PictureError(
            PictureProblem.NOT_A_PICTURE, "images: the crop holds no pixel; left < right and top < bottom are needed"
        )
    return part


def _field(stored: StoredCatalogue, modality: Modality, fingerprint: str) -> VectorField:
    for vector in stored.vectors:
        if vector.modality is modality and vector.fingerprint == fingerprint:
            return vector
    raise EncoderError(
        f"catalogue {stored.catalogue.name!r} has no {modality} vectors of the encoder {fingerprint} in its index; "
        "`vitrine reconcile` makes them"
    )


def _key(catalogue: Catalogue) -> EncodersKey:
    return catalogue.name, catalogue.encoders, catalogue.template
