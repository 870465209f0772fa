"""Filters in a column of judgments."""

import pytest

from query_service.judged_requests import read_filters
from query_service.messages import Range
from ranking.errors import JudgmentsError


def test_filters_of_judgments_are_those_of_the_command_line_with_several_in_one_cell() -> None:
    found = read_filters(" brand = acme ; colour=red|dark blue; price=1.5..20; year=..2020; size=1.5;")
    assert found == {
        "brand": "acme",
        "colour": ["red", "dark blue"],
        "price": Range(gte="1.5", lte="20"),
        "year": Range(gte=None, lte="2020"),
        "size": "1.5",
    }
    assert read_filters("") == {}


@pytest.mark.parametrize("text", ["brand", "brand=", "=acme", "brand=acme|", "price=1..2|7"])
def test_a_filter_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(JudgmentsError, match=r"filter '?(brand|=acme|price)"):
        read_filters(text)
