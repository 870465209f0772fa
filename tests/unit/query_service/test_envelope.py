"""What surrounds every request, around an app that breaks."""

from fastapi import FastAPI
from fastapi.testclient import TestClient

from query_service.envelope import Envelope
from query_service.metrics import Metrics
from query_service.problems import install_problems


def test_an_unexpected_error_is_counted_like_every_other_answer() -> None:
    app, metrics = FastAPI(), Metrics()
    install_problems(app)
    app.add_middleware(Envelope, metrics=metrics, max_body_bytes=1_000)

    @app.get("/breaks")
    async def breaks() -> None:
        raise RuntimeError("something nobody thought of")

    answer = TestClient(app, raise_server_exceptions=False).get("/breaks")
    assert answer.status_code == 500
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    page = metrics.page().decode()
    assert 'vitrine_http_request_seconds_count{method="GET",route="/breaks",status="500"} 1.0' in page
    assert 'vitrine_problems_total{code="unexpected"} 1.0' in page
