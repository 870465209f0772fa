"""The gate's checks as a table and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ranking.learning.gate import GateReport


def gate_object(report: GateReport) -> dict[str, object]:
    """The report as JSON holds it."""
    from indexer.behaviour.model_messages import gate_response

    return gate_response(report).model_dump()


def print_gate(report: GateReport) -> None:
    """Every check with its number, then the verdict."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    against = report.against or "the order without a model"
    table = Table(title=f"gate: {report.model} against {against}")
    for heading in ("check", "verdict", "number", "look at"):
        table.add_column(heading)
    for check in report.checks:
        table.add_row(check.name, str(check.verdict), check.number, "\n".join(check.details))
    console.print(table)
    console.print("the gate is open" if report.is_open else f"the gate is closed: {'; '.join(report.failures)}")


def why_it_waits(report: GateReport, *, searches: int) -> str:
    """Why a model does not serve, for a reader who knows nothing of gates. `searches`: how many it was tried on."""
    from ranking.learning.gate import HELD_OUT_TIME, Verdict

    failed = [check.name for check in report.checks if check.verdict is Verdict.FAILED]
    if failed == [HELD_OUT_TIME]:
        rival = "the order without a model" if report.against is None else "the one that serves"
        return f"the {searches:,} searches that it was tried on do not show it to be as good as {rival}"
    return f"it did not pass: {', '.join(failed)}" if failed else "it was told to"
