"""A feature's value as a phrase that a shopper understands: "12 % more clicks than similar products"."""

import math
from collections.abc import Callable, Mapping
from typing import Final

from ranking.features.declared import BEST_MARK
from ranking.features.feature import Feature

Phrase = Callable[[float], str]
_TIMES_FROM: Final = 3.0  # "320 % more" is harder to read than "4.2 times as many"
_NOTHING: Final = 0.005  # below half a percent there is no difference worth a word


def in_words(feature: Feature, value: float) -> str:
    """The phrase, with the number in it. `value` must not be NaN."""
    phrase = _kind if feature.name.endswith(BEST_MARK) else _PHRASES.get(feature.name)
    return f"{feature.words} ({readable(value)})" if phrase is None else phrase(value)


def readable(value: float) -> str:
    """A number as a person writes it: whole numbers whole, others with three figures that matter."""
    if value.is_integer() and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def percent(share: float) -> str:
    """A share of one: `12 %`, below one with a decimal."""
    found = 100 * share
    return f"{found:.0f} %" if abs(found) >= 10 or float(found).is_integer() else f"{found:.1f} %"


def times(count: float, done: str) -> str:
    """How often, for counters that may be broken by fading or by one person's weight: `bought twice`, `never bought`."""
    rounded = round(count)
    if rounded == 0:
        return f"never {done}" if count <= 0 else f"hardly ever {done}"
    return f"{done} { ({1: 'once', 2: 'twice'}.get(rounded) or f'{rounded:,} times') }"


def against(ratio: float, *, more: str, fewer: str, same: str, than: str) -> str:
    """A ratio to what it is compared with: `12 % more clicks than similar products`, `4.2 times as many clicks as …`."""
    if abs(ratio - 1) < _NOTHING:
        return f"{same} {than}"
    if ratio > _TIMES_FROM:
        return f"{ratio:.1f} times {same} {than}"
    return f"{percent(abs(ratio - 1))} {more if ratio > 1 else fewer} than {than}"


def _clicks(than: str) -> Phrase:
    return lambda ratio: against(ratio, more="more clicks", fewer="fewer clicks", same="as many clicks as", than=than)


def _bought(ratio: float) -> str:
    if abs(ratio - 1) < _NOTHING:
        return "as many of its clicks end in a purchase as with similar products"
    more = "more" if ratio > 1 else "fewer"
    return f"{percent(abs(ratio - 1))} {more} of its clicks end in a purchase than with similar products"


def _trend(what: str) -> Phrase:
    def phrase(ratio: float) -> str:
        if abs(ratio - 1) < 0.05:
            return f"{what} these days as usual"
        if ratio > 1:
            return f"{what} these days {ratio:.1f} times as much as usual"
        return f"{what} these days only {percent(ratio)} of what is usual"

    return phrase


def _days_ago(days: float) -> str:
    if days < 1:
        return f"last bought {max(1, round(days * 24))} h ago"
    return "last bought yesterday" if days < 1.5 else f"last bought {round(days):,} days ago"


def _kind(share_of_best: float) -> str:
    if share_of_best <= 0:
        return "another kind of thing than was asked for"
    wanted = "the kind of thing that was asked for"
    return wanted if share_of_best >= 1 else f"nearly {wanted} ({percent(share_of_best)} of the best match)"


def _price(distance: float) -> str:
    than = "than what these words lead to"
    if abs(distance) < _NOTHING:
        return "priced like what these words lead to"
    if distance > 0:
        return f"{percent(math.expm1(distance))} dearer {than}"
    return f"{percent(-math.expm1(distance))} cheaper {than}"


def _together(done: str) -> Phrase:
    def phrase(strength: float) -> str:
        if strength <= 0:
            return f"not known to be {done} together with what you looked at"
        return f"{done} {'often ' if strength > 0.1 else ''}together with what you looked at"

    return phrase


def _counted(done: str, after: str, *, what: str = "") -> Phrase:
    return lambda count: f"{what}{times(count, done)} {after}"


def _shared(after: str) -> Phrase:
    return lambda share: f"{percent(share)} {after}"


_BY_WINDOW: Mapping[str, Phrase] = {
    **{
        f"{name}_{days}d": _counted(verb, "within a day" if days == 1 else f"in {days} days")
        for name, verb in (
            ("shown", "seen"),
            ("clicks", "clicked"),
            ("carts", "put into a cart"),
            ("purchases", "bought"),
        )
        for days in (1, 7, 30, 90)
    },
    **{
        f"{group}_{name}_30d": _counted(verb, "in 30 days", what=f"its {group} was ")
        for group in ("brand", "category")
        for name, verb in (("clicks", "clicked"), ("purchases", "bought"))
    },
}
_PHRASES: Mapping[str, Phrase] = {
    **_BY_WINDOW,
    "fused_rank_reciprocal": lambda part: f"rank {round(1 / part):,} before reordering",
    "shown_faded": _counted("seen", "lately"),
    "clicks_faded": _counted("clicked", "lately"),
    "carts_faded": _counted("put into a cart", "lately"),
    "purchases_faded": _counted("bought", "lately"),
    "trend": _trend("wanted"),
    "sales_trend": _trend("bought"),
    "days_since_sale": _days_ago,
    "click_rate": _shared("of those who see it click it"),
    "cart_rate": _shared("of its clicks end in a cart"),
    "purchase_rate": _shared("of its clicks end in a purchase"),
    "attraction": _shared("of those who look at it click it"),
    "attraction_alike": _shared("of those who look at products like it click them"),
    "looks_alike": lambda looks: f"products like it were looked at {round(looks):,} times",
    "choice_worth": lambda worth: f"chosen {math.exp(worth):.1f} times as readily as what stands beside it",
    "clicks_vs_expected": _clicks("its places on the page bring"),
    "clicks_vs_similar": _clicks("similar products"),
    "purchases_vs_similar": _bought,
    "brand_clicks_vs_expected": lambda ratio: f"its brand: {_clicks('expected')(ratio)}",
    "category_clicks_vs_expected": lambda ratio: f"its category: {_clicks('expected')(ratio)}",
    "query_shown_faded": _counted("seen", "for these words"),
    "query_clicks_faded": _counted("clicked", "for these words"),
    "query_purchases_faded": _counted("bought", "after these words"),
    "query_click_share": _shared("of the clicks for these words"),
    "query_clicks_vs_expected": lambda ratio: f"for these words {_clicks('its places bring')(ratio)}",
    "query_category_share": _shared("of the clicks for these words are in its category"),
    "query_brand_share": _shared("of the clicks for these words are on its brand"),
    "query_price_distance": _price,
    "query_evidence": lambda clicks: f"{round(clicks):,} clicks and purchases known for these words",
    "query_spread": lambda products: f"clicks for these words spread over {products:.1f} products",
    "viewed_together": _together("looked at"),
    "bought_together": _together("bought"),
}
