"""`vitrine rebuild`: a new index from the stored products, for what a live index cannot change."""

from __future__ import annotations

import json
from pathlib import Path

import typer

_CATALOGUE = typer.Argument(..., help="The catalogue's YAML file, as it is to be.", metavar="CATALOGUE.yaml")


def register(app: typer.Typer) -> None:
    app.command(help="Write a catalogue's index anew from what is stored, while the old one serves.")(rebuild)


def rebuild(
    catalogue: Path = _CATALOGUE, as_json: bool = typer.Option(False, "--json", help="Print one JSON object.")
) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from encoders.runtime import Runtime
    from indexer.app import open_workshop
    from indexer.rebuilding import rebuild as write_anew
    from indexer.vector_fields import vector_fields
    from plugin_config.catalogue import read_catalogue
    from plugin_config.settings import load_settings
    from vitrine.stack.discovery import running_settings

    declared = read_catalogue(catalogue)
    settings = running_settings(load_settings())
    workshop = open_workshop(settings)
    vectors = vector_fields(declared, Runtime.from_settings(settings))
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as bars:
        bar = bars.add_task("rebuilding", total=None)

        def show(done: int, total: int) -> None:
            bars.update(bar, completed=done, total=total)

        rebuilt = write_anew(
            workshop.client,
            workshop.catalogues,
            declared,
            vectors=vectors,
            rotations=workshop.rotations,
            on_progress=show,
        )
    if as_json:
        unreadable = [{"id": id, "reason": reason} for id, reason in rebuilt.unreadable]
        typer.echo(json.dumps({"index": rebuilt.stored.index, "products": rebuilt.products, "unreadable": unreadable}))
        return
    typer.echo(f"{declared.name}: {rebuilt.products:,} products in {rebuilt.stored.index}")
    for id, reason in rebuilt.unreadable:
        typer.echo(f"left out: {id}: {reason}")
