"""How long a product rests before it is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from indexer.enrichment.settling import RetryRule

RULE = RetryRule(attempts=5, base_seconds=20, longest_seconds=3600, unavailable_seconds=300)


@given(attempt=some.integers(1, 1000), chance=some.floats(0, 1, exclude_max=True))
def test_a_rest_lies_between_half_and_whole_of_the_doubled_time_and_below_the_longest(
    attempt: int, chance: float
) -> None:
    whole = min(3600.0, 20 * 2.0 ** min(attempt - 1, 40))
    seconds = RULE.rest(attempt, chance=chance).total_seconds()
    assert whole / 2 - 1e-3 <= seconds <= whole + 1e-3


def test_products_that_failed_together_come_back_apart() -> None:
    assert len({RULE.rest(3, chance=number / 100) for number in range(100)}) == 100


def test_an_encoder_that_is_away_is_asked_again_at_an_even_pace() -> None:
    assert RULE.rest(0, chance=1.0).total_seconds() == pytest.approx(300)
