"""Telling a “no image” drawing from a picture that variants share."""

from collections.abc import Mapping, Sequence

from indexer.enrichment.placeholders import Placeholders, are_different_goods

GOODS = [
    "Wool cardigan",
    "Steel kettle",
    "Garden chair",
    "Fountain pen",
    "Running shoes",
    "Desk lamp",
    "Ink bottle",
    "Tent",
]


def test_many_products_that_have_nothing_in_common_share_a_placeholder() -> None:
    assert are_different_goods(GOODS)


def test_a_few_products_may_share_a_picture() -> None:
    assert not are_different_goods(GOODS[:7])


def test_sizes_and_colours_of_one_product_share_a_picture_of_it() -> None:
    sizes = [
        f"Merino pullover {colour} {size}" for colour in ("red", "blue", "green") for size in ("S", "M", "L", "XL")
    ]
    assert not are_different_goods(sizes)


def test_the_same_title_again_and_again_is_one_product() -> None:
    assert not are_different_goods(["Wool cardigan"] * 50)


class Seen:
    """What an index would know, with the questions it was asked."""

    def __init__(self, known: Mapping[str, Sequence[str]]) -> None:
        self.known = known
        self.asked: list[list[str]] = []

    def titles(self, marks: Sequence[str]) -> Mapping[str, Sequence[str]]:
        self.asked.append(list(marks))
        return {mark: self.known[mark] for mark in marks if mark in self.known}


def test_products_at_hand_and_those_seen_before_count_together() -> None:
    seen = Seen({"aa": GOODS[:5]})
    assert Placeholders(seen).among({"aa": GOODS[5:], "bb": GOODS[:2]}) == {"aa"}
    assert Placeholders(seen).among({"aa": GOODS[5:7]}) == set()


def test_what_was_found_is_not_asked_again_at_once() -> None:
    now = [0.0]
    seen = Seen({"aa": GOODS})
    placeholders = Placeholders(seen, clock=lambda: now[0])
    placeholders.among({"aa": ["Tent"]})
    placeholders.among({"aa": ["Tent"], "bb": ["Pen"]})
    assert seen.asked == [["aa"], ["bb"]]
    now[0] = 100.0
    placeholders.among({"aa": ["Tent"]})
    assert seen.asked[-1] == ["aa"]


def test_a_new_placeholder_is_told_until_the_products_that_have_it_are_taken_back() -> None:
    placeholders = Placeholders(Seen({"aa": GOODS}))
    placeholders.among({"aa": ["Tent"]})
    assert placeholders.newly_found() == {"aa"}
    assert placeholders.newly_found() == {"aa"}, "an OpenSearch that is away for a moment must not make it forgotten"
    placeholders.taken_back({"aa"})
    placeholders.among({"aa": ["Tent"]})
    assert placeholders.newly_found() == set()
