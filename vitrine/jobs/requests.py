"""What an operator asks for."""

import csv
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from plugin_config.policy import RankingPolicy
from ranking.evaluation.measures import DEFAULT_MEASURES

MOST_JUDGMENTS: Final = 200_000
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000)]
Reference = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100_000)]
PolicyName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_\-]{0,39}$")]
_ELSEWHERE = ("data:", "http://", "https://")


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Judgment(_Request):
    """How good one product is for one query. A query is made of its words, picture, recording, user and filter."""

    query: Text = Field("", description="The words.")
    docid: Annotated[Text, StringConstraints(min_length=1, max_length=512)] = Field(description="Id of the product.")
    rating: float = Field(ge=0, le=1_000, description="The grade; 0 for not relevant.")
    image: Reference = Field("", description="Picture to search by, as an address or a data URI; several joined by |.")
    audio: Reference = Field("", description="Recording to search by, as an address or a data URI.")
    user: Text = Field("", description="The shopper that the search is made for; empty for nobody.")
    filter: Text = Field("", description="Filters, as in `brand=acme|best; price=10..20`.")

    @field_validator("image", "audio")
    @classmethod
    def _lies_elsewhere(cls, value: str) -> str:
        for part in filter(None, (piece.strip() for piece in value.split("|"))):
            if not part.lower().startswith(_ELSEWHERE):
                raise ValueError(
                    "an address or a data URI is needed; files of the server are read for a judgments_file"
                )
        return value

    @model_validator(mode="after")
    def _asks_something(self) -> "Judgment":
        if not (self.query or self.image or self.audio):
            raise ValueError("neither a query nor an image nor audio is given")
        return self


class _Judged(_Request):
    """Judgments in the request, or in a file that the server has."""

    judgments: list[Judgment] = Field(
        [], description="The judgments themselves; a later one of a pair counts.", max_length=MOST_JUDGMENTS
    )
    judgments_file: str | None = Field(
        None,
        description="Name of a file in VITRINE_JUDGMENTS_DIR, in place of judgments in the request.",
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.\-]{0,120}$",
    )

    @model_validator(mode="after")
    def _only_one(self) -> Any:
        if self.judgments and self.judgments_file is not None:
            raise ValueError("give judgments or a judgments_file, not both")
        return self


class TrainRequest(_Judged):
    """Learn from shoppers; judgments may be mixed in. Everything may be left out."""

    click_model: str = Field(
        "selected",
        max_length=40,
        description="How clicks are freed from the places they were made at: selected, position, trust, dependent, coec, "
        "lightgbm or naive.",
    )
    since: datetime | None = Field(None, description="Learn from searches served from this time on.")
    until: datetime | None = Field(None, description="Take no search or event of this time or later.")
    policy: PolicyName = Field("reranked", description="The policy whose candidates are read for judged queries.")
    judged_only: bool = Field(
        False, description="Learn from the judged products alone, not from all that are retrieved."
    )
    seed: int = Field(17, ge=0, le=2**31 - 1, description="Equal data and seed give an equal model.")
    use: bool | None = Field(None, description="Let the model serve, or only keep it. Left out: as the gate says.")


class EvaluateRequest(_Judged):
    """Compare policies on judged queries: judgments or a judgments_file must be there."""

    policies: list[PolicyName | RankingPolicy] = Field(
        ["keyword", "hybrid", "reranked"],
        min_length=1,
        max_length=20,
        description="Names of policies, or policies in full. The first is what the others are compared with.",
    )
    measures: list[Annotated[str, StringConstraints(max_length=60)]] = Field(
        list(DEFAULT_MEASURES),
        min_length=1,
        max_length=30,
        description="Measures as in ir_measures: nDCG@10, AP, R@100.",
    )


def write_judgments(judgments: list[Judgment], path: Path) -> None:
    """The judgments as a file that read_judgments reads."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(Judgment.model_fields))
        writer.writeheader()
        writer.writerows(judgment.model_dump() for judgment in judgments)
