"""What is said of a model that cannot serve: at every search in the answer, once in the log, and where models are listed."""

import logging
from pathlib import Path

import pytest

from indexer.behaviour.model_messages import models_response
from query_service.ranking_stage import find_model
from ranking.lambdamart.scorer import ScorerSource
from ranking.lambdamart.store import DirectoryModelStore


@pytest.fixture
def troubled(tmp_path: Path) -> DirectoryModelStore:
    folder = tmp_path / "models" / "shop"
    folder.mkdir(parents=True)
    (folder / "current.json").write_text("no JSON", encoding="utf-8")
    return DirectoryModelStore(folder)


def test_the_log_says_once_what_every_search_is_told(
    troubled: DirectoryModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    source = ScorerSource(troubled)
    with caplog.at_level(logging.WARNING):
        found = [find_model(source, "current", frozenset()) for _ in range(3)]
    assert [one.is_failure for one in found] == [True, True, True]
    assert ["cannot be read" in record.message for record in caplog.records] == [True]


def test_no_answer_names_a_file_of_the_server(troubled: DirectoryModelStore, tmp_path: Path) -> None:
    note = find_model(ScorerSource(troubled), "current", frozenset()).note
    assert note is not None
    assert note.said == "the ranking model current cannot be used; the log says why"
    assert str(tmp_path) in note.reason


def test_a_shop_without_a_model_is_no_failure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    found = find_model(ScorerSource(DirectoryModelStore(tmp_path)), "current", frozenset())
    assert not found.is_failure
    assert found.note is not None
    assert found.note.said == "no ranking model serves yet; `vitrine train --help` says how to train one"
    assert not caplog.records


def test_models_are_listed_though_the_note_of_the_serving_one_is_damaged(troubled: DirectoryModelStore) -> None:
    listed = models_response("shop", troubled)
    assert listed.current is None
    assert listed.damaged is not None
    assert "`vitrine models use ID --catalogue shop`" in listed.damaged
