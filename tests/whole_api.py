"""The API as a server runs it, with one catalogue in it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from plugin_config.settings import Settings
from vitrine.api import create_app
from vitrine.stack.environment import settings_variables


@contextmanager
def standing_api(
    catalogue: Mapping[str, Any], *, prefix: str, state_dir: Path, opensearch_url: str, redis_url: str
) -> Iterator[TestClient]:
    """A client of the API with this catalogue, `shop`; its indexes bear the prefix and are removed at the end."""
    settings = Settings(opensearch_url=opensearch_url, redis_url=redis_url, index_prefix=prefix, state_dir=state_dir)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings_variables(settings).items():
            patch.setenv(name, value)
        with TestClient(create_app()) as client:
            assert client.put("/catalogues/shop", json=catalogue).status_code == 200
            yield client
            assert client.portal is not None
            engine = client.app.state.service.client  # type: ignore[attr-defined]
            client.portal.call(lambda: engine.request("DELETE", f"/{prefix}-*", params={"expand_wildcards": "all"}))
