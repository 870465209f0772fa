"""What the index knows about a shopper's words before they are searched: how well they match, and how they may be meant."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mappings import fields
from mappings.filters import Body
from mappings.keyword import all_words, product_codes
from plugin_config.catalogue import Catalogue

SHORTEST_CORRECTED = 4
LONG_WORD = 8  # from here two letters may be wrong, below one
_TITLE_PHRASE, _TITLE_ALL, _ALL, _CODE = "title_phrase", "title_all", "all", "code"


@dataclass(frozen=True, slots=True)
class Evidence:
    """How many products match the words in each way; `suggestions` maps a word the index lacks to one it has."""

    any_word: int = 0
    all_words: int = 0
    title_all: int = 0
    title_phrase: int = 0
    code: int = 0
    suggestions: tuple[tuple[str, str], ...] = ()

    def corrected(self, words: str) -> str | None:
        """The words with unknown ones replaced; None when there is nothing to replace."""
        known = dict(self.suggestions)
        replaced = [known.get(word.lower(), word) for word in words.split()]
        text = " ".join(replaced)
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
    body: Body = {
        "size": 0,
        "track_total_hits": 10_000,
        "query": {"match": {fields.TEXT_ALL: {"query": words}}},
        "aggs": {"kinds": {"filters": {"filters": kinds}}},
    }
    if spelling:
        body["suggest"] = {"words": {"text": words, "term": _unknown_words()}}
    return body


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


def parse_evidence(answer: Mapping[str, Any]) -> Evidence:
    """Read the answer to evidence_body."""
    counts = {kind: bucket["doc_count"] for kind, bucket in answer["aggregations"]["kinds"]["buckets"].items()}
    pairs = [pair for entry in answer.get("suggest", {}).get("words", []) if (pair := _best(entry))]
    return Evidence(
        any_word=answer["hits"]["total"]["value"],
        all_words=counts[_ALL],
        title_all=counts[_TITLE_ALL],
        title_phrase=counts[_TITLE_PHRASE],
        code=counts.get(_CODE, 0),
        suggestions=tuple(pairs),
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
