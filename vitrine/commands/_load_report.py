"""What `vitrine index` prints at its end, for people and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.loading import LoadReport
    from indexer.progress import EnrichmentProgress
    from plugin_config.catalogue import Catalogue


_UNFINISHED = "the feed was not read to its end: the same command again goes on, and passes what is written already"


def load_report(
    catalogue: Catalogue,
    report: LoadReport,
    progress: EnrichmentProgress | None,
    *,
    rejects: Path | None,
    as_json: bool,
) -> list[str]:
    """The lines to print; `rejects` is the rejects file, when one was written."""
    name = catalogue.name
    if as_json:
        return [json.dumps(_as_object(name, report, progress, rejects))]
    return [
        *_counts(name, report, rejects),
        *(f"note: {note}" for note in report.notes),
        *([_UNFINISHED] if report.is_resumable else []),
        *_enrichment(catalogue, report, progress),
    ]


def _counts(name: str, report: LoadReport, rejects: Path | None) -> list[str]:
    from indexer.writing import Effect

    effects = [f"{report.effects[e]:,} {e.value}" for e in Effect if report.effects[e] and e is not Effect.REJECTED]
    speed = f", {report.written / report.seconds:,.0f} products/s" if report.written and report.seconds else ""
    done = ", ".join(effects) or "nothing written"
    lines = [f"{name}: {report.lines:,} lines in {report.seconds:.1f} s{speed}: {done}"]
    if report.rejected or report.repeated:
        lines.append(
            f"{report.rejected:,} not taken, {report.repeated:,} ids repeated (the last line counts); see {rejects}"
        )
    return lines


def _enrichment(catalogue: Catalogue, report: LoadReport, progress: EnrichmentProgress | None) -> list[str]:
    if progress is not None:
        counts = [f"{count:,} {status.value}" for status, count in progress.counts.items() if count]
        return ["enrichment: " + (", ".join(counts) or "nothing")]
    waiting = report.queued + report.waiting
    if not waiting:
        return []
    if catalogue.encoders.text is None and catalogue.encoders.picture is None:
        return [
            f"{waiting:,} products are searchable by their words; the catalogue has no encoders, so there are no vectors"
        ]
    return [f"{waiting:,} products get their vectors in the background; they are searchable now"]


def _as_object(
    name: str, report: LoadReport, progress: EnrichmentProgress | None, rejects: Path | None
) -> dict[str, object]:
    from indexer.writing import Effect

    return {
        "catalogue": name,
        "lines": report.lines,
        **{effect.value: report.effects[effect] for effect in Effect if effect is not Effect.REJECTED},
        "rejected": report.rejected,
        "repeated": report.repeated,
        "queued": report.queued,
        "waiting": report.waiting,
        "seconds": round(report.seconds, 3),
        "interrupted": report.is_interrupted,
        "notes": report.notes,
        "rejects_file": str(rejects) if rejects else None,
        "enrichment": {status.value: count for status, count in progress.counts.items()} if progress else None,
    }
