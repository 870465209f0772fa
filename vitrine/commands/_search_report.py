"""A page of results for people to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from query_service.messages import Explanation, Facet, Hit, SearchResponse

_TITLE_KEYS = ("title", "name", "product_name", "label")


def print_page(answer: SearchResponse, *, console: Console | None = None) -> None:
    """Print hits as a table, then explanations, facets and notes."""
    out = console or Console()
    if answer.heard is not None:
        others = "; ".join(other.text for other in answer.heard.alternatives[:3])
        maybe = f", or perhaps: {others}" if others else ""
        out.print(Text(f"heard “{answer.heard.text}” ({answer.heard.confidence:.0%} sure){maybe}", style="italic"))
    if answer.hits:
        out.print(_table(answer))
    about = "" if answer.total_is_exact else "about "
    took = answer.took_ms
    engine = f", {took.engine:.0f} of them OpenSearch's" if took.engine else ""
    model = f", model {answer.model}" if answer.model else ""
    out.print(f"{about}{answer.total:,} products, {took.total:.0f} ms{engine}; policy {answer.policy}{model}")
    for hit in answer.hits:
        if hit.explanation is not None:
            _print_explanation(out, hit, hit.explanation)
    for name, facet in answer.facets.items():
        values = ", ".join(f"{_facet_words(facet, value.value)} ({value.count})" for value in facet.values[:6])
        if values:
            out.print(Text(f"{name}: {values}", style="dim"))
    if answer.degraded:
        out.print(Text(f"degraded: {', '.join(answer.degraded)}", style="yellow"))
    for note in (*answer.notes, *answer.operator_notes):
        out.print(Text(note, style="italic"))


def _table(answer: SearchResponse) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading, justify in (("rank", "right"), ("score", "right"), ("id", "left"), ("product", "left")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for hit in answer.hits:
        variants = f"  ({hit.variants} variants)" if hit.variants and hit.variants > 1 else ""
        seen = f"  (at {hit.frame.seconds:.1f} s)" if hit.frame is not None else ""
        table.add_row(str(hit.rank), f"{hit.score:.3f}", Text(hit.id), Text(f"{title_of(hit)}{variants}{seen}"))
    return table


def _facet_words(facet: Facet, value: str | float | bool) -> str:
    """Numbers are the lower bounds of steps, and computed: 4.6000000000000005 is 4.6."""
    if facet.kind == "range" and isinstance(value, int | float):
        return f"from {value:g}"
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def title_of(hit: Hit) -> str:
    """What the product is called, as far as its source tells."""
    for key in _TITLE_KEYS:
        value = hit.source.get(key)
        if isinstance(value, str) and value:
            return value
    return next((value for value in hit.source.values() if isinstance(value, str) and value != hit.id), hit.id)


def why_of(hit: Hit) -> str:
    """How it was found and what moved it, in two short lines for a table's cell; nothing without an explanation."""
    if hit.explanation is None:
        return ""
    sentences = [sentence.rstrip(".") for sentence in hit.explanation.summary[:2]]
    return "\n".join(sentence.removeprefix("Found because ").removeprefix("Reordering ") for sentence in sentences)


def _print_explanation(out: Console, hit: Hit, why: Explanation) -> None:
    out.print(Text(f"\n{hit.rank}. {title_of(hit)}", style="bold"))
    for sentence in why.summary:
        out.print(Text(f"   {sentence}"))
    parts = ", ".join(f"{name} {score:.3f}" for name, score in why.sub_queries.items())
    out.print(Text(f"   parts: {parts or 'none'}; fused {why.fused_score:.3f} at {why.fused_rank}", style="dim"))
    if why.model_score is not None:
        out.print(Text(f"   model {why.model}: {why.model_score:.3f} from a base of {why.base_value:.3f}", style="dim"))
    for share in why.contributions:
        out.print(Text(f"   {share.contribution:+.3f}  {share.words}", style="dim"))
