"""Whether anything here looks like the picture: the nearest always exist, also of what is not sold."""

from dataclasses import replace

import numpy as np

from mappings.client import AsyncClient
from mappings.hybrid import closeness_of
from plugin_config.policy import SubQueryKind
from query_service.messages import SearchRequest
from query_service.planning import Question, plan_search
from query_service.retrieval import Candidates, retrieve

UNLIKE = "nothing here looks like that picture; what is nearest to it is shown"
_PICTURE = SubQueryKind.PICTURE_VECTOR


def shows_one_thing(request: SearchRequest) -> bool:
    """Whether one picture is asked for as it is: mixed or changed ones lie away from every real one."""
    return len(request.images) == 1 and not request.images[0].but and not (request.more_like or request.not_like)


async def said_of_likeness(client: AsyncClient, question: Question, candidates: Candidates) -> tuple[str, ...]:
    """A note when even the nearest product lies below the floor of the catalogue's pictures.

    On a further page, sorted, or beside words the nearest may not be among the candidates: it is then asked for by itself.
    Raises the errors of mappings.errors.
    """
    if not _is_below_floor(question, candidates):
        return ()
    request = question.request
    holds_nearest = request.from_ == 0 and request.sort is None and question.words is None
    if not holds_nearest and not _is_below_floor(question, await _nearest(client, question)):
        return ()
    return (UNLIKE,)


def _is_below_floor(question: Question, candidates: Candidates) -> bool:
    asked = question.encoded.vectors.get(_PICTURE)
    if question.picture_floor is None or asked is None or not candidates.ids:
        return False
    scores = candidates.scores_of([str(_PICTURE)])
    if np.isnan(scores).all():
        return False
    return closeness_of(asked[0].space, float(np.nanmax(scores))) < question.picture_floor


async def _nearest(client: AsyncClient, question: Question) -> Candidates:
    """The one product whose picture is nearest, under the same filters."""
    alone = {kind: float(kind is _PICTURE) for kind in SubQueryKind}
    asked = replace(
        question,
        request=question.request.model_copy(update={"sort": None, "facets": [], "group": False}),
        policy=question.policy.with_weights(alone).model_copy(update={"adaptive": False}),
        words=None,
        evidence=None,
        neutral_score=None,
        is_examined=False,
    )
    return await retrieve(client, question.served.stored.alias, plan_search(asked, size=1, from_=0, with_source=False))
