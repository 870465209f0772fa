"""One chunk through enrichment: what is encoded, what is skipped, and what becomes of the bad ones."""

from dataclasses import replace

import numpy as np
import pytest

from encoders.pictures_decoding import PictureError, PictureProblem
from mappings.fields import EnrichmentStatus

DONE, PARTIAL, FAILED, DEAD = (EnrichmentStatus(s) for s in ("done", "partial", "failed", "dead"))
PENDING = EnrichmentStatus.PENDING


def lost(kind: PictureProblem) -> PictureError:
    return PictureError(kind, f"a.jpg: {kind}")


def test_a_product_gets_unit_vectors_of_its_words_and_its_picture(bench, paint):
    bench.shelf["a.jpg"] = paint(200, 10, 10)
    bench.put("1", pictures=["a.jpg"])
    report = bench.enrich("1", "gone")
    entry, vectors = bench.ledger.entries["1"], bench.ledger.vectors["1"]
    assert report.written == {DONE: 1}
    assert report.gone == 1
    assert entry.status is DONE
    assert entry.encoded == {bench.text_field.name: "v1", bench.picture_field.name: "v1"}
    for vector_field in (bench.text_field, bench.picture_field):
        assert np.linalg.norm(vectors[vector_field.name]) == pytest.approx(1, abs=1e-5)


def test_what_is_up_to_date_costs_neither_encoding_nor_fetching_nor_a_write(bench, paint):
    bench.shelf["a.jpg"] = paint(1, 2, 3)
    bench.put("1", pictures=["a.jpg"])
    bench.enrich()
    before = bench.ledger.entries["1"]
    report = bench.enrich()
    assert report.skipped == 1
    assert bench.words.encoded == 1
    assert bench.fetched == ["a.jpg"]
    assert bench.ledger.entries["1"] == before


def test_only_the_field_that_lacks_a_vector_is_filled(bench):
    bench.put("1")
    bench.ledger.put(replace(bench.ledger.entries["1"], status=DONE, encoded={bench.text_field.name: "v1"}))
    bench.enrich()
    assert bench.words.encoded == 0
    assert bench.ledger.entries["1"].encoded == {bench.text_field.name: "v1", bench.picture_field.name: "v1"}


def test_vectors_of_an_encoder_that_is_not_in_use_are_known_until_the_product_changes(bench):
    bench.put("1")
    bench.ledger.put(replace(bench.ledger.entries["1"], encoded={"vector_text_of_before": "v1", "older": "v0"}))
    bench.enrich()
    now = {bench.text_field.name: "v1", bench.picture_field.name: "v1"}
    assert bench.ledger.entries["1"].encoded == {**now, "vector_text_of_before": "v1"}


def test_a_product_without_pictures_or_words_is_done_without_those_vectors(bench):
    bench.put("1", title="  ")
    bench.enrich()
    assert bench.ledger.entries["1"].status is DONE
    assert bench.ledger.vectors["1"] == {bench.text_field.name: None, bench.picture_field.name: None}


def test_several_pictures_are_pooled_and_kept_one_by_one(bench, paint):
    bench.shelf |= {"a": paint(250, 0, 0), "b": paint(0, 0, 250)}
    bench.put("1", pictures=["a", "b"])
    bench.put("2", pictures=["a"])
    bench.enrich()
    views = bench.ledger.views["1"][bench.picture_field.views_name]
    pooled = bench.ledger.vectors["1"][bench.picture_field.name]
    assert sorted(views) == [1, 2]
    assert np.linalg.norm(pooled) == pytest.approx(1, abs=1e-5)
    assert pooled @ views[1] == pytest.approx(pooled @ views[2], abs=1e-5)
    assert bench.fetched == ["a", "b"], "a picture that two products show is fetched once"


def test_one_bad_picture_leaves_the_others_and_is_named(bench, paint):
    bench.shelf |= {"a": paint(250, 0, 0), "b": lost(PictureProblem.TRUNCATED), "c": paint(0, 0, 250)}
    bench.put("1", pictures=["a", "b", "c"])
    bench.put("2", pictures=["a"])
    bench.enrich()
    entry = bench.ledger.entries["1"]
    assert entry.status is PARTIAL
    assert entry.next_try_at is None
    assert "truncated" in entry.error
    assert entry.parts["lost"] == [{"ordinal": 2, "kind": "truncated", "message": "a.jpg: truncated"}]
    assert sorted(bench.ledger.views["1"][bench.picture_field.views_name]) == [1, 3]
    assert bench.ledger.entries["2"].status is DONE
    assert bench.enrich().skipped == 2, "what trying again cannot mend is not tried again"


def test_a_picture_behind_a_timeout_is_tried_again_until_the_attempts_are_used_up(bench, paint):
    bench.shelf |= {"a": paint(250, 0, 0), "b": lost(PictureProblem.TIMEOUT)}
    bench.put("1", pictures=["a", "b"])
    for attempt in (1, 2):
        bench.enrich()
        entry = bench.ledger.entries["1"]
        assert (entry.status, entry.attempts) == (PARTIAL, attempt)
        assert bench.ledger.vectors["1"][bench.picture_field.name] is not None
        assert bench.enrich().skipped == 1, "it rests first"
        bench.wait((entry.next_try_at - bench.now).total_seconds())
    bench.enrich()
    entry = bench.ledger.entries["1"]
    assert (entry.status, entry.next_try_at) == (PARTIAL, None)
    assert bench.words.encoded == 1, "words are not encoded again for a picture's sake"


def test_a_picture_that_comes_back_heals_the_product(bench, paint):
    bench.shelf["a"] = lost(PictureProblem.UNREACHABLE)
    bench.put("1", pictures=["a"])
    bench.enrich()
    bench.shelf["a"] = paint(0, 200, 0)
    bench.wait(3600)
    bench.enrich()
    entry = bench.ledger.entries["1"]
    assert (entry.status, entry.attempts, entry.error, entry.next_try_at) == (DONE, 0, None, None)


def test_a_new_text_field_does_not_wash_away_a_lost_picture(bench):
    bench.shelf["a"] = lost(PictureProblem.MISSING)
    bench.put("1", pictures=["a"])
    bench.enrich()
    entry = bench.ledger.entries["1"]
    bench.ledger.put(replace(entry, encoded={bench.picture_field.name: "v1"}))
    bench.enrich()
    after = bench.ledger.entries["1"]
    assert (after.status, after.error) == (PARTIAL, entry.error)


def test_a_poisoned_product_never_fails_its_chunk(bench):
    for number in range(64):
        bench.put(str(number), title=f"shoe {number}" if number != 37 else "poison")
    report = bench.enrich()
    assert report.written == {DONE: 63, FAILED: 1}
    entry = bench.ledger.entries["37"]
    assert (entry.status, entry.attempts) == (FAILED, 1)
    assert "bad token" in entry.error
    assert len(bench.words.calls) <= 1 + 2 * 6


def test_a_poisoned_product_is_a_dead_letter_after_its_attempts_and_rests_longer_each_time(bench):
    bench.put("1", title="poison")
    rests = []
    for _ in range(2):
        bench.enrich()
        rests.append((bench.ledger.entries["1"].next_try_at - bench.now).total_seconds())
        bench.wait(rests[-1])
    bench.enrich()
    entry = bench.ledger.entries["1"]
    assert rests == [10, 20]
    assert (entry.status, entry.attempts, entry.next_try_at) == (DEAD, 3, None)
    assert "bad token" in entry.error
    bench.wait(10**6)
    assert bench.enrich().skipped == 1


def test_a_dead_product_that_changes_starts_anew(bench):
    bench.put("1", title="poison")
    bench.ledger.put(replace(bench.ledger.entries["1"], status=DEAD, attempts=3))
    bench.put("1", title="cured", input_hash="v2")
    bench.enrich()
    assert bench.ledger.entries["1"].status is DONE


def test_an_encoder_that_cannot_be_loaded_costs_no_attempt_and_no_other_vector(bench, paint):
    bench.words.is_broken = True
    bench.shelf["a"] = paint(1, 1, 1)
    bench.put("1", pictures=["a"])
    for _ in range(5):
        bench.enrich()
        bench.wait(3600)
    entry = bench.ledger.entries["1"]
    assert (entry.status, entry.attempts) == (FAILED, 0)
    assert bench.ledger.vectors["1"][bench.picture_field.name] is not None
    bench.words.is_broken = False
    bench.enrich()
    assert bench.ledger.entries["1"].status is DONE
    assert bench.fetched == ["a"]


def test_a_price_update_in_the_middle_is_not_overwritten_and_costs_no_second_encoding(bench):
    bench.put("1")

    def price_changes():
        bench.on_text = lambda: None
        entry = bench.ledger.entries["1"]
        bench.ledger.put(replace(entry, source={**entry.source, "price": 9}))

    bench.on_text = price_changes
    report = bench.enrich()
    assert report.written == {DONE: 1}
    assert bench.ledger.entries["1"].source["price"] == 9
    assert bench.words.encoded == 1


def test_a_newer_product_never_gets_the_vector_of_the_older_text(bench):
    bench.put("1", title="red shoe")

    def text_changes():
        bench.on_text = lambda: None
        bench.put("1", title="green hat", input_hash="v2")

    bench.on_text = text_changes
    report = bench.enrich()
    assert report.again == ["1"]
    assert "1" not in bench.ledger.vectors
    assert bench.ledger.entries["1"].status is PENDING
    bench.enrich("1")
    expected = bench.words.encode_documents(["green hat"])[0]
    np.testing.assert_array_equal(bench.ledger.vectors["1"][bench.text_field.name], expected)


def test_a_product_deleted_in_the_middle_stays_deleted(bench):
    bench.put("1")
    bench.on_text = lambda: bench.ledger.entries.clear()
    assert bench.enrich("1").gone == 1
    assert bench.ledger.entries == {}


def test_pictures_that_were_not_reached_in_time_come_back_without_an_attempt(bench, paint):
    ticks = iter([0.0, 0.0, 31.0, 62.0])
    filler = replace(bench.enrichment.fillers[1], clock=lambda: next(ticks))
    bench.enrichment = replace(bench.enrichment, fillers=(bench.enrichment.fillers[0], filler))
    for number in range(40):
        bench.shelf[f"p{number}"] = paint(number, 0, 0)
        bench.put(str(number), pictures=[f"p{number}"])
    report = bench.enrich()
    assert report.written == {DONE: 32, PENDING: 8}
    assert report.again == [str(number) for number in range(32, 40)]
    assert {bench.ledger.entries[id].attempts for id in report.again} == {0}


def test_an_attempt_that_died_with_its_process_counts(bench):
    bench.put("1")
    for _ in range(3):
        bench.enrichment.count_lost_attempt(["1"], why="its worker died")
        bench.wait(3600)
    entry = bench.ledger.entries["1"]
    assert (entry.status, entry.attempts, entry.error) == (DEAD, 3, "its worker died")
    assert bench.words.calls == []


def test_vectors_at_hand_are_written_though_another_worker_gave_the_product_up_meanwhile(bench):
    bench.put("1")

    def another_worker_notes_a_failure():
        bench.on_text = lambda: None
        bench.enrichment.count_lost_attempt(["1"], why="its worker died")

    bench.on_text = another_worker_notes_a_failure
    bench.enrich("1")
    assert (bench.ledger.entries["1"].status, bench.ledger.entries["1"].attempts) == (DONE, 0)


def test_two_workers_with_the_same_chunk_leave_one_result(bench):
    bench.put("1")

    def another_worker_is_faster():
        bench.on_text = lambda: None
        bench.enrich("1")

    bench.on_text = another_worker_is_faster
    report = bench.enrich("1")
    assert (report.skipped, report.again) == (1, [])
    assert bench.ledger.entries["1"].status is DONE
