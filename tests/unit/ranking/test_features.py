import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from plugin_config.catalogue import Catalogue
from ranking.features.declared import declared_features, plain_number_fields
from ranking.features.declared.statistics import statistics_features
from ranking.features.feature import FeatureMatrix
from ranking.features.matrix import assemble
from ranking.features.packed import RowSchema, row_key
from ranking.features.query import query_features
from ranking.features.relative import place_between_extremes, share_of_best
from ranking.features.statistics import ProductColumns, percentiles_within, product_statistics, shares, shrunk_ratings


def shop(**more: object) -> Catalogue:
    return Catalogue.model_validate({"name": "shop", "text": {"title": 3, "notes": 1}, **more})


def names(catalogue: Catalogue) -> list[str]:
    return [feature.name for feature in declared_features(catalogue)]


def test_a_catalogue_without_roles_has_no_features_of_price_or_rating() -> None:
    found = names(shop(encoders={"text": None, "picture": None}))
    assert not {"price", "rating", "stock", "cosine_text", "cosine_picture", "bm25_reviews"} & set(found)
    assert {"bm25_title", "all_terms_notes", "phrase_title", "fused_score", "query_words"} <= set(found)


def test_roles_bring_their_features_and_shape_what_may_only_help() -> None:
    catalogue = shop(
        number=["cost", "stars", "left", "watts"], roles={"price": "cost", "rating": "stars", "stock": "left"}
    )
    declared = {feature.name: feature for feature in declared_features(catalogue)}
    assert declared["price"].field == "cost"
    assert declared["price"].monotone == 0
    assert declared["rating"].monotone == declared["in_stock"].monotone == 1
    assert plain_number_fields(catalogue) == ("watts",)
    assert "number_watts" in declared


def test_a_text_field_named_all_does_not_make_two_features_of_one_name() -> None:
    found = names(Catalogue.model_validate({"name": "shop", "text": {"all": 1, "a.b": 1, "a__b": 1}}))
    assert len(found) == len(set(found))


def test_many_text_fields_are_cut_to_the_heaviest() -> None:
    fields = {f"field{n}": n + 1 for n in range(30)}
    found = names(Catalogue.model_validate({"name": "shop", "text": fields}))
    assert "bm25_field29" in found
    assert "bm25_field2" not in found


def test_an_assembled_matrix_has_the_declared_columns_and_nan_where_nothing_is_known() -> None:
    features = declared_features(shop())
    engine = FeatureMatrix(("bm25_title", "unheard_of"), np.array([[1, 9], [3, 9], [np.nan, 9]], dtype=np.float32))
    found = assemble(features, [engine], query=query_features("usb hub"))
    assert found.names == tuple(feature.name for feature in features)
    column = dict(zip(found.names, found.values.T, strict=True))
    assert column["bm25_title"][:2].tolist() == [1, 3]
    assert column["bm25_title_relative"][:2].tolist() == [0, 1]
    assert np.isnan(column["bm25_title_relative"][2])
    assert column["query_words"].tolist() == [2, 2, 2]
    assert np.isnan(column["cosine_text"]).all()


def test_no_words_leave_the_word_features_absent_rather_than_zero() -> None:
    found = query_features("  ", pictures=1)
    assert np.isnan(found["query_words"])
    assert found["query_has_picture"] == 1


@given(hnp.arrays(np.float32, st.integers(0, 30), elements=st.floats(-1e6, 1e6, width=32) | st.just(np.nan)))
def test_relative_values_lie_in_the_unit_interval_and_keep_the_order(column: np.ndarray) -> None:
    found = place_between_extremes(column)
    present = ~np.isnan(column)
    assert np.array_equal(np.isnan(found), ~present)
    assert ((found[present] >= 0) & (found[present] <= 1)).all()
    order = np.argsort(column[present], kind="stable")
    assert (np.diff(found[present][order]) >= 0).all()


def with_kinds(**more: object) -> Catalogue:
    return shop(roles={"category": "kind"}, encoders={"text": None, "picture": None}, **more)


def test_a_red_scarf_is_told_to_be_another_kind_than_dresses_where_a_dress_was_asked_for() -> None:
    features = declared_features(Catalogue.model_validate(
        {"name": "shop", "text": {"title": 3, "kind": 1}, "keyword": ["kind"], "roles": {"category": "kind"}}
    ))  # fmt: skip
    asked_for = FeatureMatrix(("bm25_kind",), np.array([[4], [np.nan], [1]], dtype=np.float32))
    nothing_is = FeatureMatrix(("bm25_kind",), np.full((3, 1), np.nan, dtype=np.float32))

    def column(part: FeatureMatrix) -> list[float]:
        found = assemble(features, [part], query={})
        shares: list[float] = found.values[:, found.names.index("bm25_kind_of_best")].tolist()
        return shares

    assert column(asked_for) == [1, 0, 0.25]
    assert np.isnan(column(nothing_is)).all()


def test_the_kind_is_read_from_the_words_of_its_text_else_from_its_name_and_no_category_brings_none() -> None:
    assert "category_match_of_best" in names(with_kinds(keyword=["kind"]))
    assert not [name for name in names(shop()) if name.endswith("_of_best")]


@given(hnp.arrays(np.float32, st.integers(0, 30), elements=st.floats(0, 1e6, width=32) | st.just(np.nan)))
def test_shares_of_the_best_lie_in_the_unit_interval_and_tell_absent_from_worse(column: np.ndarray) -> None:
    found = share_of_best(column)
    present = ~np.isnan(column)
    if (column[present] > 0).any():
        assert ((found >= 0) & (found <= 1)).all()
        assert found.max() == 1
        assert (found[~present] == 0).all()
    else:
        assert np.isnan(found).all()


matrices = hnp.arrays(np.float32, st.tuples(st.integers(0, 20), st.just(3)), elements=st.floats(width=32))


@given(matrices)
def test_packed_rows_come_back_bit_for_bit(values: np.ndarray) -> None:
    schema = RowSchema(("a", "b", "c"))
    found = schema.decode(schema.encode(values))
    assert found.names == schema.names
    assert np.array_equal(found.values, values, equal_nan=True)


def test_a_row_that_is_missing_or_of_another_schema_reads_as_absent() -> None:
    schema = RowSchema(("a", "b"))
    good = schema.encode(np.array([[1, 2]], dtype=np.float32))[0]
    other = RowSchema(("b", "a")).encode(np.array([[1, 2]], dtype=np.float32))[0]
    found = schema.decode([good, None, other, b"", good[:-1]]).values
    assert found[0].tolist() == [1, 2]
    assert np.isnan(found[1:]).all()


def test_row_keys_differ_by_installation_catalogue_and_product() -> None:
    assert len({row_key("a", "b", "1"), row_key("b", "b", "1"), row_key("a", "c", "1"), row_key("a", "b", "2")}) == 4


def test_percentiles_count_within_the_category_and_ties_half() -> None:
    prices = np.array([10.0, 20, 20, 5, np.nan])
    found = percentiles_within(prices, ["x", "x", "x", "y", "x"])
    assert found[:4] == pytest.approx([1 / 6, 2 / 3, 2 / 3, 0.5])
    assert np.isnan(found[4])


def test_shares_leave_products_without_the_value_out() -> None:
    found = shares(["acme", None, "acme", "other"])
    assert found[[0, 2, 3]] == pytest.approx([0.5, 0.5, 0.25])
    assert np.isnan(found[1])


def test_few_ratings_are_drawn_to_the_mean_and_many_are_not() -> None:
    ratings = np.array([5.0, 5.0, 3.0, np.nan])
    counts = np.array([1.0, 1000, 100, np.nan])
    few, many, _, none = shrunk_ratings(ratings, counts)
    assert few < many
    assert none == pytest.approx((5 + 5000 + 300) / 1101)


def test_statistics_have_the_columns_asked_for_and_nan_for_those_unknown() -> None:
    nothing = np.full(2, np.nan)
    columns = ProductColumns(("1", "2"), np.array([1.0, 2]), nothing, nothing, nothing, ["a", "b"], [None, None])
    found = product_statistics(columns, ["price_percentile", "rating_shrunk", "views"])
    assert found.values[:, 0] == pytest.approx([0.25, 0.75])
    assert np.isnan(found.values[:, 1:]).all()


def test_every_statistic_that_is_declared_can_be_computed() -> None:
    catalogue = shop(
        keyword=["brand", "kind"],
        number=["cost", "stars", "sold"],
        roles={"price": "cost", "rating": "stars", "popularity": "sold", "brand": "brand", "category": "kind"},
    )
    declared = [feature.name for feature in statistics_features(catalogue)]
    values = np.array([1.0, 2.0])
    columns = ProductColumns(("1", "2"), values, values, values, values, ["a", "b"], ["c", "c"])
    assert not np.isnan(product_statistics(columns, declared).values).any()
