"""A ranking policy is a value: everything that decides the order of results, and nothing else."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from plugin_config.errors import ConfigurationError


class SubQueryKind(StrEnum):
    """The parts a hybrid query can have, in the order they are sent (at most five)."""

    KEYWORD = "keyword"
    TEXT_VECTOR = "text_vector"
    PICTURE_VECTOR = "picture_vector"
    WORDS_TO_PICTURE = "words_to_picture"


class Combination(StrEnum):
    """How words and a picture become one search."""

    WEIGHTED = "weighted"
    MEAN = "mean"
    CONCATENATED = "concatenated"


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Normalizer(Frozen):
    """How raw scores of the parts are made comparable: `min_max`, `l2`, `z_score`, or `rrf(k=60)` on ranks."""

    technique: str = Field("min_max", pattern="^(min_max|l2|z_score|rrf)$")
    rank_constant: int = Field(60, ge=1, le=10_000)

    @model_validator(mode="before")
    @classmethod
    def _parse(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        match = re.fullmatch(r"(min_max|l2|z_score|rrf)(?:\(k=(\d+)\))?", value.strip())
        if match is None:
            raise ValueError(f"unknown normalizer {value!r}: use min_max, l2, z_score or rrf(k=60)")
        return {"technique": match[1]} | ({"rank_constant": int(match[2])} if match[2] else {})

    def __str__(self) -> str:
        return f"rrf(k={self.rank_constant})" if self.technique == "rrf" else self.technique


class Reranking(Frozen):
    """The learned stage. `model` is `current`, a model id, or null for none."""

    model: str | None = None
    depth: int = Field(100, ge=1, le=1000)
    blend: float | None = Field(None, ge=0, le=1)  # share of the model's score, the rest is fused; null: as learned


class Diversity(Frozen):
    """Maximal marginal relevance over a keyword field: at `strength` 0 it does nothing."""

    field: str | None = None
    strength: float = Field(0.0, ge=0, le=1)
    depth: int = Field(50, ge=1, le=200)


class RankingPolicy(Frozen):
    """Sub-queries and weights, normalizer, reranking, personalization, diversity and rules: one frozen value.

    `weights` need not sum to 1: those of the parts present in a query are scaled so that they do.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_\-]{0,39}$")
    weights: dict[SubQueryKind, float]
    normalizer: Normalizer = Normalizer(technique="min_max", rank_constant=60)
    combination: Combination = (
        Combination.WEIGHTED
    )  # of words and a picture: parts side by side, one mean vector, or one joined
    candidates: int = Field(200, ge=10, le=1000)  # per part, and the depth that paging can reach
    relevance_floor: float = Field(0.0, ge=0, le=1)  # fused scores below this share of the best are left out
    spelling: bool = True
    adaptive: bool = False  # lets each query's own evidence move the weight of the vectors
    reranking: Reranking = Reranking()
    personalization: float = Field(0.0, ge=0, le=1)  # share of the model's score as this shopper, the rest as anybody
    diversity: Diversity = Diversity()
    rules: bool = True

    @field_validator("weights")
    @classmethod
    def _some_weight(cls, value: dict[SubQueryKind, float]) -> dict[SubQueryKind, float]:
        if any(not 0 <= w <= 1 for w in value.values()):
            raise ValueError("each weight lies between 0 and 1")
        if not any(value.values()):
            raise ValueError("at least one part needs a weight above 0")
        return value

    def with_weights(self, weights: dict[SubQueryKind, float]) -> Self:
        return self.model_copy(update={"weights": {**self.weights, **weights}})


_ALL = {
    # 4 to 1 among the words' parts; a picture, where one is given, says a little more than the words together.
    SubQueryKind.KEYWORD: 0.64,
    SubQueryKind.TEXT_VECTOR: 0.16,
    SubQueryKind.PICTURE_VECTOR: 1.0,
    SubQueryKind.WORDS_TO_PICTURE: 0.0,
}

# Ranks, not scores: keyword scores fall off so steeply that a weighted mean of them lets far neighbours in (docs/adr).
_RANKS = Normalizer(technique="rrf", rank_constant=60)

BUILT_IN: dict[str, RankingPolicy] = {
    "keyword": RankingPolicy(name="keyword", weights={SubQueryKind.KEYWORD: 1.0, SubQueryKind.PICTURE_VECTOR: 1.0}),
    "vector": RankingPolicy(name="vector", weights={SubQueryKind.TEXT_VECTOR: 1.0, SubQueryKind.PICTURE_VECTOR: 1.0}),
    "hybrid": RankingPolicy(name="hybrid", weights=_ALL, normalizer=_RANKS, adaptive=True),
    "reranked": RankingPolicy(
        name="reranked",
        weights=_ALL,
        normalizer=_RANKS,
        adaptive=True,
        reranking=Reranking(model="current"),
        personalization=1.0,
    ),
}


def read_policy(path: Path) -> RankingPolicy:
    """Read one policy from a YAML file. Raises ConfigurationError naming the file, the key and what is wrong."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        return RankingPolicy.model_validate({"name": path.stem, **raw} if isinstance(raw, dict) else raw)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path}: the policy file cannot be read: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(f"{path}: {wrong}") from error
