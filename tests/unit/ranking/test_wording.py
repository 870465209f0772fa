import pytest

from plugin_config.catalogue import Catalogue
from ranking.features.declared import declared_features
from ranking.features.feature import Feature, Scope, Source
from ranking.features.wording import in_words


def phrase(name: str, value: float) -> str:
    return in_words(Feature(name, Scope.PRODUCT, Source.BEHAVIOUR, "words"), value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("clicks_vs_similar", 1.12, "12 % more clicks than similar products"),
        ("clicks_vs_similar", 0.92, "8.0 % fewer clicks than similar products"),
        ("clicks_vs_similar", 1.001, "as many clicks as similar products"),
        ("clicks_vs_similar", 4.2, "4.2 times as many clicks as similar products"),
        ("purchases_vs_similar", 0.5, "50 % fewer of its clicks end in a purchase than with similar products"),
        ("purchases_30d", 1.0, "bought once in 30 days"),
        ("clicks_1d", 1_200.0, "clicked 1,200 times within a day"),
        ("brand_clicks_30d", 0.0, "its brand was never clicked in 30 days"),
        ("trend", 2.1, "wanted these days 2.1 times as much as usual"),
        ("days_since_sale", 0.2, "last bought 5 h ago"),
        ("days_since_sale", 12.3, "last bought 12 days ago"),
        ("query_click_share", 0.345, "34 % of the clicks for these words"),
        ("query_price_distance", 0.2, "22 % dearer than what these words lead to"),
        ("bought_together", 0.3, "bought often together with what you looked at"),
        ("bm25_category_of_best", 1.0, "the kind of thing that was asked for"),
        ("bm25_category_of_best", 0.62, "nearly the kind of thing that was asked for (62 % of the best match)"),
        ("category_match_of_best", 0.0, "another kind of thing than was asked for"),
        ("a number of the shop", 1_234.0, "words (1,234)"),
    ],
)
def test_a_value_reads_as_a_shopper_would_say_it(name: str, value: float, words: str) -> None:
    assert phrase(name, value) == words


def test_every_behaviour_feature_has_a_phrase_of_its_own() -> None:
    roles = {"price": "cost", "brand": "brand", "category": "kind"}
    catalogue = Catalogue.model_validate(
        {"name": "shop", "text": {"title": 1}, "keyword": ["brand", "kind"], "number": ["cost"], "roles": roles}
    )
    statistics = {"price_percentile", "brand_share", "category_share"}
    told = [f for f in declared_features(catalogue) if f.source is Source.BEHAVIOUR and f.name not in statistics]
    assert len(told) > 35
    assert not [feature.name for feature in told if f"({0.5})" in in_words(feature, 0.5)]
