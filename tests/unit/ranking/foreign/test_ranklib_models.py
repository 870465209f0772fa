"""Models that RankLib trained score here as RankLib scored them.

The files under ranklib/ are RankyMcRankFace 0.1.1's own (com.o19s, Maven Central): `-ranker 6` and `-ranker 0`, 12 trees of
6 leaves on made-up data; the scores are what `-load MODEL -rank rows.txt -score FILE` wrote.
"""

from pathlib import Path

import lightgbm
import numpy as np
import pytest

from ranking.errors import ForeignModelError
from ranking.foreign.importing import ForeignFormat, golden_rows, read_foreign
from ranking.foreign.ranklib_model import read_ranklib
from ranking.foreign.source import leaves_as_at_home, score_as_at_home
from ranking.lambdamart.quickscorer import compile_model
from tests.unit.ranking.foreign.columns import NAMES, brought

FOLDER = Path(__file__).parent / "ranklib"
COLUMNS = NAMES[:5]


def rows() -> np.ndarray:
    """RankLib's rows as a matrix, shape (rows, 5), float32; NaN where a row lacks a feature."""
    found = np.full((48, 5), np.nan, dtype=np.float32)
    for row, line in zip(found, (FOLDER / "rows.txt").read_text().splitlines(), strict=True):
        for cell in line.partition("#")[0].split()[2:]:
            number, _, value = cell.partition(":")
            row[int(number) - 1] = float(value)
    return found


@pytest.mark.parametrize("ranker", ["lambdamart", "mart"])
def test_scores_are_those_that_ranklib_wrote(ranker: str) -> None:
    values, theirs = rows(), np.loadtxt(FOLDER / f"{ranker}.scores.txt")
    assert np.isnan(values).any()
    model, _ = read_foreign(FOLDER / f"{ranker}.txt", ForeignFormat.RANKLIB)
    total = np.zeros(len(values), dtype=np.float32)
    for tree in model.trees:  # RankLib keeps the sum in single precision
        total = (total.astype(np.float64) + tree.value[leaves_as_at_home(model, tree, values)]).astype(np.float32)
    assert np.array_equal(total.astype(np.float64), theirs)

    text = brought(FOLDER / f"{ranker}.txt", ForeignFormat.RANKLIB, *COLUMNS).trees["model.txt"]
    np.testing.assert_allclose(compile_model(text, 5).score(values), theirs, rtol=0, atol=1e-6)


def test_values_at_and_beside_thresholds_go_where_they_go_in_ranklib() -> None:
    model, _ = read_foreign(FOLDER / "lambdamart.txt", ForeignFormat.RANKLIB)
    text = brought(FOLDER / "lambdamart.txt", ForeignFormat.RANKLIB, *COLUMNS).trees["model.txt"]
    values = np.vstack([golden_rows(model, 5, seed=n) for n in range(20)])
    assert np.array_equal(compile_model(text, 5).score(values), score_as_at_home(model, values))
    assert np.array_equal(
        lightgbm.Booster(model_str=text).predict(values, num_threads=1), score_as_at_home(model, values)
    )


def split(feature: object = 1, threshold: object = 0.5, left: str = "", right: str = "") -> str:
    left, right = left or "<output> 1 </output>", right or "<output> 2 </output>"
    return (
        f"<feature> {feature} </feature><threshold> {threshold} </threshold>"
        f'<split pos="left">{left}</split><split pos="right">{right}</split>'
    )


def ensemble(body: str, head: str = "## LambdaMART\n", weight: object = 0.1) -> bytes:
    return f'{head}\n<ensemble><tree id="1" weight="{weight}"><split>{body}</split></tree></ensemble>'.encode()


def test_a_small_ensemble_is_read() -> None:
    model = read_ranklib(ensemble(split(3, 0.5)))
    assert score_as_at_home(model, np.array([[9, 9, 0.5], [0, 0, 0.6], [0, 0, np.nan]], np.float32)).tolist() == [
        float(np.float32(0.1)) * 1, float(np.float32(0.1)) * 2, float(np.float32(0.1)) * 1,
    ]  # fmt: skip


def nested(levels: int) -> str:
    body = "<output> 1 </output>"
    for _ in range(levels):
        body = split(left=body)
    return body


BOMB = '<!DOCTYPE e [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no element found"),
        (b"\xff\xfe\x00", "not a text"),
        (b"## LambdaMART\n", "no element found"),
        (b"## Random Forests\n<ensemble></ensemble>", "'Random Forests' is not supported"),
        (b"<ensemble></ensemble>", "no tree"),
        (ensemble(split())[:-20], "not an ensemble"),
        (ensemble(split()) + ensemble(split()), "not an ensemble"),
        (ensemble(split(), head=BOMB), "document type"),
        (ensemble(split(), head='<!DOCTYPE e SYSTEM "file:///etc/passwd">'), "document type"),
        (ensemble(split(0)), "'0' is not the number of a feature"),
        (ensemble(split("-1")), "not the number of a feature"),
        (ensemble(split("9" * 50)), "not the number of a feature"),
        (ensemble(split(threshold="NaN")), "'NaN' is not a finite number"),
        (ensemble(split(threshold="1e99")), "not a finite number"),
        (ensemble(split(threshold="1" * 1000)), "is no number"),
        (ensemble(split(), weight="inf"), "not a finite number of weight"),
        (ensemble(split() + '<split pos="left"><output> 1 </output></split>'), "one left part, then one right"),
        (ensemble("<feature> 1 </feature><threshold> 1 </threshold>"), "needs a feature"),
        (ensemble(split() + "<output> 3 </output>"), "needs a feature"),
        (ensemble('<feature> 1 </feature><threshold> 1 </threshold><split pos="left"><output> 1 </output></split>'), "no right"),
        (ensemble("<script> 1 </script>"), "<script> is not expected"),
        (ensemble(nested(400)), "deeper than 256"),
    ],
)  # fmt: skip
def test_a_damaged_or_hostile_file_is_refused_with_what_is_wrong(data: bytes, said: str) -> None:
    with pytest.raises(ForeignModelError, match=said):
        read_ranklib(data)


def test_the_columns_have_to_reach_as_far_as_the_model() -> None:
    with pytest.raises(ForeignModelError, match="features and 2 are named"):
        brought(FOLDER / "mart.txt", ForeignFormat.RANKLIB, *NAMES[:2])
    with pytest.raises(ForeignModelError, match="does not name its features"):
        brought(FOLDER / "mart.txt", ForeignFormat.RANKLIB)
    with pytest.raises(ForeignModelError, match="does not declare magic"):
        brought(FOLDER / "mart.txt", ForeignFormat.RANKLIB, *NAMES[:4], "magic")
    with pytest.raises(ForeignModelError, match="named twice: price"):
        brought(FOLDER / "mart.txt", ForeignFormat.RANKLIB, *NAMES[:4], "price")
