"""`vitrine up`: starts what does not run yet of the local stack, and waits until it answers."""

import json

import typer


def register(app: typer.Typer) -> None:
    app.command(help="Start OpenSearch, Redis, worker, beat and API on this machine; safe to repeat.")(up)


def up(as_json: bool = typer.Option(False, "--json", help="Print one JSON object instead of progress.")) -> None:
    from plugin_config.settings import load_settings
    from vitrine.commands._stack_report import as_object, as_table
    from vitrine.commands._start_progress import start_with_progress
    from vitrine.stack.status import examine_stack

    settings = load_settings()
    start_with_progress(settings, quiet=as_json)
    status = examine_stack(settings)
    typer.echo(json.dumps(as_object(status)) if as_json else as_table(status))
