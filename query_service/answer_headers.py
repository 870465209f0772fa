"""Headers of every answer: what a browser may do with it, and the id that the log knows it by."""

from starlette.datastructures import MutableHeaders

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(self)",
}
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"


def complete_headers(headers: MutableHeaders, request_id: str) -> None:
    """Add what is not set yet; pages of HTML bring a content policy of their own."""
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    headers["x-request-id"] = request_id
    if not headers.get("content-type", "").startswith("text/html"):
        headers.setdefault("content-security-policy", _DATA_POLICY)
