"""Pictures and words that say what shall be different, or not be there at all, in a real OpenSearch."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from encoders.pictures_decoding import PictureError
from plugin_config.settings import Settings, load_settings
from query_service.composition import SearchService, build_service
from tests import small_shop
from tests.small_shop import ask, ids, square

pytestmark = [pytest.mark.opensearch, pytest.mark.asyncio(loop_scope="module")]
PREFIX = "twishes"


@pytest.fixture(scope="module")
def shop(opensearch_url: str, redis_url: str) -> Iterator[Settings]:
    settings = load_settings(opensearch_url=opensearch_url, redis_url=redis_url, index_prefix=PREFIX)
    with small_shop.standing(settings) as filled:
        yield filled


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(shop: Settings) -> AsyncIterator[SearchService]:
    made = build_service(shop)
    yield made
    await made.close()


async def test_this_picture_but_in_another_colour(service: SearchService) -> None:
    plain = await ask(service, images=[{"uri": square("red", 90)}], group=False)
    changed = await ask(service, images=[{"uri": square("red", 90), "but": "in blue"}], group=False)
    assert ids(plain)[0] == "w1"
    assert ids(changed)[0] == "w2"


async def test_words_typed_beside_a_picture_may_change_it(service: SearchService) -> None:
    changed = await ask(service, text="the same but in blue", images=[{"uri": square("red", 90)}], group=False)
    assert ids(changed)[0] == "w2"


async def test_a_hyphen_before_a_word_leaves_out_every_product_that_says_it(service: SearchService) -> None:
    everything = await ask(service, text="headphones", group=False)
    some = await ask(service, text="headphones -wireless", group=False)
    assert "h1" in ids(everything)
    assert "h2" in ids(some)
    assert "h1" not in ids(some)
    assert any("wireless" in note for note in some.notes)


async def test_unwanted_words_alone_browse_the_rest(service: SearchService) -> None:
    answer = await ask(service, text="-kettle", group=False, size=50)
    assert {"k1", "k2"}.isdisjoint(ids(answer))
    assert {"k3", "h1", "n1"} <= set(ids(answer))


async def test_unwanted_words_may_be_a_keyword_value_and_stand_apart_from_the_text(service: SearchService) -> None:
    answer = await ask(service, text="wool cardigan", without=["Nordlys"], group=False)
    assert {"w1", "w2"}.isdisjoint(ids(answer))


async def test_facets_count_what_is_left(service: SearchService) -> None:
    answer = await ask(
        service, text="headphones -wireless", facets=["brand"], policy="keyword", filters={"brand": "Sonar"}
    )
    assert {value.value: value.count for value in answer.facets["brand"].values}["Sonar"] == 1


async def test_a_word_with_a_hyphen_inside_is_one_word(service: SearchService) -> None:
    assert ids(await ask(service, text="over-ear headphones"))[0] == "h1"


async def test_pictures_of_what_is_not_wanted_move_the_search_away(service: SearchService) -> None:
    both = [{"uri": square("red", 90), "weight": 0.5}, {"uri": square("green", 90), "weight": 0.5}]
    mixed = await ask(service, images=both, group=False, size=2)
    assert set(ids(mixed)) == {"w1", "w3"}
    away = [both[0], both[1] | {"weight": -1}]
    assert ids(await ask(service, images=away, group=False))[0] == "w1"


async def test_only_unwanted_pictures_are_refused(service: SearchService) -> None:
    with pytest.raises(PictureError, match="every picture has a weight below 0"):
        await ask(service, images=[{"uri": square("red"), "weight": -0.5}])
