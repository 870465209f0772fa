"""Letters to sounds: how an English word that no dictionary has is most likely pronounced.

A table learnt from the dictionary of the PocketSphinx wheel (`letters_training`) says what a letter sounds like between
its neighbours: the longest context that the table holds decides, as in IGTree (Daelemans, van den Bosch and Weijters,
1997).
"""

import gzip
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

EDGE: Final = "_"
# In this order a neighbour tells most about a letter: the next, the one before, the one after the next, …
NEIGHBOURS: Final = (1, -1, 2, -2, 3, -3)
TABLE: Final = "letters.tsv.gz"


def context(letters: str, place: int) -> str:
    """The letter at `place`, then its neighbours in the order of NEIGHBOURS; `_` beyond the ends of the word."""
    around = (place + step for step in NEIGHBOURS)
    return letters[place] + "".join(letters[i] if 0 <= i < len(letters) else EDGE for i in around)


def sound_out(word: str, table: Mapping[str, str] | None = None) -> str | None:
    """The word as ARPAbet phones separated by spaces; None when it holds anything but the letters a to z."""
    letters = word.lower().replace("'", "")
    if not letters or not letters.isascii() or not letters.isalpha():
        return None
    known = letter_table() if table is None else table
    phones: list[str] = []
    for place in range(len(letters)):
        phones += _longest(known, context(letters, place)).split()
    return " ".join(phones) or None


@cache
def letter_table() -> Mapping[str, str]:
    """Context → phones, from the file that ships with this package."""
    packed = files("encoders.speech.weights").joinpath(TABLE).read_bytes()
    lines = gzip.decompress(packed).decode("ascii").splitlines()
    return dict(line.split("\t") for line in lines)


def _longest(table: Mapping[str, str], around: str) -> str:
    for end in range(len(around), 0, -1):
        if (found := table.get(around[:end])) is not None:
            return found
    return ""
