"""Products read by their catalogue: every type, every way to write it, and what is refused with which reason."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from mappings.coercion import RejectedProduct, read_date, read_flag, read_keyword, read_number, read_text
from mappings.documents import document
from mappings.filters import AnyOf, filter_clauses
from mappings.products import Deletion, Product, parse_product
from mappings.template import render_text
from plugin_config.catalogue import Catalogue, parse_catalogue

CATALOGUE = parse_catalogue(
    """
name: shop
text: {title: 3, details.material: 1, "attr_*": 0.5}
keyword: [details.colors, "attr_*"]
number: [price]
date: [released]
flag: [is_new]
images: [photos, main]
reviews: {field: reviews, text: body, rating: stars}
group: family
""",
    origin="test",
)


def product(folder: Path | None = None, catalogue: Catalogue = CATALOGUE, **raw: object) -> Product:
    read = parse_product(catalogue, {"id": "1", **raw}, folder=folder)
    assert isinstance(read, Product)
    return read


def reason(**raw: object) -> tuple[str, str]:
    with pytest.raises(RejectedProduct) as caught:
        parse_product(CATALOGUE, {"id": "1", **raw})
    return caught.value.field, caught.value.reason


def test_nested_fields_lists_and_patterns_are_read() -> None:
    read = product(
        title="Lamp",
        details={"material": "Brass", "colors": ["Red", "Blue"]},
        attr_power="40 W",
        attr_shape=["round", None, " "],
        family=7,
    )
    assert read.text == {"title": ["Lamp"], "details.material": ["Brass"], "attr_*": ["40 W", "round"]}
    assert read.keyword == {"details.colors": ["Red", "Blue"], "attr_*": ["attr_power=40 W", "attr_shape=round"]}
    assert read.group == "7"
    assert read.input_text == "Lamp. Brass. 40 W, round"


def test_ids_are_texts_or_whole_numbers() -> None:
    assert parse_product(CATALOGUE, {"id": 17, "_delete": 1}) == Deletion("17")
    for wrong in (None, "", "  ", True, 1.5, ["1"], "x" * 513):
        with pytest.raises(RejectedProduct):
            parse_product(CATALOGUE, {"id": wrong})


def test_values_of_the_wrong_type_are_refused_by_field() -> None:
    assert reason(price="12,50") == ("price", "must be a number such as 12.5, not '12,50'")
    assert reason(price=True)[0] == reason(price="$12")[0] == reason(price=[1, {}])[0] == "price"
    assert reason(released="31.03.2026")[0] == reason(released="2026-13-01")[0] == "released"
    assert reason(is_new="perhaps")[0] == "is_new"
    assert reason(title={"en": "x"})[0] == "title"
    assert reason(details={"colors": "x" * 9000})[0] == "details.colors"
    assert reason(reviews=[5])[0] == "reviews"
    assert reason(photos=[5])[0] == "photos"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2009-12-10T00:00:00Z", "2009-12-10T00:00:00Z"),
        ("2026-03-31T10:00:00+02:00", "2026-03-31T08:00:00Z"),
        ("2026/03/31", "2026-03-31T00:00:00Z"),
        ("1994", "1994-01-01T00:00:00Z"),
        (1994, "1994-01-01T00:00:00Z"),
        (1_700_000_000, "2023-11-14T22:13:20Z"),
        (1_700_000_000_000, "2023-11-14T22:13:20Z"),
        ("1700000000", "2023-11-14T22:13:20Z"),
        ("1700000000000", "2023-11-14T22:13:20Z"),
        ("20260331", "2026-03-31T00:00:00Z"),
    ],
)
def test_dates_in_their_usual_forms_become_one(written: object, meant: str) -> None:
    assert read_date(written, "released") == meant


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_a_date_that_leaves_the_calendar_in_utc_is_refused(moment: str) -> None:
    with pytest.raises(RejectedProduct, match="released: must be a date"):
        read_date(moment, "released")


def test_numbers_keep_their_digits_as_text_and_as_keywords() -> None:
    written = [1234567.0, 12.345678, 1999999.5, 12.5, 7, 1e300]
    plain = ["1234567", "12.345678", "1999999.5", "12.5", "7", "1e+300"]
    assert [read_text(number, "title") for number in written] == plain
    assert [read_keyword(number, "size") for number in written] == plain
    sized = parse_catalogue("name: s\ntext: {title: 1}\nkeyword: [size]", origin="test")
    for number, kept in zip(written, plain, strict=True):
        assert filter_clauses(sized, {"size": AnyOf((number,))}) == [{"terms": {"keyword.size": [kept]}}]


def test_numbers_and_flags_written_as_text_are_read() -> None:
    assert [read_number(v, "price") for v in ("12.50", " 3 ", "1e3", 4)] == [12.5, 3.0, 1000.0, 4.0]
    assert [read_flag(v, "is_new") for v in ("Yes", 1, True, "off", 0)] == [True, True, True, False, False]
    for wrong in ("1,299.00", "NaN", "inf", float("inf"), ""):
        with pytest.raises(RejectedProduct):
            read_number(wrong, "price")


def test_pictures_come_from_several_fields_and_paths_start_at_the_feed() -> None:
    read = product(
        Path("/feeds/shop"),
        photos=["a.jpg", {"url": "https://x.example/b.jpg"}, "a.jpg"],
        main="data:image/png;base64,AA",
    )
    assert read.pictures == ("/feeds/shop/a.jpg", "https://x.example/b.jpg", "data:image/png;base64,AA")
    for path in ("a.jpg", "/etc/passwd", "file:///etc/passwd"):
        field, why = reason(main=path)
        assert (field, "local file" in why) == ("main", True)


def test_reviews_are_searched_and_their_ratings_averaged() -> None:
    read = product(title="Lamp", reviews=["Bright", {"body": "Broke", "stars": "2"}, {"stars": 5}])
    body = document(CATALOGUE, read).body
    assert (body["reviews"], body["review_count"], body["review_rating"]) == (["Bright", "Broke"], 3, 3.5)


def test_only_text_pictures_and_template_change_the_input_hash() -> None:
    first = product(title="Lamp", price=1, is_new=True)
    assert first.input_hash == product(title="Lamp", price=2, is_new=False, reviews=["x"]).input_hash
    other_template = CATALOGUE.model_copy(update={"template": "{title}!"})
    changed = [
        product(title="Lamps"),
        product(title="Lamp", main="http://x.example/a"),
        product(catalogue=other_template, title="Lamp"),
    ]
    assert len({first.input_hash, *(one.input_hash for one in changed)}) == 4


def test_a_template_leaves_no_gaps_where_fields_are_absent() -> None:
    catalogue = CATALOGUE.model_copy(update={"template": "{title}. {details.material} | {photos}"})
    assert render_text(catalogue, {"title": "Lamp"}) == "Lamp."
    assert (
        render_text(catalogue, {"title": "Lamp\n\t with  shade", "details": {"material": "Brass"}})
        == "Lamp with shade. Brass"
    )
    assert render_text(catalogue, {}) == ""


def test_a_replacement_takes_away_what_the_feed_no_longer_says() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = document(CATALOGUE, product(title="Lamp"))
    partial = orjson.loads(made.replacement(now, rehash=False))
    assert partial["number"] == {"price": None}
    assert partial["reviews"] is None
    assert "enrichment" not in partial
    assert orjson.loads(made.replacement(now, rehash=True))["enrichment"]["status"] == "pending"
    assert "number" not in orjson.loads(made.whole(now))
