"""Counters and times for Prometheus, kept by each app for itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """Latency by stage, degraded parts, and requests by route and status."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._stages = Histogram(
            "vitrine_search_stage_seconds", "Time of one stage of a search.", ["stage"],
            registry=self._registry, buckets=_SECONDS,
        )  # fmt: skip
        self._degraded = Counter(
            "vitrine_search_degraded_total",
            "Searches that had to do without a part.",
            ["part"],
            registry=self._registry,
        )
        self._requests = Histogram(
            "vitrine_http_request_seconds", "Requests by route, method and status.", ["route", "method", "status"],
            registry=self._registry, buckets=_SECONDS,
        )  # fmt: skip
        self._served = Counter(
            "vitrine_served_searches_total", "Served searches by whether they were logged: written, dropped, failed.",
            ["outcome"], registry=self._registry,
        )  # fmt: skip
        self._events = Counter(
            "vitrine_events_total", "Events by what became of them.", ["outcome"], registry=self._registry
        )
        self._rejected_events = Counter(
            "vitrine_events_rejected_total", "Events that were refused, by reason.", ["reason"], registry=self._registry
        )
        self._problems = Counter(
            "vitrine_problems_total", "Problem documents by code.", ["code"], registry=self._registry
        )

    def served(self, outcome: str, count: int) -> None:
        """Count served searches on their way into the log: written, dropped or failed."""
        self._served.labels(outcome).inc(count)

    def events(self, outcomes: Mapping[str, int], rejected: Mapping[str, int]) -> None:
        """Count events that came in, by what became of them, and those refused by reason."""
        for outcome, count in outcomes.items():
            self._events.labels(outcome).inc(count)
        for reason, count in rejected.items():
            self._rejected_events.labels(reason).inc(count)

    def search(self, took_ms: Mapping[str, float], degraded: Sequence[str]) -> None:
        """Count one answered search."""
        for stage, milliseconds in took_ms.items():
            self._stages.labels(stage).observe(milliseconds / 1000)
        for part in degraded:
            self._degraded.labels(part).inc()

    def request(self, scope: Mapping[str, Any], status: int, seconds: float) -> None:
        """Count one request, by the route's template, so that ids never become labels."""
        route = scope.get("route")
        name = getattr(route, "path", "unmatched")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._requests.labels(name, method, str(status)).observe(seconds)
        if "problem_code" in scope:
            self._problems.labels(scope["problem_code"]).inc()

    def page(self) -> bytes:
        """The metrics in Prometheus's text format."""
        return generate_latest(self._registry)
