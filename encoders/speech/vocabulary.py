"""What is said in a shop: the phrases of its catalogue and of its shoppers, each with a weight."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

LONGEST_PHRASE: Final = 24
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


@dataclass(frozen=True)
class SpokenPhrases:
    """Phrases as (text, weight): a title, a brand, a query that shoppers typed. Weights are counts, above 0."""

    phrases: tuple[tuple[str, float], ...]

    @classmethod
    def counted(cls, texts: Iterable[tuple[str, float]]) -> "SpokenPhrases":
        """The same text given several times counts by its weights together."""
        weights: Counter[tuple[str, ...]] = Counter()
        for text, weight in texts:
            words = words_of(text)[:LONGEST_PHRASE]
            if words:
                weights[words] += weight  # type: ignore[assignment]  # Counter adds up fractions as well
        return cls(tuple((" ".join(words), float(weights[words])) for words in sorted(weights)))

    @cached_property
    def fingerprint(self) -> str:
        """12 hexadecimal digits over all phrases: equal for equal phrases."""
        digest = hashlib.blake2b(digest_size=6)
        for text, weight in self.phrases:
            digest.update(f"{text}\t{weight:g}\n".encode())
        return digest.hexdigest()

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Every word, those with the greatest weight first."""
        weights: Counter[str] = Counter()
        for text, weight in self.phrases:
            for word in text.split():
                weights[word] += weight  # type: ignore[assignment]
        return tuple(sorted(weights, key=lambda word: (-weights[word], word)))


def words_of(text: str) -> tuple[str, ...]:
    """Words in lower case, without accents, punctuation and marks such as ™; hyphens part words."""
    folded = unicodedata.normalize("NFKD", re.sub("[™®©]", " ", text.replace("’", "'"))).lower()
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return tuple(_WORD.findall(plain))
