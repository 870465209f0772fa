"""What shoppers did: counters, rates that back off, places on the page accounted for, and what each query asks for.

The names ending in `_1d` … `_90d` count the last days; those ending in `_faded` count everything, ever less with its age.
How they are computed: ranking.behaviour.aggregates.
"""

from collections.abc import Iterator

from plugin_config.catalogue import Catalogue
from ranking.features.feature import Feature, Scope, Source

CLICK_DAYS = (1, 7, 30, 90)
PURCHASE_DAYS = (7, 30, 90)
PAIR_FEATURES = (
    "query_shown_faded",
    "query_clicks_faded",
    "query_purchases_faded",
    "query_click_share",
    "query_clicks_vs_expected",
)


def behaviour_features(catalogue: Catalogue) -> Iterator[Feature]:
    """Features of products, of groups of products, and of query and product; all read from packed rows."""
    yield from _counters()
    yield from _rates()
    if catalogue.encoders.text is not None or (catalogue.encoders.picture is not None and catalogue.images):
        yield from _alike()
    yield from _groups(catalogue)
    yield from _query(catalogue)
    yield from _visit()


def _counters() -> Iterator[Feature]:
    product, rows = Scope.PRODUCT, Source.BEHAVIOUR
    yield Feature("shown_30d", product, rows, "times seen in 30 days")
    for days in CLICK_DAYS:
        yield Feature(f"clicks_{days}d", product, rows, f"clicks in {_days(days)}")
    yield Feature("carts_30d", product, rows, "times put into a cart in 30 days")
    for days in PURCHASE_DAYS:
        yield Feature(f"purchases_{days}d", product, rows, f"purchases in {_days(days)}")
    yield Feature("shown_faded", product, rows, "times seen, old ones less")
    yield Feature("clicks_faded", product, rows, "clicks, old ones less")
    yield Feature("carts_faded", product, rows, "times put into a cart, old ones less")
    yield Feature("purchases_faded", product, rows, "purchases, old ones less")
    yield Feature("trend", product, rows, "interest of these days against its usual")
    yield Feature("sales_trend", product, rows, "sales of these days against its usual")
    yield Feature("days_since_sale", product, rows, "days since it was last bought")


def _rates() -> Iterator[Feature]:
    product, rows = Scope.PRODUCT, Source.BEHAVIOUR
    yield Feature("click_rate", product, rows, "clicks by times seen")
    yield Feature("cart_rate", product, rows, "carts by clicks")
    yield Feature("purchase_rate", product, rows, "purchases by clicks")
    yield Feature("clicks_vs_expected", product, rows, "clicks against what its places on the page bring")
    yield Feature("attraction", product, rows, "share who click it once they look at it")
    yield Feature("choice_worth", product, rows, "how often it is chosen over what stands beside it")
    yield Feature("clicks_vs_similar", product, rows, "clicks against similar products")
    yield Feature("purchases_vs_similar", product, rows, "purchases by clicks against similar products")


def _alike() -> Iterator[Feature]:
    """What neighbours by vector lend; it also goes into the rates of products that few have tried."""
    product, rows = Scope.PRODUCT, Source.BEHAVIOUR
    yield Feature("attraction_alike", product, rows, "share who click products like it once they look at them")
    yield Feature("looks_alike", product, rows, "how much is known of products like it")


def _groups(catalogue: Catalogue) -> Iterator[Feature]:
    product, rows, roles = Scope.PRODUCT, Source.BEHAVIOUR, catalogue.roles
    for group, field in (("brand", roles.brand), ("category", roles.category)):
        if field is not None:
            yield Feature(f"{group}_clicks_30d", product, rows, f"clicks on its {group} in 30 days", field=field)
            yield Feature(f"{group}_purchases_30d", product, rows, f"purchases of its {group} in 30 days", field=field)
            yield Feature(
                f"{group}_clicks_vs_expected", product, rows, f"clicks on its {group} against expected", field=field
            )


def _query(catalogue: Catalogue) -> Iterator[Feature]:
    pair, query, rows, roles = Scope.QUERY_PRODUCT, Scope.QUERY, Source.BEHAVIOUR, catalogue.roles
    yield Feature("query_shown_faded", pair, rows, "times seen for these words")
    yield Feature("query_clicks_faded", pair, rows, "clicks for these words")
    yield Feature("query_purchases_faded", pair, rows, "purchases after these words")
    yield Feature("query_click_share", pair, rows, "share of the clicks for these words")
    yield Feature("query_clicks_vs_expected", pair, rows, "clicks for these words against expected")
    if roles.category is not None:
        yield Feature(
            "query_category_share", pair, rows, "how often these words mean its category", field=roles.category
        )
    if roles.brand is not None:
        yield Feature("query_brand_share", pair, rows, "how often these words mean its brand", field=roles.brand)
    if roles.price is not None:
        yield Feature(
            "query_price_distance", pair, rows, "its price against what these words lead to", field=roles.price
        )
    yield Feature("query_evidence", query, rows, "clicks known for these words")
    yield Feature("query_spread", query, rows, "over how many products the clicks for these words spread")


def _visit() -> Iterator[Feature]:
    """These depend on the shopper, so they come with the profile and stay absent where policy or consent leaves it out."""
    both, profile = Scope.SHOPPER_PRODUCT, Source.PROFILE
    yield Feature("viewed_together", both, profile, "looked at together with what you looked at")
    yield Feature("bought_together", both, profile, "bought together with what you looked at")


def _days(days: int) -> str:
    return "a day" if days == 1 else f"{days} days"
