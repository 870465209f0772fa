"""The kinds of recommendations, by the names that the API gives them."""

from enum import StrEnum


class Kind(StrEnum):
    """What is recommended, and from what."""

    BOUGHT_TOGETHER = "bought-together"
    VIEWED_TOGETHER = "viewed-together"
    FOR_YOU = "for-you"
    TRENDING = "trending"
    RECENTLY_VIEWED = "recently-viewed"

    @property
    def needs_product(self) -> bool:
        return self in (Kind.BOUGHT_TOGETHER, Kind.VIEWED_TOGETHER)

    @property
    def needs_user(self) -> bool:
        return self in (Kind.FOR_YOU, Kind.RECENTLY_VIEWED)
