"""What the index knows of products, as traits: values of keyword fields, prices, titles, vectors."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mappings import fields
from mappings.catalogue_store import StoredCatalogue
from mappings.client import Client
from mappings.fields import Modality
from plugin_config.catalogue import Catalogue
from ranking.features.declared.personal import attribute_fields, colour_fields
from ranking.personalization.products.traits import ProductTraits, traits_of

_PAGE: Final = 1_000
Hit = dict[str, Any]


def read_traits(client: Client, stored: StoredCatalogue) -> ProductTraits:
    """The traits of every product, by id. Raises the errors of mappings.errors."""
    catalogue = stored.catalogue
    families = family_fields(catalogue)
    price = catalogue.roles.price if catalogue.roles.price in catalogue.number else None
    vectors = {modality: stored.vector(modality) for modality in Modality}
    names = {modality: vector.name for modality, vector in vectors.items() if vector is not None}
    ids: list[str] = []
    prices: list[float | None] = []
    titles: list[str] = []
    groups: list[str] = []
    values: dict[str, list[list[str]]] = {family: [] for family in families}
    found: dict[Modality, list[NDArray[np.float32] | None]] = {modality: [] for modality in names}
    for hit in _hits(client, stored, [*names.values(), f"text.{fields.safe(catalogue.title_field)}"]):
        source = hit["_source"]
        ids.append(hit["_id"])
        prices.append(_price(hit, price))
        groups.append(str(hit.get("fields", {}).get(fields.GROUP, [""])[0]))
        titles.append(_first_text(source.get("text", {}).get(fields.safe(catalogue.title_field))))
        for family, names_of in families.items():
            values[family].append(_values(hit, family, names_of))
        for modality, name in names.items():
            vector = source.get(name)
            found[modality].append(None if vector is None else np.array(vector, dtype=np.float32))
    plain = traits_of(ids, prices, values, titles=titles)
    text, picture = (_stacked(found.get(modality, [])) for modality in (Modality.TEXT, Modality.PICTURE))
    return replace(plain, text=text, picture=picture, group=_numbers(groups))


def family_fields(catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """The keyword fields of each family of values that this catalogue has."""
    roles = catalogue.roles
    wanted = {
        "brand": (roles.brand,),
        "category": (roles.category,),
        "colour": colour_fields(catalogue),
        "attributes": attribute_fields(catalogue),
    }
    named = {family: tuple(n for n in names if n in catalogue.keyword) for family, names in wanted.items()}
    return {family: names for family, names in named.items() if names}


def _hits(client: Client, stored: StoredCatalogue, wanted: Sequence[str]) -> Iterator[Hit]:
    """All products by id, a page at a time."""
    catalogue = stored.catalogue
    paths = {fields.keyword_field(name) for names in family_fields(catalogue).values() for name in names}
    if catalogue.roles.price in catalogue.number:
        paths.add(fields.number_field(catalogue.roles.price or ""))
    if catalogue.group is not None:
        paths.add(fields.GROUP)
    body: dict[str, Any] = {
        "size": _PAGE,
        "_source": list(wanted),
        "track_total_hits": False,
        "query": {"match_all": {}},
        "docvalue_fields": [{"field": path} for path in sorted(paths)],
        "sort": [{fields.ID: "asc"}],
    }
    while hits := client.search(stored.alias, body)["hits"]["hits"]:
        yield from hits
        body["search_after"] = hits[-1]["sort"]


def _values(hit: Hit, family: str, names: Sequence[str]) -> list[str]:
    """The values of a family's fields; attributes carry the name of their field."""
    found = []
    for name in names:
        for value in hit.get("fields", {}).get(fields.keyword_field(name), ()):
            is_named = family == "attributes" and not fields.is_pattern(name)
            found.append(f"{name}={value}" if is_named else str(value))
    return found


def _numbers(groups: Sequence[str]) -> NDArray[np.int64]:
    """Each group's number from 0, -1 for none."""
    _, numbers = np.unique(np.array(groups, dtype=object).astype(str), return_inverse=True)
    return np.where(np.array(groups) == "", -1, numbers).astype(np.int64)


def _price(hit: Hit, name: str | None) -> float | None:
    values = () if name is None else hit.get("fields", {}).get(fields.number_field(name), ())
    return float(values[0]) if values else None


def _first_text(value: Any) -> str:
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, str) else ""


def _stacked(vectors: Sequence[NDArray[np.float32] | None]) -> NDArray[np.float32]:
    """One row a product, NaN where it has no vector; no columns where none has."""
    size = next((vector.size for vector in vectors if vector is not None), 0)
    if size == 0:
        return np.empty((0, 0), dtype=np.float32)
    absent = np.full(size, np.nan, dtype=np.float32)
    return np.stack([absent if vector is None or vector.size != size else vector for vector in vectors])
