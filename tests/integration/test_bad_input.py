"""What people and programs send by mistake, through the API as it is served: a clear answer, and nothing harmed."""

import base64
import json
import struct
import time
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from plugin_config.settings import Settings
from vitrine.api import create_app
from vitrine.main import run
from vitrine.stack.environment import settings_variables

PREFIX = "tbadinput"
MOST_SECONDS = 3.0
YAML = (
    "name: shop\ntext: {title: 1}\nkeyword: [brand]\nnumber: [price]\n"
    "images: [picture]\nencoders: {text: null, picture: {model: colour-edge}}\n"
)
BAD_LINES = [
    (b"nope", "not JSON"),
    (b"[]", "not a JSON object"),
    (b'{"title": "no id"}', "missing"),
    (b'{"id": true}', "whole number"),
    (b'{"id": "a\\u0000b"}', "control character"),
    (b'{"id": "2", "price": "cheap"}', "must be a number"),
    (b'{"id": "3", "price": NaN}', "not JSON"),
    (b'{"id": "4", "brand": {"a": 1}}', "must be a text"),
    (b'{"id": "5", "title": "\xff"}', "not UTF-8"),
    (b'{"id": "6", "title": "\\ud800"}', "surrogate"),
    (b"[" * 100_000, "depth limit"),
    (b'{"id": "7", "title": "' + b"x" * 10_000_000 + b'"}', "longer than"),
]


@pytest.fixture(scope="module")
def api(opensearch_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(
        opensearch_url=opensearch_url,
        redis_url=redis_url,
        index_prefix=PREFIX,
        state_dir=tmp_path_factory.mktemp("state"),
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings_variables(settings).items():
            patch.setenv(name, value)
        with TestClient(create_app()) as client:
            yield client
            assert client.portal is not None
            engine = client.app.state.service.client  # type: ignore[attr-defined]
            client.portal.call(lambda: engine.request("DELETE", f"/{PREFIX}-*", params={"expand_wildcards": "all"}))


@pytest.fixture(scope="module")
def shop(api: TestClient, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a catalogue whose two good products are indexed from a feed full of mistakes."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.yaml").write_text(YAML)
    good = [b'{"id": "1", "title": "wool coat"}', b'{"id": "8", "title": "wool scarf"}']
    (folder / "feed.jsonl").write_bytes(b"\n".join([good[0], *(line for line, _ in BAD_LINES), good[1]]))
    arguments = ["index", str(folder / "shop.yaml"), str(folder / "feed.jsonl")]
    assert run([*arguments, "--rejects", str(folder / "rejects.jsonl")]) == 0
    assert api.post("/catalogues/shop/bulk?refresh=true", content=good[0]).status_code == 200
    assert api.put("/catalogues/shop/products/8", params={"refresh": True}, json={"title": "wool scarf"}).is_success
    return folder


def test_each_bad_line_of_a_feed_is_told_with_its_reason_and_the_good_ones_are_there(
    shop: Path, api: TestClient
) -> None:
    rejects = [json.loads(line) for line in (shop / "rejects.jsonl").read_bytes().splitlines()]
    assert [reject["line"] for reject in rejects] == list(range(2, len(BAD_LINES) + 2))
    for reject, (_, reason) in zip(rejects, BAD_LINES, strict=True):
        assert reason in reject["reason"]
    assert api.get("/catalogues/shop/search").json()["total"] == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (YAML + "colour: red\n", "colour: there is no such key"),
        (YAML + "roles: {price: prize}\n", "'prize' is declared under none"),
        (YAML + "keyword: [sku]\nroles: {title: sku}\n", "'sku' is no text field"),
        (YAML + "facets: [nope]\n", "facets: 'nope'"),
        ("name: [", "not readable as YAML"),
        ("\x00", "not readable as YAML"),
        ("- a\n", "a catalogue is a mapping"),
    ],
)
def test_a_catalogue_that_cannot_be_used_is_one_line_with_file_and_place(
    shop: Path, text: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "wrong.yaml").write_text(text)
    assert run(["index", str(shop / "wrong.yaml"), str(shop / "feed.jsonl")]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "wrong.yaml" in told
    assert reason in told


def test_a_cut_archive_is_no_reason_to_run_the_same_again(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "feed.csv").write_text("id,title,title\n1,a,b\n")
    assert run(["index", str(shop / "shop.yaml"), str(shop / "feed.csv")]) == 1
    printed = capsys.readouterr()
    assert "comes twice" in printed.err
    assert "goes on" not in printed.out


@pytest.mark.parametrize("text", ["", " ", "🧥👗", "((((", '"', "\x00", "–"])
def test_a_query_without_words_shows_the_shop(shop: Path, api: TestClient, text: str) -> None:
    answer = api.post("/catalogues/shop/search", json={"text": text})
    assert answer.status_code == 200
    assert answer.json()["total"] == 2


@pytest.mark.parametrize(
    "text", ["wool\x00\x07", "wool 🧥", "\u202ewool\u202c", "wool AND (", 'wool "', "wool " + "x" * 9_995, "title:wool"]
)
def test_a_query_with_odd_characters_is_answered(shop: Path, api: TestClient, text: str) -> None:
    answer = api.post("/catalogues/shop/search", json={"text": text, "policy": "keyword"})
    assert answer.status_code == 200
    assert not answer.json()["degraded"]


def test_control_marks_and_emoji_do_not_hide_a_word(shop: Path, api: TestClient) -> None:
    for text in ("wool\x00\x07", "wool 🧥", "\u202ewool\u202c"):
        assert api.post("/catalogues/shop/search", json={"text": text, "policy": "keyword"}).json()["total"] == 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"size": 0}, "body.size"),
        ({"size": 100_000}, "body.size"),
        ({"from": 100_000}, "body.from"),
        ({"filters": {"colour": "red"}}, "it has brand, id, price"),
        ({"filters": {"price": {"gte": "cheap"}}}, "not a number"),
        ({"sort": "nope"}, "no field 'nope'"),
        ({"policy": "nope"}, "there are hybrid"),
        ({"nope": 1}, "body.nope"),
    ],
)
def test_a_request_that_does_not_fit_is_a_problem_document_that_names_the_place(
    shop: Path, api: TestClient, body: dict[str, object], reason: str
) -> None:
    answer = api.post("/catalogues/shop/search", json={"text": "wool", **body})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert reason in answer.json()["detail"]


def data_uri(data: bytes, kind: str = "image/jpeg") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def picture(form: str = "PNG", colour: str = "red", **options: Any) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (24, 24), colour).save(buffer, form, **options)
    return buffer.getvalue()


def of_size(width: int, height: int) -> bytes:
    """A PNG whose header promises this many pixels and whose body holds none."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    header = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + header + struct.pack(">I", 0) + body


BAD_PICTURES = [
    ({"uri": "data:image/png;base64,"}, "holds no bytes"),
    ({"uri": "data:image/png;base64,AAAA"}, "convert it"),
    ({"uri": "data:image/png;base64,***"}, "base64"),
    ({"uri": data_uri(picture("JPEG")[:200])}, "cut off"),
    ({"uri": data_uri(b"wool coats, every size")}, "convert it"),
    ({"uri": data_uri(b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>")}, "convert"),
    ({"uri": data_uri(b"<html>" + picture())}, "convert it"),
    ({"uri": data_uri(b"%PDF-1.7\n" + picture("JPEG"))}, "convert it"),
    ({"uri": data_uri(of_size(10_000, 10_000))}, "give a smaller picture"),
    ({"uri": data_uri(of_size(2**31 - 1, 2**31 - 1))}, "give a smaller picture"),
    ({"uri": "file:///etc/passwd"}, "only data URIs"),
    ({"uri": "gopher://127.0.0.1/x"}, "only data URIs"),
    ({"uri": "http://127.0.0.1:1/x"}, "x: 127.0.0.1 is not a public address; pictures from private networks"),
    ({"uri": "http://[::1]/x"}, "private networks"),
    ({"uri": "http://169.254.169.254/latest/meta-data/"}, "no setting lets pictures come from there"),
    ({"uri": "http://10.0.0.1/x.png"}, "private networks"),
    ({"uri": "http://0x7f000001/x.png"}, "not a public address"),
    ({"uri": data_uri(picture()), "crop": {"left": 0.5, "top": 0, "right": 0.501, "bottom": 1}}, "holds no pixel"),
]


@pytest.mark.parametrize(("image", "reason"), BAD_PICTURES)
def test_a_picture_that_cannot_be_searched_with_is_told_alone_and_left_out_beside_words(
    shop: Path, api: TestClient, image: dict[str, object], reason: str
) -> None:
    began = time.process_time()
    alone = api.post("/catalogues/shop/search", json={"images": [image]})
    assert alone.status_code == 422
    assert alone.headers["content-type"] == "application/problem+json"
    assert reason in alone.json()["detail"]
    beside = api.post("/catalogues/shop/search", json={"text": "coat", "images": [image]})
    assert beside.status_code == 200
    assert [hit["id"] for hit in beside.json()["hits"]][:1] == ["1"]
    assert "picture_vector" in beside.json()["degraded"]
    assert any(reason in note for note in beside.json()["notes"])
    assert time.process_time() - began < 2 * MOST_SECONDS


@pytest.mark.parametrize(
    "crop",
    [
        {"left": -0.1, "top": 0, "right": 1, "bottom": 1},
        {"left": 0, "top": 0, "right": 1.5, "bottom": 1},
        {"left": 2, "top": 2, "right": 3, "bottom": 3},
        {"left": "x", "top": 0, "right": 1, "bottom": 1},
    ],
)
def test_a_crop_outside_the_picture_names_its_place(shop: Path, api: TestClient, crop: dict[str, object]) -> None:
    image = {"uri": data_uri(picture()), "crop": crop}
    answer = api.post("/catalogues/shop/search", json={"images": [image]})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "body.images.0.crop" in answer.json()["detail"]


def test_of_several_pictures_those_that_can_be_had_are_searched_with(shop: Path, api: TestClient) -> None:
    images = [{"uri": data_uri(picture())}, {"uri": data_uri(b"nothing")}]
    answer = api.post("/catalogues/shop/search", json={"images": images})
    assert answer.status_code == 200
    assert any("one picture was left out" in note for note in answer.json()["notes"])
    assert api.post("/catalogues/shop/search", json={"images": images[1:] * 2}).status_code == 422


@pytest.mark.parametrize(
    "data",
    [
        picture("GIF", save_all=True, append_images=[Image.new("RGB", (24, 24), "blue")] * 50),
        picture("WEBP", save_all=True, append_images=[Image.new("RGB", (24, 24), "blue")] * 50),
        picture("JPEG") + b"PK\x03\x04 and an archive behind it",
        picture() + b"<script>alert(1)</script>",
    ],
)
def test_animations_and_what_hangs_behind_a_picture_do_not_matter(shop: Path, api: TestClient, data: bytes) -> None:
    answer = api.post("/catalogues/shop/search", json={"images": [{"uri": data_uri(data)}]})
    assert answer.status_code == 200
    assert not answer.json()["notes"] or "left out" not in str(answer.json()["notes"])


@pytest.mark.parametrize("raw", [b"nope", b"\xff\xfe", b"{" * 5_000])
def test_a_body_that_is_no_json_is_a_problem_document(shop: Path, api: TestClient, raw: bytes) -> None:
    answer = api.post("/catalogues/shop/search", content=raw, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        b'{"text": "mug \\ud83d"}',
        b'{"text": "mug", "without": ["red\\ude00"]}',
        b'{"text": "mug", "filters": {"brand": ["\\ud83d", "acme"]}}',
    ],
)
def test_words_cut_within_a_character_are_searched_for(shop: Path, api: TestClient, body: bytes) -> None:
    """Browsers write half a surrogate pair where words were cut at some length."""
    answer = api.post("/catalogues/shop/search", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("body", [b'{"title": "mug \\ud83d"}', b'{"brand": {"\\ud83d": [1]}}'])
@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_a_product_with_half_a_character_is_refused_as_a_line_of_a_feed_is(
    shop: Path, api: TestClient, verb: str, body: bytes
) -> None:
    path = "/catalogues/shop/products/1"
    answer = api.request(verb, path, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["title"]) == (422, "invalid")
    assert "half a character" in answer.json()["detail"]
