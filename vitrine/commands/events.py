"""`vitrine events`: bring in the past, forget a person, see what the log holds."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vitrine.commands._choices import require_choice

if TYPE_CHECKING:
    from indexer.behaviour.importing import ImportProgress
    from indexer.behaviour.receiving import Source
    from indexer.rejects import RejectsFile
    from plugin_config.settings import Settings

INTERRUPTED = 130
_FILE = typer.Argument(..., help="JSON lines, also gzipped; an OpenSearch bulk file works too.", exists=False)
_CATALOGUE = typer.Option(..., "--catalogue", help="Name of the catalogue that the events belong to.")
_CATALOGUES = typer.Option([], "--catalogue", help="Name of a catalogue; may be repeated. Default: all.")
_FORMAT = typer.Option("ubi", "--format", help="ubi or metarank.")
_FIRST = typer.Option(1, "--first-position", min=0, max=1, help="What a UBI ordinal calls the first hit: 1 or 0.")
_AGE = typer.Option(None, "--max-age-days", min=0, help="Refuse older events. Default: history of any age.")
_REJECTS = typer.Option(
    None,
    "--rejects",
    help="File for what cannot be taken. Default: rejects/NAME.events.rejects.jsonl in the state folder.",
)
_JSON = typer.Option(False, "--json", help="Print one JSON object.")


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="What shoppers did: import it, forget a person, see what is kept.")
    group.command("import", help="Put a file of events into the log; an interrupted import goes on where it was.")(load)
    group.command("forget", help="Remove a person from the log and name the models that learned from them.")(forget)
    group.command("rebuild", help="Make rows, recommendations and profiles again from the log.")(rebuild)
    group.command("status", help="How many events and searches are kept, and of which time.")(status)
    app.add_typer(group, name="events")


def load(
    file: Path = _FILE,
    catalogue: str = _CATALOGUE,
    format: str = _FORMAT,
    first_position: int = _FIRST,
    max_age_days: float | None = _AGE,
    rejects: Path | None = _REJECTS,
    as_json: bool = _JSON,
) -> None:
    from indexer.behaviour.receiving import EventFormat, Source
    from indexer.rejects import RejectsFile
    from plugin_config.settings import load_settings
    from vitrine.stack.discovery import running_settings

    require_choice(format, EventFormat, "--format")
    if not file.is_file():
        raise typer.BadParameter(f"there is no file {file}", param_hint="FILE")
    settings = running_settings(load_settings())
    source = Source(EventFormat(format), catalogue, trusted=True, first_position=first_position)
    target = RejectsFile(rejects or settings.state_dir / "rejects" / f"{catalogue}.events.rejects.jsonl")
    with target:
        progress = _import(settings, file, source, target, max_age_days=max_age_days, quiet=as_json)
    _report(progress, target.path if target.is_written else None, as_json=as_json)
    _require_something(progress, source)


def _require_something(progress: ImportProgress, source: Source) -> None:
    """Raises ImportFailed when a file held records and none could be taken, as one of another format does."""
    from indexer.behaviour.importing import ImportFailed
    from indexer.behaviour.receiving import EventFormat

    received = progress.received
    if not received.records or sum(received.rejected.values()) < received.records:
        return
    other = EventFormat.UBI if source.format is EventFormat.METARANK else EventFormat.METARANK
    hint = f"; try --format {other}" if received.rejected["unreadable"] == received.records else ""
    raise ImportFailed(f"no event of the file could be taken{hint}; the rejects file has the reasons")


def _import(
    settings: Settings, file: Path, source: Source, rejects: RejectsFile, *, max_age_days: float | None, quiet: bool
) -> ImportProgress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from indexer.behaviour.composition import open_receiving
    from indexer.behaviour.importing import Checkpoint, import_events
    from indexer.behaviour.screening import Limits

    receiving = open_receiving(settings, limits=Limits(oldest_days=max_age_days))
    receiving.require_catalogue(source.catalogue or "")
    columns = (TextColumn("importing"), BarColumn(), TextColumn("{task.fields[lines]:,} lines"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as bars:
        bar = bars.add_task("importing", total=file.stat().st_size, lines=0)

        def show(now: ImportProgress) -> None:
            bars.update(bar, completed=now.done_bytes, lines=now.lines)

        checkpoint = Checkpoint(settings.events_folder / "imports", file, source)
        try:
            return import_events(receiving, file, source, checkpoint=checkpoint, rejects=rejects, on_progress=show)
        except KeyboardInterrupt as stop:
            typer.echo(f"interrupted after {checkpoint.lines():,} lines; the same command goes on there", err=True)
            raise typer.Exit(INTERRUPTED) from stop


def _report(progress: ImportProgress, rejects: Path | None, *, as_json: bool) -> None:
    received = progress.received
    counts = {
        "lines": progress.lines, "resumed_after": progress.begun_at, "records": received.records,
        "accepted": received.accepted, "repeated": received.repeated, "forgotten": received.forgotten,
        "searches": received.searches, "unverified": received.unverified, "rejected": dict(received.rejected),
        "suspect": dict(received.suspect), "dropped": dict(received.dropped),
        "rejects_file": None if rejects is None else str(rejects),
    }  # fmt: skip
    if as_json:
        typer.echo(json.dumps(counts))
        return
    typer.echo(
        f"{received.accepted:,} events are new, {received.repeated:,} were there; {received.searches:,} searches; "
        f"{sum(received.rejected.values()):,} rejected"
    )
    for title, found in (("rejected", received.rejected), ("suspect", received.suspect), ("dropped", received.dropped)):
        if found:
            typer.echo(f"  {title}: " + ", ".join(f"{name} {count:,}" for name, count in found.most_common(12)))
    if rejects is not None:
        typer.echo(f"  what was rejected, line by line: {rejects}")


def forget(
    user: str = typer.Argument(..., help="The shopper's anonymous id.", metavar="USER"), as_json: bool = _JSON
) -> None:
    if not user.strip():
        raise typer.BadParameter("name the shopper's id; it is empty", param_hint="USER")
    from indexer.behaviour.composition import open_log
    from indexer.behaviour.forgetting import forget_shopper
    from indexer.behaviour.model_messages import forgotten_response
    from plugin_config.settings import load_settings
    from vitrine.stack.discovery import settings_of_what_runs

    settings = settings_of_what_runs(load_settings())
    log = open_log(settings)
    done = forget_shopper(log, settings, user)
    log.close()
    if as_json:
        typer.echo(forgotten_response(done).model_dump_json())
        return
    typer.echo(
        f"removed {done.presence.events:,} events, {done.presence.searches:,} searches and {_profiles(done.profiles)}; "
        "later events are refused"
    )
    for model in done.models:
        serving = ", which serves" if model.serves else ""
        typer.echo(f"learned from them: {model.catalogue} {model.model} of {model.created_at}{serving}; train again")


def _profiles(count: int | None) -> str:
    if count is None:
        return "no profile, for no Redis runs: say it again when it does"
    return f"{count:,} profile{'' if count == 1 else 's'}"


def rebuild(
    catalogue: list[str] = _CATALOGUES,
    as_json: bool = _JSON,
) -> None:
    from indexer.behaviour.profiles.composition import keep_profiles
    from indexer.behaviour.rows.composition import keep_rows
    from plugin_config.settings import load_settings
    from ranking.behaviour.seen import assumption_of
    from vitrine.commands._progress_bars import progress_bars
    from vitrine.stack.discovery import running_settings

    settings, names = running_settings(load_settings()), catalogue or None
    with progress_bars(quiet=as_json) as begin:
        kept = keep_rows(settings, names, anew=True, progress=begin("rows"))
        profiles = keep_profiles(settings, names, anew=True, progress=begin("profiles"))
    if as_json:
        found = [{**asdict(one), "shoppers": profiles[one.catalogue].shoppers} for one in kept]
        typer.echo(json.dumps({"catalogues": found}))
        return
    for one in kept:
        typer.echo(
            f"{one.catalogue}: {one.counted:,} of {one.looked_at:,} events count; rows of {one.products:,} products and "
            f"{one.queries:,} queries, profiles of {profiles[one.catalogue].shoppers:,} shoppers"
        )
        if assumed := assumption_of(one.seen):
            typer.echo(f"  {assumed}")


def status(as_json: bool = _JSON) -> None:
    from indexer.behaviour.composition import open_log
    from plugin_config.settings import load_settings

    settings = load_settings()
    path = settings.event_log_path
    log = open_log(settings)
    totals = log.totals() if path.exists() else []
    log.close()
    if as_json:
        size = path.stat().st_size if path.exists() else 0
        typer.echo(json.dumps({"file": str(path), "bytes": size, "catalogues": [asdict(one) for one in totals]}))
        return
    for one in totals:
        typer.echo(
            f"{one.catalogue}: {one.events:,} events ({one.teaching:,} teach, {one.suspect:,} suspect), "
            f"{one.searches:,} served searches, {_day(one.first_at)} to {_day(one.last_at)}"
        )
    if not totals:
        typer.echo("the event log is empty; `vitrine events import` or POST /events fills it")


def _day(at: float | None) -> str:
    return "never" if at is None else datetime.fromtimestamp(at, UTC).date().isoformat()
