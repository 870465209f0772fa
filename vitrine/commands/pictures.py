"""`vitrine pictures`: what is wrong with a catalogue's pictures, for those who can mend it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from indexer.picture_report import Listing, PictureReport

_CATALOGUE = typer.Option(..., "--catalogue", help="Name of the catalogue.")
_WORST = typer.Option(10, "--worst", min=1, max=200, help="How many listings of each kind are named.")
_JSON = typer.Option(False, "--json", help="Print one JSON object.")


def register(app: typer.Typer) -> None:
    app.command(help="Report placeholders, lost and poor pictures, and pictures that disagree with their titles.")(
        pictures
    )


def pictures(catalogue: str = _CATALOGUE, worst: int = _WORST, as_json: bool = _JSON) -> None:
    from rich.console import Console

    from indexer.app import open_workshop
    from indexer.picture_report import picture_report
    from plugin_config.settings import load_settings
    from vitrine.stack.discovery import running_settings

    workshop = open_workshop(running_settings(load_settings()))
    report = picture_report(workshop.client, workshop.catalogues.get(catalogue), worst=worst)
    if as_json:
        typer.echo(json.dumps(asdict(report)))
        return
    _print(report, Console())


def _print(report: PictureReport, console: Console) -> None:
    from indexer.picture_report import SHARP

    named, shown = (count / max(1, report.products) for count in (report.with_picture, report.shown))
    typer.echo(
        f"{report.catalogue}: {report.products:,} products, {named:.0%} name a picture, {shown:.0%} have one that can be used"
    )
    on = sum(count for _, count in report.placeholders)
    typer.echo(f"placeholders: {len(report.placeholders)}, on {on:,} products; they count as no picture")
    typer.echo(f"some picture lost: {report.lost:,}   soft: {report.soft:,}   the product a speck: {report.small:,}")
    if report.agreement is not None:
        low, middle, high = report.agreement
        typer.echo(f"agreement of picture and title: {middle:.2f}, nine of ten between {low:.2f} and {high:.2f}")
        _table(console, "picture and title disagree most", report.disagreeing, number="agreement")
    elif report.shown:
        typer.echo("agreement of picture and title: not known; the picture encoder understands no words")
    soft = tuple(listing for listing in report.softest if listing.value is not None and listing.value < SHARP)
    _table(console, "softest pictures", soft, number="sharpness")
    for lost in report.lost_for:
        typer.echo(f"\nlost on {lost.products:,} product{'s' if lost.products > 1 else ''}: {lost.reason}")
        _table(console, None, lost.listings)


def _table(console: Console, title: str | None, listings: tuple[Listing, ...], *, number: str = "") -> None:
    from rich.table import Table
    from rich.text import Text

    if not listings:
        return
    if title:
        typer.echo(f"\n{title}")
    table = Table(box=None, pad_edge=False, show_header=bool(number))
    table.add_column("id", overflow="fold")
    table.add_column("title", no_wrap=True, overflow="ellipsis", ratio=2)
    if number:
        table.add_column(number, justify="right")
    table.add_column("picture", no_wrap=True, overflow="ellipsis", ratio=1)
    for listing in listings:
        value = [Text(f"{listing.value:.2f}")] if number else []
        table.add_row(Text(listing.id), Text(listing.title), *value, Text(_file_name(listing.picture or "")))
    console.print(table)


def _file_name(reference: str) -> str:
    """What tells pictures apart on a line: the last part of a path or address. `--json` has all of it."""
    if reference[:5].lower() == "data:":
        return "in the feed"
    return reference.partition("?")[0].rstrip("/").rpartition("/")[2]
