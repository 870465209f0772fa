"""The gate before going live: every check with its number, and whether the model may serve."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ranking.errors import ModelError
from ranking.evaluation.intervals import MeanInterval
from ranking.features.feature import FeatureMatrix
from ranking.lambdamart.blending import blend_scores
from ranking.lambdamart.manifest import Manifest
from ranking.lambdamart.monotonicity import broken_directions
from ranking.lambdamart.scorer import LambdaMartScorer, Scorer
from ranking.lambdamart.store import ModelStore
from ranking.lambdamart.trees import UnsupportedTree, features_asked
from ranking.learning.contest import compare_orders
from ranking.learning.drifting import FEWEST_VISITS, Drift, drift_between, visits_of
from ranking.learning.grouping import fused_scores
from ranking.learning.studying import CUTOFF, Held

FAR: Final = 0.25  # of PSI, beyond what chance makes of it
MARGIN: Final = 0.01  # of nDCG: a model whose interval stays above this loss is not worse
FEWEST_EXAMINED: Final = 20
HELD_OUT_TIME: Final = "held-out time"


class Verdict(StrEnum):
    """What a check says. A check that could not be made is no reason to refuse, and is not silent either."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_EXAMINED = "not examined"


@dataclass(frozen=True, slots=True)
class Check:
    """`number`: what was measured, in words with its bound; `details`: what to look at, worst first."""

    name: str
    verdict: Verdict
    number: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GateReport:
    """All checks of one model against the one that serves (None: against the order without a model)."""

    model: str
    against: str | None
    checks: tuple[Check, ...]

    @property
    def is_open(self) -> bool:
        return all(check.verdict is not Verdict.FAILED for check in self.checks)

    @property
    def failures(self) -> tuple[str, ...]:
        return tuple(f"{check.name}: {check.number}" for check in self.checks if check.verdict is Verdict.FAILED)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the gate forgives. `drift`: of PSI beyond what chance makes of it. `moving`: features that shoppers move by themselves
    (counters, profiles): their drift is told and not judged."""

    margin: float = MARGIN
    drift: float = FAR
    moving: frozenset[str] = frozenset()


def examine_model(
    store: ModelStore, model: str, held: Held, *, bounds: Bounds | None = None, more: Iterable[Check] = ()
) -> GateReport:
    """Every check of a stored model. `more`: checks made elsewhere, such as parity. Raises ModelError for no such model."""
    limits = bounds or Bounds()
    manifest = store.manifest(model)
    serving = store.pointer().current
    against = None if serving == model else serving
    golden, candidate = _golden(store, model)
    checks = [golden]
    if candidate is not None:
        checks.append(_compared(store, candidate, against, held, limits=limits, origin=manifest.data.origin))
        checks.append(_directions(store, manifest))
    checks.append(_drift(store, manifest, held, limits))
    return GateReport(model, against, (*checks, *more))


def _golden(store: ModelStore, model: str) -> tuple[Check, Scorer | None]:
    """Loading verifies hash, features and golden rows; an altered byte ends here."""
    try:
        scorer = LambdaMartScorer(store.verified(model))
    except ModelError as error:
        return Check("golden rows", Verdict.FAILED, "the model cannot be loaded", (str(error),)), None
    rows = len(store.manifest(model).golden_rows)
    return Check("golden rows", Verdict.PASSED, f"{rows} of {rows} rows score as at training"), scorer


def _compared(
    store: ModelStore, candidate: Scorer, against: str | None, held: Held, *, limits: Bounds, origin: str
) -> Check:
    name, told = HELD_OUT_TIME, sum(shown.has_interest and len(shown.products) > 1 for shown in held.log.lists)
    if told < FEWEST_EXAMINED:
        # What was learned from clicks has nothing else to vouch for it; judgments have their cross-validation.
        verdict = Verdict.FAILED if "behaviour" in origin else Verdict.NOT_EXAMINED
        return Check(
            name, verdict, f"too little to tell: {told} later searches with interest, {FEWEST_EXAMINED} needed"
        )
    try:
        serving = None if against is None else LambdaMartScorer(store.verified(against))
    except ModelError as error:
        return Check(name, Verdict.NOT_EXAMINED, "the serving model cannot be loaded", (str(error),))
    found = compare_orders(held.log.lists, _scores(held, candidate), _scores(held, serving), cutoff=CUTOFF)
    gain, margin = found.gain, limits.margin
    verdict = Verdict.PASSED if is_not_worse(gain, margin) else Verdict.FAILED
    rival = "the order without a model" if against is None else against
    means = f"nDCG@{CUTOFF} {found.ours:.4f} against {found.theirs:.4f}"
    number = f"{means}: {gain.mean:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"
    return Check(
        name,
        verdict,
        number,
        (
            f"{gain.queries} searches, against {rival}; bound: not below 0, or low end above −{margin}",
            f"clicks, places taken out, speak for it by {found.weights[0]:+.2f} and for the other order by "
            f"{found.weights[1]:+.2f} (log-odds a standard deviation)",
        ),
    )


def is_not_worse(gain: MeanInterval, margin: float) -> bool:
    """A gain, or a loss that is surely smaller than the margin."""
    return gain.mean >= 0 or gain.low > -margin


def _scores(held: Held, scorer: Scorer | None) -> list[NDArray[np.float64]]:
    """The final score of each product of each list; by the fused score without a scorer."""
    features, found = held.log.features, []
    for shown in held.log.lists:
        fused = fused_scores(features, shown.values)
        if scorer is None:
            found.append(fused)
        else:
            model = scorer.score(FeatureMatrix(features, shown.values))
            found.append(blend_scores(model, fused, weight=scorer.blend))
    return found


def _directions(store: ModelStore, manifest: Manifest) -> Check:
    name = "directions"
    if not manifest.directions:
        return Check(name, Verdict.PASSED, "no direction is declared")
    try:
        broken = broken_directions(store.verified(manifest.id).text, manifest.features, manifest.directions)
    except UnsupportedTree as error:
        return Check(name, Verdict.FAILED, "the trees cannot be read", (str(error),))
    against = [n for n, w in manifest.whole.linear.items() if w * manifest.directions.get(n, 0) < 0]
    details = tuple(
        f"tree {v.tree}: more {v.feature} moves the score by {-v.direction * v.amount:+.4g}" for v in broken[:5]
    ) + tuple(f"beside the trees {name} counts against its direction" for name in against)
    breaches = len(broken) + len(against)
    number = f"{breaches} breaches of {len(manifest.directions)} declared directions in {manifest.whole.trees} trees"
    return Check(name, Verdict.FAILED if details else Verdict.PASSED, number, details)


def _drift(store: ModelStore, manifest: Manifest, held: Held, bounds: Bounds) -> Check:
    """Lists that were served later beside those that it learned from. Judged candidates are no such lists: they go deeper and
    answer other queries, so they are left out on both sides.
    """
    name = "feature drift"
    visits = min(len(visits_of(log.lists)) for log in (held.before, held.log))
    if visits < FEWEST_VISITS:
        why = (
            f"{visits} visits before or after, {FEWEST_VISITS} needed"
            if held.before.lists
            else "the log holds no list that it learned from"
        )
        return Check(name, Verdict.NOT_EXAMINED, why)
    asked = _asked(store, manifest)
    known = [feature for feature in manifest.features if feature in held.log.features]
    found = drift_between(held.before, held.log, [n for n in known if n in asked and n not in bounds.moving])
    told = drift_between(held.before, held.log, [n for n in known if n in asked and n in bounds.moving])
    far = found.is_far(bounds.drift)
    if not found.features:
        return Check(name, Verdict.PASSED, "no feature to judge", _told(told, moving=True))
    worst = max(range(len(far)), key=lambda i: (bool(far[i]), float(found.beyond[i])))
    number = (
        f"PSI at most {found.beyond[worst]:.3f} beyond chance ({found.features[worst]}; {found.index[worst]:.3f}, and "
        f"{found.by_chance[worst]:.3f} by chance), bound {bounds.drift}"
    )
    details = (*_told(found), *_told(told, moving=True))
    return Check(name, Verdict.FAILED if far.any() else Verdict.PASSED, number, details)


def _asked(store: ModelStore, manifest: Manifest) -> frozenset[str]:
    """The features that can change a score of this model; all of them where its trees cannot be read."""
    try:
        places = features_asked(store.verified(manifest.id).text)
    except (ModelError, UnsupportedTree):
        return frozenset(manifest.features)
    return frozenset(manifest.features[place] for place in places) | frozenset(manifest.whole.linear)


def _told(found: Drift, *, moving: bool = False) -> tuple[str, ...]:
    """The features that moved most, those that move by themselves marked, with how often chance does as much."""
    most = np.argsort(-found.beyond, kind="stable")[:3]
    return tuple(
        f"{found.features[i]} {found.beyond[i]:.3f} beyond chance"
        + (" (moves as shoppers act: not judged)" if moving else f", p {found.chance[i]:.3f}")
        for i in most
    )
