"""Why a model waits, in words that a newcomer to the demo understands."""

from ranking.learning.gate import HELD_OUT_TIME, Check, GateReport, Verdict
from vitrine.commands._gate_report import why_it_waits


def report(*failed: str, against: str | None = "m1") -> GateReport:
    names = (HELD_OUT_TIME, "feature drift", "golden rows")
    checks = tuple(Check(n, Verdict.FAILED if n in failed else Verdict.PASSED, "a number") for n in names)
    return GateReport("m2", against, checks)


def test_too_few_searches_to_tell_are_said_so() -> None:
    said = "the 73 searches that it was tried on do not show it to be as good as the one that serves"
    assert why_it_waits(report(HELD_OUT_TIME), searches=73) == said
    assert why_it_waits(report(HELD_OUT_TIME, against=None), searches=73).endswith("the order without a model")


def test_other_checks_are_named() -> None:
    assert why_it_waits(report(HELD_OUT_TIME, "feature drift"), searches=73) == (
        "it did not pass: held-out time, feature drift"
    )
    assert why_it_waits(report(), searches=73) == "it was told to"
