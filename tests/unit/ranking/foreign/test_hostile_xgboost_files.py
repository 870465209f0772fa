"""A file that is not what it says ends in one sentence, never in a crash, an endless walk or a wrong score."""

import copy
import json
import random
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from ranking.errors import ForeignModelError
from ranking.foreign.ubjson import read_ubjson
from ranking.foreign.xgboost_model import read_xgboost

TREE = {
    "left_children": [1, -1, -1], "right_children": [2, -1, -1], "split_indices": [0, 0, 0], "default_left": [1, 0, 0],
    "split_conditions": [0.5, -0.25, 0.25], "split_type": [0, 0, 0], "sum_hessian": [4.0, 2.0, 2.0],
}  # fmt: skip
MODEL: dict[str, Any] = {
    "version": [3, 2, 0],
    "learner": {
        "attributes": {},
        "feature_names": [],
        "objective": {"name": "rank:ndcg"},
        "learner_model_param": {"base_score": "[5E-1]", "num_class": "0", "num_feature": "2", "num_target": "1"},
        "gradient_booster": {"name": "gbtree", "model": {"trees": [TREE]}},
    },
}
WITHOUT_WEIGHTS = {"name": "dart", "gbtree": {"model": {"trees": [TREE]}}}


def altered(change: Callable[[dict[str, Any]], object]) -> bytes:
    model = copy.deepcopy(MODEL)
    change(model)
    return json.dumps(model).encode()


def in_tree(**fields: object) -> Callable[[dict[str, Any]], object]:
    return lambda model: model["learner"]["gradient_booster"]["model"]["trees"][0].update(fields)


def in_settings(**fields: object) -> Callable[[dict[str, Any]], object]:
    return lambda model: model["learner"]["learner_model_param"].update(fields)


def test_the_model_that_the_others_are_made_from_is_fine() -> None:
    assert read_xgboost(json.dumps(MODEL).encode()).base == 0.5


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "save_model"),
        (b"\x80\x04\x95pickle", "save_model"),
        (b"binf\x00\x00", "save_model"),
        (b'{"learner": ', "save_model"),
        (b'{"learner": ' + b"[" * 200_000, "save_model"),
        (b'{"a":' * 100_000, "save_model"),
        (b"{}", "'learner' is missing"),
        (b'{"learner": []}', "'learner' is missing"),
        (altered(in_tree(left_children=[0, -1, -1])), "reached twice"),
        (altered(in_tree(left_children=[2, -1, -1])), "reached twice"),
        (altered(in_tree(left_children=[7, -1, -1])), "does not exist"),
        (altered(in_tree(left_children=[-5, -1, -1])), "does not exist"),
        (altered(in_tree(left_children=[-1, -1, -1])), "single child"),
        (altered(in_tree(left_children=[1.5, -1, -1])), "no place"),
        (altered(in_tree(left_children=[10**30, -1, -1])), "no place"),
        (altered(in_tree(left_children="none")), "not a list of numbers"),
        (altered(in_tree(left_children=[], right_children=[])), "not of 0 numbers"),
        (altered(in_tree(right_children=[2])), "not of 3 numbers"),
        (altered(in_tree(split_indices=[2, 0, 0])), "beyond the 2 of the model"),
        (altered(in_tree(split_conditions=[float("nan"), 0, 0])), "not finite"),
        (altered(in_tree(split_conditions=[0, float("inf"), 0])), "not finite"),
        (altered(in_tree(split_conditions=[0, 1e300, 0])), "beyond single precision"),
        (altered(in_tree(split_type=[1, 0, 0])), "categories"),
        (altered(in_settings(base_score="nan")), "not finite"),
        (altered(in_settings(base_score="[1, 2]")), "no single number"),
        (altered(in_settings(num_feature="-3")), "not a whole number"),
        (altered(in_settings(num_feature="99999999")), "are supported"),
        (altered(in_settings(num_target="2")), "2 scores a row"),
        (altered(lambda m: m["learner"]["gradient_booster"]["model"].update(trees=[])), "a list of 1 to"),
        (altered(lambda m: m["learner"]["gradient_booster"]["model"].update(trees=[3])), "not a tree"),
        (altered(lambda m: m["learner"].update(gradient_booster=WITHOUT_WEIGHTS)), "weight_drop"),
        (altered(lambda m: m["learner"]["objective"].update(name="mine")), "objective 'mine'"),
    ],
)  # fmt: skip
def test_a_damaged_or_hostile_file_is_refused_with_what_is_wrong(data: bytes, said: str) -> None:
    with pytest.raises(ForeignModelError, match=said):
        read_xgboost(data)


def test_a_chain_of_splits_is_refused_before_it_costs_memory() -> None:
    count = 4001
    chain = {
        "left_children": [n + 1 if n % 2 == 0 and n + 2 < count else -1 for n in range(count)],
        "right_children": [n + 2 if n % 2 == 0 and n + 2 < count else -1 for n in range(count)],
        **{
            name: [0] * count
            for name in ("split_indices", "default_left", "split_conditions", "split_type", "sum_hessian")
        },
    }
    with pytest.raises(ForeignModelError, match="deeper than 256"):
        read_xgboost(altered(in_tree(**chain)))


def length(number: int) -> bytes:
    return b"L" + struct.pack(">q", number)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{" + length(10**15), "ends too early"),
        (b"{" + length(-4), "ends too early"),
        (b"{" + length(1) + b"a[$d#" + length(10**12), "ends too early"),
        (b"{" + length(1) + b"a[#" + length(2**62), "ends too early"),
        (b"{" + length(1) + b"a[$d", "without a count"),
        (b"{" + length(1) + b"a[$S#" + length(2), "an array of b'S'"),
        (b"{" + length(1) + b"aQ", "no type of value"),
        (b"{" + length(1) + b"\xffZ}", "damaged at byte"),
        (b"{d\x00\x00\x00\x00", "no type of a length"),
        (b"{" + length(1) + b"aZ}more", "4 bytes behind its end"),
        (b"{" + (length(1) + b"a{") * 5000, "nested deeper"),
        (b"{" + length(1) + b"a" + b"[" * 5000, "nested deeper"),
    ],
)
def test_damaged_ubjson_is_refused_where_it_is_damaged(data: bytes, said: str) -> None:
    with pytest.raises(ForeignModelError, match=said):
        read_ubjson(data)


def test_values_of_every_type_are_read() -> None:
    data = (
        b"{"
        + length(1)
        + b"a[ZTFi\xffU\xffI\x01\x00l\x00\x00\x00\x05d\x3f\x80\x00\x00D\x3f\xf0"
        + bytes(6)
        + b"CxSi\x02hi]"
        b"i\x01b[$U#i\x03\x01\x02\x03i\x01c[#i\x01i\x07}"
    )
    found = read_ubjson(data)
    assert isinstance(found, dict)
    assert found["a"] == [None, True, False, -1, 255, 256, 5, 1.0, 1.0, "x", "hi"]
    assert list(found["b"]) == [1, 2, 3]  # type: ignore[arg-type]
    assert found["c"] == [7]


def test_any_altered_byte_gives_a_model_or_one_clear_error() -> None:
    chance, whole = random.Random(4), json.dumps(MODEL).encode()
    said = set()
    for _ in range(1500):
        data = bytearray(whole)
        data[chance.randrange(len(data))] = chance.randrange(256)
        with suppress(ForeignModelError):
            said.add(read_xgboost(bytes(data)).format)
    assert said == {"xgboost"}
