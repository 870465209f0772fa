"""`vitrine reconcile`: finds products that wait for their vectors and queues them again."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from vitrine.commands._choices import require_choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from indexer.composition import Workshop
    from indexer.progress import EnrichmentProgress
    from indexer.reconciling import Reconciled

_POLL_SECONDS = 1.0
_PATIENCE_SECONDS = 60.0
_PICTURES = typer.Option(
    None,
    "--pictures",
    metavar="changed|all",
    help="Look again at pictures: files that changed since their vectors were made, or all, also behind addresses.",
)
_CATALOGUES = typer.Option([], "--catalogue", help="Only this catalogue; may be given several times.")


def register(app: typer.Typer) -> None:
    app.command(help="Find products that wait for their vectors in the index, and queue them again.")(reconcile)


def reconcile(
    catalogue: list[str] = _CATALOGUES,
    wait: bool = typer.Option(False, "--wait", help="Wait until every product has got what it can get."),
    here: bool = typer.Option(False, "--here", help="Do the work in this process, without broker and workers."),
    everything: bool = typer.Option(
        False, "--all", help="Also products that began to wait a moment ago and may still be in the queue."
    ),
    pictures: str | None = _PICTURES,
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> None:
    from indexer.app import open_workshop
    from plugin_config.settings import load_settings
    from vitrine.stack.discovery import running_settings

    workshop = open_workshop(running_settings(load_settings()), here=here)
    patience = 0.0 if everything or here else None
    again = _look_again(workshop, catalogue, pictures)
    found = workshop.reconciler().reconcile(catalogue or None, waiting_seconds=patience)
    progress = _wait(workshop, found, quiet=as_json) if wait else _progress(workshop, found)
    if as_json:
        objects = [_as_object(*pair) for pair in zip(found, progress, strict=True)]
        typer.echo(json.dumps({"catalogues": objects, "pictures_again": again}))
        return
    for name, count in again.items():
        typer.echo(f"{name}: the pictures of {count} products are looked at again")
    for one, now in zip(found, progress, strict=True):
        typer.echo(_as_line(one, now))
    if not found:
        typer.echo("nothing to do: there is no catalogue, or another reconciler is at work")


def _look_again(workshop: Workshop, names: Sequence[str], pictures: str | None) -> dict[str, int]:
    """Make products pending whose pictures are to be looked at again; how many, by catalogue."""
    from indexer.changed_pictures import SETTLED, PicturesAgain, products_to_look_at_again
    from indexer.queueing import QueueUnavailable

    if pictures is None:
        return {}
    require_choice(pictures, PicturesAgain, "--pictures")
    stored = [workshop.catalogues.get(name) for name in names] if names else workshop.catalogues.list()
    again = {}
    for each in stored:
        ids = list(products_to_look_at_again(workshop.client, each, PicturesAgain(pictures)))
        again[each.catalogue.name] = len(ids)
        try:
            workshop.dead_letters().replay(each, SETTLED, ids=ids)
        except QueueUnavailable:
            continue  # the index says that they wait; the pass that follows tells what the queue says
    return again


def _progress(workshop: Workshop, found: Sequence[Reconciled]) -> list[EnrichmentProgress]:
    from indexer.progress import enrichment_progress

    return [enrichment_progress(workshop.client, workshop.catalogues.get(one.catalogue), refresh=True) for one in found]


def _wait(workshop: Workshop, found: Sequence[Reconciled], *, quiet: bool) -> list[EnrichmentProgress]:
    """Reconcile again at the usual pace until nothing waits, and no product lacks a vector that may still come."""
    from indexer.progress import require_encoder
    from vitrine.commands._progress_bars import bars_of

    names = [one.catalogue for one in found]
    every = workshop.settings.reconcile_seconds
    next_pass = time.monotonic() + every
    lacking, changed_at = 0, time.monotonic()
    with bars_of(quiet=quiet) as bars:
        bar = bars.add_task("enriching", total=None)
        while True:
            progress = _progress(workshop, found)
            total, waiting = sum(p.total for p in progress), sum(p.waiting for p in progress)
            stale = 0 if waiting else workshop.reconciler().count_stale(names)
            if stale != lacking:
                lacking, changed_at = stale, time.monotonic()
            if not waiting and (not stale or time.monotonic() - changed_at > _PATIENCE_SECONDS):
                return progress
            if len(progress) == 1:  # of several, others may go on
                require_encoder(workshop.client, workshop.catalogues.get(names[0]), progress[0])
            bars.update(bar, total=total, completed=total - waiting - stale, description=_headline(progress))
            time.sleep(_POLL_SECONDS)
            if time.monotonic() >= next_pass:
                workshop.reconciler().reconcile(names)
                next_pass = time.monotonic() + every


def _headline(progress: Sequence[EnrichmentProgress]) -> str:
    now = datetime.now(UTC)
    if any(p.is_stuck(now=now, patience_seconds=_PATIENCE_SECONDS) for p in progress):
        return "nothing was finished for a while: does a worker run? see `vitrine status`"
    return "enriching"


def _as_object(found: Reconciled, progress: EnrichmentProgress) -> dict[str, object]:
    return {
        "catalogue": found.catalogue,
        **asdict(found.due),
        "queued": found.queued,
        "note": found.note,
        "products": {status.value: count for status, count in progress.counts.items()},
        "retrying": progress.retrying,
    }


def _as_line(found: Reconciled, progress: EnrichmentProgress) -> str:
    due = found.due
    text = f"{found.catalogue}: {due.total} due ({due.pending} pending, {due.retry} to retry, {due.stale} stale), "
    text += f"{found.queued} queued; {progress.pending} of {progress.total} products pending"
    return f"{text} ({found.note})" if found.note else text
