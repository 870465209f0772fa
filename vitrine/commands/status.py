"""`vitrine status`: which parts of the local stack work, where, in which version."""

import json

import typer


def register(app: typer.Typer) -> None:
    app.command(help="Show the addresses, processes, versions and health of the local stack.")(status)


def status(as_json: bool = typer.Option(False, "--json", help="Print one JSON object.")) -> None:
    from plugin_config.settings import load_settings
    from vitrine.commands._stack_report import as_object, as_table
    from vitrine.stack.status import examine_stack

    found = examine_stack(load_settings())
    typer.echo(json.dumps(as_object(found)) if as_json else as_table(found))
