"""How these shoppers behave: every number of the simulation in one frozen value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Habits:
    """Shares lie between 0 and 1. The defaults are a shop that people know: most come back, few are machines."""

    visits_a_day: float = 0.35  # of one shopper who comes back, on average
    stranger_share: float = 0.3  # of visits: a new anonymous id each time, with tastes of their own
    unwilling_share: float = 0.1  # of the strangers: without consent, so no id and no events
    bot_share: float = 0.02  # of visits: a crawler that says so in its User-Agent
    rusher_share: float = 0.01  # of visits: clicks everything faster than a person can
    bounce_share: float = 0.12  # of searches: left after a glance at the first row
    next_need_share: float = 0.4  # of visits that go on: a further need, often one that goes with the first
    rephrase_share: float = 0.5  # of searches without a click: the same need in other words
    misspelled_share: float = 0.08  # of queries
    vague_share: float = 0.35  # of needs: a kind of thing and nothing else
    season: float = 0.6  # how far the demand for a category rises and falls, as a share of its mean
    season_days: float = 40.0
    page: int = 12  # hits on a page, all of them seen unless the shopper bounces
    row: int = 4
    accidental_click: float = 0.02  # chance that a product without any use is clicked when looked at
    click_per_utility: float = 0.75
    cart_per_utility: float = 0.6  # after a click, times the true utility
    purchase_per_cart: float = 0.55

    searches_a_visit: int = 6  # at most
