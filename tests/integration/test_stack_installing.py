"""Fetching and unpacking OpenSearch when the network, the mirror or the disk do not play along."""

import http.server
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from plugin_config.settings import Settings, load_settings
from vitrine.stack.errors import DownloadError, StackError
from vitrine.stack.lifecycle import up
from vitrine.stack.opensearch.artifacts import ARTIFACTS
from vitrine.stack.opensearch.home import install_home


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a mirror of Maven Central and the folder it serves."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    thread.join()
    server.server_close()


def _settings(tmp_path: Path, url: str) -> Settings:
    return load_settings(state_dir=tmp_path / "state", cache_dir=tmp_path / "cache", maven_url=url)


def test_without_a_network_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"opensearch 3\.6\.0 could not be fetched.*VITRINE_OPENSEARCH_URL"):
        install_home(_settings(tmp_path, "http://127.0.0.1:9"))


def test_a_file_that_the_mirror_lacks_is_named(tmp_path: Path, mirror: tuple[str, Path]) -> None:
    with pytest.raises(DownloadError, match=r"opensearch 3\.6\.0"):
        install_home(_settings(tmp_path, mirror[0]))


def test_changed_bytes_are_refused_and_not_kept(tmp_path: Path, mirror: tuple[str, Path]) -> None:
    url, folder = mirror
    first = ARTIFACTS[0]
    place = folder / first.group.replace(".", "/") / first.name / first.version
    place.mkdir(parents=True)
    (place / f"{first.name}-{first.version}.{first.packaging}").write_bytes(b"not the published bytes")
    with pytest.raises(DownloadError, match="SHA-256"):
        install_home(_settings(tmp_path, url))
    assert not list((tmp_path / "cache").rglob("*.zip"))


def test_an_installed_home_needs_no_network(state_root: Path) -> None:
    installed = install_home(load_settings(state_dir=state_root))
    assert install_home(load_settings(state_dir=state_root, maven_url="http://127.0.0.1:9")) == installed


def test_a_full_disk_is_named_before_anything_starts(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", small], capture_output=True, check=False)
    if mount.returncode != 0:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        with pytest.raises(StackError, match=r"16 MiB free.*VITRINE_STATE_DIR"):
            up(load_settings(state_dir=small / "state"))
    finally:
        subprocess.run(["umount", small], check=True)
