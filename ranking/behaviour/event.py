"""An event: one thing a shopper did, tied by ids to the search and the product it belongs to."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SECONDS_A_DAY: Final = 86_400.0

# Before the policy of what a row of recommendations showed: such a place is no place of a search.
RECOMMENDED: Final = "recommendations/"


class Action(StrEnum):
    """Reserved actions. A shop may send others; they are kept and counted under their own name."""

    IMPRESSION = "impression"
    VIEW = "view"
    CLICK = "click"
    ADD_TO_CART = "add_to_cart"
    PURCHASE = "purchase"
    DISMISS = "dismiss"


# How much an action says about wanting the product; a dismissal speaks against it. Impressions are exposure, not interest.
INTEREST: dict[str, float] = {
    Action.IMPRESSION: 0.0,
    Action.VIEW: 0.5,
    Action.CLICK: 1.0,
    Action.ADD_TO_CART: 3.0,
    Action.PURCHASE: 6.0,
    Action.DISMISS: -1.0,
}


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it counts. `at`: seconds since 1970 UTC, when it happened by the shopper's clock after correction.

    `position` starts at 1. `teaches` is true only with a valid result token, which also names the policy and, in an
    experiment, the variant that showed the product. `suspect` names why an event is kept but not counted ("bot",
    "outlier"); empty for ordinary ones.
    """

    event_id: str
    action: str
    at: float
    product: str | None = None
    query_id: str | None = None
    query: str | None = None
    shopper: str | None = None
    session: str | None = None
    position: int | None = None
    quantity: float = 1.0
    teaches: bool = True
    suspect: str = ""
    policy: str | None = None
    variant: str | None = None

    @property
    def counts(self) -> bool:
        return not self.suspect

    @property
    def is_recommended(self) -> bool:
        """Whether a row of recommendations, and no search, showed the product."""
        return self.policy is not None and self.policy.startswith(RECOMMENDED)

    @property
    def interest(self) -> float:
        return INTEREST.get(self.action, 0.0)
