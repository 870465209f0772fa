"""What is left when a part fails: the keywords, said to be so."""

import logging
from collections.abc import Awaitable, Callable

from mappings.errors import EngineAccessRefused, EngineError, EngineUnavailable, NotFound
from query_service.planning import Question, without_vectors
from query_service.retrieval import Candidates

log = logging.getLogger(__name__)


async def retrieve_or_degrade(
    question: Question, retrieve: Callable[[Question], Awaitable[Candidates]]
) -> tuple[Question, Candidates]:
    """Retrieve; when the vector parts make the search fail, once more with keywords alone.

    Raises the engine's error when it is down, when nothing but vectors was asked for, or when keywords fail too.
    """
    try:
        return question, await retrieve(question)
    except (EngineUnavailable, EngineAccessRefused, NotFound):
        raise
    except EngineError as error:
        if question.words is None or not question.encoded.vectors:
            raise
        log.warning("search of %s without its vectors: %s", question.catalogue.name, error)
        alone = without_vectors(question, str(error))
        return alone, await retrieve(alone)
