"""Jobs outlive the processes that ask for them and the workers that die over them."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from plugin_config.errors import VitrineError
from plugin_config.settings import Settings
from ranking.errors import JudgmentsError, TrainingError
from ranking.evaluation.judgments import read_judgments
from vitrine.jobs.job import Job, JobKind, JobState
from vitrine.jobs.ledger import KEPT, JobLedger, JobUnderway
from vitrine.jobs.requests import Judgment, TrainRequest, write_judgments
from vitrine.jobs.results import RebuildResult
from vitrine.jobs.running import open_ledger, work_off
from vitrine.jobs.work import Begin, named_judgments

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DONE = RebuildResult(catalogue="shop", looked_at=3, counted=2, products=1, queries=1, shoppers=1, seen="told")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path)


def ask(ledger: JobLedger, kind: JobKind = JobKind.TRAIN, catalogue: str = "shop") -> Job:
    return ledger.add(kind, catalogue, {}, now=NOON)


def does(_settings: Settings, _ledger: JobLedger, _job: Job, begin: Begin) -> RebuildResult:
    begin("rows")(1, 2)
    return DONE


def fails(error: Exception) -> Callable[[Settings, JobLedger, Job, Begin], RebuildResult]:
    def work(_settings: Settings, _ledger: JobLedger, _job: Job, _begin: Begin) -> RebuildResult:
        raise error

    return work


def test_a_job_waits_is_done_once_and_keeps_its_result(settings: Settings) -> None:
    ledger = open_ledger(settings)
    job = ask(ledger)
    assert (job.state, ledger.get("shop", job.id)) == (JobState.QUEUED, job)
    assert work_off(settings, do=does) == 1
    over = ledger.get("shop", job.id)
    assert over is not None
    assert (over.state, over.attempts, over.problem) == (JobState.DONE, 1, None)
    assert over.result == DONE.model_dump()
    assert work_off(settings, do=fails(AssertionError("it was done before"))) == 0
    assert ledger.get("other", job.id) is None


def test_one_of_each_kind_at_a_time_for_a_catalogue(settings: Settings) -> None:
    ledger = open_ledger(settings)
    first = ask(ledger)
    with pytest.raises(JobUnderway, match=first.id):
        ask(ledger)
    ask(ledger, JobKind.EVALUATE)
    ask(ledger, catalogue="other")
    assert work_off(settings, do=does) == 3
    assert ask(ledger).state is JobState.QUEUED


def test_what_fails_says_why_and_stops_nothing_else(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    ledger = open_ledger(settings)
    known, unknown = ask(ledger), ask(ledger, JobKind.REBUILD)

    def work(_settings: Settings, _ledger: JobLedger, job: Job, _begin: Begin) -> RebuildResult:
        raise TrainingError("there is nothing to learn") if job.kind is JobKind.TRAIN else ZeroDivisionError("secret")

    assert work_off(settings, do=work) == 2
    problems = [found.problem for job in (known, unknown) if (found := ledger.get("shop", job.id))]
    assert [(p.status, p.title) for p in problems if p] == [(422, "training"), (500, "unexpected")]
    assert problems[0] is not None
    assert problems[1] is not None
    assert problems[0].detail == "there is nothing to learn"
    assert "secret" not in problems[1].detail
    assert "ZeroDivisionError" in caplog.text


NEVER_DONE = """
import sys, time
from pathlib import Path
from plugin_config.settings import Settings
from vitrine.jobs.running import work_off

def work(*_):
    print("at work", flush=True)
    time.sleep(600)

work_off(Settings(state_dir=Path(sys.argv[1])), do=work)
"""


def kill_a_worker_at_work(settings: Settings) -> None:
    command = [sys.executable, "-c", NEVER_DONE, str(settings.state_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "at work\n"
        assert work_off(settings, do=fails(AssertionError("somebody else has it"))) == 0
        worker.kill()


def test_a_worker_that_dies_leaves_its_job_to_the_next_and_a_job_that_kills_twice_fails(settings: Settings) -> None:
    ledger = open_ledger(settings)
    job = ask(ledger)
    kill_a_worker_at_work(settings)
    left = ledger.get("shop", job.id)
    assert left is not None
    assert (left.state, left.attempts) == (JobState.RUNNING, 1)
    assert work_off(settings, do=does) == 1
    again = ledger.get("shop", job.id)
    assert again is not None
    assert (again.state, again.attempts) == (JobState.DONE, 2)

    deadly = ask(ledger)
    kill_a_worker_at_work(settings)
    kill_a_worker_at_work(settings)
    assert work_off(settings, do=does) == 1
    failed = ledger.get("shop", deadly.id)
    assert failed is not None
    assert failed.problem is not None
    assert (failed.state, failed.problem.title) == (JobState.FAILED, "worker died")


def test_only_the_last_jobs_are_remembered_and_a_damaged_file_is_passed_over(settings: Settings) -> None:
    ledger = open_ledger(settings)
    for _ in range(KEPT + 3):
        ask(ledger)
        work_off(settings, do=does)
    assert len(ledger.of("shop")) == KEPT + 1  # the newest came after the last sweep
    (settings.state_dir / "jobs" / "j20261122-000000-abcdef.json").write_text('{"half": ')
    assert len(ledger.of("shop")) == KEPT + 1


def test_judgments_of_a_request_are_read_back_as_they_were_written(settings: Settings) -> None:
    given = [
        Judgment(query='a "quoted", cell', docid=" p1 ", rating=2.5),
        Judgment(query="two\nlines", docid="p2", rating=0, user="ann", filter="brand=acme"),
        Judgment(image="https://example.org/a.png", docid="p3", rating=1),
    ]
    job = open_ledger(settings).add(
        JobKind.EVALUATE, "shop", {}, now=NOON, attach=lambda path: write_judgments(given, path)
    )
    path = open_ledger(settings).attachment(job)
    assert path is not None
    found = read_judgments(path).queries
    assert [(q.text, q.image, q.user, q.filters, dict(q.grades)) for q in found] == [
        ('a "quoted", cell', "", "", "", {"p1": 2.5}),
        ("two\nlines", "", "ann", "brand=acme", {"p2": 0.0}),
        ("", "https://example.org/a.png", "", "", {"p3": 1.0}),
    ]
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"docid": "p", "rating": 1},
        {"query": "a", "docid": " ", "rating": 1},
        {"query": "a", "docid": "p", "rating": float("nan")},
        {"query": "a", "docid": "p", "rating": -1},
        {"docid": "p", "rating": 1, "image": "/etc/passwd"},
        {"docid": "p", "rating": 1, "image": "https://example.org/a.png|../secret.png"},
        {"docid": "p", "rating": 1, "audio": "file:///etc/passwd"},
        {"query": "a", "docid": "p", "rating": 1, "grade": 2},
    ],
)
def test_a_judgment_that_says_nothing_or_names_a_file_of_the_server_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Judgment.model_validate(wrong)


@pytest.mark.parametrize("name", ["../settings.yaml", "/etc/passwd", ".hidden", "a/b.csv", ""])
def test_only_files_of_the_folder_of_judgments_can_be_named(name: str) -> None:
    with pytest.raises(ValidationError):
        TrainRequest(judgments_file=name)


def test_a_named_file_is_told_by_its_name_alone(settings: Settings) -> None:
    with pytest.raises(JudgmentsError, match=r"there is no 'mine\.csv'"):
        named_judgments(settings, "mine.csv")
    settings.judgments_folder.mkdir()
    (settings.judgments_folder / "mine.csv").write_text("query,docid,rating\nmug,p1,1\n")
    assert named_judgments(settings, "mine.csv").origin == "mine.csv"


def test_what_came_with_a_job_that_cannot_be_kept_is_not_left_behind(settings: Settings) -> None:
    def breaks(path: Path) -> None:
        path.write_text("query,docid,rating\n")
        raise OSError("no room")

    with pytest.raises(VitrineError, match="no room"):
        open_ledger(settings).add(JobKind.EVALUATE, "shop", {}, now=NOON, attach=breaks)
    assert [*(settings.state_dir / "jobs").glob("j*")] == []


def test_progress_is_told_while_a_job_runs(settings: Settings) -> None:
    ledger = open_ledger(settings)
    job = ask(ledger)
    seen = []

    def work(_settings: Settings, _ledger: JobLedger, _job: Job, begin: Begin) -> RebuildResult:
        report = begin("rows")
        time.sleep(1.1)
        report(7, 9)
        seen.append(ledger.get("shop", job.id))
        return DONE

    work_off(settings, do=work)
    assert seen[0] is not None
    assert (seen[0].state, seen[0].progress.step, seen[0].progress.done, seen[0].progress.of) == (
        JobState.RUNNING,
        "rows",
        7,
        9,
    )


def test_errors_of_the_ledger_are_vitrine_errors(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(VitrineError, match="cannot be written"):
        ask(JobLedger(tmp_path / "file"))
