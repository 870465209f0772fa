from urllib.parse import quote, unquote

from hypothesis import given
from hypothesis import strategies as st

from plugin_config.product_address import keep_slashes, read_step


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1))
def test_any_id_comes_back_from_its_address_in_one_step(id: str) -> None:
    raw = f"/catalogues/shop/products/{quote(id, safe='')}/pictures/0"
    kept = keep_slashes(raw.encode(), unquote(raw))
    steps = kept.split("/")
    assert steps[:4] == ["", "catalogues", "shop", "products"]
    assert steps[5:] == ["pictures", "0"]
    assert read_step(steps[4]) == id.strip()


def test_other_paths_stay_as_they_are() -> None:
    for path in ("/catalogues/shop/search", "/storefront/a%2Fb", "/catalogues/a%2Fb", "/"):
        assert keep_slashes(path.encode(), unquote(path)) == unquote(path)
