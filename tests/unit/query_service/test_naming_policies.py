"""Policies that are compared need names of their own."""

from plugin_config.policy import BUILT_IN
from query_service.evaluating import unique_names


def test_policies_of_one_name_get_numbers_that_no_other_has() -> None:
    hybrid = BUILT_IN["hybrid"]
    second = hybrid.model_copy(update={"name": "hybrid-2"})
    assert [p.name for p in unique_names([hybrid, hybrid, second])] == ["hybrid", "hybrid-2", "hybrid-2-2"]
    assert [p.name for p in unique_names([hybrid] * 3)] == ["hybrid", "hybrid-2", "hybrid-3"]
