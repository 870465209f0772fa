"""How aggregations on a shop's fields are called and limited, whatever signs stand in the fields' names."""

import re
from typing import Final
from urllib.parse import unquote

from mappings.filters import Body, IndexedField

_REFUSED: Final = str.maketrans({sign: f"%{ord(sign):X}" for sign in "[]>%"})  # OpenSearch takes no bracket in a name


def labelled(name: str) -> str:
    """A name for an aggregation; `meant` reads it back."""
    return name.translate(_REFUSED)


def meant(label: str) -> str:
    """The name that a label was made from."""
    return unquote(label)


def values_within(field: IndexedField) -> Body:
    """What limits a `terms` aggregation to the values of this field, where its path holds those of others, too.

    Every sign is escaped: Lucene's expressions give a meaning to more of them than Python's.
    """
    return {"include": re.sub(r"\W", r"\\\g<0>", field.name) + "=.*"} if field.is_paired else {}
