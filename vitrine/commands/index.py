"""`vitrine index`: a catalogue and a feed become an index that is searchable at once and enriched in the background."""

from __future__ import annotations

import time
from functools import partial as partial_call
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vitrine.commands._choices import require_choice
from vitrine.commands._load_report import load_report

if TYPE_CHECKING:
    from rich.console import Console

    from indexer.composition import Workshop
    from indexer.feed import FeedFormat
    from indexer.loading import LoadReport
    from indexer.patience import Patience
    from indexer.progress import EnrichmentProgress
    from indexer.rejects import RejectsFile
    from mappings.catalogue_store import StoredCatalogue

INTERRUPTED = 130
_POLL_SECONDS = 0.5
_PATIENCE_SECONDS = 180.0

_CATALOGUE = typer.Argument(..., help="The catalogue's YAML file.", metavar="CATALOGUE.yaml")
_FEED = typer.Argument(..., help="jsonl, csv or tsv, also gzipped; - reads standard input.", metavar="FEED")
_REJECTS = typer.Option(
    None,
    "--rejects",
    help="File for lines that cannot be taken. Default: rejects/NAME.rejects.jsonl in the state folder.",
)


def register(app: typer.Typer) -> None:
    app.command(help="Write a feed into a catalogue's index; products are found by their words within a second.")(index)


def index(
    catalogue: Path = _CATALOGUE,
    feed: str = _FEED,
    partial: bool = typer.Option(False, "--partial", help="Lines hold only what changes: an id and, say, a price."),
    wait: bool = typer.Option(False, "--wait", help="Wait until every product has its vectors."),
    format: str | None = typer.Option(None, "--format", help="jsonl, csv or tsv, where the name does not tell."),
    rejects: Path | None = _REJECTS,
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> None:
    from indexer.app import open_workshop
    from indexer.cataloguing import open_catalogue
    from indexer.rejects import RejectsFile
    from plugin_config.catalogue import read_catalogue
    from plugin_config.settings import load_settings
    from vitrine.stack.discovery import running_settings

    declared = read_catalogue(catalogue)
    path = None if feed == "-" else Path(feed).absolute()
    told = _format(format)
    settings = running_settings(load_settings())
    workshop = open_workshop(settings)
    folder = (path.parent if path else Path.cwd()).resolve()
    roots = [folder] if declared.images else []
    if path is not None and not path.is_file():
        raise typer.BadParameter(f"there is no file {feed}", param_hint="FEED")
    stored = open_catalogue(workshop.catalogues, declared, settings=settings, picture_roots=roots)
    file = RejectsFile(rejects or settings.state_dir / "rejects" / f"{declared.name}.rejects.jsonl")
    with file:
        report = _load(workshop, stored, file, path=path, folder=folder, format=told, is_partial=partial, quiet=as_json)
    progress = None
    if wait and report.failure is None and not report.is_interrupted:
        progress = _wait(workshop, stored, quiet=as_json)
    rejected = file.path if file.is_written else None
    typer.echo("\n".join(load_report(declared, report, progress, rejects=rejected, as_json=as_json)))
    _leave(report)


def _format(name: str | None) -> FeedFormat | None:
    from indexer.feed import FeedFormat

    if name is None:
        return None
    require_choice(name, FeedFormat, "--format")
    return FeedFormat(name)


def _load(
    workshop: Workshop,
    stored: StoredCatalogue,
    rejects: RejectsFile,
    *,
    path: Path | None,
    folder: Path,
    format: FeedFormat | None,
    is_partial: bool,
    quiet: bool,
) -> LoadReport:
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn

    from indexer.feed import ByteCount, open_feed
    from indexer.loading import FeedLoader
    from indexer.writing import ProductWriter
    from mappings.products import ProductReader
    from vitrine.commands._progress_bars import bars_of

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[lines]:,} lines"),
        TimeElapsedColumn(),
    )
    with bars_of(*columns, quiet=quiet) as bars:
        bar = bars.add_task("indexing", total=None, lines=0)
        count = ByteCount()

        def show(report: LoadReport) -> None:
            bars.update(bar, total=count.total, completed=count.done, lines=report.lines)

        writer = ProductWriter(
            workshop.client,
            stored,
            ProductReader(stored.catalogue, folder=folder),
            patience=_patience(workshop, bars.console),
        )
        loader = FeedLoader(
            writer, catalogue=stored.catalogue.name, queue=workshop.queue, rejects=rejects, is_partial=is_partial
        )
        with open_feed(path, count=count, format=format) as lines:
            return loader.load(lines, on_progress=show)


def _patience(workshop: Workshop, console: Console) -> Patience:
    from indexer.patience import Patience
    from vitrine.commands._waiting import WaitingLine

    seconds = workshop.settings.opensearch_patience_seconds
    say = partial_call(console.print, highlight=False, markup=False, soft_wrap=True)
    return Patience(seconds=seconds, tell=WaitingLine(say, seconds=seconds))


def _wait(workshop: Workshop, stored: StoredCatalogue, *, quiet: bool) -> EnrichmentProgress:
    """Watch enrichment until it is done, queueing again what was lost. Raises QueueUnavailable when nothing moves."""
    from datetime import UTC, datetime

    from indexer.progress import enrichment_progress, require_encoder
    from indexer.queueing import QueueUnavailable
    from vitrine.commands._progress_bars import bars_of

    every = workshop.settings.reconcile_seconds
    next_pass, is_told = time.monotonic() + every, False
    with bars_of(quiet=quiet) as bars:
        bar = bars.add_task("enriching", total=None)
        patience = _patience(workshop, bars.console)
        while True:
            progress = patience.ask(lambda: enrichment_progress(workshop.client, stored, refresh=True))
            bars.update(bar, total=progress.total, completed=progress.total - progress.waiting)
            if progress.is_finished:
                return progress
            if not quiet and not is_told and progress.retrying and not progress.pending:
                is_told = True
                bars.console.print(what_is_awaited(progress), highlight=False, markup=False, soft_wrap=True)
            require_encoder(workshop.client, stored, progress)
            if progress.is_stuck(now=datetime.now(UTC), patience_seconds=_PATIENCE_SECONDS):
                raise QueueUnavailable(
                    f"{progress.waiting} products of {stored.catalogue.name!r} wait for vectors and none came in "
                    f"{_PATIENCE_SECONDS:.0f} s; see with `vitrine status` whether a worker runs. They can be searched by words"
                )
            time.sleep(_POLL_SECONDS)
            if time.monotonic() >= next_pass:
                patience.ask(lambda: workshop.reconciler().reconcile([stored.catalogue.name]))
                next_pass = time.monotonic() + every


def what_is_awaited(progress: EnrichmentProgress) -> str:
    """The line for a wait in which nothing is left but products that rest until their next try."""
    return (
        f"vitrine: {progress.retrying:,} products are tried again, which takes minutes: pictures behind addresses that give "
        f"no answer, or an encoder that failed (`vitrine pictures --catalogue {progress.catalogue}` has the reasons). "
        "Ctrl-C stops the waiting alone: the workers go on, and all products can be searched"
    )


def _leave(report: LoadReport) -> None:
    from indexer.feed import FeedError

    if report.is_interrupted:
        raise typer.Exit(INTERRUPTED)
    if report.failure is not None:
        raise report.failure
    if report.rejected and not report.effects:
        raise FeedError("no line of the feed could be taken; the rejects file has the reasons")
