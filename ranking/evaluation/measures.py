"""Measures of a ranking by their names in ir_measures (`nDCG@10`, `AP`, `Success@1`), with F1 at a cutoff added.

Accuracy is as ir_measures defines it, the share of (relevant, other) pairs within the list that stand in the right order,
but computed here: the library divides by zero when every product in the list is relevant. RR at a cutoff and nDCG with
exponential gains are computed here too (the library would start other programs for them), and Judged (it divides by zero
when nothing was found).

nDCG has linear gains: a grade counts as it is; `nDCG(dcg='exp-log2')@10` has 2^grade - 1. A product is relevant when its
grade is above 0, or from `rel` where a measure names it: `P(rel=2)@5`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ir_measures
import numpy as np
from numpy.typing import NDArray

from ranking.errors import MeasureError
from ranking.evaluation.intervals import ANYWHERE, SHARE
from ranking.evaluation.ndcg import ndcg

DEFAULT_MEASURES = ("nDCG@10", "AP@10", "RR@10", "P@10", "R@10", "Success@1")
JUDGED_AT_10 = "Judged@10"
WITHOUT_CUTOFF_DEPTH = 100
DEEPEST_CUTOFF = 200
_ALIASES = {"MAP": "AP", "MRR": "RR", "NDCG": "nDCG", "HIT": "Success", "HITRATE": "Success", "PRECISION": "P"}
_ALIASES |= {"RECALL": "R", "SUCCESS": "Success", "JUDGED": "Judged", "ACCURACY": "Accuracy", "F": "F1"}
_OWN = re.compile(r"^(F1|RR|Accuracy|Judged|nDCG\(dcg='exp-log2'\))(?:@(\d+))?$")
_LIBRARY: Any = ir_measures.providers.FallbackProvider([ir_measures.pytrec_eval])  # type: ignore[no-untyped-call]
_CUT = re.compile(r"@(\d+)$")


OwnMeasure = Callable[[Sequence[str], Mapping[str, float], int | None], float]  # ids, grades, cutoff


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure. `name` is printed as it was asked for; `cutoff` None looks at the whole list."""

    name: str
    cutoff: int | None
    definition: Any  # the library's
    own: OwnMeasure | None = None  # computed here, on the list cut beforehand

    def __str__(self) -> str:
        return self.name

    @property
    def bounds(self) -> tuple[float, float]:
        """Between what its values lie: shares, but for those that count products."""
        return ANYWHERE if self.name.startswith("Num") else SHARE


def parse_measure(text: str) -> Measure:
    """Parse a measure's name. Raises MeasureError with examples."""
    name = text.strip()
    head, _, rest = name.partition("@")
    known = _ALIASES.get(head.upper(), head) + ("@" + rest if rest else "")
    if found := _OWN.match(known):
        return _checked(Measure(name, int(found[2]) if found[2] else None, None, own=_OWN_MEASURES[found[1]]))
    try:
        definition = ir_measures.parse_measure(known)
    except (ValueError, NameError, KeyError, TypeError, AssertionError, SyntaxError) as error:
        raise MeasureError(_unknown(name)) from error
    cut = _CUT.search(known)
    return _checked(Measure(name, int(cut[1]) if cut else None, definition))


def _checked(measure: Measure) -> Measure:
    if measure.cutoff is not None and not 1 <= measure.cutoff <= DEEPEST_CUTOFF:
        raise MeasureError(
            f"{measure.name}: the cutoff lies between 1 and {DEEPEST_CUTOFF}, as many hits as a page has"
        )
    if measure.own is None and not _computable(measure.definition):
        raise MeasureError(_unknown(measure.name))
    return measure


def _computable(definition: Any) -> bool:
    """Some names are known to ir_measures but need programs that are not here."""
    qrels, run = {"q": {"a": 1}}, {"q": {"a": 1.0}}
    try:
        _LIBRARY.calc_aggregate([definition], qrels, run)
    except (ValueError, RuntimeError, ImportError, TypeError, AssertionError, ArithmeticError):
        return False
    return True


def _unknown(name: str) -> str:
    return (
        f"{name!r} is not a measure that can be computed here; use names like nDCG@10, AP, RR@10, P@5, R@100, F1@10, "
        "Accuracy, Success@1 or Judged@10"
    )


def retrieval_depth(measures: Iterable[Measure]) -> int:
    """How many hits of each query the measures look at; at least 10, for the judged share beside them."""
    return max([10, *(measure.cutoff or WITHOUT_CUTOFF_DEPTH for measure in measures)])


Rankings = Sequence[Sequence[str]]
Grades = Sequence[Mapping[str, float]]


def measure_queries(rankings: Rankings, grades: Grades, measures: Sequence[Measure]) -> dict[str, NDArray[np.float64]]:
    """Each measure's value for each query, shape (queries,); a query without any relevant product has NaN.

    `rankings`: product ids of each query, best first. `grades`: judged products of each query. The judged share has a
    value for every query that found something. Raises MeasureError when fractional grades meet a measure that needs whole ones.
    """
    factor = _whole_factor(grades)
    qrels = {str(q): {i: round(grade * factor) for i, grade in judged.items()} for q, judged in enumerate(grades)}
    solvable = np.array([any(grade > 0 for grade in judged.values()) for judged in grades], dtype=bool)
    found: dict[str, NDArray[np.float64]] = {}
    for measure in measures:
        if factor != 1 and "rel=" in measure.name:
            raise MeasureError(f"{measure.name}: needs ratings in whole numbers, and these judgments have fractions")
        if measure.own is not None:
            pairs = zip(rankings, grades, strict=True)
            values = np.array([measure.own(ids[: measure.cutoff], judged, measure.cutoff) for ids, judged in pairs])
        else:
            values = _by_library(measure.definition, qrels, rankings)
        found[measure.name] = values if measure.own is _judged else np.where(solvable, values, np.nan)
    return found


def _by_library(definition: Any, qrels: Mapping[str, Mapping[str, int]], rankings: Rankings) -> NDArray[np.float64]:
    values = np.zeros(len(rankings))
    for metric in _LIBRARY.iter_calc([definition], qrels, _run(rankings)):
        values[int(metric.query_id)] = metric.value
    return values


def _f1(ids: Sequence[str], judged: Mapping[str, float], _cutoff: int | None) -> float:
    """Harmonic mean of the precision and the recall of the list as a set."""
    relevant = sum(grade > 0 for grade in judged.values())
    found = sum(judged.get(i, 0.0) > 0 for i in ids)
    return 2 * found / (len(ids) + relevant) if found else 0.0


def _reciprocal_rank(ids: Sequence[str], judged: Mapping[str, float], _cutoff: int | None) -> float:
    return next((1 / rank for rank, i in enumerate(ids, start=1) if judged.get(i, 0.0) > 0), 0.0)


def _judged(ids: Sequence[str], judged: Mapping[str, float], _cutoff: int | None) -> float:
    """Share of the products shown that somebody judged; NaN when none was shown."""
    return sum(i in judged for i in ids) / len(ids) if ids else float("nan")


def _exponential_ndcg(ids: Sequence[str], judged: Mapping[str, float], cutoff: int | None) -> float:
    ranked = np.array([judged.get(i, 0.0) for i in ids], dtype=np.float64)
    value = ndcg(ranked, judged.values(), cutoff=cutoff or max(len(ids), len(judged)), linear=False)
    return 0.0 if np.isnan(value) else value


def _accuracy(ids: Sequence[str], judged: Mapping[str, float], _cutoff: int | None) -> float:
    """Share of (relevant, other) pairs in the right order; 0 without a relevant product, 1 when all are relevant."""
    others = right = relevant = 0
    for i in reversed(ids):
        if judged.get(i, 0.0) > 0:
            relevant, right = relevant + 1, right + others
        else:
            others += 1
    if relevant == 0:
        return 0.0
    return right / (relevant * others) if others else 1.0


def _run(rankings: Rankings) -> dict[str, dict[str, float]]:
    """Distinct scores, or the library would break ties its own way."""
    return {str(q): {i: float(len(ids) - place) for place, i in enumerate(ids)} for q, ids in enumerate(rankings)}


def _whole_factor(grades: Grades) -> int:
    """The least power of ten, at most 1000, that makes every grade whole: the library counts in whole grades."""
    every = np.array([grade for judged in grades for grade in judged.values()], dtype=np.float64)
    for factor in (1, 10, 100):
        if np.allclose(every * factor, np.round(every * factor), rtol=0, atol=1e-9):
            return factor
    return 1000


_OWN_MEASURES: dict[str, OwnMeasure] = {
    "F1": _f1,
    "RR": _reciprocal_rank,
    "Accuracy": _accuracy,
    "Judged": _judged,
    "nDCG(dcg='exp-log2')": _exponential_ndcg,
}
