"""`vitrine models`: the ranking models of a catalogue, which one serves, what the gate says, and back to the one before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from vitrine.commands._fine_tuning import fine_tune
from vitrine.commands._importing import import_model
from vitrine.commands._shadow import shadow

if TYPE_CHECKING:
    from ranking.lambdamart.store import DirectoryModelStore

_CATALOGUE = typer.Option(..., "--catalogue", help="Name of the catalogue.")
_MODEL = typer.Argument(..., help="Id of a model, as `vitrine models list` prints it.")
_JSON = typer.Option(False, "--json", help="Print one JSON object.")


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        no_args_is_help=True,
        help="Ranking models: list, show, examine, import, use one, go back to the one before. Encoders: fine-tune.",
    )
    group.command("list", help="All models that are kept, oldest first.")(show_all)
    group.command("show", help="What is known of one model.")(show)
    group.command("gate", help="Whether this model may serve: every check with its number; exit code 1 when not.")(gate)
    group.command("shadow", help="Let a model score unseen beside the serving one, and report how its order differs.")(
        shadow
    )
    group.command(
        "import", help="Bring over a model of XGBoost or RankLib as a baseline; it does not serve by itself."
    )(import_model)
    group.command("use", help="Let this model serve from now on; running services notice by themselves.")(use)
    group.command("rollback", help="Let the model that served before serve again.")(rollback)
    group.command("fine-tune", help="Teach the text and picture encoders the shop's own products and clicks.")(
        fine_tune
    )
    app.add_typer(group, name="models")


def show_all(catalogue: str = _CATALOGUE, as_json: bool = _JSON) -> None:
    from indexer.behaviour.model_messages import models_response

    found = models_response(catalogue, _store(catalogue))
    if as_json:
        typer.echo(found.model_dump_json())
        return
    for one in found.models:
        figures = ", ".join(f"{name} {value:.4f}" for name, value in one.measures.items())
        told = (one.created_at, one.origin, figures, "serves" if one.serves else "", one.damaged)
        typer.echo("  ".join((one.id, *(part for part in told if part))))
    if found.damaged:
        typer.echo(f"none serves: {found.damaged}")
    if not found.models:
        others = _catalogues_with_models()
        typer.echo(
            f"there is no model of {catalogue}; `vitrine train --catalogue {catalogue} --judgments FILE` makes one"
            + (f" (there are models of {', '.join(others)})" if others else "")
        )


def show(model: str = _MODEL, catalogue: str = _CATALOGUE, as_json: bool = _JSON) -> None:
    from indexer.behaviour.model_messages import manifest_facts

    facts = manifest_facts(_store(catalogue).verified(model).manifest)
    typer.echo(json.dumps(facts) if as_json else json.dumps(facts, indent=2))


def gate(model: str = _MODEL, catalogue: str = _CATALOGUE, as_json: bool = _JSON) -> None:
    from indexer.behaviour.learning import examine_stored
    from indexer.behaviour.schooling import open_school
    from plugin_config.settings import load_settings
    from vitrine.commands._gate_report import gate_object, print_gate
    from vitrine.commands._parity import parity_of
    from vitrine.stack.discovery import running_settings

    settings = running_settings(load_settings())
    with open_school(settings, catalogue) as school:
        report = examine_stored(school, model, more=parity_of(settings, school))
    if as_json:
        typer.echo(json.dumps({"catalogue": catalogue, **gate_object(report)}))
    else:
        print_gate(report)
    if not report.is_open:
        raise typer.Exit(1)


def use(model: str = _MODEL, catalogue: str = _CATALOGUE, as_json: bool = _JSON) -> None:
    _store(catalogue).use(model)
    typer.echo(json.dumps({"catalogue": catalogue, "current": model}) if as_json else f"{model} serves now")


def rollback(catalogue: str = _CATALOGUE, as_json: bool = _JSON) -> None:
    earlier = _store(catalogue).rollback()
    typer.echo(json.dumps({"catalogue": catalogue, "current": earlier}) if as_json else f"{earlier} serves again")


def _catalogues_with_models() -> list[str]:
    from plugin_config.settings import load_settings
    from ranking.lambdamart.store import DirectoryModelStore

    folder = load_settings().models_folder
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [one.name for one in found if one.is_dir() and DirectoryModelStore(one).ids()]


def _store(catalogue: str) -> DirectoryModelStore:
    from plugin_config.errors import ConfigurationError
    from plugin_config.settings import load_settings
    from ranking.lambdamart.store import DirectoryModelStore

    if not catalogue.replace("-", "").replace("_", "").isalnum():
        raise ConfigurationError(f"--catalogue: {catalogue[:60]!r} is not the name of a catalogue")
    return DirectoryModelStore(load_settings().models_folder / catalogue)
