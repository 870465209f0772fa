"""What is told of ranking models and of forgotten people, over HTTP and by the commands."""

from dataclasses import asdict
from typing import Any

from pydantic import Field

from indexer.behaviour.forgetting import Forgotten
from indexer.http_messages import Message
from ranking.behaviour.log.event_log import LogTotals
from ranking.errors import ModelError
from ranking.lambdamart.manifest import Manifest
from ranking.lambdamart.store import ModelStore
from ranking.learning.gate import GateReport


class ModelSummary(Message):
    """One model that is kept."""

    id: str = Field(description="Its id.")
    serves: bool = Field(description="Whether searches are ordered by it now.")
    created_at: str | None = Field(None, description="When it was made; null where it is damaged.")
    origin: str | None = Field(None, description="What it learned from, or whose model it is.")
    queries: int | None = Field(None, description="Queries or groups of searches that it learned from.")
    measures: dict[str, float] = Field({}, description="Means on queries that it had not seen.")
    damaged: str | None = Field(None, description="Why it cannot serve; null where it can.")


class ModelsResponse(Message):
    """The ranking models of a catalogue, oldest first."""

    catalogue: str = Field(description="Name of the catalogue.")
    current: str | None = Field(description="The model that serves; null for none.")
    damaged: str | None = Field(
        None, description="What is wrong with the note of which model serves; null for nothing."
    )
    models: list[ModelSummary] = Field(description="All models that are kept.")


class ModelChoice(Message):
    """Which model is to serve."""

    model: str = Field(description="Its id.", max_length=80)


class GateCheck(Message):
    """One check of the gate."""

    name: str = Field(description="What was examined.")
    verdict: str = Field(description="passed, failed or not examined.")
    number: str = Field(description="What was measured, with its bound.")
    details: list[str] = Field(description="What to look at, worst first.")


class GateResponse(Message):
    """Whether a model may serve."""

    model: str = Field(description="The model that was examined.")
    against: str | None = Field(description="The model it was compared with; null for the order without one.")
    open: bool = Field(description="Whether no check failed.")
    checks: list[GateCheck] = Field(description="Every check.")


class EventTotals(Message):
    """What the log holds of one catalogue."""

    catalogue: str = Field(description="Name of the catalogue.")
    events: int = Field(description="Events that are kept.")
    teaching: int = Field(description="Those that teach.")
    suspect: int = Field(description="Those that do not count: bots, outliers.")
    searches: int = Field(description="Served searches that are kept.")
    first_at: float | None = Field(description="Time of the first event, seconds since 1970.")
    last_at: float | None = Field(description="Time of the last event.")
    cursor: int = Field(description="Place of the newest event in the log.")


class EventsStatus(Message):
    """What the log holds."""

    catalogues: list[EventTotals] = Field(description="By catalogue.")


class LearnedModelMessage(Message):
    """A model that learned from behaviour while the person was there."""

    catalogue: str = Field(description="Name of the catalogue.")
    model: str = Field(description="Its id.")
    created_at: str = Field(description="When it was made.")
    serves: bool = Field(description="Whether it serves; train again then.")


class ForgottenResponse(Message):
    """What was removed of a person."""

    events: int = Field(description="Events that were removed.")
    searches: int = Field(description="Served searches that were removed.")
    profiles: int | None = Field(description="Profiles that were removed; null where no Redis is set.")
    models: list[LearnedModelMessage] = Field(description="Models that keep what they learned until trained again.")


def models_response(catalogue: str, store: ModelStore) -> ModelsResponse:
    """Every kept model; a damaged one says so, and so does the note of the serving one."""
    damaged = None
    try:
        current = store.pointer().current
    except ModelError as error:
        current, damaged = None, str(error)
    models = [_summary(store, id, current) for id in store.ids()]
    return ModelsResponse(catalogue=catalogue, current=current, damaged=damaged, models=models)


def _summary(store: ModelStore, model: str, current: str | None) -> ModelSummary:
    try:
        manifest = store.verified(model).manifest
    except ModelError as error:
        return ModelSummary(id=model, serves=model == current, damaged=str(error))
    return ModelSummary(
        id=model,
        serves=model == current,
        created_at=manifest.created_at.isoformat(),
        origin=manifest.data.origin,
        queries=manifest.data.queries,
        measures={name: found.mean for name, found in manifest.measures.get("reranked", {}).items()},
    )


def manifest_facts(manifest: Manifest) -> dict[str, Any]:
    """The manifest without what only machines compare."""
    facts = manifest.model_dump(mode="json", exclude={"golden_rows": True, "whole": {"golden_scores"}, "folds": True})
    facts["folds"] = [
        {"file": fold.file, "trees": fold.trees, "blend": fold.blend, "held_out": len(fold.held_out)}
        for fold in manifest.folds
    ]
    return facts


def gate_response(report: GateReport) -> GateResponse:
    """The report as it is told."""
    return GateResponse(
        model=report.model,
        against=report.against,
        open=report.is_open,
        checks=[
            GateCheck(name=check.name, verdict=str(check.verdict), number=check.number, details=list(check.details))
            for check in report.checks
        ],
    )


def forgotten_response(done: Forgotten) -> ForgottenResponse:
    """What was removed, and who still knows."""
    return ForgottenResponse(
        events=done.presence.events,
        searches=done.presence.searches,
        profiles=done.profiles,
        models=[LearnedModelMessage(**asdict(model)) for model in done.models],
    )


def events_status(totals: list[LogTotals]) -> EventsStatus:
    """The totals as they are told."""
    return EventsStatus(catalogues=[EventTotals(**asdict(one)) for one in totals])
