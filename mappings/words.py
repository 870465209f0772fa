"""Words as a shopper types them, counted and taken in runs before any analyzer of the index sees them."""

import re

_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # kana, Chinese characters, Hangul


def word_count(words: str) -> int:
    """About how many terms the unstemmed analyzer makes of the words: one a word, pairs where there are no spaces."""
    return sum(max(1, len(_UNSPACED.findall(word)) - 1) for word in words.split())


def is_one_word(words: str) -> bool:
    """Whether it is a single word of nothing but letters, which no analyzer takes apart."""
    return words.strip().isalpha() and word_count(words) == 1


def word_runs(words: str, longest: int = 3) -> list[str]:
    """All runs of one to `longest` neighbouring words, in lower case; at most 60."""
    each = words.lower().split()[:24]
    runs = (" ".join(each[i : i + n]) for n in range(1, longest + 1) for i in range(len(each) - n + 1))
    return list(dict.fromkeys(runs))[:60]
