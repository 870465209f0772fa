"""Whether anything here looks like the picture: the nearest always exist, also of what is not sold."""

import numpy as np

from mappings.hybrid import closeness_of
from plugin_config.policy import SubQueryKind
from query_service.messages import SearchRequest
from query_service.planning import Question
from query_service.retrieval import Candidates

UNLIKE = "nothing here looks like that picture; what is nearest to it is shown"


def shows_one_thing(request: SearchRequest) -> bool:
    """Whether one picture is asked for as it is: mixed or changed ones lie away from every real one."""
    return len(request.images) == 1 and not request.images[0].but and not (request.more_like or request.not_like)


def said_of_likeness(question: Question, candidates: Candidates) -> tuple[str, ...]:
    """A note when even the nearest product lies below the floor of the catalogue's pictures."""
    asked = question.encoded.vectors.get(SubQueryKind.PICTURE_VECTOR)
    if question.picture_floor is None or asked is None or not candidates.ids:
        return ()
    scores = candidates.scores_of([str(SubQueryKind.PICTURE_VECTOR)])
    if np.isnan(scores).all():
        return ()
    nearest = closeness_of(asked[0].space, float(np.nanmax(scores)))
    return (UNLIKE,) if nearest < question.picture_floor else ()
