"""The shop from outside: nothing but HTTP, as a browser would speak it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from plugin_config.errors import VitrineError
from vitrine.simulator.shelf import Shelf, make_shelf

PEOPLE = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
CRAWLER = "Mozilla/5.0 (compatible; ShelfCrawlBot/2.1)"
_PAGE = 200
_MOST_PRODUCTS = 5_000
TIMEOUT_SECONDS = 60.0
_LONGEST_PAUSE_SECONDS = 120


class SimulationError(VitrineError):
    """The API does not answer as a simulation needs it; the message says what it said."""

    code = "simulation"
    status = 503


@dataclass(frozen=True, slots=True)
class ShownHit:
    """A product as it was shown: its rank from 1 and the token that proves it."""

    id: str
    rank: int
    token: str | None


@dataclass(frozen=True, slots=True)
class ShownPage:
    """The answer to a search. `degraded` names parts that could not run; `model` reordered it, None for none."""

    query_id: str
    hits: tuple[ShownHit, ...]
    policy: str
    model: str | None
    degraded: tuple[str, ...]


class ShopApi:
    """One catalogue behind an API. Raises SimulationError for every answer that is none."""

    def __init__(self, client: httpx.Client, catalogue: str, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._path = f"/catalogues/{catalogue}"
        self._catalogue = catalogue
        self._pause = pause

    def shelf(self, *, most: int = _MOST_PRODUCTS) -> Shelf:
        """The products of the catalogue, the popular ones first, at most so many."""
        described = self._json("GET", self._path)
        rows: list[tuple[str, Mapping[str, Any]]] = []
        while len(rows) < most:
            asked = {"size": min(_PAGE, most - len(rows)), "from": len(rows), "group": False, "facets": []}
            hits = self._json("POST", f"{self._path}/search", asked)["hits"]
            rows += [(hit["id"], hit["source"]) for hit in hits]
            if len(hits) < _PAGE:
                break
        if not rows:
            raise SimulationError(f"the catalogue {self._catalogue!r} has no products; index some with `vitrine index`")
        return make_shelf(rows, described)

    def search(self, words: str, *, user: str | None, size: int, policy: Any = None, unseen: bool = False) -> ShownPage:
        """What this shopper sees. `policy`: a name or a policy in full; None for the catalogue's own.

        `unseen`: a look at the service that leaves no trace in its log, so that nothing is learned from it.
        """
        asked = {"text": words, "size": size, "user": user, "policy": policy, "facets": [], "debug": unseen}
        answer = self._json("POST", f"{self._path}/search", asked)
        return ShownPage(
            answer["query_id"],
            tuple(ShownHit(hit["id"], hit["rank"], hit.get("token")) for hit in answer["hits"]),
            answer["policy"],
            answer["model"],
            tuple(answer["degraded"]),
        )

    def tell(self, events: Sequence[Mapping[str, Any]], *, agent: str = PEOPLE) -> Mapping[str, Any]:
        """Send events; what the API says became of them. Told to wait by a full flood gate, it waits."""
        answer: Mapping[str, Any] = self._json("POST", "/events", list(events), agent=agent)
        return answer

    def _json(self, method: str, path: str, body: Any = None, *, agent: str = PEOPLE) -> Any:
        while True:
            try:
                answer = self._client.request(
                    method,
                    path,
                    content=None if body is None else orjson.dumps(body),
                    headers={"user-agent": agent, "content-type": "application/json"},
                )
            except httpx.HTTPError as error:
                raise SimulationError(
                    f"the API at {self._client.base_url} does not answer ({error}); see `vitrine status`, then run the "
                    "same command again: it goes on where it was"
                ) from error
            if answer.status_code == 429:
                self._pause(min(_LONGEST_PAUSE_SECONDS, int(answer.headers.get("retry-after", "1"))))
                continue
            if not answer.is_success:
                raise SimulationError(f"the API refused {method} {path}: {_detail(answer)}")
            try:
                return orjson.loads(answer.content)
            except orjson.JSONDecodeError as error:
                raise SimulationError(
                    f"what answers at {self._client.base_url} is no API of Vitrine: {method} {path} gave no JSON"
                ) from error


def _detail(answer: httpx.Response) -> str:
    try:
        return str(orjson.loads(answer.content)["detail"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return f"status {answer.status_code}"
