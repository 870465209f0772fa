"""Signed result tokens: proof that a product was really shown, for which query, where and by which policy.

A token is `base64url(payload).base64url(mac)`: the payload is compact JSON, the mac the first 16 bytes of HMAC-SHA256 (RFC 2104;
NIST SP 800-107 allows the truncation). Events that carry a valid one teach; others are kept and do not.
"""

import base64
import binascii
import hmac
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from plugin_config.errors import VitrineError

_MAC_BYTES = 16
_LONGEST = 1_500
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
LIFETIME_SECONDS = 7 * 86_400.0


class TokenError(VitrineError):
    """A result token is forged, damaged or too old; the event is kept and does not teach."""

    code = "token"
    status = 422


@dataclass(frozen=True, slots=True)
class ResultToken:
    """What a token vouches for. `position` from 1; `expires`: seconds since 1970; `variant` is empty outside experiments."""

    query_id: str
    product: str
    position: int
    policy: str
    variant: str
    expires: float


class TokenSigner:
    """Signs and checks tokens with one key of at least 16 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise TokenError("the token key is shorter than 16 bytes; set VITRINE_TOKEN_KEY to a longer one")
        self._key = key

    def sign(self, token: ResultToken) -> str:
        return self._signed(token.query_id, token.product, token.position, token.policy, token.variant, token.expires)

    def sign_page(
        self, query_id: str, products: Sequence[str], *, first: int, policy: str, expires: float
    ) -> list[str]:
        """The tokens of a page's products, the first of them at position `first`; the same as `sign` gives for each."""
        return [
            self._signed(query_id, product, position, policy, "", expires)
            for position, product in enumerate(products, start=first)
        ]

    def _signed(self, query_id: str, product: str, position: int, policy: str, variant: str, expires: float) -> str:
        payload = orjson.dumps((query_id, product, position, policy, variant, int(expires)))
        return (_encode(payload) + b"." + _encode(self._mac(payload))).decode()

    def check(self, text: str, *, now: float) -> ResultToken:
        """The content of a token. Raises TokenError when it is not ours, damaged, or expired at `now`."""
        if len(text) > _LONGEST:
            raise TokenError(f"the result token is longer than {_LONGEST} characters; send it back as it came")
        payload_text, _, mac_text = text.partition(".")
        try:
            payload, mac = _decode(payload_text), _decode(mac_text)
        except (binascii.Error, ValueError) as error:
            raise TokenError("the result token is damaged; send it back as it came") from error
        if not hmac.compare_digest(mac, self._mac(payload)):
            raise TokenError("the result token was not signed here; send it back as it came")
        query_id, product, position, policy, variant, expires = orjson.loads(payload)
        if now > expires:
            raise TokenError("the result token has expired; the click came too long after the search")
        return ResultToken(query_id, product, position, policy, variant, float(expires))

    def _mac(self, payload: bytes) -> bytes:
        return hmac.digest(self._key, payload, "sha256")[:_MAC_BYTES]


def token_key(configured: str | None, state_dir: Path) -> bytes:
    """The configured key, else the one in `state_dir/token.key`, made once with mode 0600 (several processes may ask at once)."""
    if configured:
        return configured.encode()
    path = state_dir / "token.key"
    if not path.exists():
        state_dir.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".token.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode())
        try:
            os.link(draft, path)  # the first process wins, the others read its key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes().strip()


def _encode(data: bytes) -> bytes:
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_URL_SAFE)


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
