"""Filters on products: which fields can be filtered, and the clause of a condition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from mappings import fields
from mappings.coercion import plain_number
from plugin_config.catalogue import Catalogue
from plugin_config.errors import VitrineError

Scalar: TypeAlias = str | float | bool
Body: TypeAlias = dict[str, Any]  # a piece of an OpenSearch body


class UnknownFieldError(VitrineError):
    """A field is named that the catalogue does not have for this use; the message names those it has."""

    code = "unknown_field"
    status = 422


class FilterValueError(VitrineError):
    """A filter's value does not fit its field."""

    code = "filter_value"
    status = 422


class FieldKind(StrEnum):
    """How a field is stored for filters, facets and sorting."""

    KEYWORD = "keyword"
    NUMBER = "number"
    DATE = "date"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class IndexedField:
    """A field as a person names it, its kind and its path in the document.

    `is_paired`: the path holds the values of many fields, each as NAME=VALUE (see mappings.fields.keyword_pair).
    """

    name: str
    kind: FieldKind
    path: str
    is_paired: bool = False


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The field has one of these values."""

    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """The field lies between these bounds, both included; None leaves an end open."""

    least: float | str | None = None
    greatest: float | str | None = None


Condition: TypeAlias = AnyOf | Between
Filters: TypeAlias = Mapping[str, Condition]


def indexed_fields(catalogue: Catalogue) -> dict[str, IndexedField]:
    """Every field that can be filtered or sorted by, under the name a person uses."""
    found = {"id": IndexedField("id", FieldKind.KEYWORD, fields.ID)}
    named = (
        (FieldKind.KEYWORD, catalogue.keyword, fields.keyword_field),
        (FieldKind.NUMBER, catalogue.number, fields.number_field),
        (FieldKind.DATE, catalogue.date, fields.date_field),
        (FieldKind.FLAG, catalogue.flag, fields.flag_field),
    )
    for kind, names, path_of in named:
        found |= {name: IndexedField(name, kind, path_of(name)) for name in names if not fields.is_pattern(name)}
    if catalogue.group is not None and catalogue.group not in found:
        found[catalogue.group] = IndexedField(catalogue.group, FieldKind.KEYWORD, fields.GROUP)
    return found


def locate(catalogue: Catalogue, name: str, *, purpose: str = "filter") -> IndexedField:
    """The field of this name. Raises UnknownFieldError naming the fields that exist."""
    known = indexed_fields(catalogue)
    if name in known:
        return known[name]
    for pattern in catalogue.keyword:
        if fields.is_pattern(pattern) and name.startswith(pattern[:-1]) and purpose != "sort":
            return IndexedField(name, FieldKind.KEYWORD, fields.keyword_field(pattern), is_paired=True)
    known |= {pattern: known["id"] for pattern in catalogue.keyword if fields.is_pattern(pattern)}
    raise UnknownFieldError(
        f"{purpose}: the catalogue {catalogue.name!r} has no field {name[:80]!r}; it has {', '.join(sorted(known))}"
    )


def filter_clauses(catalogue: Catalogue, filters: Filters, *, leaving_out: str | None = None) -> list[Body]:
    """One clause per filter, all of which must hold. Raises UnknownFieldError or FilterValueError."""
    return [
        filter_clause(locate(catalogue, name), condition) for name, condition in filters.items() if name != leaving_out
    ]


def without_words(catalogue: Catalogue, words: Sequence[str]) -> Body:
    """A clause for products that say none of these anywhere: a value of two words counts when both are said."""
    said: list[Body] = []
    for word in words:
        said.append({"match": {fields.TEXT_ALL: {"query": word, "operator": "and"}}})
        said += [
            {"term": {f"{fields.keyword_field(name)}.lower": word}}
            for name in catalogue.keyword
            if not fields.is_pattern(name)
        ]
    return {"bool": {"must_not": said}}


def filter_clause(field: IndexedField, condition: Condition) -> Body:
    """The clause of one condition. Raises FilterValueError when the value cannot be of the field's kind."""
    if isinstance(condition, AnyOf):
        return {"terms": {field.path: [_value(field, value) for value in condition.values]}}
    if field.kind not in (FieldKind.NUMBER, FieldKind.DATE):
        raise FilterValueError(f"filter {field.name}: a range needs a number or date field; this is a {field.kind}")
    ends = {"gte": condition.least, "lte": condition.greatest}
    bounds = {end: _value(field, value) for end, value in ends.items() if value is not None}
    if not bounds:
        raise FilterValueError(f"filter {field.name}: a range needs gte, lte or both")
    return {"range": {field.path: bounds}}


def _value(field: IndexedField, value: Scalar) -> Scalar:
    if field.kind is FieldKind.FLAG:
        return _flag(field, value)
    if field.kind is FieldKind.NUMBER:
        return _number(field, value)
    if isinstance(value, bool):
        value = str(value).lower()
    text = value if isinstance(value, str) else plain_number(value)  # numbers of JSON mean their digits
    return fields.keyword_pair(field.name, text) if field.is_paired else text


def _flag(field: IndexedField, value: Scalar) -> bool:
    text = str(value).lower()
    if text in ("true", "false"):
        return text == "true"
    raise FilterValueError(f"filter {field.name}: {str(value)[:80]!r} is neither true nor false")


def _number(field: IndexedField, value: Scalar) -> float:
    try:
        if isinstance(value, bool):
            raise ValueError
        number = float(value)
        if number != number or number in (float("inf"), float("-inf")):
            raise ValueError
    except ValueError as error:
        raise FilterValueError(f"filter {field.name}: {str(value)[:80]!r} is not a number") from error
    return number


def sort_keys(catalogue: Catalogue, order: str) -> list[Body]:
    """Sort by one field, `-` before it for descending, products without it last, ties by id."""
    descending = order.startswith("-")
    field = locate(catalogue, order.removeprefix("-"), purpose="sort")
    direction = "desc" if descending else "asc"
    keys: list[Body] = [{field.path: {"order": direction, "missing": "_last"}}]
    return keys if field.path == fields.ID else [*keys, {fields.ID: {"order": "asc"}}]
