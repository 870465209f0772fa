import gzip
from pathlib import Path

import pytest

from ranking.errors import JudgmentsError
from ranking.evaluation.judgments import read_judgments


def written(folder: Path, text: str | bytes, name: str = "judgments.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_commas_tabs_and_gzip_read_the_same(tmp_path: Path) -> None:
    text = "query,docid,rating\nusb hub,1,3\nusb hub,2,0\nlamp,1,0.5\n"
    plain = read_judgments(written(tmp_path, text))
    tabs = read_judgments(written(tmp_path, text.replace(",", "\t"), "j.tsv"))
    packed = read_judgments(written(tmp_path, gzip.compress(text.encode()), "j.csv.gz"))
    assert plain.queries == tabs.queries == packed.queries
    assert [(q.text, dict(q.grades)) for q in plain.queries] == [("usb hub", {"1": 3, "2": 0}), ("lamp", {"1": 0.5})]


def test_other_names_of_the_columns_are_understood_and_unused_ones_are_named(tmp_path: Path) -> None:
    found = read_judgments(written(tmp_path, "query_id\tquery\tdoc_id\tgrade\nq1\tblack adam\t7\t1\n"))
    assert dict(found.queries[0].grades) == {"7": 1}
    assert found.notes == ("columns not used: query_id",)


def test_further_columns_make_other_queries(tmp_path: Path) -> None:
    text = "query,docid,rating,image,filter\nred,1,1,,\nred,1,0,a.jpg,\nred,1,1,a.jpg,brand=acme\n,2,1,b.jpg,\n"
    found = read_judgments(written(tmp_path, text))
    assert [(q.text, q.image, q.filters) for q in found.queries] == [
        ("red", "", ""),
        ("red", "a.jpg", ""),
        ("red", "a.jpg", "brand=acme"),
        ("", "b.jpg", ""),
    ]


def test_quoted_commas_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    found = read_judgments(written(tmp_path, '\ufeffquery,docid,rating\n"nuts, bolts",1,1\n\n'))
    assert found.queries[0].text == "nuts, bolts"


def test_a_pair_rated_twice_differently_is_noted(tmp_path: Path) -> None:
    found = read_judgments(written(tmp_path, "query,docid,rating\na,1,1\na,1,2\n"))
    assert dict(found.queries[0].grades) == {"1": 2}
    assert "rated twice" in found.notes[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the header lacks"),
        ("query,docid\na,1\n", "lacks rating"),
        ("docid,rating\n1,1\n", "lacks query"),
        ("query,docid,rating\n", "no line of judgments"),
        ("query,docid,rating\na,1,1\na,2,good\n", "line 3: rating 'good' is not a number"),
        ("query,docid,rating\na,1,nan\n", "not a finite number"),
        ("query,docid,rating\na,,1\n", "line 2: docid is empty"),
        ("query,docid,rating\n,1,1\n", "line 2: neither a query"),
        ("query,docid,rating\na,1\n", "line 2: 2 columns"),
        (b"query,docid,rating\na,1,1\n\xff\xfe,2,1\n", "line 3: not UTF-8"),
        (b"\x1f\x8b broken", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(JudgmentsError, match=message):
        read_judgments(written(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(JudgmentsError, match=r"nowhere\.csv"):
        read_judgments(tmp_path / "nowhere.csv")
