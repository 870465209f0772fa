"""Ids of products in addresses: any id may stand there percent-encoded, one with a slash in it, too.

Web servers decode a path before routes see it, and `a%2Fb` would be two steps of it. So the step that is an id keeps
its slashes and percent signs encoded (`keep_slashes`, before routing) until the route reads it (`read_step`).
"""

from typing import Annotated, Final
from urllib.parse import unquote

from pydantic import AfterValidator

_MARK: Final = b"/products/"


def keep_slashes(raw_path: bytes, path: str) -> str:
    """The decoded `path` of a request, in whose product id `/` and `%` are still written `%2F` and `%25`.

    `raw_path` is the path as it was sent.
    """
    if b"%2" not in raw_path or not path.startswith("/catalogues/"):
        return path
    start, mark, rest = raw_path.partition(b"?")[0].partition(_MARK)
    if not mark:
        return path
    step, slash, more = rest.partition(b"/")
    kept = _decoded(step).replace("%", "%25").replace("/", "%2F")
    return f"{_decoded(start + mark)}{kept}{_decoded(slash + more)}"


def read_step(step: str) -> str:
    """The id that such a step says, without white space around it."""
    return step.replace("%2F", "/").replace("%25", "%").strip()


def _decoded(part: bytes) -> str:
    return unquote(part.decode("ascii", "replace"))


IdInPath = Annotated[str, AfterValidator(read_step)]
