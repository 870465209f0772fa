"""What the searches of the log say of the model in the shadow, for the commands and over HTTP."""

from collections import defaultdict

from pydantic import Field

from indexer.behaviour.learning import School
from indexer.http_messages import Message
from ranking.evaluation.intervals import rounded
from ranking.learning.joining import GRADES, event_pages
from ranking.learning.shadowing import ShadowReport, compare_shadow


class Interval(Message):
    """A mean with its interval of 95 %; null where nothing has a value."""

    mean: float | None = Field(description="The mean.")
    low: float | None = Field(description="Lower end.")
    high: float | None = Field(description="Upper end.")


class ShadowResponse(Message):
    """How the order of the model in the shadow differs from what was shown."""

    catalogue: str = Field(description="Name of the catalogue.")
    shadow: str | None = Field(description="The model in the shadow; null for none.")
    searches: int = Field(0, description="Searches that it scored.")
    first_differs: float | None = Field(None, description="Share of searches with another product first.")
    kept_in_top: float | None = Field(None, description="Share of the shown first ten that its page has, too.")
    agreement: float | None = Field(None, description="Kendall's tau of the two orders of the shown products.")
    deeds: int = Field(0, description="Searches that led to a click, cart or purchase.")
    gain: Interval | None = Field(
        None, description="By how much the reciprocal rank of what was acted on rises in its order."
    )


def shadow_response(school: School) -> ShadowResponse:
    """The model in the shadow, if any, with its report over every search that it scored. Raises LogError, ModelError."""
    current = school.store.shadow()
    if current is None:
        return ShadowResponse(catalogue=school.catalogue, shadow=None)
    report = shadow_report(school, current)
    return ShadowResponse(
        catalogue=school.catalogue,
        shadow=current,
        searches=report.searches,
        first_differs=rounded(report.first_differs),
        kept_in_top=rounded(report.kept_in_top),
        agreement=rounded(report.agreement),
        deeds=report.deeds,
        gain=Interval.model_validate(report.gain.ends()),
    )


def shadow_report(school: School, model: str) -> ShadowReport:
    """The report over every search that this model scored in the shadow. Raises LogError."""
    acted: dict[str, set[str]] = defaultdict(set)
    for logged in event_pages(school.log, school.catalogue):
        event = logged.event
        if event.counts and event.teaches and event.query_id and event.product and event.action in GRADES:
            acted[event.query_id].add(event.product)
    by_search = {query: frozenset(products) for query, products in acted.items()}
    return compare_shadow(school.log.searches(school.catalogue), by_search, model)
