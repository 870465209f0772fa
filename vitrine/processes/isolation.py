"""How a program that refuses to run as root is started by root."""

import os
import shutil
import stat
import subprocess
from enum import StrEnum
from functools import cache
from pathlib import Path

NOBODY = 65534


class Isolation(StrEnum):
    """`direct`: we are not root. `namespace`: root's child in a user namespace, files stay root's own.
    `dropped`: another uid, which must be able to reach and own what it works on.
    """

    DIRECT = "direct"
    NAMESPACE = "namespace"
    DROPPED = "dropped"

    def wrap(self, command: list[str]) -> list[str]:
        """The command as it must be started under this isolation."""
        return [*_NAMESPACE_COMMAND, *command] if self is Isolation.NAMESPACE else command

    @property
    def uid(self) -> int | None:
        return NOBODY if self is Isolation.DROPPED else None


_NAMESPACE_COMMAND = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")


@cache
def choose_isolation() -> Isolation:
    """The gentlest way that this machine allows; containers often forbid namespaces."""
    if os.geteuid() != 0:
        return Isolation.DIRECT
    if shutil.which("unshare") is None:
        return Isolation.DROPPED
    tried = subprocess.run([*_NAMESPACE_COMMAND, "true"], capture_output=True, check=False)  # noqa: S603
    return Isolation.NAMESPACE if tried.returncode == 0 else Isolation.DROPPED


def is_reachable_by_others(path: Path) -> bool:
    """Whether a user without rights can enter every folder down to `path` and read it."""
    path = path.resolve()
    here = path.stat().st_mode
    wanted = stat.S_IROTH | (stat.S_IXOTH if stat.S_ISDIR(here) else 0)
    return here & wanted == wanted and all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)


def hand_over(folder: Path, uid: int) -> None:
    """Give a folder and everything in it to `uid`; links are not followed."""
    os.chown(folder, uid, uid, follow_symlinks=False)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(parent) / name, uid, uid, follow_symlinks=False)
