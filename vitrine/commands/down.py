"""`vitrine down`: ends every process of the local stack, also those that a crash left."""

import json

import typer


def register(app: typer.Typer) -> None:
    app.command(help="Stop the local stack; data stay.")(down)


def down(as_json: bool = typer.Option(False, "--json", help="Print one JSON object.")) -> None:
    from plugin_config.settings import load_settings
    from vitrine.stack.lifecycle import down as take_down

    settings = load_settings()
    count = take_down(settings)
    if as_json:
        typer.echo(json.dumps({"stopped_processes": count, "state_dir": str(settings.state_dir.absolute())}))
    else:
        typer.echo("nothing was running" if count == 0 else f"stopped ({count} processes)")
