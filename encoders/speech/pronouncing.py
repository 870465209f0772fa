"""How the words of a shop are said: from a dictionary, and where it has none, from parts, letters and numbers."""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Final

from encoders.speech.letters import sound_out
from encoders.speech.numbers import spoken_number

MOST_WAYS: Final = 4
_SHORTEST_PART: Final = 3
_MIXED: Final = re.compile(r"\d+|[^\d]+")
_VARIANT: Final = re.compile(r"\(\d+\)$")
_VOWELS: Final = frozenset("aeiouy")
_HISSING: Final = frozenset({"S", "Z", "SH", "ZH", "CH", "JH"})
_VOICELESS: Final = frozenset({"P", "T", "K", "F", "TH"})
# What shops write short and shoppers say in full.
_SAID: Final = {
    "cm": "centimeter", "mm": "millimeter", "kg": "kilogram", "ml": "milliliter", "oz": "ounce", "lb": "pound",
    "lbs": "pounds", "gb": "gigabyte", "tb": "terabyte", "mb": "megabyte", "ii": "two", "iii": "three",
}  # fmt: skip

Dictionary = Mapping[str, tuple[str, ...]]


class Pronouncer:
    """Pronounces words in ARPAbet phones. `dictionary`: word in lower case → its ways, best first."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary

    def ways(self, word: str) -> tuple[str, ...]:
        """At most four ways to say a word of lower-case letters, digits and apostrophes; none where nobody can tell."""
        if word in _SAID:
            return tuple(dict.fromkeys((*self.ways(_SAID[word]), *self._spelled(word))))[:MOST_WAYS]
        known = self._dictionary.get(word)
        if known is not None:
            return known[:MOST_WAYS]
        if any(letter.isdigit() for letter in word):
            return self._mixed(word)
        if not word.isascii():
            return ()
        return (self._derived(word) or self._compound(word) or self._sounded(word))[:MOST_WAYS]

    def _mixed(self, word: str) -> tuple[str, ...]:
        """Numbers as words, letters between them as a word or spelled: 55, 6ft, x2."""
        said: list[tuple[str, ...]] = []
        for piece in _MIXED.findall(word):
            words = spoken_number(piece) if piece.isdigit() and piece.isascii() else (piece,)
            said += [self.ways(each)[:1] for each in words]
        return _joined(said)

    def _derived(self, word: str) -> tuple[str, ...]:
        """A known word with 's or s behind it."""
        for ending in ("'s", "s"):
            stem = word.removesuffix(ending)
            if stem != word and len(stem) >= _SHORTEST_PART and (ways := self._dictionary.get(stem)):
                return tuple(f"{way} {_plural(way)}" for way in ways)
        return ()

    def _compound(self, word: str) -> tuple[str, ...]:
        """Two known words in one, the longest first part first: crew neck, draw string."""
        for cut in range(len(word) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
            first, second = self._dictionary.get(word[:cut]), self._dictionary.get(word[cut:])
            if first and second:
                return _joined([first[:1], second[:2]])
        return ()

    def _sounded(self, word: str) -> tuple[str, ...]:
        if not _VOWELS & set(word):
            return self._spelled(word)
        sounded = sound_out(word)
        return () if sounded is None else (sounded,)

    def _spelled(self, word: str) -> tuple[str, ...]:
        return _joined([self._letter(letter) for letter in word if letter != "'"])

    def _letter(self, letter: str) -> tuple[str, ...]:
        return self._dictionary.get(f"{letter}.", self._dictionary.get(letter, ()))[:1]


def read_dictionary(path: Path) -> dict[str, tuple[str, ...]]:
    """A dictionary in the form of CMUdict: one way a line, further ways of a word as `word(2)`."""
    found: dict[str, tuple[str, ...]] = {}
    for word, way in _entries(path):
        found[word] = (*found.get(word, ()), way)
    return found


def english() -> dict[str, tuple[str, ...]]:
    """The dictionary of the PocketSphinx wheel: 126,000 words, read anew (0.3 s) rather than kept (40 MB)."""
    import pocketsphinx

    return read_dictionary(Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")))


def _entries(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        word, _, way = line.partition(" ")
        if way.strip():
            yield _VARIANT.sub("", word), way.strip()


def _plural(way: str) -> str:
    last = way.rpartition(" ")[2]
    if last in _HISSING:
        return "IH Z"
    return "S" if last in _VOICELESS else "Z"


def _joined(parts: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Every combination of the ways of the parts, one after the other; none where a part has none."""
    if not parts or not all(parts):
        return ()
    return tuple(" ".join(ways) for _, ways in zip(range(MOST_WAYS), product(*parts), strict=False))
