"""A shopper who pages under one query id leaves one list in the log: all that was shown, each place once."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ranking.behaviour.log.event_log import ServedSearch, Shadowed
from ranking.behaviour.log.sqlite_log import SqliteEventLog

SHOWN = tuple(f"p{n}" for n in range(1, 10))


def page(first: int, last: int, **changes: object) -> ServedSearch:
    """The places from first to last; the feature of a product is its place."""
    rows = np.arange(first, last + 1, dtype=np.float32)[:, None]
    products, names = SHOWN[first - 1 : last], ("place",)
    made = ServedSearch("q1", "tea", float(first), "green", "ann", "hybrid", "m1", products, names, rows, first)
    return replace(made, **changes)  # type: ignore[arg-type]


def logged(folder: Path, *pages: ServedSearch) -> ServedSearch:
    log = SqliteEventLog(folder / "log.sqlite")
    for one in pages:
        log.append_searches([one])
    (found,) = log.searches("tea")
    assert log.totals()[0].searches == 1
    log.close()
    return found


def places(search: ServedSearch) -> list[float]:
    assert search.features is not None
    return [float(place) for place in search.features[:, 0]]


@pytest.mark.parametrize(
    "pages",
    [
        [page(1, 3), page(4, 6), page(7, 9)],
        [page(1, 3), page(1, 3), page(4, 6), page(1, 3), page(4, 6), page(7, 9)],
        [page(4, 6), page(1, 3), page(7, 9)],
        [page(1, 4), page(3, 9)],
        [page(4, 9), page(1, 5)],
        [page(1, 3), page(1, 9), page(4, 6)],
    ],
)
def test_every_page_is_kept_in_its_place_and_repeats_count_once(tmp_path: Path, pages: list[ServedSearch]) -> None:
    found = logged(tmp_path, *pages)
    assert (found.first_position, found.products) == (1, SHOWN)
    assert places(found) == list(range(1, 10))


@pytest.mark.parametrize(
    "other",
    [
        page(5, 6),
        page(4, 6, query="black"),
        page(4, 6, shopper="bob"),
        page(4, 6, policy="keyword"),
        page(4, 6, model="m2"),
    ],
)
def test_a_page_behind_a_gap_or_of_another_search_changes_nothing(tmp_path: Path, other: ServedSearch) -> None:
    assert logged(tmp_path, page(1, 3), other).products == SHOWN[:3]


def test_a_page_below_all_that_a_model_orders_has_no_rows_and_leaves_the_model_named(tmp_path: Path) -> None:
    found = logged(tmp_path, page(1, 3), page(4, 5, model=None, feature_names=(), features=None))
    assert (found.products, found.model) == (SHOWN[:5], "m1")
    assert np.array_equal(places(found), [1, 2, 3, np.nan, np.nan], equal_nan=True)


def test_a_product_that_moved_between_two_pages_teaches_once(tmp_path: Path) -> None:
    found = logged(tmp_path, page(1, 3), page(4, 6, products=("p3", "p5", "p6")))
    assert found.products == ("p1", "p2", "p3", "p3", "p5", "p6")
    assert np.array_equal(places(found), [1, 2, 3, np.nan, 5, 6], equal_nan=True)


def test_the_shadow_scores_the_places_that_it_saw(tmp_path: Path) -> None:
    seen = page(1, 2, shadow=Shadowed("s1", (0.5, 0.7), ("p2", "p1")))
    both = logged(tmp_path, seen, page(3, 4, shadow=Shadowed("s1", (0.1, 0.2), ("p4", "p3"))))
    assert both.shadow == Shadowed("s1", (0.5, 0.7, 0.1, 0.2), ("p2", "p1", "p4", "p3"))
    other = logged(tmp_path / "other", seen, page(3, 3, shadow=None)).shadow
    assert other is not None
    assert np.array_equal(other.scores, [0.5, 0.7, np.nan], equal_nan=True)
