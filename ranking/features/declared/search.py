"""What the search itself says: its retrieval, its query, and each candidate among the others."""

from collections.abc import Iterator

from plugin_config.catalogue import Catalogue
from ranking.features.declared.words import feature_safe, ranked_text_fields
from ranking.features.feature import Feature, Scope, Source

RELATIVE_MARK = "_relative"
BEST_MARK = "_of_best"


def retrieval_features(catalogue: Catalogue) -> Iterator[Feature]:
    pair, retrieval = Scope.QUERY_PRODUCT, Source.RETRIEVAL
    yield Feature("score_keyword", pair, retrieval, "keyword score")
    if catalogue.encoders.text is not None:
        yield Feature("score_text_vector", pair, retrieval, "score by meaning")
    if catalogue.encoders.picture is not None and catalogue.images:
        yield Feature("score_picture_vector", pair, retrieval, "score by picture")
        yield Feature("score_words_to_picture", pair, retrieval, "score of the words against the picture")
    yield Feature("fused_score", pair, retrieval, "mixed score of all parts")
    yield Feature("fused_rank_reciprocal", pair, retrieval, "rank before reordering")


def query_features(catalogue: Catalogue) -> Iterator[Feature]:
    query = Scope.QUERY
    yield Feature("query_words", query, Source.QUERY, "number of words asked")
    yield Feature("query_characters", query, Source.QUERY, "length of the words asked")
    yield Feature("query_has_digits", query, Source.QUERY, "the words contain digits")
    if catalogue.images:
        yield Feature("query_has_picture", query, Source.QUERY, "a picture was given")


def relative_features(catalogue: Catalogue) -> Iterator[Feature]:
    """Raw scores differ from query to query; their place between the list's least and best does not."""
    pair, candidates = Scope.QUERY_PRODUCT, Source.CANDIDATES
    title = feature_safe(catalogue.title_field)
    bases = {
        f"bm25_{title}": "match of its title",
        "bm25_all": "match of all its words",
        "score_keyword": "keyword score",
    }
    if catalogue.encoders.text is not None:
        bases["cosine_text"] = "nearness of its meaning"
    if catalogue.roles.price is not None:
        bases["price"] = "price"
    for base, words in bases.items():
        yield Feature(
            f"{base}{RELATIVE_MARK}", pair, candidates, f"{words}, from 0 to 1 between the least and the most here"
        )


def kind_features(catalogue: Catalogue) -> Iterator[Feature]:
    """Whether it is the kind of thing that the words name, beside the best of the list: 0 where others are, absent where
    nothing is. As a score of its own it says as little of the one as of the other.
    """
    category = catalogue.roles.category
    if category is None:
        return
    base = f"bm25_{feature_safe(category)}" if category in ranked_text_fields(catalogue) else "category_match"
    yield Feature(
        f"{base}{BEST_MARK}",
        Scope.QUERY_PRODUCT,
        Source.CANDIDATES,
        "the kind of thing that was asked for",
        field=category,
    )
