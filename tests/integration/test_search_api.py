"""The HTTP API of the read path over a small shop in a real OpenSearch."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from mappings.client import connect
from plugin_config.settings import Settings, load_settings
from query_service.app import build_app
from tests import small_shop

pytestmark = pytest.mark.opensearch
PREFIX = "tapi"
SEARCH = f"/catalogues/{small_shop.NAME}/search"


@pytest.fixture(scope="module")
def shop(opensearch_url: str, redis_url: str) -> Iterator[Settings]:
    settings = load_settings(opensearch_url=opensearch_url, redis_url=redis_url, index_prefix=PREFIX, api_max_body_mb=1)
    client = connect(settings)
    client.request("DELETE", f"/{PREFIX}-{small_shop.NAME}.v1", params={"ignore_unavailable": True})
    small_shop.fill(settings)
    yield settings
    client.request("DELETE", f"/{PREFIX}-{small_shop.NAME}.v1")
    client.close()


@pytest.fixture(scope="module")
def app(shop: Settings) -> FastAPI:
    return build_app(shop)


@pytest.fixture(scope="module")
def api(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def assert_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["detail"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    return problem


def test_both_forms_of_search_give_the_same_hits(api: TestClient) -> None:
    posted = api.post(SEARCH, json={"text": "headphones", "filters": {"price": {"gte": 30}}}).json()
    got = api.get(SEARCH, params={"q": "headphones", "filter": "price=30.."}).json()
    assert [hit["id"] for hit in posted["hits"]] == [hit["id"] for hit in got["hits"]]
    assert set(posted) == {
        "query_id", "hits", "total", "total_is_exact", "facets", "took_ms", "policy", "model", "corrected", "degraded",
        "notes", "operator_notes", "debug", "heard", "frames", "personalized",
    }  # fmt: skip


@pytest.mark.parametrize("group", [True, False])
@pytest.mark.parametrize("policy", ["keyword", "hybrid"])
def test_the_total_is_what_paging_can_reach(api: TestClient, policy: str, group: bool) -> None:
    found = api.post(SEARCH, json={"text": "cardigan", "policy": policy, "group": group, "size": 100}).json()
    assert found["total"] == len(found["hits"]) > 0


def test_a_form_of_more_pictures_than_a_search_takes_is_refused(api: TestClient) -> None:
    files = [("picture", (f"{place}.png", b"x", "image/png")) for place in range(9)]
    problem = assert_problem(api.post(f"{SEARCH}/picture", files=files), 422)
    assert problem["detail"].startswith("images: List should have at most 8")


def test_a_picture_can_be_uploaded_as_a_form(api: TestClient) -> None:
    data = small_shop.square("red", 80)
    files = {"picture": ("red.png", base64.b64decode(data.partition(",")[2]), "image/png")}
    answer = api.post(f"{SEARCH}/picture", files=files, data={"size": "3"})
    assert answer.json()["hits"][0]["id"] == "w1"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": "x", "size": 0}, 422),
        ({"text": "x", "size": 100_000}, 422),
        ({"text": "x", "unknown": 1}, 422),
        ({"filters": {"colour": "red"}}, 422),
        ({"sort": "colour"}, 422),
        ({"facets": ["colour"]}, 422),
        ({"policy": "nope"}, 422),
        ({"images": [{"uri": "data:image/png;base64,AAAA"}]}, 422),
        ({"images": [{"uri": "file:///etc/passwd"}]}, 422),
        ({"images": [{"uri": "http://127.0.0.1/x.png"}]}, 422),
    ],
)
def test_wrong_requests_are_problems(api: TestClient, body: dict[str, Any], status: int) -> None:
    assert_problem(api.post(SEARCH, json=body), status)


def test_other_problems_are_problem_documents_too(api: TestClient) -> None:
    assert_problem(api.post(SEARCH, content=b"{not json", headers={"content-type": "application/json"}), 400)
    assert_problem(api.get("/nowhere"), 404)
    assert_problem(api.get("/catalogues/nope/search"), 404)
    assert_problem(api.get("/catalogues/*/search"), 404)
    assert_problem(api.get(f"/catalogues/{small_shop.NAME}/products/none"), 404)
    assert_problem(api.get(f"/catalogues/{small_shop.NAME}/products/h1/pictures/0"), 404)
    assert_problem(api.put(SEARCH), 405)
    assert_problem(api.post(SEARCH, content=b" " * 1_500_000), 413)


def test_a_body_without_a_declared_length_is_limited_as_well(api: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 50_000

    assert_problem(api.post(SEARCH, content=endless(), headers={"content-type": "application/json"}), 413)


def test_answers_carry_security_headers_and_no_cors(api: TestClient) -> None:
    answer = api.get("/health", headers={"origin": "https://elsewhere.example"})
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "access-control-allow-origin" not in answer.headers


def test_a_picture_is_served_small_and_known_again(api: TestClient) -> None:
    address = f"/catalogues/{small_shop.NAME}/products/w1/pictures/0"
    first = api.get(address, params={"size": 32})
    assert (first.status_code, first.headers["content-type"]) == (200, "image/webp")
    again = api.get(address, params={"size": 32}, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_product_is_given_as_it_was_indexed(api: TestClient) -> None:
    product = api.get(f"/catalogues/{small_shop.NAME}/products/w1").json()
    assert product["source"]["title_zh"] == "红色羊毛衫"
    assert product["pictures"] == 1


def test_readiness_and_metrics_tell_about_the_service(api: TestClient) -> None:
    api.post(SEARCH, json={"text": "kettle"})
    assert api.get("/ready").json()["status"] in ("ok", "waiting")
    page = api.get("/metrics").text
    assert 'vitrine_search_stage_seconds_count{stage="retrieve"}' in page
    assert 'route="/catalogues/{name}/search"' in page


def test_a_search_can_be_looked_up_by_its_id(api: TestClient) -> None:
    answer = api.post(SEARCH, json={"text": "kettle"}).json()
    trace = api.get(f"/searches/{answer['query_id']}").json()
    assert trace["versions"]["index"].startswith(PREFIX)
    assert [hit["id"] for hit in trace["hits"]] == [hit["id"] for hit in answer["hits"]]
    assert_problem(api.get("/searches/never"), 404)


def test_every_field_of_the_api_is_described(app: FastAPI) -> None:
    schema = app.openapi()
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            assert operation.get("summary"), path
            for parameter in operation.get("parameters", []):
                assert parameter.get("description") or parameter["schema"].get("description"), (path, parameter["name"])
    assert json.dumps(schema)


def test_no_request_that_fits_the_schema_breaks_the_service(app: FastAPI, api: TestClient) -> None:
    schema = schemathesis.openapi.from_dict(app.openapi())
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) >= 10
    for operation in operations:
        attempt(operation, api)


def attempt(operation: Any, api: TestClient) -> None:
    """Some requests as the schema allows them; none may end in an error of ours."""

    @given(case=operation.as_strategy())
    @hypothesis_settings(
        max_examples=6, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    def ask(case: Any) -> None:
        case.path_parameters = {
            **case.path_parameters,
            **({"name": small_shop.NAME} if "name" in case.path_parameters else {}),
        }
        sent = case.as_transport_kwargs(base_url="http://testserver")
        sent.pop("cookies", None)
        if isinstance(sent.get("data"), bytes | str):
            sent["content"] = sent.pop("data")
        answer = api.request(**sent)
        assert answer.status_code < 500, (sent, answer.text)

    ask()
