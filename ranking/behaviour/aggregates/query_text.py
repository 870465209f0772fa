"""Which queries count as the same: one key for counting and for looking up."""

import unicodedata
from typing import Final

from ranking.words import words_apart

_SIGNS: Final = "+#&%"  # of C++, R&B and 50%
LONGEST: Final = 200


def normalized_query(text: str) -> str:
    """Compatible characters folded together, case folded, signs and white space between words made one space.

    The order of the words stays, for it can matter. Empty when nothing is left. At most 200 characters.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return words_apart(folded, signs=_SIGNS)[:LONGEST].rstrip()
