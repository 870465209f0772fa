"""The settings of the Celery application on which nothing being lost depends."""

import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.app import build_celery
from indexer.queueing import ENRICH, FOLLOW, LEARN, RECONCILE
from plugin_config.errors import ConfigurationError
from plugin_config.settings import Settings
from vitrine.worker import JOBS, build_worker


def made(**settings: object) -> Settings:
    return Settings(redis_url="redis://127.0.0.1:1/0").model_copy(update=settings)


def test_a_task_is_acknowledged_late_and_comes_back_when_its_process_dies() -> None:
    conf = build_celery(made()).conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert conf.broker_transport_options["unacked_restore_throttle"] == 1
    assert conf.broker_transport_options["visibility_timeout"] <= 120


def test_messages_are_json_and_nothing_else() -> None:
    conf = build_celery(made()).conf
    assert (conf.accept_content, conf.task_serializer) == (["json"], "json")


def test_beat_reconciles_at_the_pace_of_the_settings_and_ticks_do_not_pile_up() -> None:
    app = build_celery(made(reconcile_seconds=7))
    entry = app.conf.beat_schedule["reconcile"]
    assert (entry["task"], entry["schedule"], entry["options"]["expires"]) == (RECONCILE, 7.0, 7.0)
    assert {ENRICH, RECONCILE} <= app.tasks.keys()


def test_beat_follows_what_shoppers_do_in_a_queue_of_its_own() -> None:
    app = build_celery(made(follow_seconds=9))
    entry = app.conf.beat_schedule["follow"]
    assert (entry["task"], entry["schedule"], entry["options"]["expires"]) == (FOLLOW, 9.0, 9.0)
    assert entry["options"]["queue"] in app.conf.task_queues
    assert FOLLOW in app.tasks


def test_jobs_of_operators_are_looked_for_in_the_same_queue_and_acknowledged_first() -> None:
    app = build_worker(made())
    entry = app.conf.beat_schedule["jobs"]
    assert (entry["task"], entry["options"]["queue"]) == (JOBS, app.conf.task_routes[FOLLOW]["queue"])
    assert app.conf.beat_schedule.keys() >= {"reconcile", "follow"}
    assert not app.tasks[JOBS].acks_late


def test_a_broker_behind_tls_is_verified_with_the_ca_of_the_settings() -> None:
    app = build_celery(made(redis_url="rediss://user:secret@redis.example:6380/0", redis_ca_file=Path("/ca.pem")))
    assert app.conf.broker_use_ssl == {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_ca_certs": "/ca.pem"}


def test_without_a_broker_the_error_names_the_next_step() -> None:
    with pytest.raises(ConfigurationError, match="vitrine up"):
        build_celery(made(redis_url=None))


def test_importing_the_application_loads_no_neural_network_and_reads_no_settings() -> None:
    program = (
        "import sys, indexer.app; print([m for m in ('torch', 'transformers', 'onnxruntime') if m in sys.modules])"
    )
    environment = {"PATH": "/usr/bin:/bin", "VITRINE_LOG_LEVEL": "INFO", "VITRINE_THREADS": "not a number"}
    found = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_learning_is_scheduled_only_when_hours_are_set() -> None:
    quiet = build_celery(made())
    assert "learn" not in quiet.conf.beat_schedule
    diligent = build_celery(made(learn_hours=6.0))
    assert diligent.conf.beat_schedule["learn"]["schedule"] == 21_600
    assert diligent.tasks[LEARN].acks_late is False
