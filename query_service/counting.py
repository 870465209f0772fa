"""Facets and variant counts beside the hits of a search."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from mappings import fields
from mappings.client import AsyncClient
from mappings.facets import FacetCounts, facet_aggregations, parse_facets
from mappings.filters import IndexedField
from mappings.hybrid import matching
from query_service.planning import Question, matching_parts


async def selected_counts(client: AsyncClient, question: Question) -> Mapping[str, Any]:
    """Aggregations of the facets that are filtered by: each counted under all other filters, not under its own.

    The k-NN parts are asked again with those filters, so a count is what the search would match.
    """
    chosen = [facet for facet in question.facets if facet.name in question.conditions]
    answers = await asyncio.gather(*(_count(client, question, facet) for facet in chosen))
    return {name: aggregation for answer in answers for name, aggregation in answer.items()}


async def _count(client: AsyncClient, question: Question, facet: IndexedField) -> Mapping[str, Any]:
    filters = question.clauses(leaving_out=facet.name)
    body = {
        "size": 0,
        "track_total_hits": False,
        "query": matching(matching_parts(question, filters), filters),
        "aggs": facet_aggregations([facet], question.served.steps),
    }
    answer = await client.search(question.served.stored.alias, body)
    aggregations: Mapping[str, Any] = answer.get("aggregations", {})
    return aggregations


async def count_variants(client: AsyncClient, question: Question, groups: Sequence[str]) -> Mapping[str, int]:
    """How many matching products each of these groups has."""
    wanted = sorted(set(groups))
    if not wanted:
        return {}
    filters = [*question.clauses(), {"terms": {fields.GROUP: wanted}}]
    body = {
        "size": 0,
        "track_total_hits": False,
        "query": matching(matching_parts(question, filters), filters),
        "aggs": {"groups": {"terms": {"field": fields.GROUP, "size": len(wanted), "include": wanted}}},
    }
    answer = await client.search(question.served.stored.alias, body)
    return {bucket["key"]: bucket["doc_count"] for bucket in answer["aggregations"]["groups"]["buckets"]}


def facets_of(question: Question, aggregations: Mapping[str, Any]) -> dict[str, FacetCounts]:
    """The facets in the order asked for."""
    return parse_facets(aggregations, question.facets, question.conditions, question.served.steps)
