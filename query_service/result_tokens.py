"""Signed tokens on hits, so that what shoppers do with them can be believed."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from plugin_config.settings import Settings
from query_service.page import SearchPage
from ranking.behaviour.event import RECOMMENDED
from ranking.behaviour.tokens import LIFETIME_SECONDS, TokenError, TokenSigner, token_key

log = logging.getLogger(__name__)


class ResultTokens:
    """Makes the tokens of a page. The key is read on first use; without one hits carry none, and searches go on."""

    def __init__(self, settings: Settings, *, now: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._now = now
        self._signer: TokenSigner | None = None
        self._is_impossible = False

    def sign_page(self, query_id: str, products: Sequence[str], *, first: int, policy: str) -> list[str | None]:
        """The tokens of a page's hits, the first of them at position `first`; None where no key can be had."""
        signer = self._signer or self._open()
        if signer is None:
            return [None] * len(products)
        expires = self._now() + LIFETIME_SECONDS
        return [*signer.sign_page(query_id, products, first=first, policy=policy, expires=expires)]

    def sign_row(self, page: SearchPage) -> SearchPage:
        """A page of recommendations with tokens on its hits: what is done with them teaches, and tells of no search."""
        ids = [hit.id for hit in page.hits]
        tokens = self.sign_page(page.query_id, ids, first=1, policy=RECOMMENDED + page.policy)
        hits = tuple(replace(hit, token=token) for hit, token in zip(page.hits, tokens, strict=True))
        return replace(page, hits=hits)

    def _open(self) -> TokenSigner | None:
        if self._is_impossible:
            return None
        configured = self._settings.token_key
        try:
            key = token_key(configured.get_secret_value() if configured else None, self._settings.state_dir)
            self._signer = TokenSigner(key)
        except (OSError, TokenError) as error:
            self._is_impossible = True
            log.error(
                "hits carry no tokens, so clicks will not teach: %s; set VITRINE_TOKEN_KEY and start again", error
            )
        return self._signer
