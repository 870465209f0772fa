"""The sample shop: the same for the same seed, whole, and a shop one can look at."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from plugin_config.catalogue import parse_catalogue
from vitrine.sample_shop.feed import ShopFiles, catalogue_text, feed_line, write_feed
from vitrine.sample_shop.judgments import judge
from vitrine.sample_shop.objects.gallery import EXHIBITS, take_picture
from vitrine.sample_shop.pictures import look_of, missing_pictures
from vitrine.sample_shop.products import Product, make_products


@pytest.fixture(scope="module")
def products() -> tuple[Product, ...]:
    return make_products()


def test_the_same_seed_makes_the_same_shop(products: tuple[Product, ...]) -> None:
    assert [feed_line(p) for p in make_products()] == [feed_line(p) for p in products]
    assert feed_line(make_products(8)[0]) != feed_line(products[0])


def test_the_shop_is_large_and_varied(products: tuple[Product, ...]) -> None:
    assert 450 <= len(products) <= 550
    assert len({p.id for p in products}) == len(products)
    assert len(Counter(p.design.kind.name for p in products)) >= 24
    assert any(not p.views for p in products)
    assert any(len(p.views) >= 3 for p in products)
    assert any(p.stock == 0 for p in products)
    assert any(p.on_sale for p in products)


def test_wool_sweaters_are_named_in_chinese(products: tuple[Product, ...]) -> None:
    wool = [p for p in products if "wool" in p.design.material and p.design.model.noun.endswith("Sweater")]
    assert wool
    assert all("羊毛衫" in p.wording.title_zh for p in wool)


def test_no_title_says_its_pattern_twice(products: tuple[Product, ...]) -> None:
    for product in products:
        words = product.wording.title.split()
        assert len([w for w in words if w.startswith("Striped")]) <= 1, product.wording.title


def test_reviews_hardly_repeat_each_other(products: tuple[Product, ...]) -> None:
    texts = [review.text for product in products for review in product.reviews]
    assert len(texts) > 500
    assert len(set(texts)) > 0.95 * len(texts)
    assert all("{" not in text for text in texts)


def test_every_field_of_the_catalogue_is_in_the_feed(products: tuple[Product, ...]) -> None:
    catalogue = parse_catalogue(catalogue_text(), origin="shop.yaml")
    seen: set[str] = set()
    for product in products:
        line = feed_line(product)
        seen |= line.keys() | {f"attributes.{key}" for key in line["attributes"]}
    declared = {*catalogue.text, *catalogue.keyword, *catalogue.number, *catalogue.date, *catalogue.flag}
    assert declared <= seen


def test_the_written_feed_names_only_pictures_that_will_be_drawn(products: tuple[Product, ...], tmp_path: Path) -> None:
    shop = ShopFiles(tmp_path)
    write_feed(products, shop)
    lines = [json.loads(line) for line in shop.feed.read_text(encoding="utf-8").splitlines()]
    named = {tmp_path / name for line in lines for name in line["images"]}
    assert named == {sitting.path for sitting in missing_pictures(products, shop)}


def test_a_picture_that_is_there_is_not_drawn_again(products: tuple[Product, ...], tmp_path: Path) -> None:
    from vitrine.sample_shop.pictures import STYLE_VERSION

    shop = ShopFiles(tmp_path)
    before = missing_pictures(products, shop)
    before[0].path.parent.mkdir(parents=True)
    before[0].path.write_bytes(b"drawn")
    (shop.pictures / ".style").write_text(STYLE_VERSION, encoding="utf-8")
    assert len(missing_pictures(products, shop)) == len(before) - 1


def test_queries_to_train_on_and_to_report_on_are_different(products: tuple[Product, ...]) -> None:
    train, report = judge(products)
    assert not {row.query for row in train} & {row.query for row in report}
    assert {row.grade for row in train} == {0, 1, 2, 3}


@pytest.mark.parametrize("kind", sorted(EXHIBITS))
def test_each_kind_stands_out_from_a_pale_ground(kind: str, products: tuple[Product, ...]) -> None:
    product = next(p for p in products if p.design.kind.name == kind)
    picture = np.asarray(take_picture(look_of(product), "front"), dtype=float)
    assert picture.shape == (750, 600, 3)
    assert picture[:20, :20].mean() > 190
    assert np.abs(picture - picture[375, 5]).max(axis=2)[100:650, 100:500].max() > 60
