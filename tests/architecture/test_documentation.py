"""The documentation cannot rot: generated pages are up to date, and every block and link in the others is checked."""

import json
import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import typer
from pydantic import BaseModel

from docs.generate import FOLDER, pages, specification
from plugin_config.catalogue import parse_catalogue
from plugin_config.settings import Settings
from query_service.messages import SearchRequest
from vitrine.jobs.requests import EvaluateRequest, TrainRequest
from vitrine.main import build_app as build_command_line

ROOT = Path(__file__).parents[2]
WRITTEN = sorted([ROOT / "README.md", *(path for path in (ROOT / "docs").rglob("*.md") if path.parent != FOLDER)])
NAMES = [path.relative_to(ROOT).as_posix() for path in WRITTEN]


def blocks(kind: str) -> list[tuple[str, str]]:
    """(page, text) of every fenced block of this kind."""
    fence = re.compile(rf"^```{kind}\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return [(name, text) for name in NAMES for text in fence.findall((ROOT / name).read_text(encoding="utf-8"))]


def shell_lines(program: str) -> list[tuple[str, str]]:
    lines = [(name, line) for name, text in blocks("sh") for line in text.replace("\\\n", " ").splitlines()]
    return [(name, line) for name, line in lines if line.removeprefix(".venv/bin/").split(" ")[0] == program]


@pytest.mark.parametrize("name", sorted(pages()))
def test_the_generated_pages_are_up_to_date(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == pages()[name], "run `make docs`"


@pytest.mark.parametrize(("page", "line"), shell_lines("vitrine"))
def test_every_shown_command_is_one_that_the_command_line_takes(page: str, line: str) -> None:
    words = shlex.split(line)[1:]
    command: Any = typer.main.get_command(build_command_line())
    name = "vitrine"
    while hasattr(command, "commands"):
        assert words[0] in command.commands, f"{page}: {name} has no {words[0]}"
        name, command, words = f"{name} {words[0]}", command.commands[words[0]], words[1:]
    known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
    unknown = [word for word in words if word.startswith("--") and word not in known]
    assert not unknown, f"{page}: {name} has no {unknown}"


@pytest.mark.parametrize(("page", "line"), shell_lines("make"))
def test_every_shown_make_verb_is_in_the_makefile(page: str, line: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{line.split()[1]}:", makefile, re.MULTILINE), page


def fits(path: str, template: str) -> bool:
    """Whether a path is one that a template like /catalogues/{name} stands for."""
    steps, wanted = path.split("/"), template.split("/")
    return len(steps) == len(wanted) and all(w == s or w.startswith("{") for s, w in zip(steps, wanted, strict=True))


BODIES: dict[str, type[BaseModel]] = {"train": TrainRequest, "evaluate": EvaluateRequest}


@pytest.mark.parametrize(("page", "line"), shell_lines("curl"))
def test_every_shown_address_is_one_that_the_api_answers(page: str, line: str) -> None:
    spec = specification()
    words = shlex.split(line)
    address = next(word for word in words if word.startswith("http"))
    path = urlsplit(unquote(address)).path
    verb = "post" if "-d" in words or "-F" in words else "get"
    verb = words[words.index("-X") + 1].lower() if "-X" in words else verb
    assert any(verb in verbs and fits(path, known) for known, verbs in spec["paths"].items()), page
    if "-d" in words:
        taken = BODIES.get(path.rsplit("/", 1)[1], SearchRequest)
        taken.model_validate(json.loads(words[words.index("-d") + 1]))


@pytest.mark.parametrize(("page", "line"), shell_lines("export"))
def test_every_shown_variable_is_a_setting(page: str, line: str) -> None:
    name = line.split()[1].split("=")[0]
    assert name.removeprefix("VITRINE_").lower() in Settings.model_fields, page


@pytest.mark.parametrize(("page", "text"), blocks("yaml"))
def test_every_shown_catalogue_can_be_read(page: str, text: str) -> None:
    parse_catalogue(text, origin=page)


@pytest.mark.parametrize(("page", "text"), blocks("json"))
def test_every_shown_request_can_be_read(page: str, text: str) -> None:
    SearchRequest.model_validate(json.loads(text))


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    page = ROOT / name
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (page.parent / target).exists()]
