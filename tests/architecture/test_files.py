"""Files stay small, and nothing in them waits to be finished."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("plugin_config", "mappings", "encoders", "ranking", "indexer", "query_service", "studio", "vitrine")
LONGEST_FILE = 400
UNFINISHED = re.compile(r"\b(" + "|".join(("NotImplemented" + "Error", "TO" + "DO", "FIX" + "ME")) + r")\b")


def _sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("folder", [*PACKAGES, "tests", "benchmarks", "examples"])
def test_no_file_is_longer_than_a_person_reads_in_one_go(folder: str) -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in _sources(folder)}
    assert not {str(path): length for path, length in lengths.items() if length > LONGEST_FILE}


def test_nothing_is_left_unfinished() -> None:
    found = [str(path) for path in _sources(*PACKAGES, "tests") if UNFINISHED.search(path.read_text(encoding="utf-8"))]
    assert not found


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_says_what_it_is_for(package: str) -> None:
    silent = [
        str(path)
        for path in _sources(package)
        if (text := path.read_text(encoding="utf-8").strip()) and not text.startswith(('"""', 'r"""'))
    ]
    assert not silent


def test_the_repository_holds_no_large_file() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert not [str(path) for path in paths if path.is_file() and path.stat().st_size > 10_000_000]
