"""What products are called, read from what the index keeps of them."""

import json
from typing import Any

from mappings.vocabulary import spoken_texts
from plugin_config.catalogue import parse_catalogue

CATALOGUE = parse_catalogue(
    "{name: shop, text: {title: 3, description: 1}, keyword: [brand], images: [picture]}", origin="test"
)


def answer(*products: dict[str, Any]) -> dict[str, Any]:
    return {"hits": {"hits": [{"_id": one["id"], "_source": {"source": json.dumps(one)}} for one in products]}}


def test_titles_weigh_most_and_descriptions_are_not_said() -> None:
    long = "This mug is made by hand in small numbers and stands well in every kitchen of the land."
    mug = {"id": "1", "title": "Red mug", "description": long, "brand": "Halden"}
    assert list(spoken_texts(CATALOGUE, answer(mug))) == [("Red mug", 1.0), ("Halden", 0.3)]


def test_a_product_whose_picture_is_a_file_is_read_like_any_other() -> None:
    mug = {"id": "1", "title": "Red mug", "picture": "pictures/mug.png"}
    assert list(spoken_texts(CATALOGUE, answer(mug))) == [("Red mug", 1.0)]
