"""The API that `vitrine up` serves: searching, writing and the storefront behind one address."""

import json
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from plugin_config.settings import Settings
from vitrine.stack.discovery import running_api_url


@pytest.fixture(scope="module")
def address(running_stack: Settings) -> str:
    url = running_api_url(running_stack)
    assert url is not None
    return url


def test_the_api_is_alive(address: str) -> None:
    with urlopen(f"{address}/health", timeout=60) as answer:
        assert json.load(answer)["status"] == "ok"


def test_reading_and_writing_stand_in_one_description(address: str) -> None:
    with urlopen(f"{address}/openapi.json", timeout=60) as answer:
        paths = json.load(answer)["paths"]
    assert any(path.endswith("/search") for path in paths)
    assert "put" in paths["/catalogues/{name}/products/{id}"]


def test_events_are_taken_and_counted(address: str) -> None:
    event = {"application": "nowhere", "action_name": "click", "timestamp": time.time()}
    request = Request(f"{address}/events", data=json.dumps(event).encode())
    with urlopen(request, timeout=60) as answer:
        assert json.load(answer)["rejected"] == {"unknown_catalogue": 1}
    with urlopen(f"{address}/metrics", timeout=60) as answer:
        page = answer.read().decode()
    assert 'vitrine_events_total{outcome="rejected"} 1.0' in page
    assert 'vitrine_events_rejected_total{reason="unknown_catalogue"} 1.0' in page


def test_what_can_go_wrong_is_described_as_it_is_answered(address: str) -> None:
    with urlopen(f"{address}/openapi.json", timeout=60) as answer:
        described = json.load(answer)
    assert "HTTPValidationError" not in json.dumps(described)
    flood = described["paths"]["/events"]["post"]["responses"]["429"]
    assert "application/problem+json" in flood["content"]
    assert "Retry-After" in flood["headers"]
    assert "409" in described["paths"]["/catalogues/{name}/models/current"]["put"]["responses"]


def test_no_route_is_given_twice(address: str) -> None:
    with urlopen(f"{address}/openapi.json", timeout=60) as answer:
        operations = [
            operation["operationId"]
            for path in json.load(answer)["paths"].values()
            for method, operation in path.items()
            if method in ("get", "put", "post", "patch", "delete")
        ]
    assert len(operations) == len(set(operations))


def test_the_storefront_is_served(address: str) -> None:
    with urlopen(f"{address}/", timeout=60) as answer:
        assert "text/html" in answer.headers["content-type"]


def test_a_wrong_request_is_answered_by_a_problem_document(address: str) -> None:
    request = Request(f"{address}/catalogues/nowhere/products/1", method="PUT", data=b"{}")
    request.add_header("content-type", "application/json")
    with pytest.raises(HTTPError) as refused:
        urlopen(request, timeout=60)
    with refused.value as answer:
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert json.load(answer)["detail"]
