"""What an answer tells a shopper, and what it tells those who run the service."""

import orjson

from plugin_config.policy import SubQueryKind
from query_service.operator_notes import OperatorNote, notes_of_failures, plain_note
from query_service.page import SearchPage

REASON = "encoder '/srv/models/shoes': the file is damaged"


def test_a_part_that_failed_is_told_without_the_files_it_failed_by() -> None:
    (note,) = notes_of_failures({SubQueryKind.TEXT_VECTOR: REASON}, ())
    assert note.said == "text_vector could not run; the log says why"
    assert REASON in note.reason


def test_a_picture_that_the_shopper_has_to_mend_is_no_matter_of_operators() -> None:
    failed = {SubQueryKind.PICTURE_VECTOR: "images: not a picture"}
    assert notes_of_failures(failed, ("searched by words alone: images: not a picture",)) == ()


def test_notes_for_operators_stand_apart_from_those_for_shoppers_and_keep_their_reasons_back() -> None:
    notes = (plain_note("no ranking model serves yet"), OperatorNote("a part could not run", REASON))
    page = SearchPage("q", (), 0, True, {"total": 1.0}, "hybrid", notes=("without “red”",), operator_notes=notes)
    answer = orjson.loads(page.to_json())
    assert answer["notes"] == ["without “red”"]
    assert answer["operator_notes"] == ["no ranking model serves yet", "a part could not run"]
    assert "/srv" not in page.to_json().decode()
