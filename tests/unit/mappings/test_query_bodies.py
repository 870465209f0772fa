"""Query bodies against stored JSON: `STORE_BODIES=1` writes them anew after a meant change."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from mappings import fields
from mappings.facets import facet_aggregations, facet_fields, parse_facets, round_step
from mappings.feature_query import QueryVector, feature_query
from mappings.fields import Modality, VectorField
from mappings.filters import AnyOf, Between, UnknownFieldError, filter_clauses, sort_keys
from mappings.hybrid import Nearest, SearchPlan, closeness_of, engine_score, keyword_part, search_body, vector_part
from mappings.keyword import fill_template, keyword_query, product_codes
from mappings.pipelines import fusion_pipeline, scaled
from mappings.spelling import Evidence, edits, evidence_body, neighbours, parse_evidence
from mappings.suggest import suggest_body
from mappings.words import is_one_word, word_count, word_runs
from plugin_config.catalogue import parse_catalogue
from plugin_config.policy import Normalizer, SubQueryKind
from ranking.features.declared import declared_features
from ranking.features.feature import Source

BODIES = Path(__file__).parent / "bodies"
CATALOGUE = parse_catalogue(
    """
name: shop
text: {title: 3, title_zh: {weight: 3, language: chinese}, description: 1, "attr_*": 1}
keyword: [brand, category, "attr_*"]
number: [price, rating, sold]
flag: [organic]
date: [released]
images: [picture]
reviews: reviews
group: model
roles: {title: title, brand: brand, category: category, price: price, rating: rating, popularity: sold}
""",
    origin="test",
)
TEXT = VectorField(Modality.TEXT, "aaaaaaaaaaaa", 3)
PICTURE = VectorField(Modality.PICTURE, "bbbbbbbbbbbb", 2)


def assert_stored(name: str, body: dict[str, Any]) -> None:
    path = BODIES / f"{name}.json"
    if os.environ.get("STORE_BODIES"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert body == json.loads(path.read_text(encoding="utf-8"))


def test_keyword_query_of_plain_words() -> None:
    assert_stored("keyword", keyword_query(CATALOGUE, "red wool cardigan"))


@pytest.mark.parametrize(
    ("words", "phrases"), [("cardigan", 0), (" cardigan ", 0), ("wool cardigan", 1), ("羊毛衫", 1)]
)
def test_a_single_word_is_no_phrase(words: str, phrases: int) -> None:
    clauses = keyword_query(CATALOGUE, words)["bool"]["should"]
    assert sum("match_phrase" in clause for clause in clauses) == phrases
    assert is_one_word(words) == (phrases == 0)
    assert not is_one_word("HX-2000")


def test_keyword_query_that_tolerates_mistakes_and_matches_codes() -> None:
    assert_stored("keyword_tolerant", keyword_query(CATALOGUE, "head set HX-2000", tolerant=True))


def test_hybrid_query_with_filters_facets_and_groups() -> None:
    filters = filter_clauses(
        CATALOGUE, {"brand": AnyOf(("Acme",)), "price": Between(10, 50), "organic": AnyOf((True,))}
    )
    parts = (
        keyword_part({"match_all": {}}, filters, 0.6),
        vector_part(SubQueryKind.TEXT_VECTOR, Nearest(TEXT, [1, 0, 0], 200, least_score=1.4), filters, 0.2),
        vector_part(SubQueryKind.PICTURE_VECTOR, Nearest(PICTURE, [0, 1], 200, views=True), filters, 0.2),
    )
    plan = SearchPlan(
        parts=parts,
        normalizer=Normalizer.model_validate("rrf(k=30)"),
        depth=200,
        size=24,
        from_=48,
        group_field="group",
        aggregations=facet_aggregations(facet_fields(CATALOGUE, ["category", "price", "organic"]), {"price": 25}),
    )
    assert_stored("hybrid", search_body(plan))


def test_a_single_part_is_a_plain_query_without_a_pipeline() -> None:
    plan = SearchPlan((keyword_part({"match_all": {}}, [], 1.0),), Normalizer.model_validate("min_max"), 200, 10)
    body = search_body(plan)
    assert "search_pipeline" not in body
    assert "hybrid" not in body["query"]


def test_feature_query_has_one_named_clause_per_engine_feature() -> None:
    vectors = {"cosine_text": QueryVector(TEXT, [1, 0, 0])}
    wanted = feature_query(CATALOGUE, (f for f in declared_features(CATALOGUE) if f.source is Source.ENGINE))
    body = {"post_filter": wanted.post_filter("red wool", vectors), "docvalue_fields": list(wanted.paths)}
    named = [clause["bool"]["_name"] for clause in body["post_filter"]["bool"]["should"]]
    asked = dict(zip(wanted.codes, wanted.names, strict=False))
    assert [asked[code] for code in named] == [*wanted.words, "cosine_text"]
    assert_stored("features", body)


def test_without_words_no_clause_asks_for_words() -> None:
    wanted = feature_query(CATALOGUE, (f for f in declared_features(CATALOGUE) if f.source is Source.ENGINE))
    assert wanted.post_filter(None, {})["bool"]["should"] == []


def test_evidence_and_suggestions() -> None:
    assert_stored("evidence", evidence_body(CATALOGUE, "wireles HX-2000", spelling=True))
    assert_stored("evidence_joined", evidence_body(CATALOGUE, "red head set", spelling=True))
    assert_stored("suggest", suggest_body(CATALOGUE, "wirel", 8))


@pytest.mark.parametrize("weights", [[1, 1, 1], [0.8, 0.2], [0.64, 0.16, 1.0], [1e-9, 1.0], [0.1] * 5])
def test_weights_are_scaled_to_sum_exactly_to_one(weights: list[float]) -> None:
    shares = scaled(weights)
    assert sum(shares) == pytest.approx(1, abs=1e-9)
    assert all(0 <= share <= 1 for share in shares)


def test_rank_fusion_uses_its_own_processor() -> None:
    pipeline = fusion_pipeline(Normalizer.model_validate("rrf(k=10)"), [1, 3])
    assert pipeline["phase_results_processors"][0]["score-ranker-processor"]["combination"] == {
        "technique": "rrf",
        "rank_constant": 10,
        "parameters": {"weights": [0.25, 0.75]},
    }


def test_no_word_of_a_shopper_changes_the_shape_of_a_template() -> None:
    template = {"bool": {"must": [{"match": {"title": "{{query}}"}}, {"term": {"a": 1}}]}}
    filled = fill_template(template, '"}}, {"match_all": {}')
    assert filled["bool"]["must"][0] == {"match": {"title": '"}}, {"match_all": {}'}}
    assert len(filled["bool"]["must"]) == 2


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("xerox 006R90321 toner", ("006R90321",)),
        ("dv7-1211ea", ("dv7-1211ea",)),
        ("0884420588030", ("0884420588030",)),
        ("ps4 pro", ()),
        ("windows 10", ()),
        ("rtx 2060", ()),
    ],
)
def test_codes_are_told_from_words_and_short_numbers(words: str, codes: tuple[str, ...]) -> None:
    assert product_codes(words) == codes


def test_an_unknown_field_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownFieldError, match=r"brand, category, id, model, organic, price"):
        filter_clauses(CATALOGUE, {"colour": AnyOf(("red",))})
    with pytest.raises(UnknownFieldError, match="sort"):
        sort_keys(CATALOGUE, "-colour")


def test_a_patterned_field_is_filtered_by_name_and_value() -> None:
    assert filter_clauses(CATALOGUE, {"attr_colour": AnyOf(("red",))}) == [
        {"terms": {"keyword.attr__any": ["attr_colour=red"]}}
    ]


@pytest.mark.parametrize(("span", "step"), [(800, 100), (0, 1), (35, 5), (0.8, 0.1), (150, 20), (199, 25)])
def test_steps_of_number_facets_are_round(span: float, step: float) -> None:
    assert round_step(span) == pytest.approx(step)


def test_fields_with_brackets_in_their_names_are_counted_under_names_that_opensearch_takes() -> None:
    facets = facet_fields(CATALOGUE, ["attr_Size [cm] > 5%", "price"])
    asked = facet_aggregations(facets, {"price": 5.0})
    assert not any(set(name) & set("[]>") for name in asked)
    limits = [body["terms"]["include"] for body in asked.values() if "terms" in body]
    assert limits == ["attr_Size\\ \\[cm\\]\\ \\>\\ 5\\%=.*"]
    answer = {name: {"buckets": []} for name in asked}
    assert list(parse_facets(answer, facets, {}, {})) == ["attr_Size [cm] > 5%", "price"]


def test_facets_are_read_with_the_chosen_value_marked() -> None:
    answer = {"facet:brand": {"buckets": [{"key": "Acme", "doc_count": 3}, {"key": "Umbra", "doc_count": 1}]}}
    found = parse_facets(answer, facet_fields(CATALOGUE, ["brand"]), {"brand": AnyOf(("acme",))}, {})
    assert [(v.value, v.count, v.selected) for v in found["brand"].values] == [("Acme", 3, True), ("Umbra", 1, False)]


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("hedphones", "headphones", 1), ("wrieless", "wireless", 1), ("", "ab", 2), ("same", "same", 0)],
)
def test_edits_count_a_swap_of_neighbours_as_one(one: str, other: str, distance: int) -> None:
    assert edits(one, other) == distance


def test_words_are_corrected_only_within_the_guard_rails() -> None:
    def entry(text: str, *options: tuple[str, int]) -> dict[str, Any]:
        return {"text": text, "options": [{"text": word, "freq": freq} for word, freq in options]}

    answer = {
        "hits": {"total": {"value": 0}},
        "aggregations": {"kinds": {"buckets": {k: {"doc_count": 0} for k in ("all", "title_all", "title_phrase")}}},
        "suggest": {
            "words": [
                entry("hedphones", ("headphones", 9), ("telephones", 20)),
                entry("hx2000", ("hx3000", 3)),
                entry("cat", ("car", 50)),
                entry("wool", ("tooth", 5)),
            ]
        },
    }
    evidence = parse_evidence(answer)
    assert evidence.suggestions == (("hedphones", "headphones"),)
    assert evidence.corrected("Hedphones HX2000") == "headphones HX2000"
    assert Evidence().corrected("anything") is None


def counted(**counts: int) -> dict[str, Any]:
    kinds = {"all": 0, "title_all": 0, "title_phrase": 0} | counts
    buckets = {kind: {"doc_count": count} for kind, count in kinds.items()}
    return {"hits": {"total": {"value": 9}}, "aggregations": {"kinds": {"buckets": buckets}}}


@pytest.mark.parametrize(
    ("words", "pairs"),
    [
        ("Head Set", ("head set",)),
        ("wireless head set", ("wireless head", "head set")),
        ("playstation 4 pro", ()),
        ("a b", ()),
        ("one two three four five six seven", ()),
    ],
)
def test_neighbours_of_letters_may_be_one_word(words: str, pairs: tuple[str, ...]) -> None:
    assert neighbours(words) == pairs


@pytest.mark.parametrize(("joined", "apart"), [(79, 0), (1666, 7), (43, 28), (0, 0)])
def test_neighbours_are_one_word_where_the_shop_writes_them_so(joined: int, apart: int) -> None:
    evidence = parse_evidence(counted(joined_0=joined, apart_0=apart, any=15), "Head  set")
    assert evidence.rejoined("red Head  set") == ("red headset" if joined > 100 * apart else None)
    assert evidence.any_word == 15


@pytest.mark.parametrize(
    ("in_category", "anywhere", "names"),
    [(40, 40, True), (20, 40, True), (19, 40, False), (0, 0, False), (0, 3, False)],
)
def test_a_word_names_a_kind_of_product_when_half_of_its_products_are_of_it(
    in_category: int, anywhere: int, names: bool
) -> None:
    answer = counted(category_0=0, anywhere_0=12, category_1=in_category, anywhere_1=anywhere)
    assert parse_evidence(answer, "Red DRESS").kinds == (("dress",) if names else ())


def test_words_are_counted_in_the_category_once_each_and_only_so_many() -> None:
    shop = parse_catalogue("name: s\ntext: {title: 1, sort: 1}\nroles: {title: title, category: sort}", origin="test")
    asked = evidence_body(shop, "Red red 42 dress " + " ".join(f"w{n}" for n in range(20)), spelling=False)
    named = [name for name in asked["aggs"]["kinds"]["filters"]["filters"] if name.startswith("category_")]
    assert named == [f"category_{n}" for n in range(8)]
    clauses = keyword_query(shop, "red dress", kinds=("dress",))["bool"]["should"]
    assert {"match": {fields.text_field("sort"): {"query": "dress", "boost": 2.0}}} in clauses
    assert not any(
        fields.text_field("sort") in c.get("match", {}) for c in keyword_query(shop, "red dress")["bool"]["should"]
    )


def test_another_reading_has_to_find_more() -> None:
    assert Evidence(all_words=3).finds_more_than(Evidence(all_words=2, any_word=90))
    assert not Evidence(all_words=2).finds_more_than(Evidence(all_words=2))
    assert Evidence(any_word=4).finds_more_than(Evidence(any_word=3))
    assert not Evidence(any_word=4).finds_more_than(Evidence(all_words=1, any_word=3))


def test_runs_of_words_and_counts_of_terms() -> None:
    assert word_runs("New Balance Shoes", 2) == ["new", "balance", "shoes", "new balance", "balance shoes"]
    assert word_count("red wool 羊毛衫") == 4


@pytest.mark.parametrize(("closeness", "score"), [(0.5, 1.5), (0.0, 1.0), (-1.0, 0.5)])
def test_scores_of_inner_products_follow_the_engine(closeness: float, score: float) -> None:
    assert engine_score("innerproduct", closeness) == pytest.approx(score)
    assert closeness_of("innerproduct", score) == pytest.approx(closeness)
    assert closeness_of("cosinesimil", (1 + closeness) / 2) == pytest.approx(closeness)
    assert engine_score("cosinesimil", closeness) == pytest.approx((1 + closeness) / 2)
