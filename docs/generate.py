"""Writes docs/reference from the code: `python -m docs.generate`. `pages()` is what a test compares with the files."""

import re
import typing
from collections.abc import Iterator
from inspect import getsource
from pathlib import Path
from types import UnionType
from typing import Any

import typer
from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from indexer.behaviour.http import build_events_router
from indexer.behaviour.models_http import build_models_router
from indexer.http import build_router
from plugin_config import catalogue, policy
from plugin_config.settings import Settings, load_settings
from query_service.app import build_app
from vitrine.jobs.http import build_jobs_router
from vitrine.main import build_app as build_command_line
from vitrine.worker import call_worker

FOLDER = Path(__file__).parent / "reference"
GENERATED = "<!-- Written by `make docs` from the code. Change the code, not this page. -->\n"


def pages() -> dict[str, str]:
    """Every generated page by its file name."""
    return {
        "cli.md": command_line_page(),
        "settings.md": settings_page(),
        "api.md": api_page(),
        "policy.md": models_page("Ranking policy", _POLICY_INTRO, _POLICY_MODELS),
        "catalogue.md": models_page("Catalogue file", _CATALOGUE_INTRO, _CATALOGUE_MODELS),
    }


_POLICY_INTRO = (
    "A policy decides the order of results and nothing else. A search, an evaluation and an experiment each take one: "
    "by name (`keyword`, `vector`, `hybrid`, `reranked`, or one of the catalogue's own `policies`), as a YAML file, or "
    "in full in a request."
)
_POLICY_MODELS: tuple[type[BaseModel], ...] = (
    policy.RankingPolicy,
    policy.Normalizer,
    policy.Reranking,
    policy.Diversity,
)
_CATALOGUE_INTRO = (
    "One YAML file says how a shop's products are read, searched and shown. Only `name` and `text` are needed."
)
_CATALOGUE_MODELS: tuple[type[BaseModel], ...] = (
    catalogue.Catalogue,
    catalogue.TextField,
    catalogue.ReviewsField,
    catalogue.Roles,
    catalogue.Encoders,
    catalogue.EncoderChoice,
)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table; bars and line breaks inside cells are kept from breaking it."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(_cell(text) for text in line) + " |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def command_line_page() -> str:
    group: Any = typer.main.get_command(build_command_line())
    parts = [
        f"# Command line\n\n{GENERATED}\n{group.help}\n\nExit codes: 0 done, 1 failed with one line on stderr, 2 wrong usage.\n"
    ]
    parts += [_command(f"vitrine {name}", command) for name, command in sorted(group.commands.items())]
    return "\n".join(parts)


def _command(name: str, command: Any) -> str:
    if hasattr(command, "commands"):
        inner = [_command(f"{name} {word}", one) for word, one in sorted(command.commands.items())]
        return "\n".join([f"## {name}\n\n{_first(command.help)}\n", *inner])
    rows = [_parameter(one) for one in command.params if "--help" not in one.opts]
    arguments = " ".join(_argument(one) for one in command.params if one.param_type_name == "argument")
    text = f"## {name}\n\n`{name} {arguments}`".replace(" `", "`") + f"\n\n{_first(command.help)}\n"
    return text + ("\n" + table(("option", "meaning", "default"), rows) if rows else "")


def _argument(one: Any) -> str:
    name = one.name.upper()
    return name if one.required else f"[{name}]"


def _first(help_text: str | None) -> str:
    return re.sub(r"\s*\n(?!\n)\s*", " ", (help_text or "").strip())


def _parameter(one: Any) -> tuple[str, ...]:
    names = one.name.upper() if one.param_type_name == "argument" else ", ".join((*one.opts, *one.secondary_opts))
    default = "" if one.default in (None, False, (), []) or callable(one.default) else str(one.default)
    return (
        f"`{names}`",
        getattr(one, "help", None) or "",
        f"`{default}`" if default and "Sentinel" not in default else "",
    )


def settings_page() -> str:
    rows = [
        (f"`VITRINE_{name.upper()}`", _type(field.annotation), _default(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    intro = (
        "Settings come from variables, or from the YAML file that `VITRINE_SETTINGS_FILE` names (the same names in lower "
        "case, without the prefix). A variable wins over the file."
    )
    return f"# Settings\n\n{GENERATED}\n{intro}\n\n" + table(("variable", "type", "default", "meaning"), rows)


def models_page(title: str, intro: str, models: tuple[type[BaseModel], ...]) -> str:
    return "\n".join([f"# {title}\n\n{GENERATED}\n{intro}\n", *(_model(one) for one in models)])


def _model(model: type[BaseModel]) -> str:
    comments = dict(_comments(model))
    rows = [
        (f"`{name}`", _type(field.annotation), _default(field), field.description or comments.get(name, ""))
        for name, field in model.model_fields.items()
    ]
    paragraphs = [" ".join(part.split()) for part in (model.__doc__ or "").split("\n\n")]
    return (
        f"## {model.__name__}\n\n"
        + "\n\n".join(paragraphs)
        + "\n\n"
        + table(("key", "type", "default", "meaning"), rows)
    )


def _comments(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """What the code says beside a field: the comment at the end of its declaration."""
    current = ""
    for line in getsource(model).splitlines():
        if found := re.match(r" {4}(\w+): ", line):
            current = found[1]
        if "  # " in line and current and "noqa" not in line:
            yield current, line.split("  # ", 1)[1].strip()


def _type(annotation: Any) -> str:
    if isinstance(annotation, UnionType) or typing.get_origin(annotation) is typing.Union:
        return " or ".join(_type(one) for one in typing.get_args(annotation) if one is not type(None))
    if typing.get_origin(annotation) is typing.Annotated:
        return _type(typing.get_args(annotation)[0])
    if origin := typing.get_origin(annotation):
        inner = ", ".join(_type(one) for one in typing.get_args(annotation) if one is not ...)
        return f"{'list' if origin in (tuple, list) else origin.__name__} of {inner.replace(', ', ' → ')}"
    known = {
        str: "text",
        int: "whole number",
        float: "number",
        bool: "true or false",
        Path: "path",
        SecretStr: "secret",
    }
    return known.get(annotation, getattr(annotation, "__name__", "any"))


def _default(field: Any) -> str:
    if field.default is PydanticUndefined:
        return "needed" if field.default_factory is None else ""
    if field.default in (None, "", (), {}, []) or isinstance(field.default, BaseModel):
        return ""
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def specification() -> dict[str, Any]:
    """OpenAPI of searching and writing together. Speaks to nothing."""
    settings = load_settings(opensearch_url="http://127.0.0.1:9200")
    app = build_app(settings)
    app.include_router(build_router(settings))
    app.include_router(build_events_router(settings))
    app.include_router(build_models_router(settings))
    app.include_router(build_jobs_router(settings, call=call_worker))
    found: dict[str, Any] = app.openapi()
    return found


def api_page() -> str:
    spec = specification()
    parts = [
        f"# HTTP API\n\n{GENERATED}\n{spec['info']['description']}\n\nThe running service shows the same at `/docs`.\n"
    ]
    for path, verbs in spec["paths"].items():
        parts += [_endpoint(path, verb, operation) for verb, operation in verbs.items()]
    parts.append("# Messages\n")
    parts += [
        _schema(name, body) for name, body in sorted(spec["components"]["schemas"].items()) if "properties" in body
    ]
    return "\n".join(parts)


def _endpoint(path: str, verb: str, operation: dict[str, Any]) -> str:
    rows = [
        (f"`{one['name']}`", one["in"], _schema_type(one["schema"]), one.get("description", ""))
        for one in operation.get("parameters", [])
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    lines = [f"## {verb.upper()} {path}", f"**{operation['summary']}**", operation.get("description", "")]
    if body:
        lines.append(f"Body: {_schema_type(body)}")
    return (
        "\n\n".join(line for line in lines if line)
        + "\n\n"
        + (table(("name", "in", "type", "meaning"), rows) if rows else "")
    )


def _schema(name: str, body: dict[str, Any]) -> str:
    rows = [
        (f"`{key}`", _schema_type(value), value.get("description", "")) for key, value in body["properties"].items()
    ]
    return f"## {name}\n\n{_first(body.get('description', ''))}\n\n" + table(("field", "type", "meaning"), rows)


def _schema_type(schema: dict[str, Any]) -> str:
    if ref := schema.get("$ref"):
        name = ref.rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if options := schema.get("anyOf"):
        return " or ".join(_schema_type(one) for one in options if one.get("type") != "null")
    if schema.get("type") == "array":
        return f"list of {_schema_type(schema.get('items', {}))}"
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    return str(schema.get("type", "any"))


def main() -> None:
    """Write the pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
