"""What is left when a part fails: the search without features, or the keywords alone, said to be so."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

from mappings.errors import EngineAccessRefused, EngineError, EngineUnavailable, NotFound
from query_service.planning import Question, without_vectors
from query_service.retrieval import Candidates

log = logging.getLogger(__name__)


async def retrieve_or_degrade(
    question: Question, retrieve: Callable[[Question], Awaitable[Candidates]]
) -> tuple[Question, Candidates]:
    """Retrieve; when the search fails, once more without the features, without the vectors, without both.

    Raises the engine's error when it is down, or when what is left fails too. A question of nothing but vectors keeps them.
    """
    try:
        return question, await retrieve(question)
    except (EngineUnavailable, EngineAccessRefused, NotFound):
        raise
    except EngineError as error:
        failure = error
    for lacking, attempt in _narrower(question, str(failure)):
        log.warning("search of %s without its %s: %s", question.catalogue.name, lacking, failure)
        try:
            return attempt, await retrieve(attempt)
        except (EngineUnavailable, EngineAccessRefused, NotFound):
            raise
        except EngineError as error:
            log.info("search of %s without its %s fails, too: %s", question.catalogue.name, lacking, error)
    raise failure


def _narrower(question: Question, reason: str) -> Iterator[tuple[str, Question]]:
    """The question without its features, without its vectors, without both, as far as it has them."""
    unexamined = replace(question, is_examined=False)
    if question.is_examined:
        yield "features", unexamined
    if question.words is not None and question.encoded.vectors:
        yield "vectors", without_vectors(question, reason)
        if question.is_examined:
            yield "features and vectors", without_vectors(unexamined, reason)
