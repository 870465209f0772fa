"""“But in blue”, typed beside a picture: words that change the picture are no words to search for."""

import re

from query_service.messages import SearchRequest

# “but in blue”, “the same but with a hood”, “this, but red”; 但是蓝色, 换成蓝色.
_CHANGE = re.compile(
    r"^\s*(?:(?:the\s+|this\s+)?(?:same|this|one|it)?\s*,?\s*but\s+(?P<said>\S.*)|(?:但是?|换成|改成)(?P<written>\S.*))$",
    re.IGNORECASE | re.DOTALL,
)
LONGEST_CHANGE = 200


def with_change(request: SearchRequest) -> SearchRequest:
    """The request with such words moved to its pictures; as it is without pictures, or where they already have some."""
    if not request.images or request.text is None or any(image.but for image in request.images):
        return request
    match = _CHANGE.match(request.text)
    if match is None:
        return request
    said = (match["said"] or match["written"]).strip()[:LONGEST_CHANGE]
    wanted = [image if image.weight < 0 else image.model_copy(update={"but": said}) for image in request.images]
    return request.model_copy(update={"text": None, "images": wanted})
