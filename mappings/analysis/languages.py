"""What each language adds to the shared chain: elision, normalization and a light stemmer."""

from dataclasses import dataclass, field
from typing import Any

from plugin_config.catalogue import Language


@dataclass(frozen=True, slots=True)
class LanguageFilters:
    """`before` run on lowercased words, `stemming` last; each is a name and, when it is not built in, its definition.

    Light stemmers only: they join plurals and leave "universal" and "university" apart.
    """

    before: tuple[tuple[str, dict[str, Any] | None], ...] = ()
    stemming: tuple[tuple[str, dict[str, Any] | None], ...] = field(default=())


def _stemmer(language: str) -> tuple[tuple[str, dict[str, Any] | None], ...]:
    return ((f"vitrine_{language}", {"type": "stemmer", "language": language}),)


def _elision(language: str, articles: str) -> tuple[str, dict[str, Any] | None]:
    return f"vitrine_{language}_elision", {"type": "elision", "articles": articles.split(), "articles_case": True}


_POSSESSIVE = ("vitrine_possessive", {"type": "stemmer", "language": "possessive_english"})
_FRENCH = "l m t qu n s j d c jusqu quoiqu lorsqu puisqu"
_ITALIAN = "c l all dall dell nell sull coll pell gl agl dagl degl negl sugl un m t s v d"
# The stemmer takes these for grades of a shorter word, which in a shop they are not.
_WHOLE_WORDS = ("vitrine_whole_words", {"type": "keyword_marker", "keywords": ["toner"]})

FILTERS: dict[Language, LanguageFilters] = {
    Language.ENGLISH: LanguageFilters(before=(_POSSESSIVE,), stemming=(_WHOLE_WORDS, *_stemmer("light_english"))),
    Language.GERMAN: LanguageFilters(before=(("german_normalization", None),), stemming=_stemmer("light_german")),
    Language.FRENCH: LanguageFilters(before=(_elision("french", _FRENCH),), stemming=_stemmer("light_french")),
    Language.SPANISH: LanguageFilters(stemming=_stemmer("light_spanish")),
    Language.ITALIAN: LanguageFilters(before=(_elision("italian", _ITALIAN),), stemming=_stemmer("light_italian")),
    Language.PORTUGUESE: LanguageFilters(stemming=_stemmer("light_portuguese")),
    Language.DUTCH: LanguageFilters(stemming=_stemmer("dutch")),
    # Chinese, Japanese and Korean words are pairs of characters, which the shared chain makes in every language.
    Language.CHINESE: LanguageFilters(),
    Language.JAPANESE: LanguageFilters(),
    Language.KOREAN: LanguageFilters(),
    Language.STANDARD: LanguageFilters(),
}
