"""The files that people deploy with agree with the settings class and with each other."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from plugin_config.settings import Settings

ROOT = Path(__file__).parents[2]
FIELDS = {f"VITRINE_{name.upper()}" for name in Settings.model_fields}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def test_every_variable_of_the_compose_file_is_a_setting() -> None:
    used = set(re.findall(r"VITRINE_[A-Z_]+", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    assert used
    assert used <= FIELDS | {"VITRINE_"}


def test_compose_runs_the_same_parts_as_the_local_stack(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"opensearch", "redis-broker", "redis-features", "worker", "beat", "api"}


@pytest.mark.parametrize("name", ["opensearch", "redis-broker", "redis-features", "worker", "beat", "api"])
def test_every_service_has_a_health_check_and_a_memory_limit(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["healthcheck"]["test"]
    assert service["mem_limit"]


def test_every_published_port_is_bound_to_loopback(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", ["redis-broker", "redis-features"])
def test_redis_writes_to_disk_and_never_evicts(compose: dict[str, Any], name: str) -> None:
    command = compose["services"][name]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_our_services_get_addresses_of_services_that_exist(compose: dict[str, Any]) -> None:
    variables = compose["services"]["worker"]["environment"]
    hosts = {re.match(r"\w+://([\w-]+):", str(v))[1] for k, v in variables.items() if k.endswith("_URL")}  # type: ignore[index]
    assert hosts <= set(compose["services"])


def test_the_lock_names_public_packages_by_version_only() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert lines
    assert not [line for line in lines if not re.match(r"^[a-z0-9_.\[\]-]+==[^ ]+( ; .+)?$", line, re.IGNORECASE)]


def test_every_direct_requirement_is_locked() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {_plain(re.split(r"[\[<>=;, ]", line)[0]) for line in wanted}
    locked = {
        _plain(line.split("==")[0].split("[")[0])
        for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    }
    assert names <= locked


def test_ci_runs_the_verb_that_people_run() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text(encoding="utf-8")


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
