"""What came of a job, in the words of the command that does the same."""

from pydantic import Field

from indexer.behaviour.model_messages import GateResponse
from indexer.behaviour.shadow_reports import Interval
from indexer.http_messages import Message


class HeldOut(Message):
    """Searches that came after all that the model learned from."""

    searches: int = Field(description="How many.")
    measure: str = Field(description="What is measured on them.")
    before: Interval = Field(description="The order without the model.")
    reranked: Interval = Field(description="The model's order.")
    gain: Interval = Field(description="The difference, paired by search.")
    p: float = Field(description="How often chance alone would make such a difference.")


class TrainingResult(Message):
    """A model that learned from shoppers."""

    catalogue: str = Field(description="Name of the catalogue.")
    model: str = Field(description="Id of the model.")
    serves: bool = Field(description="Whether it serves now.")
    parent: str | None = Field(description="The model that served before; null for none.")
    origin: str = Field(description="What it learned from.")
    click_model: str = Field(description="The click model that read the clicks.")
    examination: list[float | None] = Field(description="How much each place is looked at, relative to the first.")
    searches: dict[str, int] = Field(description="What became of the searches of the log.")
    seen: str = Field(description="How it is known what shoppers saw: told (impressions), or what was assumed.")
    since: str | None = Field(description="Time of the first search that it learned from.")
    until: str | None = Field(description="Time before which all of them lie.")
    cursor: int | None = Field(description="Place of the newest event in the log that was read.")
    groups: int = Field(description="Groups that it learned from.")
    candidates: int = Field(description="Rows in those groups.")
    features: int = Field(description="Features of a row.")
    trees: int = Field(description="Trees of the model.")
    blend: float = Field(description="Share of the model's score in the final one.")
    held_out: HeldOut = Field(description="How it does on later searches.")
    gate: GateResponse = Field(description="Whether it may serve.")
    seconds: float = Field(description="How long it took.")
    notes: list[str] = Field(description="What else is to be known.")


class PolicyComparison(Message):
    """Two policies on the same queries."""

    policy: str = Field(description="The policy.")
    baseline: str = Field(description="What it is compared with.")
    measure: str = Field(description="The measure.")
    difference: Interval = Field(description="By how much the policy is better, paired by query.")
    p: float = Field(description="How often chance alone would make such a difference.")
    p_holm: float = Field(description="The same, corrected for all comparisons made (Holm).")


class EvaluationResult(Message):
    """Policies side by side on the same judged queries."""

    catalogue: str = Field(description="Name of the catalogue.")
    judgments: str = Field(description="Where the judgments came from.")
    queries: int = Field(description="Judged queries.")
    queries_with_relevant: int = Field(description="Those with a product of a grade above 0; the others have no value.")
    policies: dict[str, dict[str, Interval | float | None]] = Field(
        description="By policy: each measure with its interval, `judged@10` and the median time of a search, `median_ms`."
    )
    comparisons: list[PolicyComparison] = Field(description="Each policy against the first, by measure.")
    notes: list[str] = Field(description="What else is to be known.")


class RebuildResult(Message):
    """What rows and profiles were made from."""

    catalogue: str = Field(description="Name of the catalogue.")
    looked_at: int = Field(description="Events of the log.")
    counted: int = Field(description="Those that count.")
    products: int = Field(description="Products with a row.")
    queries: int = Field(description="Queries with a row.")
    shoppers: int = Field(description="Shoppers with a profile.")
    seen: str = Field(description="How it is known what shoppers saw: told (impressions), or what was assumed.")
