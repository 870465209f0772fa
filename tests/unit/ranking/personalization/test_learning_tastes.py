import numpy as np
import pytest
import scipy.sparse as sp

from ranking.behaviour.event import SECONDS_A_DAY
from ranking.personalization.keys import NONE, key_of, places_of, product_keys
from ranking.personalization.learning import shopper_factors
from ranking.personalization.products.cold_start import find_lenders, lend
from ranking.personalization.products.factors import fold_in, learn_factors
from ranking.personalization.products.neighbours import nearest_by_likers
from ranking.personalization.products.reduction import reduced
from ranking.personalization.products.rows import ABSENT, ROW, decode_rows, encode_rows
from ranking.personalization.products.traits import price_bands, traits_of
from ranking.personalization.shoppers.likings import Actions, likings_of
from ranking.personalization.shoppers.weights import MOST_WEIGHT, own_products
from tests.unit.ranking.personalization.made_up import NOW, PRODUCTS, SHOPPERS, actions, profile, tastes, traits


def random_likings(shoppers: int = 30, products: int = 12, seed: int = 0) -> sp.csr_matrix:
    rng = np.random.default_rng(seed)
    return sp.csr_matrix((rng.random((shoppers, products)) < 0.3).astype(np.float64))


def test_keys_are_found_wherever_they_stand_and_strangers_are_not() -> None:
    known = np.sort(product_keys(f"p{n}" for n in range(300)))
    wanted = np.array([[key_of("p7"), NONE], [key_of("stranger"), key_of("p299")]], dtype=np.uint32)
    where, places = places_of(wanted, known)
    assert where.tolist() == [0, 3]
    assert known[places].tolist() == [key_of("p7"), key_of("p299")]
    assert places_of(wanted, known[:0])[0].size == 0


def test_neighbours_are_those_of_the_dense_cosine() -> None:
    liked = random_likings()
    dense = liked.toarray()
    degree = dense.sum(axis=0)
    expected = dense.T @ dense / np.sqrt(np.outer(degree + 5, degree + 5))
    np.fill_diagonal(expected, 0)
    found = nearest_by_likers(liked, kept=4)
    for product in range(dense.shape[1]):
        there = found.places[product] >= 0
        assert found.closeness[product, there] == pytest.approx(
            expected[product, found.places[product, there]], rel=1e-6
        )
        assert sorted(found.closeness[product, there], reverse=True) == pytest.approx(
            np.sort(expected[product][expected[product] > 0])[::-1][:4], rel=1e-6
        )


def test_factors_are_those_of_the_dense_decomposition_and_folding_in_gives_a_shopper_their_own() -> None:
    liked = random_likings()
    dense = liked.toarray()
    scaled = dense / np.sqrt(np.maximum(dense.sum(1), 1))[:, None] / np.sqrt(np.maximum(dense.sum(0), 1))[None, :]
    left, strengths, right = np.linalg.svd(scaled, full_matrices=False)
    factors = learn_factors(liked, factors=5)
    assert factors.products.shape == (12, 5)
    expected = (left[:, :5] * strengths[:5]) @ right[:5]
    found = shopper_factors_of(liked, factors.products, factors.scale) @ factors.products.T
    assert found == pytest.approx(expected, abs=1e-5)
    mine = np.flatnonzero(dense[3])
    folded = fold_in(dense[3, mine].astype(np.float32), factors.products[mine], factors.scale[mine])
    assert folded @ factors.products.T == pytest.approx(expected[3], abs=1e-5)


def shopper_factors_of(liked: sp.csr_matrix, products: np.ndarray, scale: np.ndarray) -> np.ndarray:
    total = np.maximum(np.asarray(liked.sum(axis=1)).ravel(), 1.0)
    return np.asarray((sp.diags(1 / np.sqrt(total)) @ liked @ sp.diags(scale)) @ products)


def test_a_catalogue_smaller_than_the_factors_has_zeros_for_the_rest() -> None:
    factors = learn_factors(random_likings(products=3), factors=8)
    assert factors.products.shape == (3, 8)
    assert not factors.products[:, 3:].any()
    assert not learn_factors(sp.csr_matrix((4, 5))).products.any()


def test_any_order_and_any_repetition_of_events_gives_the_same_tastes() -> None:
    past = actions()
    order = np.random.default_rng(9).permutation(np.repeat(np.arange(past.at.size), 2))
    shuffled = Actions(*(getattr(past, name)[order] for name in Actions.__slots__))
    assert tastes(past).rows.tobytes() == tastes(shuffled).rows.tobytes()
    assert profile(4, past=past).own.taste == pytest.approx(profile(4, past=shuffled).own.taste)


def test_a_day_of_pressing_buttons_counts_as_its_strongest_action() -> None:
    at = NOW - np.array([1.0, 1.1, 1.2, 1.3]) * 3_600
    past = Actions(
        np.zeros(4, np.int64), np.zeros(4, np.int64), at, np.array([1.0, 1.0, 6.0, -1.0]), np.array([1.0, 1, 3, 1])
    )
    likings = likings_of(past)
    assert likings.strength.tolist() == [1.0]
    assert likings.log_quantity == pytest.approx([np.log(4)])
    dismissed = likings_of(Actions(past.shopper[:1], past.product[:1], at[:1], np.array([-1.0]), np.ones(1)))
    assert own_products(dismissed, now=NOW).taste[0] < 0


def test_own_products_are_the_faded_sums_of_the_definition() -> None:
    past = actions()
    own = own_products(likings_of(past), now=NOW)
    day = np.floor(past.at / SECONDS_A_DAY)
    for pair in (0, own.product.size // 2):
        mine = (past.shopper == own.shopper[pair]) & (past.product == own.product[pair])
        ages = NOW / SECONDS_A_DAY - np.unique(day[mine])
        assert own.bought[pair] == ages.size
        assert own.recent[pair] == pytest.approx(np.exp2(-ages / 60).sum())
        assert own.taste[pair] == pytest.approx(min(np.exp2(-ages / 90).sum(), MOST_WEIGHT))
        assert own.age_days[pair] == pytest.approx(ages.min())


def test_rows_survive_packing_and_foreign_ones_are_absent() -> None:
    rows = tastes().rows
    packed = encode_rows(rows)
    found = decode_rows([packed[3], None, packed[5][:-1], b"\0" * ROW.itemsize, packed[0]])
    assert found["key"][[0, 4]].tolist() == rows["key"][[3, 0]].tolist()
    assert found["generation"].tolist() == [7, ABSENT, ABSENT, ABSENT, 7]
    assert found[0].tobytes() == rows[3].tobytes()
    assert decode_rows([]).size == 0


def test_shoppers_of_two_kinds_fall_into_segments_of_their_own_kind() -> None:
    learned = tastes()
    own = learned.own
    count = learned.society.segments.centres.shape[0]
    assert count == SHOPPERS // 40
    liked = own.matrix(own.liked, (SHOPPERS, PRODUCTS))
    factors = shopper_factors(liked, learn_factors(liked))
    segment_of = learned.society.segments.nearest(factors)
    for segment in range(count):
        kinds = np.flatnonzero(segment_of == segment) % 2
        assert kinds.size == 0 or min(kinds.mean(), 1 - kinds.mean()) < 0.05
        acme = learned.rows["segments"][::2, segment].mean() - learned.rows["segments"][1::2, segment].mean()
        assert kinds.size == 0 or (acme > 0) == (kinds.mean() < 0.5)


def test_a_new_product_borrows_from_those_whose_vectors_are_near() -> None:
    vectors = np.array([[1, 0.1], [1, -0.1], [-1, 0], [0.9, 0], [np.nan, np.nan]], dtype=np.float32)
    evidence = np.array([50, 50, 50, 0, 0], dtype=np.float32)
    rates = np.array([0.2, 0.4, 0.9, 0.0, 0.0], dtype=np.float32)
    lenders = find_lenders(vectors, evidence, lenders=2)
    assert lenders.borrowers.tolist() == [3]
    lent = lend(rates, evidence, lenders)
    assert lent == pytest.approx([0.2, 0.4, 0.9, 0.3, 0.0], abs=1e-3)
    assert lend(rates, np.array([50, 50, 50, 3.0, 0]), lenders)[3] == pytest.approx(0.15, abs=1e-3)


def test_an_untried_product_goes_with_what_its_near_ones_go_with() -> None:
    past = actions()
    untried = past.product != 8
    less = Actions(*(getattr(past, name)[untried] for name in Actions.__slots__))
    row = tastes(less).rows[8]
    kin = product_keys(f"p{n}" for n in range(0, PRODUCTS, 2))
    assert np.isin(row["neighbours"][row["neighbours"] != 0], kin).all()
    assert np.abs(row["factors"]).max() > 0


def test_reduced_vectors_keep_who_is_near_whom() -> None:
    vectors = traits().text
    found = reduced(vectors, 8)
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(PRODUCTS), abs=1e-5)
    cosines = found @ found.T
    assert cosines[0, 2::2].mean() > 0.3
    assert cosines[0, 1::2].mean() < -0.3
    vectors[5] = np.nan
    assert np.isnan(reduced(vectors, 8)[5]).all()


def test_prices_fall_into_eighths_and_unknown_ones_into_none() -> None:
    bands = price_bands(np.log(np.arange(1, 81, dtype=np.float32)))
    assert np.bincount(bands).tolist() == [10] * 8
    assert traits_of(["a", "b"], [None, 0.0], {}).values["price_band"].tolist() == [[NONE], [NONE]]
