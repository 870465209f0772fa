"""The published files that make a local OpenSearch, each pinned by its SHA-256."""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from vitrine.stack.errors import DownloadError

OPENSEARCH_VERSION = "3.6.0"
ATTEMPTS = 3
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file by its Maven coordinates. `role` says where it goes: `home`, `plugin` or `library`."""

    group: str
    name: str
    version: str
    packaging: str
    sha256: str
    role: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


ARTIFACTS = (
    Artifact(
        "org.opensearch.distribution.integ-test-zip",
        "opensearch",
        OPENSEARCH_VERSION,
        "zip",
        "a91faa1dc1cadc78cb278b4f63847e19e1627a4e9de698e14e7efc14ee37b286",
        "home",
    ),
    Artifact(
        "org.opensearch.plugin",
        "opensearch-job-scheduler",
        "3.6.0.0",
        "zip",
        "f81d0aa9fc850b18f803292bd7ae68bd33561f6c1d12db0f68529d40eddcee24",
        "plugin",
    ),
    Artifact(
        "org.opensearch.plugin",
        "opensearch-knn",
        "3.6.0.0",
        "zip",
        "ac392ca28a39b3bf290648a422ef30cb149dda2963a9d7feb26060e932341c9a",
        "plugin",
    ),
    Artifact(
        "org.opensearch.plugin",
        "neural-search",
        "3.6.0.0",
        "zip",
        "6ef1b206e79391e2e36268e32dc34d27fd8b8a59a8eb0a7393c97d53b038e433",
        "plugin",
    ),
    # The Java wheel has few locales; without these two no index can be created ("Failed to build analyzers: [thai]").
    Artifact(
        "com.ibm.icu",
        "icu4j",
        "77.1",
        "jar",
        "b3640b9f416a4411fd33c59abbeea8fd57d024c23e1819bf9673220a97499fe3",
        "library",
    ),
    Artifact(
        "com.ibm.icu",
        "icu4j-localespi",
        "77.1",
        "jar",
        "77d0da4f10c6158174cc3dafbb51356031a09e0fcaaf0432330afb4fb552cac9",
        "library",
    ),
)

DownloadProgress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Given a file name and its size in bytes: a context whose value is called with the bytes of each piece."""


@contextmanager
def no_progress(_name: str, _total_bytes: int) -> Iterator[Callable[[int], None]]:
    yield lambda _count: None


def fetch(
    artifact: Artifact, folder: Path, progress: DownloadProgress = no_progress, *, mirror: str | None = None
) -> Path:
    """Fetch one file into `folder` (a Maven cache) unless it lies there already, and check its bytes.

    `mirror` is the address of a copy of Maven Central; the bytes must be the same ones.
    Raises DownloadError when the file cannot be had or is not the one that was published.
    """
    from jgo.maven import MavenContext, PythonResolver
    from requests import RequestException

    logging.getLogger("jgo").setLevel(logging.ERROR)
    reason = ""
    repositories = None if mirror is None else {"mirror": mirror.rstrip("/")}
    for _attempt in range(ATTEMPTS):
        resolver = PythonResolver(progress_callback=progress)
        context = MavenContext(resolver=resolver, repo_cache=folder, remote_repos=repositories, timeout=30)
        component = context.project(artifact.group, artifact.name).at_version(artifact.version)
        try:
            path = Path(component.artifact(packaging=artifact.packaging).resolve())
        except (RequestException, RuntimeError, OSError) as error:
            reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no answer'}"
            _drop_remains(folder, artifact)
            continue
        if sha256_of(path) == artifact.sha256:
            return path
        reason = "its SHA-256 differs from the published one"
        path.unlink()
    raise DownloadError(
        f"{artifact} could not be fetched from {mirror or 'Maven Central'} after {ATTEMPTS} attempts ({reason}). "
        "Check the network and run the command again, name a mirror in VITRINE_MAVEN_URL, "
        "or set VITRINE_OPENSEARCH_URL to an OpenSearch of your own."
    )


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _drop_remains(folder: Path, artifact: Artifact) -> None:
    """A download that broke off leaves a short file, which the resolver would take for the whole one."""
    for path in folder.glob(f"**/{artifact.name}-{artifact.version}.{artifact.packaging}"):
        path.unlink(missing_ok=True)
