"""An OpenSearch and a Redis behind TLS and passwords: used with the right ones, refused in one clear line with others."""

import json
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
import redis
import trustme
from pydantic import SecretStr

from plugin_config.errors import ConfigurationError
from plugin_config.settings import Settings, load_settings
from tests.front import Front, front
from vitrine.main import run
from vitrine.processes.ports import free_port
from vitrine.stack.discovery import running_api_url
from vitrine.stack.environment import settings_variables
from vitrine.stack.lifecycle import down, up
from vitrine.stack.redis import find_redis_server, redis_command

USER, PASSWORD, REDIS_PASSWORD = "shopkeeper", "pw-of-the-engine-7f3a", "pw-of-the-broker-91bc"
SECRETS = (PASSWORD, REDIS_PASSWORD, "c2hvcGtlZXBlcjpwdy")  # the last: how a basic authorization begins
CATALOGUE = """
name: shop
text: {title: 1}
encoders: {text: null, picture: {model: colour-edge}}
images: [picture]
"""


@dataclass(frozen=True)
class Secured:
    """Settings that reach both stores, and a CA that signed neither."""

    settings: Settings
    other_ca: Path
    engine: Front
    broker: Front


@pytest.fixture(scope="module")
def password_redis(state_root: Path) -> Iterator[int]:
    folder, port = state_root / "password-redis", free_port()
    folder.mkdir()
    command = [*redis_command(find_redis_server(), folder, port), "--requirepass", REDIS_PASSWORD]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    end = time.monotonic() + 240
    with redis.Redis(port=port, password=REDIS_PASSWORD) as client:
        while not _pings(client):
            assert time.monotonic() < end
            time.sleep(0.05)
    yield port
    process.kill()
    process.wait()


@pytest.fixture
def secured(settings: Settings, password_redis: int, tmp_path: Path) -> Iterator[Secured]:
    ca, other = trustme.CA(), trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(tls)
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    other.cert_pem.write_to_path(str(tmp_path / "other.pem"))
    engine = urlsplit(settings.opensearch_url)
    with (
        front((str(engine.hostname), engine.port or 0), tls=tls, login=(USER, PASSWORD)) as engine_front,
        front(("127.0.0.1", password_redis), tls=tls) as broker_front,
    ):
        redis_url = f"rediss://:{REDIS_PASSWORD}@127.0.0.1:{broker_front.port}"
        changes = {
            "opensearch_url": f"https://127.0.0.1:{engine_front.port}",
            "opensearch_user": USER,
            "opensearch_password": SecretStr(PASSWORD),
            "opensearch_ca_file": tmp_path / "ca.pem",
            "redis_url": f"{redis_url}/0",
            "features_redis_url": f"{redis_url}/1",
            "redis_ca_file": tmp_path / "ca.pem",
            "state_dir": tmp_path / "state",
        }
        yield Secured(settings.model_copy(update=changes), tmp_path / "other.pem", engine_front, broker_front)


def test_the_whole_stack_works_through_tls_and_passwords_and_writes_no_secret_down(
    secured: Secured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _use(secured.settings, monkeypatch)
    (tmp_path / "shop.yaml").write_text(CATALOGUE)
    (tmp_path / "feed.jsonl").write_text('{"id": "1", "title": "Blue lamp", "picture": "data:,broken"}\n')
    try:
        up(secured.settings)
        assert run(["index", str(tmp_path / "shop.yaml"), str(tmp_path / "feed.jsonl"), "--wait"]) == 0
        url = running_api_url(secured.settings)
        with urlopen(f"{url}/catalogues/shop/search?q=lamp", timeout=60) as answer:
            found = json.load(answer)
        assert [hit["id"] for hit in found["hits"]] == ["1"]
        assert "behaviour" not in found["degraded"]
        for verb in ("status", "doctor"):
            _until_it_succeeds(verb)
    finally:
        down(secured.settings)
    printed = capsys.readouterr()
    assert "1 partial" in printed.out  # the worker has looked at the picture, so it reached both stores
    _assert_no_secret(printed.out + printed.err)
    for log in secured.settings.state_dir.rglob("*"):
        if log.is_file() and log.suffix in (".log", ".json", ".jsonl"):
            _assert_no_secret(log.read_text(errors="replace"))


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("opensearch_password", SecretStr("wrong"), "VITRINE_OPENSEARCH_PASSWORD"),
        ("opensearch_user", None, "VITRINE_OPENSEARCH_USER"),
        ("opensearch_ca_file", "other", "VITRINE_OPENSEARCH_CA_FILE"),
        ("opensearch_ca_file", None, "VITRINE_OPENSEARCH_CA_FILE"),
        ("opensearch_url", "http", "VITRINE_OPENSEARCH_URL"),
        ("redis_url", "password", "user or password"),
        ("redis_url", "redis", "rediss://"),
        ("redis_ca_file", "other", "VITRINE_REDIS_CA_FILE"),
        ("redis_ca_file", None, "VITRINE_REDIS_CA_FILE"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line_that_names_the_setting_and_no_secret(
    secured: Secured,
    setting: str,
    value: object,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _use(secured.settings.model_copy(update={setting: _wrong(secured, setting, value)}), monkeypatch)
    assert run(["up"]) == 1
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert told in line
    _assert_no_secret(line)


def test_a_ca_file_that_is_missing_or_holds_no_certificate_is_named(
    secured: Secured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigurationError, match="VITRINE_REDIS_CA_FILE: there is no file"):
        load_settings(redis_ca_file=tmp_path / "nowhere.pem")
    (tmp_path / "empty.pem").write_text("no certificate")
    _use(secured.settings.model_copy(update={"opensearch_ca_file": tmp_path / "empty.pem"}), monkeypatch)
    assert run(["search", "lamp", "--catalogue", "shop"]) == 1
    assert "VITRINE_OPENSEARCH_CA_FILE" in capsys.readouterr().err


def _wrong(secured: Secured, setting: str, value: object) -> object:
    settings = secured.settings
    match setting, value:
        case _, "other":
            return secured.other_ca
        case "opensearch_url", "http":
            return str(settings.opensearch_url).replace("https", "http")
        case "redis_url", "password":
            return str(settings.redis_url).replace(REDIS_PASSWORD, "wrong")
        case "redis_url", "redis":
            return str(settings.redis_url).replace("rediss", "redis")
    return value


def _use(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings_variables(settings).items():
        monkeypatch.setenv(name, value)


def _until_it_succeeds(verb: str) -> None:
    """A probe waits a second or two, and a busy machine may need more."""
    end = time.monotonic() + 120
    while run([verb]) != 0:
        assert time.monotonic() < end, f"vitrine {verb} finds fault with a stack that works"


def _assert_no_secret(text: str) -> None:
    assert not [secret for secret in SECRETS if secret in text]


def _pings(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
