"""What a share of votes is worth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_service.pictures.believing import AS_VOTED, FEWEST_QUESTIONS, Belief, Known, fit_belief, learn_belief

KINDS = ["mug", "lamp", "rug", "vase", "clock", "shelf"]


def shop(each: int, *, seed: int = 3) -> Known:
    """So many products of each kind; those of one kind look alike and nothing like others."""
    randomness = np.random.default_rng(seed)
    kinds = [kind for kind in KINDS for _ in range(each)]
    vectors = np.eye(16, dtype=np.float32)[[KINDS.index(kind) for kind in kinds]]
    vectors += randomness.normal(0, 0.05, vectors.shape).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Known(vectors, [str(number) for number in range(len(kinds))], [[kind] for kind in kinds])


def learnt(known: Known) -> Belief:
    return learn_belief(known, KINDS, np.zeros((len(known.values), len(KINDS)), dtype=np.float32))


def test_votes_are_believed_as_they_are_where_nothing_was_learnt() -> None:
    assert [AS_VOTED.of(share) for share in (0.0, 0.25, 1.0)] == [0.0, 0.25, 1.0]
    assert learnt(shop(FEWEST_QUESTIONS // len(KINDS) - 1)) == AS_VOTED


def test_votes_are_believed_more_than_they_say_where_most_are_always_right() -> None:
    belief = learnt(shop(12))
    assert belief.of(0.8) > 0.9
    assert belief.of(0.1) < 0.1


def test_votes_are_doubted_where_neighbours_know_nothing() -> None:
    known = shop(40)
    mixed = np.random.default_rng(8).permutation(len(known.values))
    belief = learnt(Known(known.vectors, known.groups, [known.values[place] for place in mixed]))
    assert belief.of(0.6) < 0.55


def test_variants_do_not_answer_for_each_other() -> None:
    known = shop(12)
    pairs = [str(number // 2) for number in range(len(known.groups))]
    alone = Known(known.vectors, ["one"] * len(pairs), known.values)
    assert learnt(Known(known.vectors, pairs, known.values)).of(0.6) > 0.7
    assert learnt(alone).of(0.6) == pytest.approx(0.6, abs=0.01)


def test_the_way_from_shares_to_probabilities_is_found_again() -> None:
    randomness = np.random.default_rng(5)
    truth = Belief(0.8, 1.6)
    shares = randomness.uniform(0.02, 0.98, 20_000)
    right = randomness.random(20_000) < np.array([truth.of(share) for share in shares])
    found = fit_belief(shares, right)
    assert found.shift == pytest.approx(truth.shift, abs=0.1)
    assert found.slope == pytest.approx(truth.slope, abs=0.1)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60), st.floats(0, 1), st.floats(0, 1))
def test_whatever_was_learnt_more_votes_are_never_less_probable(
    answers: list[tuple[float, bool]], one: float, other: float
) -> None:
    belief = fit_belief(np.array([share for share, _ in answers]), np.array([right for _, right in answers]))
    low, high = sorted((one, other))
    assert 0 <= belief.of(low) <= belief.of(high) <= 1
