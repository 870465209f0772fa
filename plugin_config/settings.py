"""Where Vitrine runs and within which limits: one frozen value from `VITRINE_*` variables or a YAML file."""

import json
import os
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)
from yaml import YAMLError

from plugin_config.errors import ConfigurationError


class Settings(BaseSettings):
    """Every setting of every process. A variable wins over the file that VITRINE_SETTINGS_FILE names."""

    model_config = SettingsConfigDict(env_prefix="VITRINE_", frozen=True, extra="ignore")

    settings_file: Path | None = Field(None, description="YAML file with any of these settings, names in lower case.")
    state_dir: Path = Field(
        Path(".vitrine"), description="The one folder for everything the local stack keeps: data, logs, models, pids."
    )
    cache_dir: Path | None = Field(
        None, description="Downloaded OpenSearch and its plugins; default: the user's cache folder."
    )
    maven_url: str | None = Field(None, description="A mirror of Maven Central for the local OpenSearch's files.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    opensearch_url: str | None = Field(None, description="Your OpenSearch (3.1 or newer). Unset: a local one starts.")
    opensearch_user: str | None = Field(None, description="User for basic authentication.")
    opensearch_password: SecretStr | None = Field(None, description="Password for basic authentication.")
    opensearch_ca_file: Path | None = Field(None, description="CA bundle that signs the cluster's certificate.")
    opensearch_timeout_seconds: float = Field(10.0, gt=0, description="Time limit of one request to OpenSearch.")
    opensearch_patience_seconds: float = Field(
        60.0, ge=0, description="How long loading a feed waits for an OpenSearch that is away, busy or out of room."
    )
    opensearch_heap_mb: int = Field(1024, ge=256, description="Heap of the local OpenSearch, in MiB.")
    opensearch_port: int | None = Field(None, description="Port of the local OpenSearch; default: a free one.")
    opensearch_java_options: str = Field("", description="Further Java options of the local OpenSearch, as in a shell.")
    index_prefix: str = Field(
        "vitrine", pattern=r"^[a-z][a-z0-9_]{0,30}$", description="Start of every index and alias name."
    )
    index_shards: int = Field(1, ge=1, description="Primary shards of a new index.")
    index_replicas: int = Field(0, ge=0, description="Replicas of a new index.")

    redis_url: str | None = Field(None, description="Celery's broker. Unset: a local Redis starts.")
    features_redis_url: str | None = Field(None, description="Redis for features; default: database 1 of the local.")
    features_timeout_seconds: float = Field(
        0.5, gt=0, description="How long a search waits for features from Redis; past it, it is answered without them."
    )
    redis_ca_file: Path | None = Field(None, description="CA bundle for rediss:// addresses.")

    api_host: str = Field("127.0.0.1", description="Address the API listens on; loopback unless you say otherwise.")
    api_port: int | None = Field(None, description="Port of the API; default: 8600, or a free one when it is taken.")
    api_max_body_mb: int = Field(32, ge=1, description="Largest request body, in megabytes.")

    worker_concurrency: int = Field(1, ge=1, description="Processes of one Celery worker.")
    worker_max_memory_mb: int = Field(
        4096, ge=256, description="A worker process that has grown beyond this is replaced after its task, in MiB."
    )
    threads: int = Field(0, ge=0, description="Threads for encoding; 0 means one per core.")
    enrichment_chunk: int = Field(64, ge=1, le=1024, description="Products in one enrichment task.")
    enrichment_attempts: int = Field(5, ge=1, description="Attempts before a product becomes a dead letter.")
    reconcile_seconds: int = Field(30, ge=1, description="How often beat runs the reconciler.")
    reconcile_after_seconds: int = Field(
        60, ge=0, description="A product still pending after this long is queued again."
    )

    device: str = Field("auto", description="auto, cpu, cuda or cuda:N; where the encoders run.")
    precision: str = Field("auto", pattern="^(auto|fp32|bf16|fp16|int8)$", description="Number type of the encoders.")

    models_dir: Path | None = Field(None, description="Where ranking models are kept; default: models in state_dir.")

    judgments_dir: Path | None = Field(
        None,
        description="Folder of judgment files that training and evaluating over HTTP may name; default: judgments in "
        "state_dir.",
    )

    events_dir: Path | None = Field(None, description="Folder of the event log; default: events in state_dir.")
    token_key: SecretStr | None = Field(
        None,
        description="Key that signs result tokens, 16 characters or more, the same for every API process; default: one "
        "made in state_dir.",
    )
    log_searches: float = Field(1.0, ge=0, le=1, description="Share of served searches that is logged, with features.")
    seen_by: str = Field(
        "auto",
        pattern="^(auto|told|assumed)$",
        description="How it is known what shoppers saw: told (your shop sends impressions), assumed (served lists count as "
        "seen, as far as assumed_places), or auto: assumed where nobody sends impressions.",
    )
    assumed_places: int = Field(
        12,
        ge=1,
        le=200,
        description="Places of a page that count as seen where that is assumed; what is clicked farther down counts, too.",
    )
    follow_seconds: int = Field(
        60, ge=1, description="How often beat follows the event log: rows of behaviour, recommendations and profiles."
    )
    learn_hours: float = Field(
        0.0,
        ge=0,
        description="Hours between trainings from what shoppers did, run by a worker and put to use where the gate is open; "
        "0: only when `vitrine train --from-behaviour` asks.",
    )
    events_per_minute: int = Field(
        30_000, ge=0, description="Events that one client address may send in a minute; 0 for any number."
    )

    picture_max_bytes: int = Field(15_000_000, ge=1_000, description="Largest picture file, in bytes.")
    picture_max_pixels: int = Field(50_000_000, ge=1_000, description="Largest picture, in pixels.")
    picture_timeout_seconds: float = Field(10.0, gt=0, description="Time limit of fetching one picture.")
    picture_allow_private: bool = Field(False, description="Allow picture addresses in private and loopback networks.")
    picture_roots: Annotated[tuple[Path, ...], NoDecode] = Field(
        (),
        description="Folders from which picture files may be read, beside the folder of an indexed feed; several parted "
        "by colons, as in PATH.",
    )

    audio_max_bytes: int = Field(12_000_000, ge=1_000, description="Largest recording to search by, in bytes.")
    audio_max_seconds: float = Field(30.0, gt=0, le=600, description="Longest recording to search by, in seconds.")
    video_max_bytes: int = Field(24_000_000, ge=1_000, description="Largest video to search by, in bytes.")
    video_max_pixels: int = Field(9_000_000, ge=1_000, description="Largest frame of a video, in pixels.")
    video_max_seconds: float = Field(60.0, gt=0, description="How much of a video is looked at, in its own seconds.")

    @field_validator("picture_roots", mode="before")
    @classmethod
    def _as_folders(cls, given: object) -> object:
        """Folders as PATH has them, or the JSON list that a variable could hold before."""
        if not isinstance(given, str):
            return given
        if given.lstrip().startswith("["):
            return json.loads(given)
        return [folder for folder in given.split(os.pathsep) if folder]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        named = init_settings().get("settings_file") or env_settings().get("settings_file")
        if named is None:
            return init_settings, env_settings
        return init_settings, env_settings, YamlConfigSettingsSource(settings_cls, yaml_file=named)

    def redis_trust(self, url: str) -> dict[str, str]:
        """What a Redis client must be told beside its address to verify the server's certificate."""
        is_encrypted = self.redis_ca_file is not None and url.startswith("rediss")
        return {"ssl_ca_certs": str(self.redis_ca_file)} if is_encrypted else {}

    @cached_property
    def models_folder(self) -> Path:
        return self.models_dir or self.state_dir / "models"

    @cached_property
    def judgments_folder(self) -> Path:
        return self.judgments_dir or self.state_dir / "judgments"

    @cached_property
    def events_folder(self) -> Path:
        return self.events_dir or self.state_dir / "events"

    @cached_property
    def event_log_path(self) -> Path:
        return self.events_folder / "events.sqlite"


def load_settings(**overrides: Any) -> Settings:
    """Read the settings from variables and file. Raises ConfigurationError naming each wrong setting."""
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        wrong = "; ".join(f"VITRINE_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(f"settings cannot be used: {wrong}") from error
    except (ValueError, OSError, YAMLError) as error:
        raise ConfigurationError(
            f"settings cannot be read: {error}; a file of settings holds lines like `threads: 2`"
        ) from error
    if settings.settings_file is not None and not settings.settings_file.is_file():
        raise ConfigurationError(f"VITRINE_SETTINGS_FILE: there is no file {settings.settings_file}")
    for name in ("opensearch_ca_file", "redis_ca_file"):
        path: Path | None = getattr(settings, name)
        if path is not None and not path.is_file():
            raise ConfigurationError(f"VITRINE_{name.upper()}: there is no file {path}")
    if settings.settings_file is not None:
        _require_known_names(settings.settings_file)
    return settings


def _require_known_names(file: Path) -> None:
    """Raises ConfigurationError for a name that is no setting, with the nearest one: it would change nothing, unnoticed."""
    known = set(Settings.model_fields) - {"settings_file"}
    names = [str(name) for name in yaml.safe_load(file.read_text(encoding="utf-8")) or ()]
    wrong = []
    for name in (name for name in names if name not in known):
        near = get_close_matches(name.lower().removeprefix("vitrine_"), known, n=1)
        wrong.append(f"{name!r}" + (f" (did you mean {near[0]!r}?)" if near else ""))
    if wrong:
        raise ConfigurationError(
            f"{file}: there is no setting {', '.join(wrong)}; docs/reference/settings.md lists them"
        )
