"""Which catalogue `/` leads to."""

from fastapi import Request

from plugin_config.errors import VitrineError


async def first_catalogue(request: Request) -> str | None:
    """Name of the first catalogue that the running service knows; None when it knows none or cannot ask."""
    service = getattr(request.app.state, "service", None)
    if service is None:
        return None
    try:
        names: list[str] = await service.catalogues.names()
    except VitrineError:
        return None  # the shop page that is shown instead says what does not work
    return names[0] if names else None
