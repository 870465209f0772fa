import re
from pathlib import Path

import pytest

from plugin_config.errors import ConfigurationError
from plugin_config.settings import load_settings


def test_a_variable_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "vitrine.yaml"
    path.write_text("worker_concurrency: 3\nthreads: 5\n")
    monkeypatch.setenv("VITRINE_SETTINGS_FILE", str(path))
    monkeypatch.setenv("VITRINE_THREADS", "2")
    settings = load_settings()
    assert (settings.worker_concurrency, settings.threads) == (3, 2)


def test_a_wrong_setting_is_named_as_its_variable(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VITRINE_API_MAX_BODY_MB", "many")
    with pytest.raises(ConfigurationError, match="VITRINE_API_MAX_BODY_MB"):
        load_settings()


def test_a_missing_settings_file_is_an_error_not_a_default(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VITRINE_SETTINGS_FILE", "/nowhere/vitrine.yaml")
    with pytest.raises(ConfigurationError, match=re.escape("/nowhere/vitrine.yaml")):
        load_settings()


def test_a_password_is_never_printed():
    assert "hunter2" not in repr(load_settings(opensearch_password="hunter2"))


def test_the_api_listens_on_loopback_unless_told_otherwise():
    assert load_settings().api_host == "127.0.0.1"


@pytest.mark.parametrize("given", ["/a:/b c", '["/a", "/b c"]'])
def test_folders_of_pictures_are_given_as_in_path_or_as_json(given: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VITRINE_PICTURE_ROOTS", given)
    assert load_settings().picture_roots == (Path("/a"), Path("/b c"))


def test_damaged_folders_of_pictures_are_named_as_their_variable(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VITRINE_PICTURE_ROOTS", '["/a"')
    with pytest.raises(ConfigurationError, match="VITRINE_PICTURE_ROOTS"):
        load_settings()


@pytest.mark.parametrize("text", ["threads: [2", "- threads"])
def test_a_file_that_holds_no_settings_is_an_error_with_an_example(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "vitrine.yaml"
    path.write_text(text)
    monkeypatch.setenv("VITRINE_SETTINGS_FILE", str(path))
    with pytest.raises(ConfigurationError, match="threads: 2"):
        load_settings()


def test_a_name_in_the_file_that_is_no_setting_is_told_with_the_nearest_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "vitrine.yaml"
    path.write_text("worker_concurency: 3\nVITRINE_THREADS: 2\nzzz: 1\nlog_level: INFO\n")
    monkeypatch.setenv("VITRINE_SETTINGS_FILE", str(path))
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert "'worker_concurency' (did you mean 'worker_concurrency'?)" in str(caught.value)
    assert "'VITRINE_THREADS' (did you mean 'threads'?), 'zzz';" in str(caught.value)


def test_an_empty_file_of_settings_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "vitrine.yaml"
    path.write_text("# nothing yet\n")
    monkeypatch.setenv("VITRINE_SETTINGS_FILE", str(path))
    assert load_settings().settings_file == path
