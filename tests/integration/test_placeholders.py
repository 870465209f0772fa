"""Placeholder pictures on their way through enrichment: never taken for the product, also where they came first."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from encoders.runtime import Runtime
from indexer.composition import Workshop
from indexer.picture_report import picture_report
from indexer.vector_fields import vector_fields
from indexer.writing import ProductWriter
from mappings.catalogue_store import StoredCatalogue
from mappings.products import ProductReader
from plugin_config.catalogue import Catalogue
from plugin_config.settings import Settings

CATALOGUE = Catalogue(name="shop", text={"title": 1}, images=("pictures",), encoders={"text": None})
GOODS = ["Wool cardigan", "Steel kettle", "Garden chair", "Fountain pen", "Running shoes", "Desk lamp", "Ink bottle",
         "Camping tent", "Oak table", "Bread knife"]  # fmt: skip


@dataclass
class Shop:
    workshop: Workshop
    stored: StoredCatalogue
    writer: ProductWriter

    def write(self, id: str, title: str, *pictures: str) -> None:
        self.writer.write(
            [self.writer.read_change({"id": id, "title": title, "pictures": list(pictures)}, is_partial=False)]
        )

    def read(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.workshop.client.request("GET", f"/{self.stored.alias}/_source/{id}")
        return found

    def vector(self, id: str) -> Any:
        return self.read(id).get(self.stored.vectors[0].name)


@pytest.fixture
def shop(settings: Settings, tmp_path: Path) -> Iterator[Shop]:
    missing = Image.new("RGB", (90, 90), (235, 235, 235))
    ImageDraw.Draw(missing).line((20, 20, 70, 70), fill=(150, 150, 150), width=6)
    missing.save(tmp_path / "missing.png")
    Image.new("RGB", (90, 90), "white").save(tmp_path / "white.png")
    Image.new("RGB", (4, 4), "red").save(tmp_path / "dot.png")
    shoe = Image.new("RGB", (90, 90), "white")
    ImageDraw.Draw(shoe).rectangle((20, 40, 70, 60), fill="brown")
    shoe.save(tmp_path / "shoe.png")
    workshop = Workshop(settings)
    stored = workshop.catalogues.put(CATALOGUE, vectors=vector_fields(CATALOGUE, Runtime()), picture_roots=[tmp_path])
    yield Shop(workshop, stored, ProductWriter(workshop.client, stored, ProductReader(CATALOGUE, folder=tmp_path)))
    workshop.close()


@pytest.mark.parametrize("picture", ["white.png", "dot.png"])
def test_a_picture_that_shows_nothing_is_lost_not_encoded(shop: Shop, picture: str) -> None:
    shop.write("1", "Shoe", picture, "shoe.png")
    shop.workshop.enrich("shop", ["1"])
    document = shop.read("1")
    assert [view["ordinal"] for view in document[shop.stored.vectors[0].views_name]] == [2]
    assert document["enrichment"]["status"] == "partial"
    assert "shows nothing" in document["enrichment"]["parts"]["lost"][0]["message"]


def test_products_that_came_before_a_placeholder_was_known_lose_its_vector(shop: Shop) -> None:
    for number, title in enumerate(GOODS):
        shop.write(str(number), title, "missing.png")
    first, later = [str(number) for number in range(4)], [str(number) for number in range(4, len(GOODS))]
    shop.workshop.enrich("shop", first)
    assert all(shop.vector(id) for id in first)  # four products may share a picture
    shop.workshop.client.refresh(shop.stored.alias)

    shop.workshop.enrich("shop", later)

    assert [shop.vector(id) for id in (*first, *later)] == [None] * len(GOODS)
    assert shop.read("0")["placeholder_marks"] == shop.read("0")["picture_marks"]
    assert "placeholder" in shop.read("0")["enrichment"]["error"]


def test_a_placeholder_is_known_again_in_another_size_and_compression_on_every_product(
    shop: Shop, tmp_path: Path
) -> None:
    missing = Image.open(tmp_path / "missing.png").resize((800, 800))
    for number, title in enumerate(GOODS):
        side, quality = 300 + 40 * number, 60 + 3 * number
        missing.resize((side, side)).save(tmp_path / f"missing-{number}.jpg", quality=quality)
        shop.write(str(number), title, f"missing-{number}.jpg")
    shop.workshop.enrich("shop", [str(number) for number in range(len(GOODS))])
    shop.workshop.client.refresh(shop.stored.alias)
    lost = [id for id in map(str, range(len(GOODS))) if shop.vector(id) is None]
    assert len(lost) >= 8
    report = picture_report(shop.workshop.client, shop.stored, worst=1)
    assert len(report.placeholders) == 1


def test_variants_of_one_product_may_share_a_picture_of_it(shop: Shop) -> None:
    ids = []
    for size in range(36, 47):
        shop.write(str(size), f"Brown leather shoe size {size}", "shoe.png")
        ids.append(str(size))
    shop.workshop.enrich("shop", ids)
    assert all(shop.vector(id) for id in ids)


def test_the_report_names_placeholders_and_lost_pictures_and_ranks_listings(shop: Shop) -> None:
    for number, title in enumerate(GOODS):
        shop.write(str(number), title, "missing.png")
    shop.write("shoe", "Brown shoe", "shoe.png")
    shop.write("plain", "Nothing to see")
    shop.workshop.enrich("shop", [*map(str, range(len(GOODS))), "shoe", "plain"])
    shop.workshop.client.refresh(shop.stored.alias)

    report = picture_report(shop.workshop.client, shop.stored, worst=5)

    assert (report.products, report.with_picture) == (len(GOODS) + 2, len(GOODS) + 1)
    assert [count for _, count in report.placeholders] == [len(GOODS)]
    assert [listing.id for listing in report.disagreeing] == ["shoe"]
    assert [listing.title for listing in report.softest] == ["Brown shoe"]
    [lost] = report.lost_for
    assert (lost.products, report.shown) == (len(GOODS), 1)
    assert "placeholder" in lost.reason
    assert len(lost.listings) == 5


def test_quality_and_agreement_with_the_title_are_kept(shop: Shop) -> None:
    shop.write("1", "Brown shoe", "shoe.png")
    shop.workshop.enrich("shop", ["1"])
    document = shop.read("1")
    assert document["picture_sharpness"] > 0.5
    assert document["picture_fill"] == pytest.approx(0.13, abs=0.03)
    assert document["picture_clutter"] == 0
    assert -1 <= document["picture_agreement"] <= 1
