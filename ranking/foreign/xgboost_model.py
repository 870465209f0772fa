"""Reads XGBoost's models, JSON and UBJSON (https://xgboost.readthedocs.io, "Introduction to Model IO"): gbtree and dart.

A value below the threshold goes left, both in single precision; an absent one goes the split's default way. XGBoost adds up
in single precision, so its scores differ from the sums here by rounding, and never by a leaf.
"""

import json
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ranking.errors import ForeignModelError
from ranking.foreign.source import LEAF, MOST_FEATURES, MOST_TREES, Comparison, SourceModel, SourceTree, reached_nodes
from ranking.foreign.ubjson import read_ubjson

Fields = dict[str, Any]
_PLAIN: Final = ("rank:", "reg:squarederror", "reg:linear", "reg:absoluteerror", "reg:pseudohubererror")
_OF_ODDS: Final = ("binary:logistic", "binary:logitraw", "reg:logistic")
_OF_LOGARITHMS: Final = ("count:poisson", "reg:gamma", "reg:tweedie")
_NO_MODEL: Final = "not a model as XGBoost's save_model writes it (JSON or UBJSON)"


def read_xgboost(data: bytes) -> SourceModel:
    """The model in these bytes. Raises ForeignModelError saying what is damaged or what is not supported."""
    whole = _parsed(data)
    learner = _part(whole, "learner")
    settings, booster = _part(learner, "learner_model_param"), _part(learner, "gradient_booster")
    objective, name = _text(_part(learner, "objective"), "name"), _text(booster, "name")
    if name not in ("gbtree", "dart"):
        raise ForeignModelError(f"the booster {name!r} is not supported, gbtree and dart are")
    _require_one_score(settings)
    features = _whole(settings, "num_feature")
    if not 1 <= features <= MOST_FEATURES:
        raise ForeignModelError(f"num_feature is {features}; 1 to {MOST_FEATURES:,} are supported")
    raw = _part(_part(booster, "gbtree") if name == "dart" else booster, "model").get("trees")
    if not isinstance(raw, list) or not 1 <= len(raw) <= MOST_TREES:
        raise ForeignModelError(f"trees: a list of 1 to {MOST_TREES:,} trees is needed")
    weights = _numbers(booster, "weight_drop", what="dart", count=len(raw)) if name == "dart" else np.ones(len(raw))
    trees = [_tree(one, features, what=f"tree {n}") for n, one in enumerate(raw)]
    return SourceModel(
        "xgboost",
        tuple(_weighed(tree, float(np.float32(weight))) for tree, weight in zip(trees, weights, strict=True)),
        Comparison.BELOW,
        absent_is_zero=False,
        base=_base(_text(settings, "base_score"), objective),
        features=features,
        names=_names(learner, features),
        about={"booster": name, "objective": objective, "version": str(whole.get("version", ""))[:40]},
        notes=_notes(learner, len(trees)),
    )


def _parsed(data: bytes) -> Fields:
    """JSON when a name or the end follows the first brace, else UBJSON, where a length does."""
    if not data.startswith(b"{"):
        raise ForeignModelError(_NO_MODEL)
    if data[1:64].lstrip()[:1] not in (b'"', b"}"):
        found: object = read_ubjson(data)
    else:
        try:
            found = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise ForeignModelError(f"{_NO_MODEL}: {str(error)[:120]}") from error
    if not isinstance(found, dict):
        raise ForeignModelError(_NO_MODEL)
    return found


def _part(of: Fields, name: str) -> Fields:
    found = of.get(name)
    if not isinstance(found, dict):
        raise ForeignModelError(f"{_NO_MODEL}: {name!r} is missing")
    return found


def _text(of: Fields, name: str) -> str:
    found = of.get(name)
    if not isinstance(found, str):
        raise ForeignModelError(f"{_NO_MODEL}: {name!r} is missing")
    return found


def _whole(of: Fields, name: str, otherwise: str | None = None) -> int:
    found = _text(of, name) if otherwise is None else of.get(name, otherwise)
    if not isinstance(found, str) or not found.isdecimal():
        raise ForeignModelError(f"{name}: {str(found)[:40]!r} is not a whole number")
    return int(found)


def _require_one_score(settings: Fields) -> None:
    classes, targets = _whole(settings, "num_class", "0"), _whole(settings, "num_target", "1")
    if classes > 1 or targets > 1:
        raise ForeignModelError(f"it gives {max(classes, targets)} scores a row; a ranking needs one")


def _numbers(of: Fields, name: str, *, what: str, count: int | None = None) -> NDArray[np.float64]:
    """Finite numbers, shape (count,)."""
    raw = of.get(name)
    try:
        found = np.asarray(raw, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ForeignModelError(f"{what}: {name} is not a list of numbers") from error
    if found.ndim != 1 or (count is not None and found.size != count):
        raise ForeignModelError(f"{what}: {name} is missing or not of {count if count is not None else 'any'} numbers")
    if not np.isfinite(found).all():
        raise ForeignModelError(f"{what}: {name} holds a number that is not finite")
    return found


def _places(of: Fields, name: str, *, what: str, count: int | None = None) -> NDArray[np.int64]:
    found = _numbers(of, name, what=what, count=count)
    if (found != np.floor(found)).any() or (np.abs(found) > 2**31).any():
        raise ForeignModelError(f"{what}: {name} holds something that is no place")
    return found.astype(np.int64)


def _tree(raw: object, features: int, *, what: str) -> SourceTree:
    if not isinstance(raw, dict):
        raise ForeignModelError(f"{what}: not a tree")
    left = _places(raw, "left_children", what=what)
    count = left.size
    right = _places(raw, "right_children", what=what, count=count)
    if "split_type" in raw and _places(raw, "split_type", what=what, count=count).any():
        raise ForeignModelError(f"{what}: it splits on categories, which is not supported: train on numbers")
    order = reached_nodes(left.tolist(), right.tolist(), what=what)
    place = np.full(count + 1, LEAF, dtype=np.int32)  # the last stands for a leaf's child −1
    place[order] = np.arange(len(order))
    is_leaf = left[order] == LEAF
    feature = _places(raw, "split_indices", what=what, count=count)[order]
    if ((feature < 0) | (feature >= features))[~is_leaf].any():
        raise ForeignModelError(f"{what}: it asks for a feature beyond the {features} of the model")
    wide = _numbers(raw, "split_conditions", what=what, count=count)[order]
    if (np.abs(wide) > np.finfo(np.float32).max).any():
        raise ForeignModelError(f"{what}: split_conditions holds a number beyond single precision")
    value = wide.astype(np.float32)
    cover = _numbers(raw, "sum_hessian", what=what, count=count) if "sum_hessian" in raw else np.ones(count)
    return SourceTree(
        feature=np.where(is_leaf, LEAF, feature).astype(np.int32),
        threshold=np.where(is_leaf, np.float32(0), value),
        left=place[left[order]],
        right=place[right[order]],
        absent_left=_numbers(raw, "default_left", what=what, count=count)[order] != 0,
        value=np.where(is_leaf, value, 0.0).astype(np.float64),
        cover=np.maximum(cover[order], 0.0),
    )


def _weighed(tree: SourceTree, weight: float) -> SourceTree:
    """With the weight that dropping trees left it; the same tree where that is 1."""
    return tree if weight == 1.0 else replace(tree, value=tree.value * weight)


def _base(text: str, objective: str) -> float:
    """What every score begins with: base_score, which the file keeps as a prediction, before the objective's link."""
    if not objective.startswith(_PLAIN) and objective not in (*_OF_ODDS, *_OF_LOGARITHMS):
        raise ForeignModelError(f"the objective {objective[:60]!r} is not supported; rank:ndcg and its like are")
    try:
        with np.errstate(all="raise"):  # in single precision, as XGBoost does it
            margin = score = np.float32(text.strip("[]"))
            if objective in _OF_ODDS:
                margin = -np.log(np.float32(1) / score - np.float32(1))
            elif objective in _OF_LOGARITHMS:
                margin = np.log(score)
    except (ValueError, ArithmeticError) as error:
        raise ForeignModelError(f"base_score: {text[:40]!r} is no single number that {objective} allows") from error
    if not np.isfinite(margin):
        raise ForeignModelError(f"base_score: {text[:40]!r} is not finite")
    return float(margin)


def _names(learner: Fields, features: int) -> tuple[str, ...]:
    """The file's names of the columns; none where it has none, or not for each."""
    found = learner.get("feature_names")
    if not isinstance(found, list) or len(found) != features or not all(isinstance(name, str) for name in found):
        return ()
    return tuple(found)


def _notes(learner: Fields, trees: int) -> tuple[str, ...]:
    attributes = learner.get("attributes")
    best = attributes.get("best_iteration") if isinstance(attributes, dict) else None
    if not isinstance(best, str) or not best.isdecimal() or int(best) + 1 >= trees:
        return ()
    return (
        f"all {trees} trees are taken, as Booster.predict does; the best iteration was {best}: "
        f"save booster[:{int(best) + 1}] to keep no more",
    )
