"""Finds the running stack, so that every other command reaches it without being told where it is."""

from urllib.parse import urlsplit

from plugin_config.settings import Settings
from vitrine.stack.errors import StackDownError
from vitrine.stack.redis import with_database
from vitrine.stack.services import API, OPENSEARCH, REDIS
from vitrine.stack.state import ServiceState, StackState, read_state


def running_settings(settings: Settings) -> Settings:
    """The settings with the addresses of the running stack in place of those that are not set.

    Fills opensearch_url, redis_url, features_redis_url and, when the API runs, api_port.
    Raises StackDownError when an address is neither set nor known.
    """
    found = settings_of_what_runs(settings)
    if found.opensearch_url is None or found.redis_url is None:
        lacking = "OpenSearch" if found.opensearch_url is None else "Redis"
        raise StackDownError(
            f"the local {lacking} of {settings.state_dir.absolute()} does not run. Start it with `vitrine up`, or set "
            "VITRINE_OPENSEARCH_URL and VITRINE_REDIS_URL (VITRINE_STATE_DIR names the folder of another stack)."
        )
    return found


def settings_of_what_runs(settings: Settings) -> Settings:
    """The same as far as parts run: what neither is set nor runs stays None."""
    state = read_state(settings.state_dir.absolute())
    redis_url = settings.redis_url or _url(state, REDIS)
    features_url = settings.features_redis_url or (redis_url and with_database(redis_url, 1))
    api_url = _url(state, API)
    return settings.model_copy(
        update={
            "opensearch_url": settings.opensearch_url or _url(state, OPENSEARCH),
            "redis_url": redis_url,
            "features_redis_url": features_url,
            "api_port": urlsplit(api_url).port if api_url else settings.api_port,
        }
    )


def running_api_url(settings: Settings) -> str | None:
    """The address of the running API, or None."""
    return _url(read_state(settings.state_dir.absolute()), API)


def _url(state: StackState, name: str) -> str | None:
    service: ServiceState | None = state.services.get(name)
    return service.url if service is not None and not service.is_external and service.is_alive else None
