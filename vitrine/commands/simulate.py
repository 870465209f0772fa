"""`vitrine simulate shoppers`: days of shoppers with known tastes, against the running API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vitrine.commands._choices import require_choice

if TYPE_CHECKING:
    from plugin_config.settings import Settings
    from vitrine.simulator.checkpoint import Checkpoint, Plan
    from vitrine.simulator.simulation import Simulation

INTERRUPTED = 130
_CATALOGUE = typer.Option(..., "--catalogue", help="Name of the catalogue that they shop in.")
_DAYS = typer.Option(14, "--days", min=1, max=30, help="Days that end now; nothing waits for them to pass.")
_SHOPPERS = typer.Option(200, "--shoppers", min=1, max=100_000, help="Shoppers who come back, beside strangers.")
_SEED = typer.Option(1, "--seed", min=0, help="The same seed makes the same shoppers with the same tastes and needs.")
_CLICKS = typer.Option("mixed", "--click-model", help="position, cascade, dependent, trust, grid, or mixed.")
_POLICY = typer.Option(None, "--policy", help="Name of the policy that they search by. Default: the catalogue's own.")
_API = typer.Option(None, "--api", help="Address of the API. Default: the one that runs on this machine.")
_FRESH = typer.Option(False, "--fresh", help="Begin anew, even where an interrupted simulation could go on.")
_TRUTH = typer.Option(
    None, "--judgments", help="Also write the true worth of products, for `vitrine evaluate`, into this CSV."
)
_JSON = typer.Option(False, "--json", help="Print one JSON object.")


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Make up shoppers, to see how a shop learns before real ones come.")
    group.callback()(lambda: None)  # a verb of its own, though it is the only one
    group.command("shoppers", help="Let shoppers search, click and buy over HTTP; interrupted, it goes on there.")(
        shoppers
    )
    app.add_typer(group, name="simulate")


def shoppers(
    catalogue: str = _CATALOGUE,
    days: int = _DAYS,
    shoppers: int = _SHOPPERS,
    seed: int = _SEED,
    click_model: str = _CLICKS,
    policy: str | None = _POLICY,
    api: str | None = _API,
    fresh: bool = _FRESH,
    judgments: Path | None = _TRUTH,
    as_json: bool = _JSON,
) -> None:
    import httpx

    from plugin_config.settings import load_settings
    from vitrine.simulator.checkpoint import Checkpoint, Plan
    from vitrine.simulator.judging import write_true_judgments
    from vitrine.simulator.population import CLICK_MODELS
    from vitrine.simulator.shop_api import TIMEOUT_SECONDS, ShopApi
    from vitrine.simulator.simulation import Simulation

    require_choice(click_model, CLICK_MODELS, "--click-model")
    settings = load_settings()
    plan = Plan(catalogue, days, shoppers, seed, click_model, policy)
    checkpoint = Checkpoint(settings.state_dir / "simulations", plan)
    if fresh:
        checkpoint.done()
    with httpx.Client(base_url=api or _running_api(settings), timeout=TIMEOUT_SECONDS) as client:
        simulation = Simulation(ShopApi(client, catalogue), plan, checkpoint=checkpoint)
        run_with_progress(simulation, plan, checkpoint, quiet=as_json)
    if judgments is not None:
        write_true_judgments(simulation, judgments, seed=seed)
    _report(simulation, plan, as_json=as_json)


def run_with_progress(simulation: Simulation, plan: Plan, checkpoint: Checkpoint | None, *, quiet: bool) -> None:
    """Run to the end with a bar on standard error. Raises Exit when interrupted, having said where it will go on."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("simulating"), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as bars:
        bar = bars.add_task("", total=plan.days)
        try:
            for now in simulation.run():
                done = now.day + now.visit / max(now.visits, 1)
                searches = simulation.standing.counts.get("searches", 0)
                said = f"day {min(now.day + 1, now.days)} of {now.days}, {searches:,} searches"
                bars.update(bar, completed=done, description=said)
        except KeyboardInterrupt as stop:
            kept = checkpoint.read() if checkpoint is not None else None
            where = "" if kept is None else f" after day {kept.day}, visit {kept.visit}; the same command goes on there"
            typer.echo(f"interrupted{where}", err=True)
            raise typer.Exit(INTERRUPTED) from stop


def _running_api(settings: Settings) -> str:
    from vitrine.stack.discovery import running_api_url
    from vitrine.stack.errors import StackDownError

    url = running_api_url(settings)
    if url is None:
        raise StackDownError("no API runs here. Start it with `vitrine up`, or name one with --api")
    return url


def _report(simulation: Simulation, plan: Plan, *, as_json: bool) -> None:
    standing = simulation.standing
    counts = standing.counts
    quality = {int(day) + 1: total / max(lists, 1) for day, (lists, total) in standing.quality.items()}
    if as_json:
        answer = {
            "catalogue": plan.catalogue, "days": plan.days, "shoppers": plan.shoppers, "seed": plan.seed,
            "click_model": plan.click_model, "run": standing.run, "resumed": simulation.resumed, "counts": counts,
            "true_ndcg@10_by_day": {day: round(value, 4) for day, value in quality.items()},
        }  # fmt: skip
        typer.echo(json.dumps(answer))
        return
    searched = counts.get("searches_of_persons", 0)
    typer.echo(
        f"{plan.days} days of {plan.shoppers:,} shoppers{', gone on with' if simulation.resumed else ''}: "
        f"{counts.get('visits', 0):,} visits, {counts.get('searches', 0):,} searches, "
        f"{counts.get('clicked_searches', 0) / max(searched, 1):.0%} of those by people with a click"
    )
    sent = {name.removeprefix("sent_"): number for name, number in counts.items() if name.startswith("sent_")}
    typer.echo(
        "  events: " + ", ".join(f"{number:,} {name}" for name, number in sorted(sent.items(), key=lambda one: -one[1]))
    )
    typer.echo(
        f"  accepted {counts.get('accepted', 0):,}, with a valid token {counts.get('signed', 0):,}, "
        f"there already {counts.get('repeated', 0):,}"
        + "".join(
            f", {name.replace('_', ' ')} {number:,}"
            for name, number in counts.items()
            if name.startswith(("suspect_", "rejected_", "degraded")) and number
        )
    )
    if quality:
        typer.echo("  nDCG@10 on true tastes by day: " + " ".join(f"{quality[day]:.3f}" for day in sorted(quality)))
