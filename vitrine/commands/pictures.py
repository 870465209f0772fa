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
    share = report.with_picture / max(1, report.products)
    console.print(f"{report.catalogue}: {report.products:,} products, {share:.0%} with a picture")
    on = sum(count for _, count in report.placeholders)
    console.print(f"placeholders: {len(report.placeholders)}, on {on:,} products; they count as no picture")
    console.print(f"some picture lost: {report.lost:,}   soft: {report.soft:,}   the product a speck: {report.small:,}")
    if report.agreement is None:
        console.print("agreement of picture and title: not known; the picture encoder understands no words")
    else:
        low, middle, high = report.agreement
        console.print(f"agreement of picture and title: {middle:.2f}, nine of ten between {low:.2f} and {high:.2f}")
        _table(console, "picture and title disagree most", "agreement", report.disagreeing)
    _table(console, "softest pictures", "sharpness", report.softest)
    _table(console, "lost pictures", "", report.lost_listings)


def _table(console: Console, title: str, number: str, listings: tuple[Listing, ...]) -> None:
    from rich.table import Table

    if not listings:
        return
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("id", no_wrap=True)
    table.add_column("title")
    if number:
        table.add_column(number, justify="right")
    table.add_column("why" if not number else "picture", overflow="fold")
    for listing in listings:
        value = [] if not number else [f"{listing.value:.2f}"]
        table.add_row(listing.id, listing.title, *value, (listing.picture or "") if number else listing.why)
    console.print(table)
