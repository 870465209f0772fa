"""What may be recommended, on values."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mappings.catalogue_store import StoredCatalogue
from plugin_config.catalogue import parse_catalogue
from query_service.catalogues import ServedCatalogue
from query_service.feature_plan import feature_plan
from query_service.recommending import _sellable

YAML = "name: shop\ntext: {title: 1}\nnumber: [pieces]\nflag: [is_there]\nkeyword: [shelf]\n"


@pytest.mark.parametrize(
    ("field", "left_out"),
    [
        ("pieces", [{"bool": {"must_not": [{"range": {"number.pieces": {"lte": 0}}}]}}]),
        ("is_there", [{"bool": {"must_not": [{"term": {"flag.is_there": False}}]}}]),
        ("shelf", []),
    ],
)
def test_what_is_sold_out_is_left_out_by_whatever_field_tells_of_stock(field: str, left_out: list[object]) -> None:
    catalogue = parse_catalogue(f"{YAML}roles: {{stock: {field}}}\n", origin="test")
    stored = StoredCatalogue(catalogue, "t-shop", "t-shop.v1", (), (), datetime(2026, 1, 1, tzinfo=UTC))
    served = ServedCatalogue(stored, feature_plan(catalogue), {})
    assert _sellable(served) == left_out
    assert _sellable(replace(served, stored=replace(stored, catalogue=parse_catalogue(YAML, origin="test")))) == []
