"""Which words follow each other: a trigram model with back-off, written as ARPA text.

Absolute discounting: from each count seen a fixed part goes to words that were not seen after these
(Ney, Essen and Kneser, 1994). Weights of phrases may be fractions.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

BEGIN: Final = "<s>"
END: Final = "</s>"
ORDER: Final = 3
DISCOUNT: Final = 0.5
# A shopper may begin in the middle of a title and stop before its end.
INNER_START: Final = 0.05
INNER_END: Final = 0.05

Counts: TypeAlias = dict[tuple[str, ...], float]


def arpa_text(phrases: Iterable[tuple[Sequence[str], float]]) -> str:
    """The model of these phrases (words, weight) in ARPA's form, logarithms to base 10. Empty without words."""
    counts = _counted(phrases)
    if not counts[0]:
        return ""
    probabilities, backoffs = _discounted(counts)
    lines = ["\\data\\", *(f"ngram {n}={len(probabilities[n - 1])}" for n in range(1, ORDER + 1)), ""]
    for n, level in enumerate(probabilities, start=1):
        lines.append(f"\\{n}-grams:")
        for gram in sorted(level):
            backoff = backoffs.get(gram)
            tail = f"\t{backoff:.4f}" if n < ORDER and backoff is not None else ""
            lines.append(f"{level[gram]:.4f}\t{' '.join(gram)}{tail}")
        lines.append("")
    return "\n".join([*lines, "\\end\\", ""])


def _counted(phrases: Iterable[tuple[Sequence[str], float]]) -> list[Counts]:
    counts: list[Counts] = [defaultdict(float) for _ in range(ORDER)]
    for words, weight in phrases:
        sentence = (BEGIN, *words, END)
        for n in range(1, ORDER + 1):
            for start in range(len(sentence) - n + 1):
                counts[n - 1][sentence[start : start + n]] += weight
        for place, word in enumerate(words):
            counts[1][BEGIN, word] += weight * INNER_START * (place > 0)
            counts[1][word, END] += weight * INNER_END * (place < len(words) - 1)
    return [{gram: count for gram, count in level.items() if count > 0} for level in counts]


def _discounted(counts: list[Counts]) -> tuple[list[Counts], dict[tuple[str, ...], float]]:
    """Logarithms of probabilities by length of gram, and of the weight with which a gram backs off."""
    unigrams = {gram: count for gram, count in counts[0].items() if gram != (BEGIN,)}
    total = sum(unigrams.values())
    linear: list[Counts] = [{gram: count / total for gram, count in unigrams.items()}]
    backoffs: dict[tuple[str, ...], float] = {}
    for n in range(2, ORDER + 1):
        level = counts[n - 1]
        heads: defaultdict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
        for gram in level:
            heads[gram[:-1]].append(gram)
        found: Counts = {}
        for head, grams in heads.items():
            mass = sum(level[gram] for gram in grams)
            for gram in grams:
                found[gram] = level[gram] * (1 - DISCOUNT) / mass
            # What was not given out is shared among the words not seen here, by their probability one word shorter.
            seen = sum(linear[n - 2].get(gram[1:], 0.0) for gram in grams)
            backoffs[head] = math.log10(max(DISCOUNT, 1e-6) / max(1.0 - seen, 1e-3)) if seen < 1 else -99.0
        linear.append(found)
    logarithms = [{gram: math.log10(value) for gram, value in level.items()} for level in linear]
    logarithms[0][BEGIN,] = -99.0
    return logarithms, backoffs
