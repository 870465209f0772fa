"""What a person sees when a command fails: one line and an exit code, never a traceback."""

from pathlib import Path

import pytest
import typer

import vitrine.main
from plugin_config.errors import ConfigurationError
from vitrine.main import run


def _command_line_that_raises(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    def fail() -> None:
        raise error

    monkeypatch.setattr(vitrine.main, "build_app", lambda: app)


@pytest.mark.parametrize("arguments", [["frobnicate"], ["status", "--colour"], ["up", "extra"]])
def test_wrong_usage_is_one_line_and_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_known_error_is_one_line_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _command_line_that_raises(ConfigurationError("shop.yaml: no id.\nAdd one."), monkeypatch)
    assert run([]) == 1
    assert capsys.readouterr().err == "vitrine: shop.yaml: no id. Add one.\n"


def test_an_unexpected_error_names_the_file_with_its_details(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("VITRINE_STATE_DIR", str(tmp_path))
    _command_line_that_raises(ZeroDivisionError("by zero"), monkeypatch)
    assert run([]) == 1
    shown = capsys.readouterr().err
    assert len(shown.splitlines()) == 1
    assert str(tmp_path / "logs" / "vitrine-errors.log") in shown
    assert "Traceback" in (tmp_path / "logs" / "vitrine-errors.log").read_text(encoding="utf-8")


def test_an_interrupt_is_one_line_and_exit_code_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _command_line_that_raises(KeyboardInterrupt(), monkeypatch)
    assert run([]) == 130
    assert capsys.readouterr().err == "vitrine: interrupted\n"


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("VITRINE_OPENSEARCH_HEAP_MB", "lots")
    assert run(["status"]) == 1
    assert "VITRINE_OPENSEARCH_HEAP_MB" in capsys.readouterr().err
