"""The report of a model in the shadow."""

import math

from ranking.behaviour.log.event_log import ServedSearch, Shadowed
from ranking.learning.shadowing import compare_shadow


def search(id: str, shadow: Shadowed | None) -> ServedSearch:
    return ServedSearch(id, "shop", 1.0, "tea", None, "reranked", None, ("a", "b", "c"), shadow=shadow)


def test_orders_are_compared_and_only_those_of_this_model() -> None:
    same, turned = Shadowed("m1", (3, 2, 1), ("a", "b", "c")), Shadowed("m1", (1, 2, 3), ("c", "b", "x"))
    searches = [
        search("q1", same),
        search("q2", turned),
        search("q3", Shadowed("m2", (1, 2, 3), ("c",))),
        search("q4", None),
    ]
    found = compare_shadow(searches, {"q2": frozenset({"c"}), "q3": frozenset({"a"})}, "m1")
    assert (found.searches, found.first_differs, found.agreement, found.deeds) == (2, 0.5, 0.0, 1)
    assert math.isclose(found.kept_in_top, (1 + 2 / 3) / 2)
    assert math.isclose(found.gain.mean, 1 - 1 / 3)


def test_nothing_scored_yet_is_no_error() -> None:
    found = compare_shadow([], {}, "m1")
    assert (found.searches, found.deeds) == (0, 0)
    assert math.isnan(found.agreement)


def test_lists_of_one_product_have_no_order_to_agree_on() -> None:
    alone = ServedSearch("q1", "shop", 1.0, "tea", None, "reranked", None, ("a",), shadow=Shadowed("m1", (1,), ("a",)))
    found = compare_shadow([alone], {}, "m1")
    assert (found.searches, found.first_differs, found.kept_in_top) == (1, 0.0, 1.0)
    assert math.isnan(found.agreement)
