"""Fetching pictures from files, data URIs and a real HTTP server that behaves as badly as servers do."""

import asyncio
import base64
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from encoders.fetching import FetchLimits, PictureFetcher
from encoders.media_fetching import MediaError, MediaFetcher, MediaLimits
from encoders.pictures_decoding import PictureError, PictureProblem
from plugin_config.settings import load_settings
from query_service.encoding import QueryEncoding
from query_service.messages import PictureInput

LIMITS = FetchLimits(max_bytes=100_000, max_pixels=1_000_000, timeout_seconds=30.0, allow_private=True)
IMPATIENT = replace(LIMITS, timeout_seconds=1.0)
DRIPS = 600  # a second of the server for ten of them


def picture_bytes(colour: str = "red") -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (32, 24), colour).save(buffer, "PNG")
    return buffer.getvalue()


class BadServer(BaseHTTPRequestHandler):
    seen: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        BadServer.seen.append((self.path, self.headers.get("Host", "")))
        try:
            self.answer(self.path)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def answer(self, path: str) -> None:
        match path.split("/")[1]:
            case "picture":
                self.reply(200, picture_bytes())
            case "hops":
                left = int(path.split("/")[2])
                self.reply(302, b"", Location="/picture" if left == 1 else f"/hops/{left - 1}")
            case "to-file":
                self.reply(302, b"", Location="file:///etc/passwd")
            case "to-metadata":
                self.reply(302, b"", Location="http://169.254.169.254/latest/meta-data/")
            case "to-nowhere":
                self.reply(302, b"")
            case "endless":
                self.send_response(200)
                self.end_headers()
                while True:
                    self.wfile.write(b"x" * 8192)
            case "drip":
                self.send_response(200)
                self.end_headers()
                for _ in range(DRIPS):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.1)
            case "slow-headers":
                for _ in range(DRIPS):
                    self.wfile.write(b"H")
                    self.wfile.flush()
                    time.sleep(0.1)
            case "page":
                self.reply(200, b"<html>not a picture</html>")
            case "down":
                self.reply(503, b"")
            case _:
                self.reply(404, b"")

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), BadServer)
    httpd.daemon_threads = True
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()


@pytest.fixture
def fetcher() -> Iterator[PictureFetcher]:
    made = PictureFetcher()
    yield made
    made.close()


def problem(fetcher: PictureFetcher, reference: str, limits: FetchLimits = LIMITS) -> PictureProblem:
    [outcome] = fetcher.fetch_all([reference], limits)
    assert isinstance(outcome, PictureError), f"{reference} gave a picture"
    assert "\n" not in str(outcome)
    return outcome.kind


def test_each_reference_has_its_own_outcome_in_order(fetcher: PictureFetcher, server: str, tmp_path: Path) -> None:
    (tmp_path / "blue.png").write_bytes(picture_bytes("blue"))
    inline = "data:image/png;base64," + base64.b64encode(picture_bytes("lime")).decode()
    limits = FetchLimits(100_000, 10**6, 30.0, allow_private=True, roots=(tmp_path,))
    red, missing, blue, lime, nowhere = fetcher.fetch_all(
        [f"{server}/picture", f"{server}/none", str(tmp_path / "blue.png"), inline, "http://127.0.0.1:9/x"], limits
    )
    for outcome, channel in ((red, 0), (lime, 1), (blue, 2)):
        assert isinstance(outcome, np.ndarray)
        assert outcome[3, 3].argmax() == channel
    assert isinstance(missing, PictureError)
    assert missing.kind is PictureProblem.MISSING
    assert isinstance(nowhere, PictureError)
    assert nowhere.kind is PictureProblem.UNREACHABLE


def test_three_redirects_are_followed_and_four_are_not(fetcher: PictureFetcher, server: str) -> None:
    [outcome] = fetcher.fetch_all([f"{server}/hops/3"], LIMITS)
    assert isinstance(outcome, np.ndarray)
    assert problem(fetcher, f"{server}/hops/4") is PictureProblem.UNREACHABLE


@pytest.mark.parametrize("path", ["to-file", "to-metadata"])
def test_a_redirect_cannot_lead_where_a_reference_may_not(fetcher: PictureFetcher, server: str, path: str) -> None:
    assert problem(fetcher, f"{server}/{path}") is PictureProblem.REFUSED_ADDRESS


def told(fetcher: PictureFetcher, reference: str) -> str:
    [outcome] = fetcher.fetch_all([reference], LIMITS)
    assert isinstance(outcome, PictureError)
    return str(outcome)


def test_what_is_told_leads_to_what_helps(fetcher: PictureFetcher, server: str) -> None:
    assert "no setting lets pictures come from there" in told(fetcher, f"{server}/to-metadata")
    assert "redirects to nowhere" in told(fetcher, f"{server}/to-nowhere")
    assert "names no host" in told(fetcher, "http://")
    assert "VITRINE_PICTURE_ALLOW_PRIVATE" in str(
        fetcher.fetch_all([f"{server}/picture"], replace(LIMITS, allow_private=False))[0]
    )


def test_a_recording_that_drips_is_not_waited_for_as_long_as_one_that_comes(server: str) -> None:
    recordings = MediaFetcher("recording")
    limits = MediaLimits(100_000, DRIPS / 10, allow_private=True)
    started = time.monotonic()
    with pytest.raises(MediaError, match="no recording within"):
        asyncio.run(recordings.fetch(f"{server}/drip", limits))
    assert time.monotonic() - started < DRIPS / 20
    with pytest.raises(MediaError, match="503 instead of a recording"):
        asyncio.run(recordings.fetch(f"{server}/down", limits))
    assert asyncio.run(recordings.fetch(f"{server}/picture", limits)) == picture_bytes()
    recordings.close()


def test_an_endless_download_ends_at_the_byte_limit(fetcher: PictureFetcher, server: str) -> None:
    assert problem(fetcher, f"{server}/endless") is PictureProblem.TOO_LARGE


@pytest.mark.parametrize("path", ["drip", "slow-headers"])
def test_a_server_that_drips_is_left_at_the_time_limit(fetcher: PictureFetcher, server: str, path: str) -> None:
    started = time.monotonic()
    assert problem(fetcher, f"{server}/{path}", IMPATIENT) is PictureProblem.TIMEOUT
    assert time.monotonic() - started < DRIPS / 20


def test_a_search_does_not_wait_for_a_slow_server_as_indexing_does(server: str, tmp_path: Path) -> None:
    encoding = QueryEncoding(load_settings(state_dir=tmp_path, picture_allow_private=True))
    started = time.monotonic()
    with pytest.raises(PictureError, match="within"):
        asyncio.run(encoding.pixels(PictureInput(uri=f"{server}/drip")))
    assert time.monotonic() - started < DRIPS / 20
    encoding.close()


def test_a_page_is_no_picture_and_a_server_in_trouble_is_asked_again_later(
    fetcher: PictureFetcher, server: str
) -> None:
    assert problem(fetcher, f"{server}/page") is PictureProblem.NOT_A_PICTURE
    assert problem(fetcher, f"{server}/down").is_transient
    assert not problem(fetcher, f"{server}/gone").is_transient


def test_private_addresses_are_refused_unless_allowed(fetcher: PictureFetcher, server: str) -> None:
    limits = FetchLimits(100_000, 10**6, 30.0)
    BadServer.seen.clear()
    for url in (f"{server}/picture", f"{server.replace('127.0.0.1', 'localhost')}/picture", "http://[::1]/picture"):
        assert problem(fetcher, url, limits) is PictureProblem.REFUSED_ADDRESS
    assert BadServer.seen == []


def test_the_connection_goes_to_the_address_that_was_checked(server: str) -> None:
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    fetcher = PictureFetcher(resolve=lambda *_: next(answers))
    BadServer.seen.clear()
    port = server.rpartition(":")[2]
    [outcome] = fetcher.fetch_all([f"http://rebinding.example:{port}/picture"], LIMITS)
    assert isinstance(outcome, np.ndarray)
    assert BadServer.seen == [("/picture", f"rebinding.example:{port}")]
    assert problem(fetcher, f"http://rebinding.example:{port}/picture") is PictureProblem.REFUSED_ADDRESS
    fetcher.close()


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    fetcher = PictureFetcher(resolve=lambda *_: ["93.184.216.34", "10.0.0.7"])
    limits = FetchLimits(100_000, 10**6, 30.0)
    assert problem(fetcher, "https://shop.example/a.png", limits) is PictureProblem.REFUSED_ADDRESS
    fetcher.close()


def test_files_are_read_only_below_the_roots(fetcher: PictureFetcher, tmp_path: Path) -> None:
    root, outside = tmp_path / "shop", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    for folder in (root, outside):
        (folder / "a.png").write_bytes(picture_bytes())
    (root / "link.png").symlink_to(outside / "a.png")
    (root / "inside.png").symlink_to(root / "a.png")
    (tmp_path / "shop-evil").mkdir()
    (tmp_path / "shop-evil" / "a.png").write_bytes(picture_bytes())
    limits = FetchLimits(100_000, 10**6, 30.0, roots=(root,))
    for good in (str(root / "a.png"), "a.png", (root / "a.png").as_uri(), str(root / "inside.png")):
        assert isinstance(fetcher.fetch_all([good], limits)[0], np.ndarray), good
    refused = [
        str(outside / "a.png"),
        "../outside/a.png",
        str(root / "link.png"),
        str(root / ".." / "outside" / "a.png"),
        str(tmp_path / "shop-evil" / "a.png"),
        "/etc/passwd",
        "file:///etc/passwd",
    ]
    for bad in refused:
        assert problem(fetcher, bad, limits) is PictureProblem.REFUSED_PATH, bad
    assert problem(fetcher, str(root / "a.png"), FetchLimits(100_000, 10**6, 30.0)) is PictureProblem.REFUSED_PATH


def test_odd_files_are_named_for_what_they_are(fetcher: PictureFetcher, tmp_path: Path) -> None:
    limits = FetchLimits(1_000, 10**6, 30.0, roots=(tmp_path,))
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "big.png").write_bytes(b"x" * 1_001)
    (tmp_path / "text.jpg").write_text("this is no picture")
    assert problem(fetcher, "none.png", limits) is PictureProblem.MISSING
    assert problem(fetcher, "pipe.png", limits) is PictureProblem.NOT_A_PICTURE
    assert problem(fetcher, "folder.png", limits) is PictureProblem.NOT_A_PICTURE
    assert problem(fetcher, "big.png", limits) is PictureProblem.TOO_LARGE
    assert problem(fetcher, "text.jpg", limits) is PictureProblem.NOT_A_PICTURE


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "   ",
        "a\x00b.png",
        "data:image/png;base64",
        "data:image/png;base64,***",
        "http://",
        "http://[::1",
        "x" * 9000,
    ],
)
def test_references_that_are_none_are_errors_not_crashes(
    fetcher: PictureFetcher, tmp_path: Path, reference: str
) -> None:
    limits = FetchLimits(100_000, 10**6, 30.0, roots=(tmp_path,))
    assert not problem(fetcher, reference, limits).is_transient


def test_a_data_uri_is_held_to_the_byte_limit(fetcher: PictureFetcher) -> None:
    limits = FetchLimits(1_000, 10**6, 30.0)
    assert problem(fetcher, "data:image/png;base64," + "A" * 1_000_000, limits) is PictureProblem.TOO_LARGE
