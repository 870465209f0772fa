"""The search pipeline that makes a hybrid query's parts comparable and adds them up; sent inline with each search."""

from collections.abc import Sequence

from mappings.filters import Body
from plugin_config.policy import Normalizer


def fusion_pipeline(normalizer: Normalizer, weights: Sequence[float]) -> Body:
    """The inline `search_pipeline` for parts of these weights, in the order of the sub-queries.

    Weights are scaled to sum to 1 as OpenSearch demands. `rrf` adds weight / (rank_constant + rank); the other
    techniques normalize each part's scores and take their weighted arithmetic mean, a part without the document
    counting 0.
    """
    parameters = {"weights": scaled(weights)}
    if normalizer.technique == "rrf":
        combination = {"technique": "rrf", "rank_constant": normalizer.rank_constant, "parameters": parameters}
        processor: Body = {"score-ranker-processor": {"combination": combination}}
    else:
        processor = {
            "normalization-processor": {
                "normalization": {"technique": normalizer.technique},
                "combination": {"technique": "arithmetic_mean", "parameters": parameters},
            }
        }
    return {"phase_results_processors": [processor]}


def scaled(weights: Sequence[float]) -> list[float]:
    """The weights divided by their sum; the greatest takes what rounding left, for OpenSearch checks the sum."""
    total = sum(weights)
    if total <= 0:
        raise ValueError("at least one part needs a weight above 0")
    shares = [round(weight / total, 6) for weight in weights]
    greatest = shares.index(max(shares))
    shares[greatest] = round(1 - (sum(shares) - shares[greatest]), 6)
    return shares
