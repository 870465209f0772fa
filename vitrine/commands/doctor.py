"""`vitrine doctor`: what this machine has and lacks for the local stack."""

import json

import typer


def register(app: typer.Typer) -> None:
    app.command(help="Check what this machine has and lacks for the local stack.")(doctor)


def doctor(as_json: bool = typer.Option(False, "--json", help="Print one JSON object.")) -> None:
    from plugin_config.settings import load_settings
    from vitrine.stack.examination import examine

    findings = examine(load_settings())
    if as_json:
        typer.echo(json.dumps([{"name": f.name, "ok": f.ok, "text": f.text} for f in findings]))
    else:
        for finding in findings:
            typer.echo(f"{'ok  ' if finding.ok else 'LACK'}  {finding.name}: {finding.text}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)
