"""What the index knows about a shopper's words before they are searched: how well they match, and how they may be meant."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from mappings import fields
from mappings.filters import Body
from mappings.keyword import all_words, category_text, product_codes
from plugin_config.catalogue import Catalogue

SHORTEST_CORRECTED = 4
LONG_WORD = 8  # from here two letters may be wrong, below one
MOST_WORDS_JOINED = 6  # longer queries are sentences; each pair of neighbours is counted twice
FAR_MORE_OFTEN = 100
_TITLE_PHRASE, _TITLE_ALL, _ALL, _CODE = "title_phrase", "title_all", "all", "code"
_ANY, _JOINED, _APART = "any", "joined", "apart"
MOST_WORDS_COUNTED = 8
_IN_CATEGORY, _ANYWHERE = "category", "anywhere"


@dataclass(frozen=True, slots=True)
class Evidence:
    """How many products match the words in each way; `suggestions` maps a word the index lacks to one it has.

    `joined`: neighbours in the query ("head set") that this shop writes as one word. `kinds`: words that name a kind of
    product, which have at least half of their products in a category of that name: "dress", but not "movie" where a few
    are TV movies.
    """

    any_word: int = 0
    all_words: int = 0
    title_all: int = 0
    title_phrase: int = 0
    code: int = 0
    suggestions: tuple[tuple[str, str], ...] = ()
    joined: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def corrected(self, words: str) -> str | None:
        """The words with unknown ones replaced; None when there is nothing to replace."""
        known = dict(self.suggestions)
        replaced = [known.get(word.lower(), word) for word in words.split()]
        text = " ".join(replaced)
        return text if text != " ".join(words.split()) else None

    def other_readings(self, words: str) -> Iterator[str]:
        """What may be meant instead: neighbours as one word; unknown words replaced, where no product has all of them."""
        corrected = self.corrected(words) if self.all_words == 0 else None
        for text in (self.rejoined(words), corrected):
            if text is not None:
                yield text

    def finds_more_than(self, other: "Evidence") -> bool:
        """Whether more products have all of the words; where none has, whether more have any."""
        if self.all_words > 0:
            return self.all_words > other.all_words
        return other.all_words == 0 and self.any_word > other.any_word

    def rejoined(self, words: str) -> str | None:
        """The words with neighbours written as one where this shop does so; None when there are none."""
        text = " ".join(words.split())
        for pair in self.joined:
            text = re.sub(rf"(?<!\S){re.escape(pair)}(?!\S)", pair.replace(" ", ""), text, flags=re.IGNORECASE)
        return text if text != " ".join(words.split()) else None


def evidence_body(catalogue: Catalogue, words: str, *, spelling: bool) -> Body:
    """A request without hits that counts the kinds of match and asks for words close to unknown ones."""
    title = fields.text_field(catalogue.title_field)
    kinds: Body = {
        _ALL: all_words(catalogue, words),
        _TITLE_ALL: {"match": {title: {"query": words, "operator": "and"}}},
        _TITLE_PHRASE: {"match_phrase": {title: {"query": words, "slop": 1}}},
    }
    codes = product_codes(words)
    if codes:
        whole = [{"match_phrase": {fields.exact(title): code}} for code in codes]
        kinds[_CODE] = {"bool": {"should": [*whole, {"terms": {fields.ID: list(codes)}}]}}
    kinds |= _counted_words(catalogue, words)
    query: Body = {"match": {fields.TEXT_ALL: {"query": words}}}
    pairs = neighbours(words) if spelling else ()
    if pairs:
        kinds |= {_ANY: query} | {f"{kind}_{n}": body for n, pair in enumerate(pairs) for kind, body in _counted(pair)}
        query = {"match": {fields.TEXT_ALL: {"query": " ".join((words, *(pair.replace(" ", "") for pair in pairs)))}}}
    body: Body = {
        "size": 0,
        "track_total_hits": 10_000,
        "query": query,
        "aggs": {"kinds": {"filters": {"filters": kinds}}},
    }
    if spelling:
        body["suggest"] = {"words": {"text": words, "term": _unknown_words()}}
    return body


def neighbours(words: str) -> tuple[str, ...]:
    """Pairs of words that may be one word written as two: neighbours of nothing but letters, in lower case."""
    each = words.lower().split()
    if len(each) > MOST_WORDS_JOINED:
        return ()
    pairs = (f"{a} {b}" for a, b in pairwise(each) if a.isalpha() and b.isalpha() and len(a + b) >= SHORTEST_CORRECTED)
    return tuple(dict.fromkeys(pairs))


def _counted(pair: str) -> tuple[tuple[str, Body], ...]:
    return (
        (_JOINED, {"match": {fields.TEXT_ALL: pair.replace(" ", "")}}),
        (_APART, {"match_phrase": {fields.TEXT_ALL: pair}}),
    )


def single_words(words: str) -> tuple[str, ...]:
    """The first few different words that have a letter, in lower case: those that may name a kind of product."""
    each = (word for word in words.lower().split() if any(letter.isalpha() for letter in word))
    return tuple(dict.fromkeys(each))[:MOST_WORDS_COUNTED]


def _counted_words(catalogue: Catalogue, words: str) -> Body:
    """For each word: how many products have it in their category, and how many anywhere."""
    category = category_text(catalogue)
    if category is None:
        return {}
    found: Body = {}
    for n, word in enumerate(single_words(words)):
        found[f"{_IN_CATEGORY}_{n}"] = {"match": {category: word}}
        found[f"{_ANYWHERE}_{n}"] = {"match": {fields.TEXT_ALL: word}}
    return found


def _unknown_words() -> Body:
    return {
        "field": fields.exact(fields.TEXT_ALL),
        "suggest_mode": "missing",
        "min_word_length": SHORTEST_CORRECTED,
        "prefix_length": 1,
        "max_edits": 2,
        "size": 3,
        "sort": "score",
    }


def parse_evidence(answer: Mapping[str, Any], words: str = "") -> Evidence:
    """Read the answer to evidence_body for these words."""
    counts = {kind: bucket["doc_count"] for kind, bucket in answer["aggregations"]["kinds"]["buckets"].items()}
    pairs = [pair for entry in answer.get("suggest", {}).get("words", []) if (pair := _best(entry))]
    joined = [
        pair
        for n, pair in enumerate(neighbours(words))
        if counts.get(f"{_JOINED}_{n}", 0) > FAR_MORE_OFTEN * counts.get(f"{_APART}_{n}", 0)
    ]
    kinds = [
        word
        for n, word in enumerate(single_words(words))
        if 0 < counts.get(f"{_ANYWHERE}_{n}", 0) <= 2 * counts.get(f"{_IN_CATEGORY}_{n}", 0)
    ]
    return Evidence(
        any_word=counts.get(_ANY, answer["hits"]["total"]["value"]),
        all_words=counts[_ALL],
        title_all=counts[_TITLE_ALL],
        title_phrase=counts[_TITLE_PHRASE],
        code=counts.get(_CODE, 0),
        suggestions=tuple(pairs),
        joined=tuple(joined),
        kinds=tuple(kinds),
    )


def _best(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """The option for one unknown word; none for short words, codes, and words too far from any known one."""
    word = entry["text"].lower()
    if len(word) < SHORTEST_CORRECTED or any(letter.isdigit() for letter in word):
        return None
    farthest = 2 if len(word) >= LONG_WORD else 1
    near = [
        option
        for option in entry["options"]
        if edits(word, option["text"]) <= farthest and not any(letter.isdigit() for letter in option["text"])
    ]
    if not near:
        return None
    best = min(near, key=lambda option: (edits(word, option["text"]), -option["freq"], option["text"]))
    return word, best["text"]


def edits(one: str, other: str) -> int:
    """Letters inserted, deleted, replaced or swapped with their neighbour to turn one word into the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        last, before, row = before, row, [i]
        for j, b in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
