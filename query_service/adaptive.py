"""How much the vectors of the words may say in one search, from how well the keywords match."""

from mappings.spelling import Evidence
from plugin_config.policy import SubQueryKind

SCARCE = 5  # fewer products with all words than the first row of a page shows: meaning has to help
HELPING = 1.5
STRICT, LENIENT = 3.0, 2.0  # standard deviations above arbitrary products; docs/adr
VECTORS_OF_WORDS = (SubQueryKind.TEXT_VECTOR, SubQueryKind.WORDS_TO_PICTURE)


def vector_factor(evidence: Evidence) -> float:
    """What the weights of the words' vectors are multiplied with.

    A product code that some product has is what was meant, and vectors know no codes: they are silent. Hardly any
    product with all words: they count half as much again.
    """
    if evidence.code > 0:
        return 0.0
    return HELPING if evidence.all_words < SCARCE else 1.0


def needed_deviations(evidence: Evidence) -> float:
    """How far a product must stand out in meaning to be found without its words: less far where words find little."""
    return LENIENT if evidence.all_words < SCARCE else STRICT


def adapted(weights: dict[SubQueryKind, float], evidence: Evidence) -> dict[SubQueryKind, float]:
    """The weights with those of the words' vectors moved by the evidence, none above 1."""
    factor = vector_factor(evidence)
    return {kind: min(1.0, w * factor) if kind in VECTORS_OF_WORDS else w for kind, w in weights.items()}
