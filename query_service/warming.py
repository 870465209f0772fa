"""Before the first shopper comes: everything that is slow the first time is done once."""

import base64
import io
import logging
from collections.abc import Awaitable, Callable, Iterator

from PIL import Image

from plugin_config.catalogue import Catalogue
from plugin_config.errors import VitrineError
from plugin_config.policy import BUILT_IN
from query_service.messages import PictureInput, SearchRequest
from query_service.page import SearchPage

log = logging.getLogger(__name__)
WORDS = ("new", "blue and green", "one for the house")


async def warm(search: Callable[[str, SearchRequest], Awaitable[SearchPage]], catalogue: Catalogue) -> None:
    """Search the catalogue a few times: encoders and trees are loaded and compiled then, samples of vectors are read,
    connections to OpenSearch and Redis stand. What fails is logged: the same search of a shopper would say why.
    """
    for request in first_searches(catalogue):
        try:
            await search(catalogue.name, request)
        except VitrineError as error:
            log.warning("%s cannot be warmed up: %s", catalogue.name, error)
            return


def first_searches(catalogue: Catalogue) -> Iterator[SearchRequest]:
    """Words with everything a policy can ask for, and a picture where the catalogue's pictures are searched."""
    for words in WORDS:
        yield SearchRequest(text=words, policy=BUILT_IN["reranked"])
    if catalogue.encoders.picture is not None:
        yield SearchRequest(images=[PictureInput(uri=grey_picture())])


def grey_picture() -> str:
    """A picture of nothing, as a data URI."""
    file = io.BytesIO()
    Image.new("RGB", (256, 256), (128, 128, 128)).save(file, "JPEG")
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
