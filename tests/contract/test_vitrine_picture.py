"""The built-in picture network as it ships."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.pictures.precision import write_exact
from encoders.encoder import EncoderError, Picture
from encoders.naming import names_for_pictures
from encoders.picture.heat import EncodesWithout, boxes_of, ground_of, hidden
from encoders.picture.training.drawing import Thing, draw, imagine
from encoders.picture.vitrine_picture import FOLDER
from encoders.registry import picture_encoder, words_in_picture_space
from encoders.runtime import Runtime
from plugin_config.catalogue import EncoderChoice


def choose(model: str | Path = "vitrine-picture") -> EncoderChoice:
    return EncoderChoice(model=str(model))


def views(seed: int, count: int) -> tuple[Thing, list[Picture]]:
    randomness = np.random.default_rng(seed)
    thing = imagine(randomness)
    return thing, [draw(thing, randomness, side=200) for _ in range(count)]


def test_what_ships_is_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 8_000_000


def test_views_of_one_thing_lie_nearer_than_other_things() -> None:
    encoder = picture_encoder(choose())
    pairs = [views(seed, 2)[1] for seed in range(30)]
    one, other = (encoder.encode_pictures([pair[side] for pair in pairs]) for side in (0, 1))
    found = (one @ other.T).argmax(axis=1)
    assert float(np.mean(found == np.arange(len(pairs)))) >= 0.8


def test_words_find_what_they_name() -> None:
    encoder = picture_encoder(choose())
    shown = [views(seed, 1) for seed in range(60)]
    pictures = encoder.encode_pictures([pictures[0] for _, pictures in shown])
    words = words_in_picture_space(encoder).encode_words([thing.caption for thing, _ in shown])
    ranks = [(scores >= scores[place]).sum() for place, scores in enumerate(words @ pictures.T)]
    assert float(np.mean(np.array(ranks) <= 5)) >= 0.7


def test_names_it_learnt_have_a_head_start_that_is_taken_off() -> None:
    encoder = picture_encoder(choose())
    names = names_for_pictures(encoder, ["shorts", "hoodie", "lawnmower", "piano"])
    learnt, never_met = names.head_start[:2], names.head_start[2:]
    assert learnt.min() > never_met.max() >= 0
    picture = encoder.encode_pictures(views(3, 1)[1])[0]
    np.testing.assert_allclose(names.likeness(picture), names.vectors @ picture - names.head_start, atol=1e-6)


def test_the_fast_graph_is_the_trained_network(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "exact")
    write_exact(tmp_path / "exact")
    pictures = [views(seed, 1)[1][0] for seed in range(12)]
    fast, exact = (picture_encoder(choose(folder)).encode_pictures(pictures) for folder in (FOLDER, tmp_path / "exact"))
    assert float((fast * exact).sum(axis=1).min()) > 0.99


def test_a_picture_without_its_parts_is_nearly_what_it_is_with_them_hidden() -> None:
    encoder = picture_encoder(choose())
    assert isinstance(encoder, EncodesWithout)
    picture = views(5, 1)[1][0]
    ground = ground_of(picture)
    parts = boxes_of(*picture.shape[:2], 2)
    own = encoder.encode_without(picture, parts, ground)
    asked = encoder.encode_pictures([picture, *(hidden(picture, part, ground) for part in parts)])
    assert own.shape == asked.shape
    np.testing.assert_allclose(np.linalg.norm(own, axis=1), 1, atol=1e-5)
    assert float(own[0] @ asked[0]) > 0.9
    assert float((own[1:] @ own[0]).max()) < 0.99


def test_threads_change_the_speed_and_not_the_vectors() -> None:
    pictures = [views(seed, 1)[1][0] for seed in range(20)]
    alone = picture_encoder(choose(), runtime=Runtime(threads=1)).encode_pictures(pictures)
    together = picture_encoder(choose(), runtime=Runtime(threads=2)).encode_pictures(pictures)
    np.testing.assert_allclose(alone, together, atol=1e-5)


def test_a_network_that_is_not_the_manifests_is_refused(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "mine")
    network = tmp_path / "mine/vitrine-picture.onnx"
    network.write_bytes(network.read_bytes()[:-10])
    with pytest.raises(EncoderError, match="not the file its manifest names"):
        picture_encoder(choose(tmp_path / "mine")).load()


def test_a_damaged_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vitrine-picture.json").write_text("{}", encoding="utf-8")
    with pytest.raises(EncoderError, match="cannot be used"):
        picture_encoder(choose(tmp_path))


def test_encoding_a_picture_imports_no_torch() -> None:
    script = (
        "import sys, numpy as np\n"
        "from encoders.registry import picture_encoder, words_in_picture_space\n"
        "from plugin_config.catalogue import EncoderChoice\n"
        "encoder = picture_encoder(EncoderChoice(model='vitrine-picture'))\n"
        "encoder.encode_pictures([np.zeros((40, 40, 3), np.uint8)])\n"
        "words_in_picture_space(encoder).encode_words(['blue jacket'])\n"
        "print('torch' in sys.modules)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "False"
