"""`vitrine search`: ask a catalogue by words, picture, voice and video, through the running API or in this process."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from plugin_config.errors import VitrineError

if TYPE_CHECKING:
    from plugin_config.settings import Settings
    from query_service.messages import SearchRequest, SearchResponse

_TEXT = typer.Argument(None, help="The words. Without words and picture, popular products are shown.")
_CATALOGUE = typer.Option(..., "--catalogue", help="Name of the catalogue.")
_IMAGE = typer.Option([], "--image", help="Picture to search by: a path or an address; several allowed.")
_AUDIO = typer.Option(None, "--audio", help="Recording of what you search for: a path or an address.")
_VIDEO = typer.Option(None, "--video", help="Video of what you search for: a path or an address.")
_FILTER = typer.Option([], "--filter", help="field=value or price=10..50; several allowed.")
_SORT = typer.Option(None, "--sort", help="A field, `-` before it for descending.")
_SIZE = typer.Option(10, "--size", help="Hits to show.")
_FROM = typer.Option(0, "--from", help="Hits to skip.")
_USER = typer.Option(None, "--user", help="The shopper's anonymous id.")
_MORE_LIKE = typer.Option([], "--more-like", help="Id of a product that you want more like; several allowed.")
_NOT_LIKE = typer.Option([], "--not-like", help="Id of a product that you do not want; several allowed.")
_POLICY = typer.Option(None, "--policy", help="Name of a policy, or a YAML file with one.")
_EXPLAIN = typer.Option(False, "--explain", help="Say why each hit stands where it stands.")
_JSON = typer.Option(False, "--json", help="Print one JSON object.")

API_TIMEOUT_SECONDS = 60.0


class UnreadableFile(VitrineError):
    """A picture, recording or video given on the command line cannot be read."""

    code = "unreadable_file"


class RefusedSearch(VitrineError):
    """The API answered with a problem."""

    code = "refused_search"


def register(app: typer.Typer) -> None:
    app.command(help="Search a catalogue by words, picture, voice and video.")(search)


def search(
    text: str | None = _TEXT,
    catalogue: str = _CATALOGUE,
    image: list[str] = _IMAGE,
    audio: str | None = _AUDIO,
    video: str | None = _VIDEO,
    filter: list[str] = _FILTER,
    sort: str | None = _SORT,
    size: int = _SIZE,
    from_: int = _FROM,
    user: str | None = _USER,
    more_like: list[str] = _MORE_LIKE,
    not_like: list[str] = _NOT_LIKE,
    policy: str | None = _POLICY,
    explain: bool = _EXPLAIN,
    as_json: bool = _JSON,
) -> None:
    from plugin_config.settings import load_settings
    from query_service.filter_text import parse_filters
    from vitrine.commands._search_report import print_page
    from vitrine.stack.discovery import running_settings

    request = build_request(
        {
            "text": text,
            "images": [{"uri": file_uri(each, "--image")} for each in image],
            "audio": None if audio is None else {"uri": file_uri(audio, "--audio")},
            "video": None if video is None else {"uri": file_uri(video, "--video")},
            "filters": parse_filters(filter),
            "sort": sort,
            "size": size,
            "from": from_,
            "user": user,
            "more_like": more_like,
            "not_like": not_like,
            "policy": policy_of(policy),
            "explain": explain,
        }
    )
    answer = ask(running_settings(load_settings()), catalogue, request)
    if as_json:
        typer.echo(answer.model_dump_json())
    else:
        print_page(answer)


def build_request(fields: dict[str, Any]) -> SearchRequest:
    """The request, or a usage error that names the option."""
    from pydantic import ValidationError

    from query_service.messages import SearchRequest

    try:
        return SearchRequest.model_validate(fields)
    except ValidationError as error:
        wrong = "; ".join(f"--{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise typer.BadParameter(wrong) from error


def file_uri(given: str, option: str) -> str:
    """A local file as a data URI; an address or data URI as it is. Raises UnreadableFile."""
    if given.lower().startswith(("http://", "https://", "data:")):
        return given
    try:
        data = Path(given).expanduser().read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{option} {given}: the file cannot be read: {os.strerror(error.errno or 0)}") from error
    return f"data:application/octet-stream;base64,{base64.b64encode(data).decode()}"


def policy_of(given: str | None) -> Any:
    """The policy's name, or the policy in a file."""
    from plugin_config.policy import read_policy

    if given is None or not (given.endswith((".yaml", ".yml")) or "/" in given):
        return given
    return read_policy(Path(given)).model_dump(mode="json")


def ask(settings: Settings, catalogue: str, request: SearchRequest) -> SearchResponse:
    """Ask the running API; without one, search in this process. Raises VitrineErrors."""
    import asyncio

    from query_service.composition import run_once
    from vitrine.stack.discovery import running_api_url

    url = running_api_url(settings)
    answer = None if url is None else ask_api(url, catalogue, request)
    return answer if answer is not None else asyncio.run(run_once(settings, catalogue, request)).to_message()


def ask_api(url: str, catalogue: str, request: SearchRequest) -> SearchResponse | None:
    """The API's answer; None when it cannot be reached. Raises RefusedSearch with the problem's own words."""
    import httpx

    from query_service.messages import SearchResponse

    address = f"{url.rstrip('/')}/catalogues/{catalogue}/search"
    body = request.model_dump_json(by_alias=True, exclude_defaults=True)
    try:
        answer = httpx.post(
            address, content=body, headers={"content-type": "application/json"}, timeout=API_TIMEOUT_SECONDS
        )
    except httpx.TransportError:
        return None
    if answer.is_success:
        return SearchResponse.model_validate_json(answer.content)
    is_problem = "problem+json" in answer.headers.get("content-type", "")
    raise RefusedSearch(answer.json()["detail"] if is_problem else f"{address} answers {answer.status_code}")
