"""Searches of a small shop in a real OpenSearch, as a shopper would notice them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from encoders.registry import describe
from mappings.errors import EngineUnavailable, NotFound
from mappings.fields import Modality, VectorField
from mappings.filters import FilterValueError, UnknownFieldError
from plugin_config.policy import RankingPolicy
from plugin_config.settings import Settings, load_settings
from query_service.composition import SearchService, build_service
from query_service.errors import UnknownPolicy
from query_service.messages import SearchRequest
from tests import small_shop
from tests.small_shop import ask, ids

pytestmark = [pytest.mark.opensearch, pytest.mark.asyncio(loop_scope="module")]
PREFIX = "tsearching"


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


async def test_words_find_the_product_they_name(service: SearchService) -> None:
    answer = await ask(service, text="wireless headphones")
    assert answer.hits[0].id == "h1"
    assert answer.hits[0].source["title"] == "Wireless headphones HX-2000"
    assert answer.degraded == []


async def test_a_chinese_query_finds_chinese_titles(service: SearchService) -> None:
    assert set(ids(await ask(service, text="羊毛衫", group=False))[:2]) == {"w1", "w2"}


async def test_a_product_without_vectors_is_found_by_its_words(service: SearchService) -> None:
    assert ids(await ask(service, text="garden chair"))[0] == "g1"
    assert ids(await ask(service, text="frying pan"))[0] == "k3"


async def test_a_review_makes_a_product_findable(service: SearchService) -> None:
    assert ids(await ask(service, text="warm and soft", policy="keyword"))[0] == "w1"


async def test_misspelt_words_are_corrected_and_said_to_be(service: SearchService) -> None:
    answer = await ask(service, text="wireles hedphones")
    assert answer.hits[0].id == "h1"
    assert answer.corrected == "wireless headphones"
    assert any("instead of" in note for note in answer.notes)


async def test_a_word_written_as_two_is_read_as_the_shop_writes_it(service: SearchService) -> None:
    answer = await ask(service, text="wireless head phones")
    assert answer.corrected == "wireless headphones"
    assert answer.hits[0].id == "h1"
    assert (await ask(service, text="frying pan")).corrected is None


@pytest.mark.parametrize("code", ["HX-2000", "hx2000", "hx-2000"])
async def test_a_product_code_finds_exactly_its_product_first(service: SearchService, code: str) -> None:
    assert ids(await ask(service, text=code))[0] == "h1"


async def test_a_picture_finds_products_of_its_colour(service: SearchService) -> None:
    answer = await ask(service, images=[{"uri": small_shop.square("red", 90)}])
    assert answer.hits[0].id == "w1"


async def test_words_and_a_picture_together_choose_between_variants(service: SearchService) -> None:
    asked = {"text": "wool cardigan", "group": False}
    assert ids(await ask(service, **asked, images=[{"uri": small_shop.square("blue")}]))[0] == "w2"
    assert ids(await ask(service, **asked, images=[{"uri": small_shop.square("red")}]))[0] == "w1"


async def test_variants_are_shown_as_one_hit_with_their_number(service: SearchService) -> None:
    answer = await ask(service, text="wool cardigan", policy="keyword")
    cardigans = [hit for hit in answer.hits if hit.id in ("w1", "w2")]
    assert [hit.variants for hit in cardigans] == [2]
    assert answer.total == len(answer.hits)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"brand": "Heim"}, {"k1", "k2", "k3", "g1"}),
        ({"brand": ["Heim", "Klang"]}, {"k1", "k2", "k3", "g1", "h3"}),
        ({"price": {"gte": 89, "lte": 120}}, {"w1", "w2", "w3"}),
        ({"organic": True}, {"w3"}),
        ({"attr_colour": "blue"}, {"w2"}),
        ({"released": {"gte": "2025-01-01"}}, {"h1"}),
        ({"brand": "Heim", "price": {"lte": 40}}, {"k1"}),
    ],
)
async def test_filters_leave_exactly_what_they_say(
    service: SearchService, filters: dict[str, Any], expected: set[str]
) -> None:
    assert set(ids(await ask(service, filters=filters, group=False))) == expected


async def test_vectors_bring_nothing_that_a_filter_excludes(service: SearchService) -> None:
    answer = await ask(service, text="headphones", filters={"brand": "Papir"}, policy="vector")
    assert set(ids(answer)) <= {"n1", "n2", "n3"}
    both = {"text": "cardigan", "images": [{"uri": small_shop.square("red")}]}
    assert set(ids(await ask(service, **both, filters={"category": "Kitchen"}))) <= {"k1", "k2", "k3"}


async def test_an_unknown_filter_field_names_the_known_ones(service: SearchService) -> None:
    with pytest.raises(UnknownFieldError, match="brand, category") as caught:
        await ask(service, text="kettle", filters={"colour": "red"})
    assert caught.value.status == 422


@pytest.mark.parametrize("filters", [{"price": "cheap"}, {"brand": {"gte": 1}}, {"organic": "maybe"}, {"price": {}}])
async def test_a_filter_value_that_does_not_fit_is_refused(service: SearchService, filters: dict[str, Any]) -> None:
    with pytest.raises(FilterValueError):
        await ask(service, filters=filters)


async def test_a_facet_count_is_the_total_after_choosing_it(service: SearchService) -> None:
    before = await ask(service, text="headphones", policy="keyword")
    for value in before.facets["brand"].values:
        chosen = await ask(service, text="headphones", policy="keyword", filters={"brand": value.value})
        assert chosen.total == value.count


async def test_a_chosen_facet_keeps_the_counts_of_its_other_values(service: SearchService) -> None:
    free = await ask(service)
    chosen = await ask(service, filters={"brand": "Heim"})
    assert {v.value: v.count for v in chosen.facets["brand"].values} == {
        v.value: v.count for v in free.facets["brand"].values
    }
    assert [v.value for v in chosen.facets["brand"].values if v.selected] == ["Heim"]
    assert sum(v.count for v in chosen.facets["category"].values) == 4


async def test_a_number_facet_tells_its_spread_and_steps(service: SearchService) -> None:
    facet = (await ask(service, group=False)).facets["price"]
    assert (facet.kind, facet.minimum, facet.maximum) == ("range", 9, 199)
    assert sum(step.count for step in facet.values) == len(small_shop.PRODUCTS)


async def test_browsing_shows_what_is_popular_first(service: SearchService) -> None:
    answer = await ask(service, size=3)
    assert ids(answer) == ["h1", "h2", "h3"]
    assert answer.total == len(small_shop.PRODUCTS) - 1  # two variants are one hit


@pytest.mark.parametrize(("sort", "first"), [("price", "n3"), ("-price", "h1"), ("-rating", "n2")])
async def test_sorting_by_a_field_orders_all_matches(service: SearchService, sort: str, first: str) -> None:
    assert ids(await ask(service, sort=sort))[0] == first


@pytest.mark.parametrize(
    "asked", [{}, {"text": "headphones kettle pen cardigan"}, {"text": "kettle", "policy": "vector"}]
)
async def test_pages_fit_together_without_gaps_or_repeats(service: SearchService, asked: dict[str, Any]) -> None:
    whole = ids(await ask(service, **asked, size=50))
    pages = [await ask(service, **asked, size=2, **{"from": start}) for start in range(0, len(whole) + 2, 2)]
    assert [id for page in pages for id in ids(page)] == whole
    assert [hit.rank for page in pages for hit in page.hits] == list(range(1, len(whole) + 1))


async def test_asking_beyond_what_is_ranked_gives_a_note_and_no_error(service: SearchService) -> None:
    answer = await ask(service, text="headphones", policy="hybrid", **{"from": 5_000})
    assert answer.hits == []
    assert any("ranked up to place" in note for note in answer.notes)


async def test_a_relevance_floor_cuts_the_tail_and_says_how_many_remain(service: SearchService) -> None:
    policy = {"name": "floor", "weights": {"keyword": 1.0}, "relevance_floor": 0.6}
    answer = await ask(service, text="wireless headphones", policy=policy)
    assert answer.total == len(answer.hits)
    assert all(hit.score >= 0.6 * answer.hits[0].score for hit in answer.hits)


@pytest.mark.parametrize("normalizer", ["min_max", "l2", "z_score", "rrf(k=20)"])
async def test_every_normalizer_answers_with_falling_scores(service: SearchService, normalizer: str) -> None:
    policy = RankingPolicy.model_validate(
        {"name": "other", "weights": {"keyword": 0.6, "text_vector": 0.4}, "normalizer": normalizer}
    )
    answer = await ask(service, text="headphones with cable", policy=policy.model_dump(mode="json"))
    scores = [hit.score for hit in answer.hits]
    assert answer.hits[0].id == "h2"
    assert scores == sorted(scores, reverse=True)


async def test_an_explanation_holds_raw_scores_features_and_sentences(service: SearchService) -> None:
    answer = await ask(service, text="wireless headphones", explain=True, policy="hybrid")
    why = answer.hits[0].explanation
    assert why is not None
    assert {"keyword", "text_vector"} <= set(why.sub_queries)
    assert why.features["all_terms_title"] is not None
    assert why.features["price"] == 199
    assert why.features["bm25_reviews"] is None
    assert why.features["cosine_text"] == pytest.approx(why.sub_queries["text_vector"], abs=1e-3)
    assert why.final_rank == 1
    assert len(why.summary) >= 2


async def test_a_product_without_vectors_has_no_closeness_rather_than_zero(service: SearchService) -> None:
    answer = await ask(service, text="garden chair", explain=True)
    why = answer.hits[0].explanation
    assert why is not None
    assert why.features["cosine_text"] is None
    assert why.features["has_picture"] == 0


@pytest.mark.parametrize(
    "text",
    ["", "   ", "\x00\x07", "🎧", "???", "a" * 10_000, "headphones " * 900, "سماعات لاسلكية", "‮headphones‬", '"(+[*'],
)
async def test_no_text_breaks_a_search(service: SearchService, text: str) -> None:
    answer = await ask(service, text=text)
    assert answer.total >= 0


async def test_control_and_direction_marks_do_not_hide_a_word(service: SearchService) -> None:
    assert ids(await ask(service, text="‮head\x00phones‬ wireless"))[0] == "h1"


async def test_a_very_long_query_is_cut_with_a_note(service: SearchService) -> None:
    answer = await ask(service, text="headphones " * 900)
    assert any("cut from" in note for note in answer.notes)


async def test_an_unknown_catalogue_names_those_there_are(service: SearchService) -> None:
    with pytest.raises(NotFound, match="small"):
        await service.search("nope", SearchRequest(text="x"))


async def test_an_unknown_policy_names_those_there_are(service: SearchService) -> None:
    with pytest.raises(UnknownPolicy, match="hybrid, keyword"):
        await ask(service, text="x", policy="nope")


async def test_without_opensearch_a_search_says_so(unused_tcp_port_factory: Callable[[], int]) -> None:
    gone = build_service(load_settings(opensearch_url=f"http://127.0.0.1:{unused_tcp_port_factory()}"))
    await gone.start()
    assert not gone.is_ready
    with pytest.raises(EngineUnavailable, match="cannot be reached"):
        await ask(gone, text="x")
    await gone.close()


async def test_without_redis_a_search_answers_and_says_what_is_missing(
    shop: Settings, unused_tcp_port_factory: Callable[[], int]
) -> None:
    lame = build_service(shop.model_copy(update={"redis_url": f"redis://127.0.0.1:{unused_tcp_port_factory()}"}))
    answer = await ask(lame, text="wireless headphones", explain=True)
    assert answer.hits[0].id == "h1"
    assert answer.degraded == ["behaviour"]
    await lame.close()


async def test_a_catalogue_whose_encoder_is_missing_answers_by_keywords(service: SearchService) -> None:
    served = await service.catalogues.get(small_shop.NAME)
    choice = served.stored.catalogue.encoders.text
    assert choice is not None
    broken = served.stored.catalogue.model_copy(
        update={
            "encoders": served.stored.catalogue.encoders.model_copy(
                update={"text": choice.model_copy(update={"model": "/there/is/no/model"})}
            )
        }
    )
    service.catalogues.remember(replace(served, stored=replace(served.stored, catalogue=broken)))
    answer = await ask(service, text="wireless headphones")
    service.catalogues.remember(served)
    assert answer.hits[0].id == "h1"
    assert answer.degraded == ["text_vector"]
    assert answer.operator_notes[0] == "text_vector could not run; the log says why"
    assert "/there" not in answer.model_dump_json()
    trace = service.traces.get(answer.query_id)
    assert trace is not None
    assert "/there/is/no/model" in trace.operator_notes[0]


async def test_a_vector_part_that_the_engine_refuses_leaves_the_keywords(service: SearchService) -> None:
    served = await service.catalogues.get(small_shop.NAME)
    encoders = served.stored.catalogue.encoders
    assert encoders.text is not None
    other = encoders.text.model_copy(update={"query_prefix": "query: "})
    unfilled = VectorField(Modality.TEXT, describe(other, role="text").fingerprint, 384)
    catalogue = served.stored.catalogue.model_copy(update={"encoders": encoders.model_copy(update={"text": other})})
    service.catalogues.remember(
        replace(served, stored=replace(served.stored, catalogue=catalogue, vectors=(unfilled,)))
    )
    answer = await ask(service, text="wireless headphones")
    service.catalogues.remember(served)
    assert answer.hits[0].id == "h1"
    assert answer.degraded == ["text_vector"]


async def test_opensearch_going_away_in_the_middle_is_told_and_coming_back_is_enough(shop: Settings) -> None:
    async with line_to(shop.opensearch_url or "") as line:
        service = build_service(shop.model_copy(update={"opensearch_url": line.url}))
        assert (await ask(service, text="kettle")).hits
        await line.cut()
        with pytest.raises(EngineUnavailable):
            await ask(service, text="kettle steel")
        await line.mend()
        assert (await ask(service, text="kettle steel")).hits
        await service.close()


class Line:
    """A TCP line to the engine that can be cut and mended."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._port = 0
        self._ends: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for end in list(self._ends):
            end.transport.abort()
        await asyncio.sleep(0.05)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        self._ends |= {writer, far_writer}
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    sink.close()


@asynccontextmanager
async def line_to(url: str) -> AsyncIterator[Line]:
    parts = urlsplit(url)
    line = Line(parts.hostname or "127.0.0.1", parts.port or 9200)
    await line.mend()
    yield line
    await line.cut()


async def test_suggestions_forgive_a_letter_and_show_products(service: SearchService) -> None:
    found = await service.lookup.suggest(small_shop.NAME, "wirel", 6)
    assert any("headphones" in text.text.lower() for text in found.texts)
    assert found.products[0].id == "h1"
    near = await service.lookup.suggest(small_shop.NAME, "wirles", 6)
    assert any("headphones" in text.text.lower() for text in near.texts)
    nothing = await service.lookup.suggest(small_shop.NAME, "", 3)
    assert [product.id for product in nothing.products] == ["h1", "h2", "h3"]


async def test_a_trace_remembers_what_decided_a_search(service: SearchService) -> None:
    answer = await ask(service, text="kettle")
    trace = service.traces.get(answer.query_id)
    assert trace is not None
    assert trace.index.startswith(f"{PREFIX}-small.v")
    assert [id for id, _ in trace.hits] == ids(answer)
    told = trace.as_json()
    again = await service.search(
        small_shop.NAME, SearchRequest.model_validate({**told["request"], "policy": told["policy"]})
    )
    assert [hit.id for hit in again.hits] == ids(answer)
