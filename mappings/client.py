"""The one way to OpenSearch: a thin typed client over opensearch-py, blocking and async, that speaks bytes."""

import logging
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit, urlunsplit

import orjson
from opensearchpy import AsyncOpenSearch, OpenSearch
from opensearchpy.exceptions import OpenSearchException, SerializationError
from opensearchpy.serializer import JSONSerializer

from mappings.connection import LeanConnection
from mappings.errors import EngineRejected, EngineUnavailable, translate
from plugin_config.errors import ConfigurationError
from plugin_config.settings import Settings

Body: TypeAlias = Mapping[str, Any] | bytes | None
Params: TypeAlias = Mapping[str, str | int | float | bool]

_REFUSED_ENGINES = {"faiss", "nmslib"}
_RETRIES = 2


class _Orjson(JSONSerializer):
    """Bytes pass as they are; everything else goes through orjson, NumPy arrays included."""

    def dumps(self, data: Any) -> Any:
        if isinstance(data, bytes | str):
            return data
        try:
            return orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
        except TypeError as error:
            raise SerializationError(str(error), error) from error

    def loads(self, s: str) -> Any:
        try:
            return orjson.loads(s)
        except orjson.JSONDecodeError as error:
            raise SerializationError(s[:200], error) from error


class Client:
    """Blocking client, safe to share between threads. Every method raises the errors of mappings.errors."""

    def __init__(self, engine: OpenSearch, where: str) -> None:
        self._engine = engine
        self.where = where

    def request(
        self, method: str, path: str, *, body: Body = None, params: Params | None = None, timeout_seconds: float = 0
    ) -> Any:
        """Send one request and return the parsed answer. `bytes` bodies (bulk, msearch) are sent as they are.

        Lost connections are tried again twice, time limits not. `timeout_seconds` 0 means the setting.
        Raises EngineUnavailable, EngineBusy, EngineAccessRefused, EngineRejected, DiskFull, NotFound, Conflict.
        """
        _refuse_native_engines(path, body)
        options = _options(params, timeout_seconds)
        try:
            return self._engine.transport.perform_request(method, path, params=options, body=body)
        except OpenSearchException as error:
            raise translate(error, what=f"{method} {path}", where=self.where) from error

    def search(self, index: str, body: Mapping[str, Any], **params: str | int | bool) -> Any:
        """POST a search body to an index or alias; the answer as OpenSearch gives it."""
        return self.request("POST", f"/{index}/_search", body=body, params=params)

    def refresh(self, index: str) -> None:
        """Make everything written so far findable."""
        self.request("POST", f"/{index}/_refresh")

    def close(self) -> None:
        self._engine.transport.close()


class AsyncClient:
    """The same for an event loop, for the read path. Every method raises the errors of mappings.errors."""

    def __init__(self, engine: AsyncOpenSearch, where: str) -> None:
        self._engine = engine
        self.where = where

    async def request(
        self, method: str, path: str, *, body: Body = None, params: Params | None = None, timeout_seconds: float = 0
    ) -> Any:
        """As Client.request."""
        _refuse_native_engines(path, body)
        options = _options(params, timeout_seconds)
        try:
            return await self._engine.transport.perform_request(method, path, params=options, body=body)
        except OpenSearchException as error:
            raise translate(error, what=f"{method} {path}", where=self.where) from error

    async def search(self, index: str, body: Mapping[str, Any], **params: str | int | bool) -> Any:
        """As Client.search."""
        return await self.request("POST", f"/{index}/_search", body=body, params=params)

    async def close(self) -> None:
        await self._engine.transport.close()


def connect(settings: Settings, *, connections: int = 8) -> Client:
    """A client for the cluster that the settings name. Does not speak to it yet.

    Raises EngineUnavailable when no address is set, ConfigurationError when address or CA file cannot be used.
    """
    url = _address(settings)
    return Client(OpenSearch(**_arguments(settings, url), pool_maxsize=connections), without_password(url))


def connect_async(settings: Settings, *, connections: int = 32) -> AsyncClient:
    """As connect, for an event loop; close it with `await client.close()`."""
    url = _address(settings)
    engine = AsyncOpenSearch(**_arguments(settings, url), pool_maxsize=connections, connection_class=LeanConnection)
    return AsyncClient(engine, without_password(url))


def without_password(url: str) -> str:
    """The address as it may be printed and logged."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _address(settings: Settings) -> str:
    if settings.opensearch_url is None:
        raise EngineUnavailable("no OpenSearch is known: start one with `vitrine up` or set VITRINE_OPENSEARCH_URL")
    return settings.opensearch_url


def _check_bundle(path: Path) -> None:
    # The client reads the file with its first request, where nobody expects a mistake of configuration.
    try:
        ssl.create_default_context(cafile=path)
    except OSError as error:  # an SSLError is one
        raise ConfigurationError(
            f"VITRINE_OPENSEARCH_CA_FILE: {path} cannot be used as certificates in PEM form ({error})"
        ) from error


def _arguments(settings: Settings, url: str) -> dict[str, Any]:
    # opensearch-py warns on standard error about each failed request; we raise it, with a better text.
    logging.getLogger("opensearch").setLevel(logging.ERROR)
    arguments: dict[str, Any] = {
        "hosts": [url],
        "serializer": _Orjson(),
        "timeout": settings.opensearch_timeout_seconds,
        "max_retries": _RETRIES,
        "retry_on_timeout": False,
        "retry_on_status": (),
    }
    if settings.opensearch_user is not None:
        password = settings.opensearch_password
        arguments["http_auth"] = (settings.opensearch_user, password.get_secret_value() if password else "")
    if settings.opensearch_ca_file is not None:
        _check_bundle(settings.opensearch_ca_file)
        arguments["ca_certs"] = str(settings.opensearch_ca_file)
    if url.startswith("https"):
        arguments |= {"use_ssl": True, "verify_certs": True}
    return arguments


def _options(params: Params | None, timeout_seconds: float) -> dict[str, Any]:
    options: dict[str, Any] = {
        name: str(value).lower() if isinstance(value, bool) else value for name, value in (params or {}).items()
    }
    if timeout_seconds:
        options["request_timeout"] = timeout_seconds
    return options


def _refuse_native_engines(path: str, body: Body) -> None:
    # A native k-NN engine without its library kills the node, and it does not come back: it never gets that far.
    if isinstance(body, Mapping) and ("mappings" in body or "properties" in body or "template" in body):
        wrong = _native_engine(body)
        if wrong:
            raise EngineRejected(f"{path}: {wrong}; Vitrine writes k-NN fields with the engine lucene only")


def _native_engine(node: Any) -> str | None:
    if isinstance(node, Mapping):
        if node.get("type") == "knn_vector":
            engine = (node.get("method") or {}).get("engine")
            return None if engine == "lucene" else f"a knn_vector field with the engine {engine or '(default)'}"
        if node.get("engine") in _REFUSED_ENGINES:
            return f"the engine {node['engine']}"
        return next((found for child in node.values() if (found := _native_engine(child))), None)
    if isinstance(node, list):
        return next((found for child in node if (found := _native_engine(child))), None)
    return None
