"""What an operator asks for and waits for: a model from shoppers, an evaluation, everything counted anew; and the shadow."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from plugin_config.settings import Settings
from ranking.lambdamart.store import DirectoryModelStore
from tests.integration.test_learning_from_shoppers import CATALOGUE, EACH, THINGS, shopping
from vitrine.api import build_api
from vitrine.jobs.http import build_jobs_router
from vitrine.jobs.running import open_ledger, work_off
from vitrine.worker import JOBS, build_worker

pytestmark = pytest.mark.opensearch
PATHS = ("/models/train", "/evaluate", "/events/rebuild", "/jobs", "/jobs/{id}", "/models/shadow")
JUDGED = [{"query": thing, "docid": f"{thing}-{n}", "rating": n % 3} for thing in THINGS[:3] for n in range(6)]


@pytest.fixture
def quiet(settings: Settings) -> Settings:
    return settings.model_copy(update={"events_per_minute": 0})


@pytest.fixture
def shop(quiet: Settings) -> Iterator[TestClient]:
    """Sixty products whose worth is their stars, over the whole API."""
    with TestClient(build_api(quiet), headers={"user-agent": "Mozilla/5.0"}) as client:
        client.put("/catalogues/shop", json=CATALOGUE)
        lines = [
            f'{{"id": "{thing}-{n}", "title": "{thing} {n}", "stars": {1 + n % 5}, "price": {5 + n}}}'
            for thing in THINGS
            for n in range(EACH)
        ]
        assert client.post("/catalogues/shop/bulk", content="\n".join(lines)).json()["created"] == len(lines)
        client.put("/catalogues/shop/products/lamp-0?refresh=true", json={"title": "lamp 0", "stars": 1, "price": 5})
        yield client


def done(client: TestClient, settings: Settings, path: str, body: object = None) -> dict[str, Any]:
    """Ask, let a worker's task run, and read the job where the answer said it would be."""
    asked = client.post(f"/catalogues/shop{path}", json=body)
    assert asked.status_code == 202, asked.text
    assert asked.json()["state"] in ("queued", "running")
    build_worker(settings).tasks[JOBS].apply()
    job: dict[str, Any] = client.get(asked.headers["location"]).json()
    assert job["id"] == asked.json()["id"]
    return job


def test_a_model_is_trained_watched_in_the_shadow_and_serves(shop: TestClient, quiet: Settings) -> None:
    nothing = done(shop, quiet, "/models/train")
    assert (nothing["state"], nothing["result"]) == ("failed", None)
    assert nothing["problem"]["status"] == 422
    assert "no search to learn from" in nothing["problem"]["detail"]

    shopping(shop, quiet, 120)
    trained = done(shop, quiet, "/models/train", {"click_model": "position", "seed": 5, "use": False})
    assert trained["state"] == "done", trained["problem"]
    result = trained["result"]
    assert (result["serves"], result["click_model"], result["gate"]["model"]) == (False, "position", result["model"])
    assert (
        result["seen"] == "assumed: pages as they were served, down to place 60"
    )  # clicks were sent, and no impressions
    assert any("no impressions" in note for note in result["notes"])
    assert shop.get(f"/catalogues/shop/models/{result['model']}").json()["data"]["seen"] == result["seen"]
    gain = result["held_out"]["gain"]
    assert gain["low"] <= gain["mean"] <= gain["high"]

    model = {"model": result["model"]}
    assert shop.get("/catalogues/shop/models/shadow").json()["shadow"] is None
    assert shop.put("/catalogues/shop/models/shadow", json={"model": "m20200101-000000-abcdef"}).status_code == 404
    assert shop.put("/catalogues/shop/models/shadow", json=model).json()["shadow"] == result["model"]
    shopping(shop, quiet, 30, before=120)
    report = shop.get("/catalogues/shop/models/shadow").json()
    assert (report["searches"], report["deeds"] > 5) == (30, True)
    assert shop.delete("/catalogues/shop/models/shadow").json()["shadow"] is None
    assert shop.put("/catalogues/shop/models/current", json=model).json()["current"] == result["model"]


def test_policies_are_compared_by_judgments_of_the_request_or_of_a_named_file(
    shop: TestClient, quiet: Settings
) -> None:
    asked = {"policies": ["keyword", {"name": "mine", "weights": {"keyword": 1.0}}], "measures": ["nDCG@5"]}
    found = done(shop, quiet, "/evaluate", {**asked, "judgments": JUDGED})
    assert found["state"] == "done", found["problem"]
    result = found["result"]
    assert (result["queries"], result["judgments"]) == (3, "judgments of the request")
    assert set(result["policies"]) == {"keyword", "mine"}
    ndcg = result["policies"]["keyword"]["nDCG@5"]
    assert 0 < ndcg["mean"] <= 1
    assert ndcg["low"] <= ndcg["mean"] <= ndcg["high"]
    assert [(c["policy"], c["baseline"]) for c in result["comparisons"]] == [("mine", "keyword")]

    quiet.judgments_folder.mkdir(parents=True)
    lines = [f"{one['query']},{one['docid']},{one['rating']}" for one in JUDGED]
    (quiet.judgments_folder / "mine.csv").write_text("\n".join(["query,docid,rating", *lines]))
    again = done(shop, quiet, "/evaluate", {**asked, "judgments_file": "mine.csv"})
    assert again["result"]["policies"]["keyword"]["nDCG@5"] == ndcg
    assert again["result"]["judgments"] == "mine.csv"
    assert [job["kind"] for job in shop.get("/catalogues/shop/jobs").json()["jobs"]] == ["evaluate", "evaluate"]


def test_what_shoppers_did_is_counted_anew(shop: TestClient, quiet: Settings) -> None:
    shopping(shop, quiet, 25)
    result = done(shop, quiet, "/events/rebuild")["result"]
    assert result["counted"] > 0
    assert (result["products"], result["seen"][:7]) == (len(THINGS) * EACH, "assumed")


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("/models/train", {"click_model": "psychic"}, 422, "no click model 'psychic'"),
        ("/models/train", {"policy": "nobodys"}, 422, "there is no policy"),
        ("/models/train", {"judgments_file": "none.csv"}, 422, "no 'none.csv'"),
        ("/models/train", {"learning_rate": 3}, 422, "learning_rate"),
        ("/evaluate", {}, 422, "no judgments"),
        ("/evaluate", {"judgments": JUDGED, "measures": ["nDCG@0"]}, 422, "nDCG@0"),
        ("/evaluate", {"judgments": JUDGED, "measures": ["__import__('os')"]}, 422, "measure"),
        ("/evaluate", {"judgments": JUDGED, "policies": ["nobodys"]}, 422, "there is no policy"),
        ("/evaluate", {"judgments": [{"query": "a", "docid": "b", "rating": "good"}]}, 422, "rating"),
        ("/evaluate", {"judgments": JUDGED, "judgments_file": "a.csv"}, 422, "not both"),
    ],
)
def test_what_cannot_be_done_is_said_at_once(
    shop: TestClient, path: str, body: dict[str, Any], status: int, says: str
) -> None:
    refused = shop.post(f"/catalogues/shop{path}", json=body)
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
    assert says in refused.text
    assert shop.get("/catalogues/shop/jobs").json()["jobs"] == []


def test_unknown_catalogues_jobs_and_a_second_job_of_a_kind_are_clear_answers(shop: TestClient) -> None:
    assert shop.post("/catalogues/nowhere/models/train").status_code == 404
    assert shop.get("/catalogues/shop/jobs/j20261122-000000-abcdef").status_code == 404
    assert shop.get("/catalogues/shop/jobs/..%2F..%2Fetc").status_code in (404, 422)
    first = shop.post("/catalogues/shop/events/rebuild").json()
    second = shop.post("/catalogues/shop/events/rebuild")
    assert (second.status_code, second.json()["title"]) == (409, "job underway")
    assert first["id"] in second.json()["detail"]


def test_without_workers_nothing_is_promised(shop: TestClient, quiet: Settings) -> None:
    with TestClient(build_api(quiet.model_copy(update={"redis_url": None}))) as client:
        refused = client.post("/catalogues/shop/models/train")
    assert (refused.status_code, refused.json()["title"]) == (503, "no workers")
    assert shop.get("/catalogues/shop/jobs").json()["jobs"] == []


def test_a_job_waits_in_its_file_while_the_broker_is_away(shop: TestClient, quiet: Settings) -> None:
    away = quiet.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    with TestClient(build_api(away)) as client:
        assert client.post("/catalogues/shop/events/rebuild").status_code == 202
    assert work_off(quiet) == 1
    assert [job["state"] for job in shop.get("/catalogues/shop/jobs").json()["jobs"]] == ["done"]


def test_no_request_that_fits_the_schema_breaks_jobs_or_shadows(shop: TestClient, quiet: Settings) -> None:
    schema = schemathesis.openapi.from_dict(shop.app.openapi())  # type: ignore[attr-defined]
    found = [operation.ok() for operation in schema.get_all_operations()]
    operations = [operation for operation in found if operation.path.endswith(PATHS)]
    assert len(operations) == 8
    for operation in operations:
        attempt(operation, shop)
    work_off(quiet)  # whatever was accepted ends, one way or the other
    assert all(job.is_over for job in open_ledger(quiet).of("shop"))
    assert DirectoryModelStore(quiet.models_folder / "shop").shadow() is None


def attempt(operation: Any, api: TestClient) -> None:
    @given(case=operation.as_strategy())
    @hypothesis_settings(
        max_examples=8, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    def ask(case: Any) -> None:
        case.path_parameters = {**case.path_parameters, "name": "shop"}
        sent = case.as_transport_kwargs(base_url="http://testserver")
        sent.pop("cookies", None)
        if isinstance(sent.get("data"), bytes | str):
            sent["content"] = sent.pop("data")
        answer = api.request(**sent)
        assert answer.status_code < 500, (sent, answer.text)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"

    ask()


def test_every_field_of_jobs_is_described(quiet: Settings) -> None:
    app = FastAPI()
    app.include_router(build_jobs_router(quiet, call=lambda _settings: None))
    for name, body in app.openapi()["components"]["schemas"].items():
        if name not in (
            "HTTPValidationError",
            "ValidationError",
            "RankingPolicy",
            "Normalizer",
            "Reranking",
            "Diversity",
        ):
            assert all(field.get("description") for field in body.get("properties", {}).values()), name
