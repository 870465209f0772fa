"""The mark that an encoder leaves on its vectors: a hash over everything that changes them."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

DIGITS = 12
Part = str | int | float | bool | None


def fingerprint(parts: Mapping[str, Part]) -> str:
    """12 hexadecimal digits that change when any part changes; the order of the parts does not count."""
    canonical = json.dumps(dict(parts), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:DIGITS]


def hash_files(paths: Iterable[Path]) -> str:
    """One sha256 over the contents of several files, by name: the same files in another folder hash alike."""
    whole = hashlib.sha256()
    for path in sorted(paths, key=lambda p: p.name):
        stat = path.stat()
        whole.update(f"{path.name}:{_hash_file(str(path), stat.st_size, stat.st_mtime_ns)}\n".encode())
    return whole.hexdigest()


@lru_cache(maxsize=256)
def _hash_file(path: str, size: int, modified_ns: int) -> str:
    # Size and time are in the key: a file that was replaced is read again, one that was not costs nothing.
    del size, modified_ns
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
