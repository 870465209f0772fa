"""A product as it came, read into a value by what its catalogue declares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

import orjson

from mappings import fields
from mappings.coercion import (
    RejectedProduct,
    Review,
    flatten,
    look_up,
    read_date,
    read_flag,
    read_id,
    read_keyword,
    read_number,
    read_review,
    read_text,
    show,
)
from mappings.template import input_hash, render, template_of
from plugin_config.catalogue import Catalogue

Typed: TypeAlias = dict[str, list[Any]]

_PICTURE_KEYS = ("url", "src", "href", "path")


@dataclass(frozen=True, slots=True)
class Product:
    """One product, read and typed. Names in `text` to `flag` are the catalogue's own; absent fields are left out.

    `source` is the product as it came, as JSON. `pictures` are absolute paths, URLs or data URIs, in order.
    """

    id: str
    source: bytes
    text: Typed
    keyword: Typed
    number: Typed
    date: Typed
    flag: Typed
    group: str | None
    pictures: tuple[str, ...]
    reviews: tuple[Review, ...]
    input_text: str
    input_hash: str


@dataclass(frozen=True, slots=True)
class Deletion:
    """A line that carries the catalogue's delete marker."""

    id: str


class ProductReader:
    """Reads products of one catalogue. `folder` is where relative picture paths start; None: no local files."""

    def __init__(self, catalogue: Catalogue, *, folder: Path | None = None) -> None:
        self.catalogue = catalogue
        self._folder = folder
        self._template = template_of(catalogue)

    def read(self, raw: Mapping[str, Any]) -> Product | Deletion:
        """Read one product. Raises RejectedProduct naming the field and what is wrong with it."""
        return self._read(raw, lambda: self._pictures(raw, ()))

    def read_merged(
        self, raw: Mapping[str, Any], *, changed: Mapping[str, Any], known: tuple[str, ...]
    ) -> Product | Deletion:
        """As read, for a product of which only `changed` is new. `known` are the pictures it has: they stay where no
        picture field changed, and a path among them may be named again by one who could not name a file."""
        if any(name.partition(".")[0] in changed or name in changed for name in self.catalogue.images):
            return self._read(raw, lambda: self._pictures(raw, known))
        return self._read(raw, lambda: known)

    def _read(self, raw: Mapping[str, Any], find_pictures: Callable[[], tuple[str, ...]]) -> Product | Deletion:
        catalogue = self.catalogue
        id = read_id(raw.get(catalogue.id), catalogue.id)
        if catalogue.delete_marker in raw and read_flag(raw[catalogue.delete_marker], catalogue.delete_marker):
            return Deletion(id)
        pictures = find_pictures()
        text = render(self._template, raw)
        group = next(flatten(look_up(raw, catalogue.group)), None) if catalogue.group else None
        return Product(
            id=id,
            source=orjson.dumps(raw),
            text=_typed(raw, catalogue.text, read_text),
            keyword=self._keywords(raw),
            number=_typed(raw, catalogue.number, read_number),
            date=_typed(raw, catalogue.date, read_date),
            flag=_typed(raw, catalogue.flag, read_flag),
            group=None if group is None else read_keyword(group, catalogue.group or ""),
            pictures=pictures,
            reviews=self._reviews(raw),
            input_text=text,
            input_hash=input_hash(self._template, text, pictures),
        )

    def _keywords(self, raw: Mapping[str, Any]) -> Typed:
        plain = tuple(name for name in self.catalogue.keyword if not fields.is_pattern(name))
        found = _typed(raw, plain, read_keyword)
        for pattern in self.catalogue.keyword:
            if fields.is_pattern(pattern):
                pairs = [
                    fields.keyword_pair(key, read_keyword(value, key))
                    for key, values in raw.items()
                    if key.startswith(pattern[:-1])
                    for value in flatten(values)
                ]
                if pairs:
                    found[pattern] = pairs
        return found

    def _reviews(self, raw: Mapping[str, Any]) -> tuple[Review, ...]:
        declared = self.catalogue.reviews
        if declared is None:
            return ()
        values = flatten(look_up(raw, declared.field))
        read = (read_review(v, declared.field, text=declared.text, rating=declared.rating) for v in values)
        return tuple(review for review in read if review is not None)

    def _pictures(self, raw: Mapping[str, Any], known: tuple[str, ...]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for name in self.catalogue.images:
            for value in flatten(look_up(raw, name)):
                found[self._reference(value, name, known)] = None
        return tuple(found)

    def _reference(self, value: Any, field: str, known: tuple[str, ...]) -> str:
        if isinstance(value, Mapping):
            value = next((value[key] for key in _PICTURE_KEYS if value.get(key)), value)
        if not isinstance(value, str):
            raise RejectedProduct(field, f"must be a path, URL or data URI of a picture, not {show(value)}")
        text = value.strip()
        scheme = text.partition(":")[0].lower() if ":" in text else ""
        if scheme in ("http", "https", "data"):
            return text
        if self._folder is None:
            same = next((path for path in known if path == text or path.endswith(f"/{text}")), None)
            if same is not None:
                return same
            raise RejectedProduct(
                field, f"{show(text)} names a local file; only a feed file can, here use a URL or data URI"
            )
        if "\0" in text:
            raise RejectedProduct(field, "a path cannot hold a zero byte")
        path = Path(unquote(urlsplit(text).path)) if scheme == "file" else Path(text)
        return str(self._folder / path)


def parse_product(catalogue: Catalogue, raw: Mapping[str, Any], *, folder: Path | None = None) -> Product | Deletion:
    """Read one product; for many, keep a ProductReader. Raises RejectedProduct."""
    return ProductReader(catalogue, folder=folder).read(raw)


def _typed(raw: Mapping[str, Any], names: Any, read: Any) -> Typed:
    found: Typed = {}
    for name in names:
        value = look_up(raw, name)
        if value is None:
            continue
        values = [read(part, name) for part in flatten(value)]
        if values:
            found[name] = values
    return found
