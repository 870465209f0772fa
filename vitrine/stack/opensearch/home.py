"""Puts the downloaded files of OpenSearch together into one home folder, once for every stack of the user."""

import hashlib
import os
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

from plugin_config.settings import Settings
from vitrine.processes.locking import locked
from vitrine.stack.errors import StackError
from vitrine.stack.opensearch.artifacts import ARTIFACTS, Artifact, DownloadProgress, fetch, no_progress

UNUSED_MODULES = ("ingest-geoip", "opensearch-dashboards")
SPACE_BYTES = 700 * 1024 * 1024  # downloads and unpacked home together, with some air


def cache_folder(settings: Settings) -> Path:
    """Where downloads live: VITRINE_CACHE_DIR, else the user's cache folder."""
    if settings.cache_dir is not None:
        return settings.cache_dir.absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vitrine"


def home_folder(settings: Settings) -> Path:
    """The home that belongs to exactly this list of files: another list makes another home."""
    digest = hashlib.sha256("".join(a.sha256 for a in ARTIFACTS).encode()).hexdigest()[:8]
    return cache_folder(settings) / f"opensearch-{ARTIFACTS[0].version}-{digest}"


def install_home(settings: Settings, progress: DownloadProgress = no_progress) -> Path:
    """The home, fetched and unpacked when it is not there yet. Needs no network once it is.

    Raises DownloadError, or StackError when there is no room or no right to write.
    """
    home = home_folder(settings)
    if home.is_dir():
        return home
    cache = home.parent
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with locked(cache / "install.lock"):
            if not home.is_dir():
                _check_space(cache)
                downloads = cache / "downloads"
                files = [(a, fetch(a, downloads, progress, mirror=settings.maven_url)) for a in ARTIFACTS]
                _assemble(home, files)
                shutil.rmtree(downloads, ignore_errors=True)
    except OSError as error:
        raise StackError(
            f"{cache}: OpenSearch cannot be unpacked there: {error.strerror or error}. "
            "Make room or rights, or name another folder in VITRINE_CACHE_DIR."
        ) from error
    return home


def _check_space(cache: Path) -> None:
    free = shutil.disk_usage(cache).free
    if free < SPACE_BYTES:
        raise StackError(
            f"{cache}: {free // 2**20} MiB free, unpacking OpenSearch needs {SPACE_BYTES // 2**20} MiB. "
            "Make room, or name another folder in VITRINE_CACHE_DIR."
        )


def _assemble(home: Path, files: Sequence[tuple[Artifact, Path]]) -> None:
    draft = home.with_name(home.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    for artifact, path in files:
        match artifact.role:
            case "home":
                _unpack_home(path, draft)
            case "plugin":
                _unpack_plugin(path, draft)
            case _:
                shutil.copy(path, draft / "lib" / path.name)
    draft.rename(home)


def _unpack_home(path: Path, home: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            inside = member.filename.split("/", 1)[1]  # the archive's own top folder carries the version
            if not inside or inside.startswith(tuple(f"modules/{name}/" for name in UNUSED_MODULES)):
                continue
            member.filename = inside
            archive.extract(member, home)


def _unpack_plugin(path: Path, home: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        lines = archive.read("plugin-descriptor.properties").decode().splitlines()
        name = next(line.removeprefix("name=").strip() for line in lines if line.startswith("name="))
        archive.extractall(home / "plugins" / name)
