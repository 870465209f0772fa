"""One shop's set of products and how its fields are to be read: the catalogue, and its YAML."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from plugin_config.errors import ConfigurationError
from plugin_config.policy import RankingPolicy


class Language(StrEnum):
    """Languages with an analyzer of their own; `standard` splits on word boundaries only."""

    ENGLISH = "english"
    CHINESE = "chinese"
    GERMAN = "german"
    FRENCH = "french"
    SPANISH = "spanish"
    ITALIAN = "italian"
    PORTUGUESE = "portuguese"
    DUTCH = "dutch"
    JAPANESE = "japanese"
    KOREAN = "korean"
    STANDARD = "standard"


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TextField(Frozen):
    """A searched field. In YAML a bare number is its weight."""

    weight: float = Field(1.0, gt=0, le=100)
    language: Language | None = None  # None: the catalogue's language


class ReviewsField(Frozen):
    """Where reviews stand in a product: a list of texts, or of objects with a text and a rating."""

    field: str = "reviews"
    text: str = "text"
    rating: str = "rating"
    language: Language | None = None


class Roles(Frozen):
    """Which field plays which part in ranking and on the page. Every role may be absent."""

    title: str | None = None  # default: the text field with the greatest weight
    brand: str | None = None
    category: str | None = None
    price: str | None = None
    list_price: str | None = None
    rating: str | None = None
    rating_count: str | None = None
    stock: str | None = None
    popularity: str | None = None
    released: str | None = None


class VectorStorage(StrEnum):
    """How an index keeps vectors to search in them; the exact ones stay beside, on the disk."""

    FLOAT = "float"
    SQ7 = "sq7"  # seven bits a number
    BITS = "bits"  # one bit a number; what is found is scored again by the exact vectors


class EncoderChoice(Frozen):
    """Which encoder fills a vector field, and how. `model` is a built-in name, a folder, or a hub name."""

    model: str
    runtime: str = Field("auto", pattern="^(auto|torch|onnx|numpy)$")
    pooling: str = Field("auto", pattern="^(auto|mean|cls|last|pooler)$")
    query_prefix: str = ""
    document_prefix: str = ""
    normalize: bool = True
    max_length: int | None = Field(None, ge=8, le=8192)
    dimension: int | None = Field(None, ge=1, le=16_000)  # None: what the model gives
    storage: VectorStorage = VectorStorage.FLOAT


class SpeechChoice(Frozen):
    """Who listens to spoken queries: `pocketsphinx` (English), or a Whisper model by folder or hub name."""

    model: str = "pocketsphinx"
    language: str | None = Field(None, pattern="^[a-z]{2,3}$")  # ISO 639 code; None: the catalogue's language


class Encoders(Frozen):
    """The catalogue's encoders; null switches a modality off."""

    text: EncoderChoice | None = EncoderChoice(model="minilm")
    picture: EncoderChoice | None = EncoderChoice(model="vitrine-picture")
    speech: SpeechChoice | None = SpeechChoice()


class Catalogue(Frozen):
    """How one shop's products are read, searched and shown. Field names may be dotted paths into nested objects;
    a name ending in `*` in `text` or `keyword` takes every field that starts so.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_\-]{0,39}$")
    language: Language = Language.ENGLISH
    id: str = "id"
    text: dict[str, TextField]
    keyword: tuple[str, ...] = ()
    number: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    flag: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    reviews: ReviewsField | None = None
    group: str | None = None
    currency: str | None = Field(None, pattern="^[A-Z]{3}$")  # ISO 4217 code that pages show prices in
    facets: tuple[str, ...] | None = None  # default: every keyword, number and flag field
    roles: Roles = Roles()
    template: str | None = (
        None  # text for the text vector, "{title}. {description}"; default: the text fields by weight
    )
    encoders: Encoders = Encoders()
    synonyms: tuple[str, ...] = ()  # Solr format: "tv, television" or "couch => sofa"
    query_template: dict[str, Any] | None = None  # the shop's own keyword query; "{{query}}" stands for the words
    delete_marker: str = "_delete"  # a feed line with this field true removes the product
    policies: dict[str, RankingPolicy] = {}
    default_policy: str = "reranked"

    @field_validator("text", mode="before")
    @classmethod
    def _bare_weights(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {k: {"weight": v} if isinstance(v, int | float) else v for k, v in value.items()}
        return value

    @field_validator("reviews", mode="before")
    @classmethod
    def _bare_reviews(cls, value: Any) -> Any:
        return {"field": value} if isinstance(value, str) else value

    @field_validator("policies", mode="before")
    @classmethod
    def _named_policies(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {k: {"name": k, **v} if isinstance(v, dict) else v for k, v in value.items()}
        return value

    @model_validator(mode="after")
    def _fields_agree(self) -> Self:
        if not self.text:
            raise ValueError("text: at least one searched field is needed")
        typed = [*self.keyword, *self.number, *self.date, *self.flag]
        twice = sorted({name for name in typed if typed.count(name) > 1})
        if twice:
            raise ValueError(f"fields with two types: {', '.join(twice)}")
        known = {*typed, *self.text}
        for role, name in self.roles:
            if name is not None and name not in known:
                raise ValueError(f"roles.{role}: the field {name!r} is declared under none of the types")
        if self.roles.title is not None and self.roles.title not in self.text:
            raise ValueError(f"roles.title: {self.roles.title!r} is no text field, so no word would find it")
        for name in self.facets or ():
            if name not in {*self.keyword, *self.number, *self.flag}:
                raise ValueError(f"facets: {name!r} is not a keyword, number or flag field")
        return self

    @property
    def title_field(self) -> str:
        return self.roles.title or max(self.text, key=lambda name: self.text[name].weight)

    @property
    def facet_fields(self) -> tuple[str, ...]:
        if self.facets is not None:
            return self.facets
        return tuple(n for n in (*self.keyword, *self.number, *self.flag) if not n.endswith("*"))

    def language_of(self, text_field: str) -> Language:
        return self.text[text_field].language or self.language


def parse_catalogue(text: str, *, origin: str) -> Catalogue:
    """Parse a catalogue's YAML. Raises ConfigurationError naming `origin`, the key and what is wrong with it."""
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{origin}: not readable as YAML: {error}") from error
    if not isinstance(raw, dict):
        raise ConfigurationError(f"{origin}: a catalogue is a mapping with at least name, id and text")
    try:
        return Catalogue.model_validate(raw)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'catalogue'}: {_reason(e)}" for e in error.errors())
        raise ConfigurationError(f"{origin}: {wrong}") from error


def read_catalogue(path: Path) -> Catalogue:
    """Read a catalogue file. Raises ConfigurationError when it is missing or wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: the catalogue file cannot be read: {error}") from error
    return parse_catalogue(text, origin=str(path))


def _reason(mistake: Mapping[str, Any]) -> str:
    """What is wrong with one key, for the person who wrote it."""
    if mistake["type"] == "extra_forbidden":
        return "there is no such key; docs/reference/catalogue.md lists them"
    kind, place = mistake["type"], mistake["loc"]
    if kind in _WANTED and len(place) == 2 and place[0] == "text":
        return "a field to search wants its weight, such as 2, or {weight: 2, language: german}"
    if kind in _WANTED:
        return _WANTED[kind]
    return str(mistake["msg"]).removeprefix("Value error, ").replace("Input should", "it should")


_WANTED: Final = {
    "model_type": "keys with values belong here, `key: value`",
    "dict_type": "keys with values belong here, `key: value`",
    "tuple_type": "a list belongs here, such as [first, second]",
    "list_type": "a list belongs here, such as [first, second]",
    "string_type": "a text belongs here",
}
