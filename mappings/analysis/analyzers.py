"""The analyzers of an index: for each language one that writes, one that searches, and one without stemming.

Every chain: full- and half-width forms folded, Chinese, Japanese and Korean cut into pairs of characters (single ones
too when writing, so that a query of one character finds something), lower case, accents folded.

Codes and joined words are made findable when writing, so that queries stay plain words: what a hyphen joins is also
written as one ("TN-2420": tn, 2420, tn2420; "T-shirt": t, shirt, tshirt), so are a number and its unit or a short word
and its number ("256 GB": 256gb), and what mixes letters and digits is also written in its parts ("TN2420": tn, 2420).
"""

from collections.abc import Iterable
from typing import Any

from mappings.analysis.languages import FILTERS
from plugin_config.catalogue import Language

NORMALIZER = "vitrine_lower"
PREFIX = "vitrine_prefix"
PREFIX_SEARCH = "vitrine_prefix_search"
EXACT = "vitrine_exact"
EXACT_SEARCH = "vitrine_exact_search"
_SYNONYMS = "vitrine_synonyms"

_CODES: dict[str, Any] = {
    "type": "word_delimiter_graph",
    "preserve_original": True,
    "split_on_case_change": False,
    "split_on_numerics": True,
    "stem_english_possessive": False,
    "type_table": ["' => ALPHA", "\\u2019 => ALPHA"],
    "adjust_offsets": False,  # the hyphen filter moves offsets, which must never run backwards
}
_UNITS = "gb|tb|mb|kb|mm|cm|m|km|inch|in|kg|g|mg|lb|oz|ml|cl|l|w|kw|v|a|mah|wh|hz|khz|mhz|ghz|dpi|mp|rpm|k"

_FILTERS: dict[str, Any] = {
    "vitrine_pairs_write": {"type": "cjk_bigram", "output_unigrams": True},
    "vitrine_pairs_search": {"type": "cjk_bigram", "output_unigrams": False},
    "vitrine_codes": _CODES,
    "vitrine_beginnings": {"type": "edge_ngram", "min_gram": 1, "max_gram": 20, "preserve_original": False},
    "vitrine_length": {"type": "truncate", "length": 20},
}

# One pass over each text, with possessive quantifiers and plain letters: a slow pattern here halves the speed of writing.
_JOINED = (
    r"(?<![A-Za-z0-9-])(?:"
    r"([A-Za-z0-9]{1,10}+)(-)([A-Za-z0-9]{1,12}+)(?![A-Za-z0-9-])"  # TN-2420, T-shirt
    r"|([A-Z]{1,4}+)( )([0-9]{2,6}+)(?![A-Za-z0-9])"  # TN 2420
    rf"|([0-9]{{1,6}}+)( )((?i:{_UNITS}))(?![A-Za-z0-9]))"  # 256 GB
)
_CHARACTER_FILTERS: dict[str, Any] = {
    "vitrine_joined": {
        "type": "pattern_replace",
        "pattern": _JOINED,
        "replacement": "$1$2$3$4$5$6$7$8$9 $1$3$4$6$7$9",
    },
}

_WRITE = ("cjk_width", "vitrine_pairs_write", "lowercase")
_SPLIT = ("vitrine_codes", "flatten_graph", "asciifolding")
_SEARCH = ("cjk_width", "vitrine_pairs_search", "lowercase")


def write_analyzer(language: Language) -> str:
    """Name of the analyzer that documents in this language are written with."""
    return f"vitrine_{language}"


def search_analyzer(language: Language) -> str:
    """Name of the analyzer for queries in this language: with synonyms, without single characters of a pair."""
    return f"vitrine_{language}_search"


def analysis(languages: Iterable[Language], synonyms: tuple[str, ...] = ()) -> dict[str, Any]:
    """The `analysis` settings of an index that holds these languages. Synonyms act on queries only."""
    filters = dict(_FILTERS)
    analyzers: dict[str, Any] = _shared_analyzers()
    extra: tuple[str, ...] = ()
    if synonyms:
        filters[_SYNONYMS] = {"type": "synonym_graph", "synonyms": list(synonyms)}
        extra = (_SYNONYMS,)
    for language in sorted(set(languages)):
        own = FILTERS[language]
        filters |= {name: body for name, body in (*own.before, *own.stemming) if body is not None}
        before = tuple(name for name, _ in own.before)
        stemming = tuple(name for name, _ in own.stemming)
        analyzers[write_analyzer(language)] = _writing(*_WRITE, *before, *_SPLIT, *stemming)
        analyzers[search_analyzer(language)] = _searching(*_SEARCH, *before, "asciifolding", *extra, *stemming)
    return {
        "analyzer": analyzers,
        "filter": filters,
        "char_filter": _CHARACTER_FILTERS,
        "normalizer": {NORMALIZER: {"type": "custom", "filter": ["lowercase", "asciifolding", "trim"]}},
    }


def _shared_analyzers() -> dict[str, Any]:
    plain = ("cjk_width", "lowercase", "asciifolding")
    return {
        EXACT: _writing(*_WRITE, *_SPLIT),
        EXACT_SEARCH: _searching(*_SEARCH, "asciifolding"),
        PREFIX: _searching(*plain, "vitrine_beginnings"),
        PREFIX_SEARCH: _searching(*plain, "vitrine_length"),
    }


def _writing(*filters: str) -> dict[str, Any]:
    return {**_searching(*filters), "char_filter": ["vitrine_joined"]}


def _searching(*filters: str) -> dict[str, Any]:
    return {"type": "custom", "tokenizer": "standard", "filter": list(filters)}
