"""The merchandiser's place in a search, between ranking and diversity. No rule exists yet, so nothing moves."""

from query_service.ranking_stage import Ranked


def apply_rules(ranked: Ranked) -> Ranked:
    """The order after the rules."""
    return ranked
