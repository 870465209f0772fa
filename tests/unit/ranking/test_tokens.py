import contextlib
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.behaviour.tokens import ResultToken, TokenError, TokenSigner, token_key

KEY = b"0123456789abcdef"
TOKEN = ResultToken("q-1", "雨伞-7", 3, "hybrid", "", 2_000_000_000.0)


def test_a_token_says_what_was_signed():
    signer = TokenSigner(KEY)
    assert signer.check(signer.sign(TOKEN), now=1_999_999_999) == TOKEN


def test_an_expired_token_is_refused():
    signer = TokenSigner(KEY)
    with pytest.raises(TokenError, match="expired"):
        signer.check(signer.sign(TOKEN), now=2_000_000_001)


def test_another_shops_token_is_refused():
    with pytest.raises(TokenError, match="not signed here"):
        TokenSigner(KEY).check(TokenSigner(b"another key of 16+").sign(TOKEN), now=0)


@given(st.integers(0, 60), st.characters(codec="ascii"))
def test_no_changed_character_goes_unnoticed(place: int, replacement: str):
    signer = TokenSigner(KEY)
    text = signer.sign(TOKEN)
    place %= len(text)
    changed = text[:place] + replacement + text[place + 1 :]
    if changed == text:
        return
    with contextlib.suppress(TokenError):
        assert signer.check(changed, now=0) == TOKEN  # base64 leaves a few bits unused at the end of each part


@given(st.text(max_size=80))
def test_anything_else_is_an_error_and_never_a_crash(text: str):
    with pytest.raises(TokenError):
        TokenSigner(KEY).check(text, now=0)


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path):
    first = token_key(None, tmp_path)
    assert token_key(None, tmp_path) == first
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "token.key").stat().st_mode) == 0o600
    assert token_key("a configured key", tmp_path) == b"a configured key"


def test_the_tokens_of_a_page_are_those_of_its_products_one_by_one() -> None:
    signer = TokenSigner(KEY)
    page = signer.sign_page("q", ["tea", "täst/+"], first=25, policy="hybrid", expires=2_000_000_000.5)
    each = [ResultToken("q", id, place, "hybrid", "", 2_000_000_000.5) for id, place in (("tea", 25), ("täst/+", 26))]
    assert page == [signer.sign(token) for token in each]
    assert signer.check(page[1], now=1) == ResultToken("q", "täst/+", 26, "hybrid", "", 2_000_000_000.0)
