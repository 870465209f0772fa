"""`vitrine evaluate`: ranking policies side by side on judged queries."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from plugin_config.policy import RankingPolicy
    from plugin_config.settings import Settings
    from query_service.composition import SearchService
    from query_service.evaluating import EvaluationReport
    from ranking.evaluation.intervals import MeanInterval
    from ranking.evaluation.judgments import Judgments
    from ranking.evaluation.measures import Measure

_CATALOGUE = typer.Option(..., "--catalogue", help="Name of the catalogue to search.")
_JUDGMENTS = typer.Option(..., "--judgments", help="CSV or TSV, plain or .gz, with the header query,docid,rating.")
_POLICIES = typer.Option(
    ["keyword", "hybrid", "reranked"],
    "--policy",
    help="keyword, vector, hybrid, reranked, a policy of the catalogue, or a YAML file; may be given several times. "
    "The first is what the others are compared with.",
)
_MEASURES = typer.Option([], "--measures", help="Measures as in ir_measures: nDCG@10, AP, R@100; several allowed.")
_JSON = typer.Option(False, "--json", help="Print one JSON object.")


def register(app: typer.Typer) -> None:
    app.command(help="Compare ranking policies on judged queries, with intervals and paired tests.")(evaluate)


def evaluate(
    catalogue: str = _CATALOGUE,
    judgments: Path = _JUDGMENTS,
    policy: list[str] = _POLICIES,
    measures: list[str] = _MEASURES,
    as_json: bool = _JSON,
) -> None:
    from plugin_config.settings import load_settings
    from ranking.evaluation.judgments import read_judgments
    from ranking.evaluation.measures import DEFAULT_MEASURES, parse_measure
    from vitrine.stack.discovery import running_settings

    asked = [name for given in measures for name in given.split()] or list(DEFAULT_MEASURES)
    parsed = [parse_measure(name) for name in dict.fromkeys(asked)]
    read = read_judgments(judgments)
    settings = running_settings(load_settings())
    report = asyncio.run(_run(settings, catalogue, read, names=policy, measures=parsed, quiet=as_json))
    if as_json:
        typer.echo(json.dumps(as_object(report)))
    else:
        _print(report)


async def _run(
    settings: Settings,
    catalogue: str,
    judgments: Judgments,
    *,
    names: Sequence[str],
    measures: Sequence[Measure],
    quiet: bool,
) -> EvaluationReport:
    from query_service.composition import build_service
    from query_service.evaluating import evaluate_policies, unique_names
    from vitrine.commands._progress_bars import progress_bars

    service = build_service(settings)
    try:
        policies = unique_names([await find_policy(service, catalogue, name) for name in names])
        with progress_bars(quiet=quiet) as begin:
            return await evaluate_policies(
                service, catalogue, judgments, policies=policies, measures=measures, progress=begin("searching")
            )
    finally:
        await service.close()


async def find_policy(service: SearchService, catalogue: str, name: str) -> RankingPolicy:
    """A policy by name, or from a file. Raises ConfigurationError naming those there are."""
    from plugin_config.errors import ConfigurationError
    from plugin_config.policy import BUILT_IN, read_policy

    known = {**BUILT_IN, **(await service.catalogues.get(catalogue)).stored.catalogue.policies}
    if name in known:
        return known[name]
    if Path(name).suffix in (".yaml", ".yml") or Path(name).is_file():
        return read_policy(Path(name))
    raise ConfigurationError(f"--policy: there is no policy and no file {name!r}; policies: {', '.join(sorted(known))}")


def as_object(report: EvaluationReport) -> dict[str, object]:
    """The report as JSON holds it."""
    from ranking.evaluation.intervals import rounded

    return {
        "catalogue": report.catalogue,
        "judgments": report.judgments,
        "queries": report.queries,
        "queries_with_relevant": report.solvable,
        "policies": {
            name: {
                **{measure: found.ends() for measure, found in figures.measures.items()},
                "judged@10": rounded(figures.judged_at_10),
                "median_ms": rounded(figures.milliseconds),
            }
            for name, figures in report.policies.items()
        },
        "comparisons": [
            {
                "policy": found.policy,
                "baseline": found.baseline,
                "measure": found.measure,
                "difference": found.difference.ends(),
                "p": round(found.p, 6),
                "p_holm": round(found.p_holm, 6),
            }
            for found in report.comparisons
        ],
        "notes": list(report.notes),
    }


def _print(report: EvaluationReport) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    measures = list(next(iter(report.policies.values())).measures)
    table = Table(title=f"{report.catalogue}: {report.solvable} of {report.queries} queries with a relevant product")
    for heading in ("policy", *measures, "judged@10", "ms"):
        table.add_column(heading)
    for name, figures in report.policies.items():
        cells = [_cell(figures.measures[measure]) for measure in measures]
        table.add_row(name, *cells, f"{figures.judged_at_10:.2f}", f"{figures.milliseconds:.0f}")
    console.print(table)
    for found in report.comparisons:
        if found.measure == measures[0]:
            verdict = "differs" if found.is_significant else "no sure difference"
            console.print(
                f"{found.policy} − {found.baseline}, {found.measure}: {found.difference.mean:+.4f} "
                f"[{found.difference.low:+.4f}, {found.difference.high:+.4f}], p {found.p_holm:.4f} ({verdict})"
            )
    for note in report.notes:
        console.print(f"note: {note}")


def _cell(found: MeanInterval) -> str:
    return "–" if math.isnan(found.mean) else f"{found.mean:.3f} [{found.low:.3f}, {found.high:.3f}]"
