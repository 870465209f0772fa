"""The values of a catalogue's keyword fields, kept for a while: what a picture can be called here."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from mappings import fields
from mappings.client import AsyncClient
from mappings.field_values import field_values_body, parse_field_values
from mappings.filters import FieldKind, IndexedField, UnknownFieldError, locate
from plugin_config.catalogue import Catalogue
from query_service.catalogues import ServedCatalogue

KEPT_SECONDS = 300.0
KEPT_VOCABULARIES = 64


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Products by value by field, the most frequent first; `products` in the whole catalogue."""

    fields: tuple[IndexedField, ...]
    counts: dict[str, dict[str, int]]
    products: int


class Vocabularies:
    """Vocabularies by catalogue and fields, read again every five minutes."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._kept: OrderedDict[tuple[str, tuple[str, ...]], tuple[float, Vocabulary]] = OrderedDict()

    async def get(self, served: ServedCatalogue, names: Sequence[str] | None) -> Vocabulary:
        """The values of these fields; of the catalogue's nameable ones without. Raises UnknownFieldError, EngineErrors."""
        wanted = named_fields(served.stored.catalogue, names)
        key = (served.stored.index, tuple(field.name for field in wanted))
        kept = self._kept.get(key)
        if kept is not None and time.monotonic() - kept[0] < KEPT_SECONDS:
            return kept[1]
        answer = await self._client.search(served.stored.alias, field_values_body(wanted))
        made = Vocabulary(wanted, parse_field_values(answer, wanted), int(answer["hits"]["total"]["value"]))
        self._kept[key] = (time.monotonic(), made)
        while len(self._kept) > KEPT_VOCABULARIES:
            self._kept.popitem(last=False)
        return made


def named_fields(catalogue: Catalogue, names: Sequence[str] | None) -> tuple[IndexedField, ...]:
    """The keyword fields of these names; without names the category, then all that may show in a picture.

    Brands and groups do not show. Of fields declared by a pattern only those that are facets are asked.
    Raises UnknownFieldError.
    """
    if names is None:
        roles = catalogue.roles
        declared = [name for name in catalogue.keyword if not fields.is_pattern(name)]
        first = [] if roles.category is None else [roles.category]
        unseen = {roles.brand, catalogue.group, catalogue.id}
        every = [name for name in dict.fromkeys((*first, *declared, *catalogue.facet_fields)) if name not in unseen]
        found = (locate(catalogue, name, purpose="fields") for name in every)
        return tuple(field for field in found if field.kind is FieldKind.KEYWORD)
    asked = tuple(locate(catalogue, name, purpose="fields") for name in dict.fromkeys(names))
    for field in asked:
        if field.kind is not FieldKind.KEYWORD:
            raise UnknownFieldError(
                f"fields: {field.name!r} is a {field.kind} field; pictures are named by keyword fields"
            )
    return asked
