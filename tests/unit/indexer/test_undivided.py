"""Ctrl-C in the middle of a step that belongs together."""

import signal

import pytest

from indexer.undivided import undivided


def step(done: list[str], *, stop: bool = False, fail: bool = False) -> None:
    with undivided():
        done.append("begun")
        if stop:
            signal.raise_signal(signal.SIGINT)
        if fail:
            raise ZeroDivisionError
        done.append("ended")


def test_a_stop_in_the_middle_is_heard_at_the_end() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        step(done, stop=True)
    assert done == ["begun", "ended"]


def test_without_a_stop_nothing_changes_also_when_the_step_fails() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(ZeroDivisionError):
        step([], fail=True)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
