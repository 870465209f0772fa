"""Feeds of every form, and what is wrong with them, read without memory growing with the line."""

import gzip
import io
from pathlib import Path

import pytest

from indexer.feed import LONGEST_LINE, ByteCount, FeedError, FeedFormat, FeedLine, open_feed, read_lines
from indexer.rejects import Rejection
from indexer.repeats import SeenIds


def read(data: bytes, format: FeedFormat) -> list[FeedLine | Rejection]:
    return list(read_lines(io.BytesIO(data), format))


def good(lines: list[FeedLine | Rejection]) -> list[tuple[int, dict[str, object]]]:
    return [(line.number, dict(line.raw)) for line in lines if isinstance(line, FeedLine)]


def bad(lines: list[FeedLine | Rejection]) -> list[tuple[int, str]]:
    return [(line.line, line.reason) for line in lines if isinstance(line, Rejection)]


def test_json_lines_keep_their_numbers_over_blank_and_broken_ones() -> None:
    lines = read(b'\xef\xbb\xbf{"id": 1}\n\n{"id": \n"text"\n{"id": "\xff"}\r\n{"id": 2}', FeedFormat.JSONL)
    assert good(lines) == [(1, {"id": 1}), (6, {"id": 2})]
    assert [number for number, _ in bad(lines)] == [3, 4, 5]
    assert bad(lines)[2][1].startswith("not UTF-8: byte 9 is 0xff")


def test_a_line_that_is_too_long_is_skipped_and_the_next_is_read() -> None:
    lines = read(b'{"id": "' + b"x" * (LONGEST_LINE + 10) + b'"}\n{"id": 2}\n', FeedFormat.JSONL)
    assert good(lines) == [(2, {"id": 2})]
    assert bad(lines) == [(1, f"longer than {LONGEST_LINE:,} bytes")]


def test_csv_cells_are_texts_lists_are_json_and_empty_cells_are_absent() -> None:
    lines = read(b'id,title,sizes,price\n1,"A ""quoted""\nname","[""S"", ""M""]",\n2,B,[x],3.5\n', FeedFormat.CSV)
    assert good(lines) == [
        (2, {"id": "1", "title": 'A "quoted"\nname', "sizes": ["S", "M"]}),
        (4, {"id": "2", "title": "B", "sizes": "[x]", "price": "3.5"}),
    ]


def test_semicolons_and_tabs_separate_too() -> None:
    assert good(read(b"id;price\n1;12,50\n", FeedFormat.CSV)) == [(2, {"id": "1", "price": "12,50"})]
    assert good(read(b"id\ttitle\n1\ta,b\n", FeedFormat.TSV)) == [(2, {"id": "1", "title": "a,b"})]


def test_rows_of_another_width_and_of_another_encoding_are_rejected() -> None:
    lines = read(b"id,title\n1\n2,b\xe9b\xe9\n3,ok\n4,a,b\n", FeedFormat.CSV)
    assert good(lines) == [(4, {"id": "3", "title": "ok"})]
    assert bad(lines) == [
        (2, "has 1 cells, the header has 2"),
        (3, "not UTF-8"),
        (5, "has 3 cells, the header has 2"),
    ]


def test_a_header_with_a_name_twice_is_refused() -> None:
    with pytest.raises(FeedError, match="twice"):
        read(b"id,id\n1,2\n", FeedFormat.CSV)


def test_the_format_is_told_by_name_and_else_by_content(tmp_path: Path) -> None:
    for name, data in {
        "feed.jsonl": b'{"id": "1"}\n',
        "feed.jsonl.gz": gzip.compress(b'{"id": "1"}\n'),
        "feed.csv": b"id\n1\n",
        "feed.tsv": b"id\tx\n1\t\n",
        "unnamed": b"id\tx\n1\t\n",
        "other": gzip.compress(b"id,x\n1,\n"),
    }.items():
        (tmp_path / name).write_bytes(data)
        count = ByteCount()
        with open_feed(tmp_path / name, count=count) as lines:
            assert [dict(line.raw) for line in lines if isinstance(line, FeedLine)] == [{"id": "1"}], name
        assert count.done == count.total == len(data)


def test_a_feed_cut_in_half_gives_its_first_lines_and_then_says_where_it_broke(tmp_path: Path) -> None:
    import random

    noise = random.Random(1)
    whole = gzip.compress(b"".join(b'{"id": "%d"}\n' % noise.getrandbits(200) for _ in range(5000)))
    (tmp_path / "feed.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    taken: list[object] = []
    with (
        open_feed(tmp_path / "feed.jsonl.gz", count=ByteCount()) as lines,
        pytest.raises(FeedError, match="breaks off after line"),
    ):
        taken.extend(lines)
    assert 1000 < len(taken) < 5000


def test_a_feed_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"none\.jsonl"), open_feed(tmp_path / "none.jsonl", count=ByteCount()):
        pass


def test_repeated_ids_are_seen_however_many_there_are() -> None:
    seen = SeenIds()
    assert not any(seen.add(str(n)) for n in range(20_000))
    assert all(seen.add(str(n)) for n in range(0, 20_000, 7))
