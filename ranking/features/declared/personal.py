"""The declared features of the shopper who asks: read from a profile, absent without one."""

from collections.abc import Iterator

from plugin_config.catalogue import Catalogue
from ranking.features.feature import Feature, Scope, Source

MAXIMUM_ATTRIBUTE_FIELDS = 8


def personal_features(catalogue: Catalogue) -> Iterator[Feature]:
    """The personal features of this catalogue; roles and encoders it lacks bring none."""
    yield from _own()
    yield from _like_others()
    yield from _affinities(catalogue)
    if catalogue.encoders.text is not None:
        yield _pair("liked_text", "means something close to what you liked")
        yield _pair("visit_text", "means something close to what you looked at just now")
    if catalogue.encoders.picture is not None and catalogue.images:
        yield _pair("liked_picture", "looks like what you liked")
    yield Feature("shopper_evidence", Scope.SHOPPER, Source.PROFILE, "how much is known of you")
    yield Feature("shopper_buys_again", Scope.SHOPPER, Source.PROFILE, "how often you buy the same again")


def colour_fields(catalogue: Catalogue) -> tuple[str, ...]:
    """The keyword fields that name colours, by their own names."""
    return tuple(name for name in catalogue.keyword if "colour" in name.lower() or "color" in name.lower())


def attribute_fields(catalogue: Catalogue) -> tuple[str, ...]:
    """The keyword fields that are neither brand, category nor colour, at most eight."""
    taken = {catalogue.roles.brand, catalogue.roles.category, *colour_fields(catalogue)}
    return tuple(name for name in catalogue.keyword if name not in taken)[:MAXIMUM_ATTRIBUTE_FIELDS]


def _pair(name: str, words: str) -> Feature:
    return Feature(name, Scope.SHOPPER_PRODUCT, Source.PROFILE, words)


def _own() -> Iterator[Feature]:
    yield _pair("own_bought", "how often you bought it")
    yield _pair("own_recent", "how lately you bought it")
    yield _pair("own_taste", "what you did with it")
    yield _pair("own_last_days", "days since you last had to do with it")
    yield _pair("visit_looked", "you looked at it just now")


def _like_others() -> Iterator[Feature]:
    yield _pair("liked_together", "goes with what you bought")
    yield _pair("liked_together_share", "goes with what you bought, among these")
    yield _pair("taste", "your taste")
    yield _pair("taste_below_best", "your taste, among these")
    yield _pair("segment_liking", "shoppers like you choose it")
    yield _pair("choice", "what you choose when you have the choice")
    yield _pair("choice_below_best", "what you choose when you have the choice, among these")
    yield _pair("choice_odds", "how likely you are to choose it")
    yield _pair("visit_together", "goes with what you looked at just now")


def _affinities(catalogue: Catalogue) -> Iterator[Feature]:
    roles = catalogue.roles
    if roles.brand is not None:
        yield _pair("affinity_brand", "your favourite brand")
    if roles.category is not None:
        yield _pair("affinity_category", "your favourite category")
    if roles.price is not None:
        yield _pair("affinity_price_band", "your usual price range")
        yield _pair("price_distance", "how far from the prices you usually pay")
    if colour_fields(catalogue):
        yield _pair("affinity_colour", "your favourite colour")
    if attribute_fields(catalogue):
        yield _pair("affinity_attributes", "properties you like")
    yield _pair("affinity_words", "words of things you like")
    yield _pair("quantity_distance", "how far from the quantities you usually buy")
