"""What encoders can learn from in a shop: its products' words and pictures from the index, its clicks from the event log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from indexer.sightings import title_in
from mappings import fields
from mappings.documents import source_of
from mappings.template import render_text
from ranking.behaviour.event import Action, Event

if TYPE_CHECKING:
    from encoders.fetching import FetchLimits, PictureFetcher
    from encoders.picture.finetuning import ShopPicture
    from encoders.text.finetuning import ShopText
    from mappings.catalogue_store import StoredCatalogue
    from mappings.client import Client
    from ranking.behaviour.log.event_log import EventLog

WANTING: Final = (Action.CLICK, Action.ADD_TO_CART, Action.PURCHASE)
PICTURE_SIDE: Final = 256  # what the training looks at; larger copies would only fill the memory
_PAGE: Final = 500
_AT_ONCE: Final = 64
_LONGEST_VISIT: Final = 30  # who clicks more than this in one visit is no person, or browses everything
_QUERIES_A_PRODUCT: Final = 8


@dataclass(frozen=True, slots=True)
class Clicks:
    """`queries`: words and the product clicked after them; `together`: products clicked one after the other in a visit."""

    queries: tuple[tuple[str, str], ...] = ()
    together: tuple[tuple[str, str], ...] = ()

    @property
    def products(self) -> list[str]:
        """Every product that was clicked, the first clicked first."""
        return list(dict.fromkeys(product for _, product in self.queries))


@dataclass(frozen=True, slots=True)
class TuningProduct:
    """A product as it may teach. `pictures`: references, the one shown first; empty where they are placeholders."""

    words: ShopText
    pictures: tuple[str, ...]


def read_clicks(log: EventLog, catalogue: str) -> Clicks:
    """Every different click that teaches: events with a valid result token, of nobody who is suspect. Raises LogError."""
    queries: dict[tuple[str, str], None] = {}
    visits: dict[str, list[str]] = defaultdict(list)
    cursor = 0
    while True:
        counted = log.counted(catalogue, after=cursor)
        for event in counted.events:
            _take(event, queries, visits)
        if counted.cursor == cursor:
            break
        cursor = counted.cursor
    together = {pair: None for seen in visits.values() if len(seen) <= _LONGEST_VISIT for pair in pairwise(seen)}
    return Clicks(tuple(queries), tuple(together))


def _take(event: Event, queries: dict[tuple[str, str], None], visits: dict[str, list[str]]) -> None:
    if event.product is None or event.action not in WANTING:
        return
    words = " ".join((event.query or "").lower().split())
    if words:
        queries[words, event.product] = None
    if event.session and event.product not in visits[event.session]:
        visits[event.session].append(event.product)


def read_products(client: Client, stored: StoredCatalogue, clicks: Clicks, *, limit: int) -> list[TuningProduct]:
    """The products that were clicked, then others drawn by chance, the same ones in every run. Raises EngineError."""
    found: dict[str, TuningProduct] = {}
    for query in _queries(clicks.products[:limit]):
        for hit in _hits(client, stored, query):
            if len(found) >= limit:
                break
            found.setdefault(hit["_id"], _product(stored, hit))
    return list(found.values())


def _queries(clicked: Sequence[str]) -> Iterator[dict[str, Any]]:
    for start in range(0, len(clicked), _PAGE):
        yield {"terms": {fields.ID: clicked[start : start + _PAGE]}}
    yield {"function_score": {"random_score": {"seed": 5, "field": fields.ID}}}


def _hits(client: Client, stored: StoredCatalogue, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
    body: dict[str, Any] = {
        "size": _PAGE,
        "query": query,
        "track_total_hits": False,
        "_source": [fields.SOURCE, fields.PICTURES, fields.PLACEHOLDER_MARKS],
        "sort": [{"_score": "desc"}, {fields.ID: "asc"}],
    }
    while hits := client.search(stored.alias, body)["hits"]["hits"]:
        yield from hits
        body["search_after"] = hits[-1]["sort"]


def _product(stored: StoredCatalogue, hit: dict[str, Any]) -> TuningProduct:
    from encoders.text.finetuning import ShopText

    source = hit["_source"]
    raw = source_of(source)
    title = " ".join(title_in(stored.catalogue, raw).split()).rstrip(" .")
    pictures: str | list[str] = source.get(fields.PICTURES) or []
    several = (pictures,) if isinstance(pictures, str) else tuple(pictures)
    is_placeholder = bool(source.get(fields.PLACEHOLDER_MARKS))
    return TuningProduct(
        ShopText(hit["_id"], title, render_text(stored.catalogue, raw)), () if is_placeholder else several
    )


def read_pictures(
    products: Sequence[TuningProduct],
    clicks: Clicks,
    fetch: tuple[PictureFetcher, FetchLimits],
    *,
    on_progress: Callable[[int, int], None],
) -> list[ShopPicture]:
    """The products' pictures as they can be had now, with titles and the queries that led to them; lost ones are left out."""
    from encoders.picture.finetuning import ShopPicture
    from encoders.pictures_decoding import PictureError

    asked: dict[str, list[str]] = defaultdict(list)
    for query, product in clicks.queries:
        asked[product].append(query)
    wanted = [(product, reference) for product in products for reference in product.pictures]
    fetcher, limits = fetch
    found: list[ShopPicture] = []
    for start in range(0, len(wanted), _AT_ONCE):
        on_progress(start, len(wanted))
        part = wanted[start : start + _AT_ONCE]
        outcomes = fetcher.fetch_all([reference for _, reference in part], limits)
        for (shown, _), outcome in zip(part, outcomes, strict=True):
            if not isinstance(outcome, PictureError):
                words = shown.words
                queries = tuple(asked[words.product][:_QUERIES_A_PRODUCT])
                found.append(ShopPicture(words.product, outcome, words.title, queries))
    return found
