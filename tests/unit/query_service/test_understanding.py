"""What shoppers type, made safe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_service.filter_text import UnreadableFilter, parse_filters
from query_service.messages import Range
from query_service.understanding import LONGEST_QUERY, understand


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("  red   shoes\n", "red shoes"),
        ("ｗｏｏｌ　ｃａｒｄｉｇａｎ", "wool cardigan"),
        ("head\x00phones", "headphones"),
        ("‮shoes‬", "shoes"),
        ("🎧 headphones", "🎧 headphones"),
        ("羊毛衫", "羊毛衫"),
        ("سماعات", "سماعات"),
    ],
)
def test_words_are_cleaned_and_kept(typed: str, words: str) -> None:
    assert understand(typed).words == words


@pytest.mark.parametrize("typed", [None, "", "   ", "\x00\x01", "🎧🎧", "!?", "‮"])
def test_nothing_to_search_for_is_none(typed: str | None) -> None:
    assert understand(typed).words is None


@pytest.mark.parametrize(
    ("typed", "words", "without"),
    [
        ("boots -leather", "boots", ("leather",)),
        ("-Leather boots -suede -leather", "boots", ("leather", "suede")),
        ("t-shirt", "t-shirt", ()),
        ("freezer -20 degrees", "freezer -20 degrees", ()),
        ("red - blue", "red - blue", ()),
        ("外套 -皮革", "外套", ("皮革",)),
        ("-kettle", None, ("kettle",)),
    ],
)
def test_a_hyphen_before_a_word_says_what_is_not_wanted(
    typed: str, words: str | None, without: tuple[str, ...]
) -> None:
    found = understand(typed)
    assert (found.words, found.without) == (words, without)


def test_too_long_a_query_is_cut_with_a_note() -> None:
    found = understand("word " * 5_000)
    assert found.words is not None
    assert len(found.words) <= LONGEST_QUERY
    assert "25,000" in found.notes[0]


@given(st.text(max_size=4_000))
def test_any_text_becomes_words_that_cleaning_leaves_alone(typed: str) -> None:
    words = understand(typed).words
    assert words is None or (0 < len(words) <= LONGEST_QUERY and understand(words).words == words)


def test_filters_are_read_as_people_type_them() -> None:
    assert parse_filters(["brand=Acme", "brand=Umbra", "price=10..50", "year=..2020", "size=1.5", "note=a=b"]) == {
        "brand": ["Acme", "Umbra"],
        "price": Range(gte="10", lte="50"),
        "year": Range(lte="2020"),
        "size": "1.5",
        "note": "a=b",
    }


@pytest.mark.parametrize(
    "texts", [["brand"], ["=x"], ["brand="], ["price=1..2", "price=3..4"], ["price=1..2", "price=3"]]
)
def test_unreadable_filters_are_refused(texts: list[str]) -> None:
    with pytest.raises(UnreadableFilter):
        parse_filters(texts)
