"""How a shopper chooses: found from what they took of what they considered, and packed with their profile."""

from dataclasses import replace

import numpy as np
import pytest

from ranking.behaviour.choices.considered import Considered
from ranking.personalization.features import personal_columns
from ranking.personalization.learning import with_choices
from ranking.personalization.shoppers.choosing import Choosing, choosing_of
from ranking.personalization.shoppers.packing import pack_profile, unpack_profile
from ranking.personalization.shoppers.society_packing import pack_society, unpack_society
from tests.unit.ranking.personalization.made_up import NOW, PRODUCTS, profile, tastes, traits

AMONG = 4


def chosen_by(prefer: list[float], *, lists: int = 30, seed: int = 1) -> Considered:
    """Lists of four products; person n takes an even one (Acme's, red) `prefer[n]` times as readily as an odd one."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(len(prefer)), lists)
    shown = np.array([rng.choice(PRODUCTS, AMONG, replace=False) for _ in person])
    weight = np.where(shown % 2 == 0, np.array(prefer)[person][:, None], 1.0)
    taken = (rng.random(person.size)[:, None] < np.cumsum(weight, 1) / weight.sum(1, keepdims=True)).argmax(1)
    flags = (np.arange(AMONG) == taken[:, None]).astype(float)
    begin = np.arange(0, shown.size, AMONG)
    return Considered(begin, shown.ravel(), flags.ravel(), person, np.full(person.size, NOW - 86_400.0))


def test_each_shopper_is_told_by_their_own_choices():
    people = [8.0, 1 / 8] * 20
    lists = chosen_by(people)
    known = with_choices(tastes(), traits(), lists, now=NOW)
    found = choosing_of(lists, known.rows, known.society.spread, people=len(people))
    odds = [one.of(known.rows) for one in found]
    assert all(o[0::2].mean() > o[1::2].mean() for o in odds[0::2])
    assert all(o[0::2].mean() < o[1::2].mean() for o in odds[1::2])
    assert odds[0].mean() == pytest.approx(0, abs=1e-5)


def test_a_shopper_alone_is_told_the_same_as_among_others():
    lists = chosen_by([8.0, 1 / 8, 1.0])
    known = with_choices(tastes(), traits(), lists, now=NOW)
    all_of_them = choosing_of(lists, known.rows, known.society.spread, people=3)
    alone = choosing_of(lists.part(lists.person == 0), known.rows, known.society.spread)[0]
    assert alone.keys.tolist() == all_of_them[0].keys.tolist()
    assert alone.effects == pytest.approx(all_of_them[0].effects, abs=0.02)


def test_who_chose_nothing_has_no_opinion_and_strange_products_no_effect():
    rows = tastes().rows
    assert np.isnan(Choosing().of(rows)).all()
    stranger = Choosing(np.array([5], dtype=np.uint32), np.array([1.0], dtype=np.float32))
    assert stranger.of(rows).tolist() == [0.0] * rows.size


def test_who_takes_what_is_cheap_likes_it_cheap():
    lists = chosen_by([1.0], lists=60)
    cheapest = np.zeros(len(lists))
    for begin in lists.begin.tolist():
        cheapest[begin + lists.product[begin : begin + AMONG].argmin()] = 1.0  # prices rise with the numbers
    thrifty = Considered(lists.begin, lists.product, cheapest, lists.person, lists.at)
    rows = tastes().rows
    found = choosing_of(thrifty, rows, np.full(4, 0.5))[0]
    assert found.price < 0
    assert found.of(rows)[0] > found.of(rows)[38]


def test_choosing_travels_with_profile_and_society_and_becomes_columns():
    lists = chosen_by([8.0, 1 / 8] * 20)
    known = with_choices(tastes(), traits(), lists, now=NOW)
    mine = choosing_of(lists, known.rows, known.society.spread, people=40)[0]
    made = replace(profile(known=known), choosing=mine)
    again = unpack_profile(pack_profile(made))
    assert again is not None
    assert again.choosing.keys.tolist() == mine.keys.tolist()
    assert again.choosing.effects.tolist() == mine.effects.tolist()
    assert again.choosing.price == pytest.approx(mine.price)
    columns = personal_columns(again, known.rows, ("choice", "choice_below_best", "choice_odds"), now=NOW).values
    assert columns[:, 0] == pytest.approx(mine.of(known.rows))
    assert columns[:, 1].max() == 0
    assert columns[:, 2] == pytest.approx(columns[:, 0] + known.rows["worth"])
    society = unpack_society(pack_society(known.society, learned_at=NOW))
    assert society is not None
    assert society[0].spread.tolist() == known.society.spread.tolist()
