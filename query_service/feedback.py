"""What the shopper said of products in this visit, in the query's vectors: "more like this" and "not this"."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mappings.client import AsyncClient
from mappings.fields import Modality, VectorField
from plugin_config.policy import SubQueryKind
from query_service.encoding import EncodedQuery
from query_service.planning import Question
from ranking.personalization.feedback import rocchio

Vector = NDArray[np.float32]
_MODALITIES = {SubQueryKind.TEXT_VECTOR: Modality.TEXT, SubQueryKind.PICTURE_VECTOR: Modality.PICTURE}


async def moved_by_feedback(client: AsyncClient, question: Question) -> tuple[Question, tuple[str, ...]]:
    """The question with its vectors moved (ranking.personalization.feedback), and what there is to tell about it.

    Without words and pictures the liked products themselves become the query. With words their pictures stay out of it:
    the words say what is wanted. Raises the errors of mappings.errors.
    """
    request = question.request
    if not request.more_like and not request.not_like:
        return question, ()
    targets = _targets(question)
    ids = list(dict.fromkeys((*request.more_like, *request.not_like)))
    known = await _read_vectors(client, question.served.stored.alias, ids, [field.name for field in targets.values()])
    notes = tuple(f"there is no product {id[:80]!r} to be like or unlike" for id in ids if id not in known)
    vectors = dict(question.encoded.vectors)
    for kind, field in targets.items():
        liked, disliked = (_stacked(known, part, field) for part in (request.more_like, request.not_like))
        moved = rocchio(vectors[kind][1] if kind in vectors else None, liked, disliked)
        if moved is not None:
            vectors[kind] = (field, moved)
    return replace(question, encoded=EncodedQuery(vectors, question.encoded.failed)), notes


def _targets(question: Question) -> dict[SubQueryKind, VectorField]:
    """The fields whose vectors move: those of the query, and the products' own where there is no other query."""
    there = {kind: target for kind, (target, _) in question.encoded.vectors.items() if kind in _MODALITIES}
    if question.words is not None or question.request.images:
        return there
    for kind, modality in _MODALITIES.items():
        field = question.served.stored.vector(modality)
        if field is not None and question.policy.weights.get(kind, 0.0) > 0:
            there.setdefault(kind, field)
    return there


async def _read_vectors(
    client: AsyncClient, alias: str, ids: Sequence[str], names: Sequence[str]
) -> Mapping[str, Mapping[str, Sequence[float]]]:
    """The vectors of these products by id and field; products that are not there are absent."""
    body = {
        "size": len(ids),
        "track_total_hits": False,
        "_source": list(names) or False,
        "query": {"bool": {"filter": [{"ids": {"values": list(ids)}}]}},
    }
    answer = await client.search(alias, body)
    return {hit["_id"]: hit.get("_source") or {} for hit in answer["hits"]["hits"]}


def _stacked(known: Mapping[str, Mapping[str, Sequence[float]]], ids: Iterable[str], field: VectorField) -> Vector:
    found = [vector for id in ids if (vector := known.get(id, {}).get(field.name))]
    return np.array(found, dtype=np.float32).reshape(len(found), field.dimension)
