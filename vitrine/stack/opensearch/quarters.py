"""Where a node may live: in the stack's folder, or below /var/lib when the uid it runs as cannot reach that."""

import hashlib
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from vitrine.processes.isolation import Isolation, hand_over, is_reachable_by_others
from vitrine.processes.locking import locked
from vitrine.stack.opensearch.java import Java

SYSTEM_FOLDER = Path("/var/lib/vitrine")


@dataclass(frozen=True, slots=True)
class Quarters:
    """The home and the Java run time that the node can read, and the folder that it may write."""

    home: Path
    java: Java
    folder: Path


def find_quarters(*, home: Path, java: Java, folder: Path, isolation: Isolation) -> Quarters:
    """Quarters for a node of this isolation. Copies home and Java, once, where they are out of reach. Raises OSError."""
    if isolation is not Isolation.DROPPED:
        return Quarters(home, java, folder)
    java_home = java.program.parent.parent
    reachable_java = _reachable(java_home) / java.program.relative_to(java_home)
    return Quarters(_reachable(home), replace(java, program=reachable_java), _own_folder(folder))


def settle(folder: Path, isolation: Isolation) -> None:
    """Give the node's folder to the uid that it runs as."""
    if isolation.uid is not None:
        hand_over(folder, isolation.uid)


def _reachable(folder: Path) -> Path:
    if is_reachable_by_others(folder):
        return folder
    copy = _system_place("copies", folder)
    with locked(copy.with_name(copy.name + ".lock")):
        if not copy.is_dir():
            draft = copy.with_name(copy.name + ".draft")
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(folder, draft)
            for path in (draft, *draft.rglob("*")):
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
            draft.rename(copy)
    return copy


def _own_folder(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if is_reachable_by_others(folder):
        return folder
    own = _system_place("nodes", folder)
    own.mkdir(parents=True, exist_ok=True)
    return own


def _system_place(kind: str, original: Path) -> Path:
    parent = SYSTEM_FOLDER / kind
    for folder in (SYSTEM_FOLDER, parent):
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        folder.chmod(0o755)
    return parent / f"{original.name}-{hashlib.sha256(str(original.resolve()).encode()).hexdigest()[:12]}"
