"""Searches that come as a form."""

import pytest
from fastapi.exceptions import RequestValidationError

from query_service.routes.search import _checked


def test_a_picture_that_is_too_long_for_a_request_is_the_shoppers_mistake_and_is_not_repeated() -> None:
    with pytest.raises(RequestValidationError) as raised:
        _checked({"images": [{"uri": "x" * 30_000_001}]})
    (mistake,) = raised.value.errors()
    assert mistake["loc"] == ("images", 0, "uri")
    assert "input" not in mistake
