"""What goes in and out of the write path over HTTP."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from indexer.loading import LoadReport
from indexer.rejects import Rejection
from indexer.writing import Effect
from mappings.catalogue_store import StoredCatalogue
from plugin_config.catalogue import Catalogue


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WriteResponse(Message):
    """What became of one product."""

    id: str = Field(description="The product's id.")
    effect: Effect = Field(description="created, updated, unchanged or deleted.")
    enrichment: Literal["queued", "waiting", "not needed"] = Field(
        description="Whether its vectors are being made (queued), wait for the reconciler (waiting) or still hold."
    )


class RejectedLine(Message):
    """A line that was not taken as it was written."""

    line: int = Field(description="Line of the body, from 1.")
    field: str = Field(description="The field that is wrong; `line` when the line itself cannot be read.")
    reason: str = Field(description="What is wrong with it.")
    taken: bool = Field(description="Whether the line was taken all the same: its id came before in this body.")
    excerpt: str = Field(description="How the line begins.")


class BulkResponse(Message):
    """What a bulk of lines came to."""

    lines: int = Field(description="Lines read.")
    created: int = Field(description="Products that are new.")
    updated: int = Field(description="Products that changed.")
    unchanged: int = Field(description="Products that were so already.")
    deleted: int = Field(description="Products removed.")
    absent: int = Field(description="Deletions and partial updates of products that are not there.")
    rejected: int = Field(description="Lines that were not taken.")
    repeated: int = Field(description="Lines whose id came before; the last line counts.")
    queued: int = Field(description="Products whose vectors are being made.")
    waiting: int = Field(description="Products whose vectors wait for the reconciler.")
    rejects: list[RejectedLine] = Field(description="The first 1,000 lines that were not taken, or repeat an id.")


class VectorMessage(Message):
    """A vector field of the index."""

    field: str = Field(description="Name in the index.")
    modality: str = Field(description="text or picture.")
    dimension: int = Field(description="Length of its vectors.")


class CatalogueResponse(Message):
    """A catalogue as it is stored."""

    name: str = Field(description="The catalogue's name.")
    index: str = Field(description="The index that holds its products now.")
    created_at: datetime = Field(description="When that index was made.")
    vectors: list[VectorMessage] = Field(description="Vector fields; those of the present encoders stand last.")
    catalogue: dict[str, Any] = Field(description="The catalogue itself, without what is at its default.")


def catalogue_response(stored: StoredCatalogue) -> CatalogueResponse:
    return CatalogueResponse(
        name=stored.catalogue.name,
        index=stored.index,
        created_at=stored.created_at,
        vectors=[VectorMessage(field=v.name, modality=v.modality, dimension=v.dimension) for v in stored.vectors],
        catalogue=declared(stored.catalogue),
    )


def declared(catalogue: Catalogue) -> dict[str, Any]:
    """The catalogue as its YAML would say it."""
    return catalogue.model_dump(mode="json", exclude_defaults=True)


def bulk_response(report: LoadReport, rejects: list[Rejection]) -> BulkResponse:
    effects = {e.value: report.effects[e] for e in Effect if e is not Effect.REJECTED}
    return BulkResponse(
        lines=report.lines,
        rejected=report.rejected,
        repeated=report.repeated,
        queued=report.queued,
        waiting=report.waiting,
        rejects=[
            RejectedLine(line=r.line, field=r.field, reason=r.reason, taken=r.is_taken, excerpt=r.excerpt)
            for r in rejects
        ],
        **effects,
    )
