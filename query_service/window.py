"""Which stretch of the ranking is asked of OpenSearch, and which part of it is the page."""

from dataclasses import dataclass, replace

from mappings.hybrid import SearchPlan
from query_service.planning import Question, part_weights, plan_search

DEEPEST = 10_000  # OpenSearch's own limit of from + size


@dataclass(frozen=True, slots=True)
class Window:
    """`size` and `from_` go to OpenSearch; the page is `shown` hits beginning at place `first` of what comes back.

    `is_page`: what comes back is the page itself, so its sources may come with it. `has_variants`: every variant comes
    back, so that the model can choose, and of each group the best is shown.
    """

    size: int
    from_: int
    first: int
    shown: int
    is_page: bool
    notes: tuple[str, ...] = ()
    has_variants: bool = False

    @property
    def end(self) -> int:
        """How many hits the page and all before it have."""
        return self.first + self.shown


def window_of(question: Question, *, has_model: bool) -> Window:
    """The window of this question's page.

    Pages that start below everything that is reordered come straight from OpenSearch; above, the whole reordered
    stretch is fetched, always the same one, so that pages fit together. Where a model chooses among variants, how many
    groups that stretch has is not known before, so every page begins with it.
    """
    request, policy = question.request, question.policy
    is_sorted = question.is_browsing or request.sort is not None
    is_fused = not is_sorted and len(part_weights(question)) > 1
    end = request.from_ + request.size
    # What lies below the best by too much is known among the candidates alone.
    is_cut = not is_sorted and policy.relevance_floor > 0
    limit = policy.candidates if is_fused or is_cut else DEEPEST
    notes: tuple[str, ...] = ()
    if end > limit:
        notes = (f"results are ranked up to place {limit:,}; use filters or other words to reach further",)
        end = limit
    shown = max(0, end - request.from_)
    depth = 0 if is_sorted else _reordered(question, has_model=has_model)
    if depth and has_model and question.is_grouped:
        return Window(depth, 0, request.from_, shown, is_page=False, notes=notes, has_variants=True)
    if request.from_ >= depth:
        from_ = request.from_ if shown else 0
        return Window(shown, from_, 0, shown, is_page=True, notes=notes)
    return Window(max(depth, end), 0, request.from_, shown, is_page=False, notes=notes)


def _reordered(question: Question, *, has_model: bool) -> int:
    """How many of the first candidates may change places after retrieval."""
    policy = question.policy
    depths = [0]
    if has_model or question.request.explain:
        depths.append(min(policy.reranking.depth, policy.candidates))
    if policy.diversity.field is not None and policy.diversity.strength > 0:
        depths.append(min(policy.diversity.depth, policy.candidates))
    if policy.relevance_floor > 0:
        depths.append(policy.candidates)
    return max(depths)


def plan_of(question: Question, window: Window) -> SearchPlan:
    """What is asked of OpenSearch for this stretch."""
    plan = plan_search(question, size=window.size, from_=window.from_, with_source=window.is_page)
    return replace(plan, every_variant=window.has_variants, with_versions=not window.is_page)
