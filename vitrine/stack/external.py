"""The stores that settings name: asked before anything is started, whether they will do."""

from redis.exceptions import AuthenticationError, RedisError

from mappings.client import without_password
from mappings.errors import EngineError
from plugin_config.settings import Settings
from vitrine.stack.errors import StackError
from vitrine.stack.probes import opensearch_plugins, opensearch_version, redis_version
from vitrine.stack.services import OPENSEARCH, REDIS
from vitrine.stack.state import ServiceState

OLDEST_OPENSEARCH = (3, 1)  # older ones do not collapse the hits of a hybrid query: every variant would be shown
NEEDED_PLUGINS = ("opensearch-knn", "opensearch-neural-search")


def external_stores(settings: Settings) -> list[ServiceState]:
    """The stores that settings name, after they have answered. Raises StackError naming the setting."""
    found = []
    if settings.opensearch_url is not None:
        found.append(_opensearch(settings, settings.opensearch_url))
    if settings.redis_url is not None:
        found.append(_redis(settings, settings.redis_url))
    return found


def _opensearch(settings: Settings, url: str) -> ServiceState:
    where = without_password(url)
    try:
        version = opensearch_version(settings)
        plugins = opensearch_plugins(settings)
    except EngineError as error:
        raise StackError(
            f"OpenSearch at {where} (VITRINE_OPENSEARCH_URL) cannot be used: {error}. See also "
            "VITRINE_OPENSEARCH_USER, VITRINE_OPENSEARCH_PASSWORD and VITRINE_OPENSEARCH_CA_FILE."
        ) from error
    require_version(where, version)
    if lacking := [name for name in NEEDED_PLUGINS if name not in plugins]:
        raise StackError(
            f"OpenSearch at {where} lacks {' and '.join(lacking)}, which hybrid queries need. Install them there, "
            "or unset VITRINE_OPENSEARCH_URL for a local OpenSearch."
        )
    return ServiceState(OPENSEARCH, where, None, version=version)


def require_version(where: str, version: str) -> None:
    """Raises StackError for an OpenSearch that is too old."""
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_OPENSEARCH:
        oldest = ".".join(map(str, OLDEST_OPENSEARCH))
        raise StackError(
            f"OpenSearch at {where} is version {version}; showing one of each product's variants needs {oldest} or newer. "
            "Update it, name another in VITRINE_OPENSEARCH_URL, or unset that for a local one."
        )


def _redis(settings: Settings, url: str) -> ServiceState:
    where = without_password(url)
    try:
        return ServiceState(REDIS, where, None, version=redis_version(settings))
    except RedisError as error:
        raise StackError(f"Redis at {where} (VITRINE_REDIS_URL) {_refusal(error)}.") from error


def _refusal(error: RedisError) -> str:
    text = str(error)
    if isinstance(error, AuthenticationError):
        return f"refuses the user or password ({text}); they stand in the address: redis://user:password@host:port/0"
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return "has a certificate that is not trusted; name the CA that signed it in VITRINE_REDIS_CA_FILE"
    return f"does not answer ({text}); check the address, which begins with rediss:// where the server speaks TLS"
