"""The files of the page, read once: their bytes, their kinds, and the digest that names this edition of them."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PAGE_FOLDER = Path(__file__).parent / "page"
INDEX = "index.html"
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served; `packed` is the same, gzipped."""

    content: bytes
    packed: bytes
    kind: str


@dataclass(frozen=True, slots=True)
class Edition:
    """All files of the page by their path below its folder. `digest` changes when any byte of them does."""

    digest: str
    index: str
    files: Mapping[str, Asset]

    @property
    def modules(self) -> tuple[str, ...]:
        """The page's scripts."""
        return tuple(name for name in self.files if name.endswith(".js"))


def read_edition(folder: Path = PAGE_FOLDER) -> Edition:
    """Read the page's folder. Files of other kinds than the page is made of are left out."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in KINDS)
    contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    digest = hashlib.sha256()
    for name, content in contents.items():
        digest.update(name.encode() + b"\0" + content + b"\0")
    files = {
        name: Asset(content, gzip.compress(content, mtime=0), KINDS[Path(name).suffix])
        for name, content in contents.items()
        if name != INDEX
    }
    return Edition(digest.hexdigest()[:16], contents[INDEX].decode(), files)
