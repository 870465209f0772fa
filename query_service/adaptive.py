"""How much the vectors of the words may say in one search, from how well the keywords match."""

from mappings.spelling import Evidence
from plugin_config.policy import SubQueryKind

SCARCE = 10  # fewer products with all words than a page shows: meaning has to help
STRONG = 0.5
FREE = 2.0
VECTORS_OF_WORDS = (SubQueryKind.TEXT_VECTOR, SubQueryKind.WORDS_TO_PICTURE)


def vector_factor(evidence: Evidence) -> float:
    """What the weights of the words' vectors are multiplied with.

    A product code or the whole query as a phrase in some title is what was meant: vectors, which know neither codes
    nor brands well, step back. Hardly any product with all words: they step forward.
    """
    if evidence.code > 0:
        return 0.0
    if evidence.all_words < SCARCE:
        return FREE
    if evidence.title_phrase >= SCARCE:
        return STRONG
    return 1.0


def adapted(weights: dict[SubQueryKind, float], evidence: Evidence) -> dict[SubQueryKind, float]:
    """The weights with those of the words' vectors moved by the evidence, none above 1."""
    factor = vector_factor(evidence)
    return {kind: min(1.0, w * factor) if kind in VECTORS_OF_WORDS else w for kind, w in weights.items()}
