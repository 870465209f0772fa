import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.behaviour.event import SECONDS_A_DAY
from ranking.personalization.features import PERSONAL_NAMES, personal_columns
from ranking.personalization.feedback import moved_profile, rocchio
from ranking.personalization.keys import value_key
from ranking.personalization.products.traits import FAMILIES
from ranking.personalization.shoppers.building import Society, build_profile
from ranking.personalization.shoppers.likings import Actions
from ranking.personalization.shoppers.packing import pack_profile, unpack_profile
from ranking.personalization.shoppers.profile import Profile, blank_profile
from tests.unit.ranking.personalization.made_up import NOW, PRODUCTS, actions, one, profile, tastes

PACKED = pack_profile(profile(3))
NOBODY = Actions(*(np.empty(0, kind) for kind in (np.int64, np.int64, float, float, float)))


def columns(of: Profile | None, *, now: float = NOW) -> dict[str, np.ndarray]:
    found = personal_columns(of, tastes().rows, PERSONAL_NAMES, now=now)
    return dict(zip(found.names, found.values.T, strict=True))


def test_a_shopper_of_one_brand_is_drawn_to_it_and_to_what_goes_with_it() -> None:
    found = columns(profile(0))
    for name in (
        "affinity_brand",
        "affinity_colour",
        "affinity_words",
        "taste",
        "liked_together",
        "liked_text",
        "segment_liking",
    ):
        assert found[name][::2].mean() > found[name][1::2].mean(), name
    assert (found["affinity_brand"][::2] > 0).all()
    assert (found["affinity_brand"][1::2] < 0).all()


def test_affinity_is_the_smoothed_log_ratio_of_its_definition() -> None:
    past, learned = actions(), tastes()
    society = dataclasses.replace(
        learned.society, segments=dataclasses.replace(learned.society.segments, centres=np.empty((0, 48), np.float32))
    )
    found = build_profile(one(past, 5), learned.rows, society, now=NOW)
    mine = learned.own.shopper == 5
    taste, brand = learned.own.taste[mine], learned.own.product[mine] % 2
    every = np.bincount(learned.own.product % 2, weights=learned.own.taste) + 0.01 * PRODUCTS / 2
    share = every / every.sum()
    for kind, name in enumerate(("Acme", "Bolt")):
        expected = np.log((taste[brand == kind].sum() + 3 * share[kind]) / (taste.sum() + 3) / share[kind])
        place = np.flatnonzero(found.affinity.keys == value_key("brand", name))
        assert found.affinity.lifts[place] == pytest.approx([expected], abs=1e-3)
    assert found.affinity.defaults[list(FAMILIES).index("brand")] == pytest.approx(
        np.log(3 / (taste.sum() + 3)), abs=1e-5
    )


def test_little_evidence_leans_on_the_segment_and_none_on_nobody() -> None:
    learned, past = tastes(), one(actions(), 0)
    alone = dataclasses.replace(
        learned.society, segments=dataclasses.replace(learned.society.segments, centres=np.empty((0, 48), np.float32))
    )
    first = Actions(*(getattr(past, name)[:1] for name in Actions.__slots__))

    def shift(known: Actions, society: Society) -> float:
        made = build_profile(known, learned.rows, society, now=NOW)
        column = personal_columns(made, learned.rows, ("affinity_brand",), now=NOW).values[:, 0]
        return float(column[::2].mean() - column[1::2].mean())

    leaning = {
        name: shift(known, learned.society) / shift(known, alone) for name, known in (("1", first), ("11", past))
    }
    assert leaning["1"] > 1.5 * leaning["11"] > 1.5
    assert shift(NOBODY, learned.society) == pytest.approx(0.0)


def test_own_products_are_told_with_how_often_and_how_long_ago() -> None:
    made = profile(0)
    later = columns(made, now=NOW + 60 * SECONDS_A_DAY)
    now = columns(made)
    own = ~np.isnan(now["own_last_days"])
    assert own.sum() == made.evidence.products
    assert (now["own_bought"][~own] == 0).all()
    assert later["own_recent"][own] == pytest.approx(now["own_recent"][own] / 2)
    assert later["own_last_days"][own] == pytest.approx(now["own_last_days"][own] + 60, abs=0.1)


def test_nothing_is_personal_for_a_stranger_or_with_rows_of_another_generation() -> None:
    assert all(np.isnan(column).all() for column in columns(None).values())
    foreign = dataclasses.replace(profile(0), generation=6)
    assert all(np.isnan(column).all() for column in columns(foreign).values())


def test_what_is_looked_at_now_is_the_intent_and_half_an_hour_later_it_is_not() -> None:
    learned = tastes()
    looking = Actions(
        np.zeros(3, np.int64), np.array([1, 4, 4]), NOW - np.array([7_200.0, 300, 60]), np.ones(3), np.ones(3)
    )
    made = build_profile(looking, learned.rows, learned.society, now=NOW)
    now = columns(made)
    assert np.flatnonzero(now["visit_looked"]).tolist() == [4]
    assert now["visit_together"][::2].mean() > now["visit_together"][1::2].mean()
    assert np.isnan(columns(made, now=NOW + 1_801)["visit_looked"]).all()


def test_a_shopper_of_very_many_products_has_a_profile_of_bounded_size() -> None:
    assert len(pack_profile(profile(0))) < 20_000


def test_a_profile_survives_packing_to_the_bit() -> None:
    made = profile(3)
    again = unpack_profile(pack_profile(made))
    assert again is not None
    assert pack_profile(again) == pack_profile(made)
    assert again.evidence == made.evidence
    assert columns(again)["taste"].tolist() == columns(made)["taste"].tolist()
    nobody = blank_profile(as_of=NOW, generation=7)
    found = unpack_profile(pack_profile(nobody))
    assert found is not None
    assert np.isnan(found.log_price)


@given(st.binary(max_size=400))
def test_bytes_that_are_no_profile_are_none(junk: bytes) -> None:
    assert unpack_profile(junk) is None
    assert unpack_profile(b"VTP1" + junk) is None


@given(st.integers(0, len(PACKED) - 1), st.integers(1, 255), st.integers(0, len(PACKED)))
def test_a_profile_altered_by_a_byte_or_cut_is_none(place: int, change: int, length: int) -> None:
    altered = bytearray(PACKED)
    altered[place] ^= change
    assert unpack_profile(bytes(altered)) is None
    assert length == len(PACKED) or unpack_profile(PACKED[:length]) is None


def test_feedback_moves_a_query_by_rocchio() -> None:
    query, liked, disliked = np.array([2.0, 0, 0]), np.array([[0, 3.0, 0], [0, 0, 1]]), np.array([[0, 0, 5.0]])
    expected = np.array([1.0, 0.375, 0.375 - 0.15])
    found = rocchio(query.astype(np.float32), liked.astype(np.float32), disliked.astype(np.float32))
    assert found == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)
    nothing = np.empty((0, 3), np.float32)
    assert rocchio(None, liked.astype(np.float32), nothing) == pytest.approx([0, 2**-0.5, 2**-0.5])
    assert rocchio(None, nothing, disliked.astype(np.float32)) is None


def test_more_like_this_turns_a_profile_and_not_this_turns_it_away() -> None:
    rows = tastes().rows
    for start in (profile(1), blank_profile(as_of=NOW, generation=7)):
        before = columns(start)
        after = columns(moved_profile(start, rows[[2, 4]], rows[[3]], now=NOW))
        for name in ("taste", "liked_text", "affinity_brand"):
            gain = np.nan_to_num(after[name]) - np.nan_to_num(before[name])
            assert gain[::2].mean() > gain[1::2].mean(), name
        assert after["visit_looked"][[2, 3, 4]].tolist() == [1, -1, 1]
    assert moved_profile(start, rows[:0], rows[:0], now=NOW) is start
