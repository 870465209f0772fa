"""`vitrine dead-letters`: products that enrichment gave up on, why, and another start for them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from indexer.composition import Workshop
    from mappings.catalogue_store import StoredCatalogue
    from mappings.fields import EnrichmentStatus

_IDS = typer.Argument(None, help="Only these products; default: all.")
_CATALOGUE = typer.Option(None, "--catalogue", help="Only this catalogue; default: all.")
_PICTURES = typer.Option(False, "--lost-pictures", help="Products that lack some of their pictures instead.")
_RESTING = typer.Option(False, "--resting", help="Products that failed and rest until their next try instead.")
_JSON = typer.Option(False, "--json", help="Print one JSON object.")


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Products that enrichment gave up on: list them, replay them.")
    group.command("list", help="Show the newest, with attempts and reason.")(show)
    group.command("replay", help="Give them all their attempts again, once the cause is mended.")(replay)
    app.add_typer(group, name="dead-letters")


def show(
    catalogue: str | None = _CATALOGUE,
    lost_pictures: bool = _PICTURES,
    resting: bool = _RESTING,
    limit: int = typer.Option(100, min=1, max=10_000, help="How many per catalogue."),
    as_json: bool = _JSON,
) -> None:
    workshop = _workshop()
    statuses = _statuses(lost_pictures, resting)
    found = {
        stored.catalogue.name: workshop.dead_letters().list(stored, statuses, limit=limit)
        for stored in _stored(workshop, catalogue)
    }
    if as_json:
        letters = [{"catalogue": name, **asdict(letter)} for name, some in found.items() for letter in some]
        typer.echo(json.dumps({"dead_letters": letters}))
        return
    for name, some in found.items():
        for letter in some:
            typer.echo(
                f"{name} {letter.id}: {letter.status}, {letter.attempts} attempts, {letter.since}: {letter.error}"
            )
    if not any(found.values()):
        typer.echo("there are none")


def replay(
    ids: list[str] = _IDS,
    catalogue: str | None = _CATALOGUE,
    lost_pictures: bool = _PICTURES,
    resting: bool = _RESTING,
    as_json: bool = _JSON,
) -> None:
    workshop = _workshop()
    statuses = _statuses(lost_pictures, resting)
    done = [
        workshop.dead_letters().replay(stored, statuses, ids=ids or None) for stored in _stored(workshop, catalogue)
    ]
    if as_json:
        typer.echo(json.dumps({"catalogues": [asdict(one) for one in done]}))
        return
    for one in done:
        typer.echo(f"{one.catalogue}: {one.replayed} start anew" + (f", {one.left} left alone" if one.left else ""))


def _workshop() -> Workshop:
    from indexer.app import open_workshop
    from plugin_config.settings import load_settings
    from vitrine.stack.discovery import running_settings

    return open_workshop(running_settings(load_settings()))


def _statuses(lost_pictures: bool, resting: bool) -> tuple[EnrichmentStatus, ...]:
    from indexer.dead_letters import GIVEN_UP, LOST_PICTURES, RESTING

    chosen = (LOST_PICTURES if lost_pictures else ()) + (RESTING if resting else ())
    return chosen or GIVEN_UP


def _stored(workshop: Workshop, name: str | None) -> list[StoredCatalogue]:
    return workshop.catalogues.list() if name is None else [workshop.catalogues.get(name)]
