"""The text that a product's text vector is made from, and the hash that says whether it must be made again."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from mappings.coercion import flatten, look_up, read_text
from plugin_config.catalogue import Catalogue

_NAME = re.compile(r"\{([^{}]+)\}")
_DANGLING = re.compile(r"(?:(?<=^)|(?<=[.;:,|]))\s*[.;:,|](?=\s|$)")
_SPACE = re.compile(r"\s+")


def template_of(catalogue: Catalogue) -> str:
    """The catalogue's template, or all text fields, the weightiest first."""
    if catalogue.template is not None:
        return catalogue.template
    by_weight = sorted(catalogue.text, key=lambda name: -catalogue.text[name].weight)
    return ". ".join(f"{{{name}}}" for name in by_weight)


def render_text(catalogue: Catalogue, source: Mapping[str, Any]) -> str:
    """The text for the text vector, from a product as it came or from its stored `source`.

    Lists are joined by commas; a field that is absent leaves no gap. Raises RejectedProduct for a value of a kind that
    cannot be text.
    """
    return render(template_of(catalogue), source)


def render(template: str, source: Mapping[str, Any]) -> str:
    """As render_text, with the template at hand."""
    pieces = []
    for position, piece in enumerate(_parts(template)):
        if position % 2:
            words = [read_text(value, piece) for value in flatten(look_up(source, piece))]
            pieces.append(
                ", ".join(word.rstrip(" .") for word in words) if len(words) > 1 else "".join(words).rstrip(" .")
            )
        else:
            pieces.append(piece)
    text = _SPACE.sub(" ", "".join(pieces))
    return _DANGLING.sub("", text).strip(" ,;:|").strip()


@lru_cache(maxsize=64)
def _parts(template: str) -> tuple[str, ...]:
    return tuple(_NAME.split(template))


def input_hash(template: str, text: str, pictures: Sequence[str]) -> str:
    """32 hexadecimal digits over what the vectors are made from: price and stock are no part of it."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (template, text, *pictures):
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "little"))
        digest.update(encoded)
    return digest.hexdigest()
