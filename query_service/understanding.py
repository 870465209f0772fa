"""What a shopper typed, made safe and comparable: nothing here knows the index."""

import re
import unicodedata
from dataclasses import dataclass

LONGEST_QUERY = 2_000
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}  # controls, bidirectional marks, surrogates, private and unassigned
_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"\w")
# A hyphen before a letter, where a word could begin; “-20” may be a temperature, and “t-shirt” is one word.
_UNWANTED = re.compile(r"(?:(?<=\s)|^)-([^\W\d]\w*)(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Understood:
    """Clean words, or None when nothing searchable was given, and what was done to them in words.

    `without`: words that no result shall have.
    """

    words: str | None
    notes: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


def understand(text: str | None) -> Understood:
    """Fold compatible characters together (NFKC), drop what cannot be seen, join white space, and cut what is too long.

    Right-to-left text keeps its letters and loses its direction marks; emoji stay when they stand beside words. Words
    of symbols only find nothing in any index, so they count as none, with a note.
    """
    if text is None or not text.strip():
        return Understood(None)
    notes: list[str] = []
    if len(text) > LONGEST_QUERY:
        notes.append(f"the query was cut from {len(text):,} to {LONGEST_QUERY:,} characters")
        text = text[:LONGEST_QUERY]
    visible = text
    if not (text.isascii() and text.isprintable()):
        visible = "".join(_visible(letter) for letter in unicodedata.normalize("NFKC", text))
    words = _SPACES.sub(" ", visible).strip()[:LONGEST_QUERY]
    without = tuple(dict.fromkeys(match[1].lower() for match in _UNWANTED.finditer(words)))
    if without:
        words = _SPACES.sub(" ", _UNWANTED.sub(" ", words)).strip()
        notes.append("without " + ", ".join(f"“{word}”" for word in without))
        if not words:
            return Understood(None, tuple(notes), without)
    if not _WORD.search(words):
        notes.append("the query holds no letters or digits, so nothing was searched for; popular products are shown")
        return Understood(None, tuple(notes))
    return Understood(words, tuple(notes), without)


def _visible(letter: str) -> str:
    if letter in "\t\n\r\v\f":
        return " "
    if letter == "\u200d":  # joins the parts of an emoji or of an Indic letter
        return letter
    return "" if unicodedata.category(letter) in _INVISIBLE else letter
