"""Words and a picture as one point, of the picture space or of both spaces end to end, for policies that combine them so."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from plugin_config.policy import Combination, SubQueryKind
from query_service.encoding import QueryEncoding
from query_service.planning import Question

Vector = NDArray[np.float32]
WEIGHED = "words and picture count side by side: the picture encoder of this catalogue understands no words"
APART = "words and picture count side by side: this catalogue has no vectors of words to join with the picture's"
_OF_WORDS = (SubQueryKind.KEYWORD, SubQueryKind.TEXT_VECTOR, SubQueryKind.WORDS_TO_PICTURE)


def wants_mean(question: Question) -> bool:
    """Whether the question has both and its policy wants their mean."""
    has_both = question.words is not None and SubQueryKind.PICTURE_VECTOR in question.encoded.vectors
    return has_both and question.policy.combination is Combination.MEAN


def wants_joined(question: Question) -> bool:
    """Whether the question has both and its policy wants their vectors end to end."""
    has_both = question.words is not None and SubQueryKind.PICTURE_VECTOR in question.encoded.vectors
    return has_both and question.policy.combination is Combination.CONCATENATED


async def joined(encoding: QueryEncoding, question: Question) -> Question | None:
    """The question as one search by the vectors of its words and of its picture, end to end; None where the catalogue has no
    vectors of words. The words weigh what they weigh in all parts together.
    """
    stored, weights = question.served.stored, question.policy.weights
    wanted = [SubQueryKind.TEXT_VECTOR] if question.catalogue.encoders.text is not None else []
    said = await encoding.encode_words(stored, question.words or "", tuple(wanted or [SubQueryKind.WORDS_TO_PICTURE]))
    if not said.vectors:
        return None
    kind = next(iter(said.vectors))
    shown, words = weights.get(SubQueryKind.PICTURE_VECTOR, 0.0), sum(weights.get(part, 0.0) for part in _OF_WORDS)
    shown, words = (shown, words) if shown + words > 0 else (1.0, 1.0)
    scaled = {**dict.fromkeys(_OF_WORDS, 0.0), kind: words / (shown + words)}
    policy = question.policy.with_weights({**scaled, SubQueryKind.PICTURE_VECTOR: shown / (shown + words)})
    vectors = {**said.vectors, SubQueryKind.PICTURE_VECTOR: question.encoded.vectors[SubQueryKind.PICTURE_VECTOR]}
    return replace(
        question,
        encoded=replace(question.encoded, vectors=vectors),
        policy=policy.model_copy(update={"adaptive": False}),
        frames=(),
        is_joined=True,
    )


async def averaged(encoding: QueryEncoding, question: Question) -> Question | None:
    """The question as one search by picture, with the mean of what is shown and what is said; None where the catalogue's
    encoder puts no words into the space of its pictures.
    """
    stored, kind = question.served.stored, SubQueryKind.WORDS_TO_PICTURE
    said = await encoding.encode_words(stored, question.words or "", (kind,))
    if kind not in said.vectors:
        return None
    target, shown = question.encoded.vectors[SubQueryKind.PICTURE_VECTOR]
    weights = question.policy.weights
    words_weight = sum(weights.get(part, 0.0) for part in _OF_WORDS)
    vector = mean_of(shown, said.vectors[kind][1], weights.get(SubQueryKind.PICTURE_VECTOR, 0.0), words_weight)
    alone = {**dict.fromkeys(_OF_WORDS, 0.0), SubQueryKind.PICTURE_VECTOR: 1.0}
    return replace(
        question,
        encoded=replace(question.encoded, vectors={SubQueryKind.PICTURE_VECTOR: (target, vector)}),
        policy=question.policy.with_weights(alone),
        frames=(),
    )


def mean_of(shown: Vector, said: Vector, shown_weight: float, said_weight: float) -> Vector:
    """The weighted mean of two unit vectors, of length 1; evenly where neither has a weight, `shown` where they cancel."""
    if shown_weight + said_weight <= 0:
        shown_weight = said_weight = 1.0
    mean = np.float32(shown_weight) * shown + np.float32(said_weight) * said
    length = float(np.linalg.norm(mean))
    return np.asarray(mean / np.float32(length), dtype=np.float32) if length > 1e-6 else shown
