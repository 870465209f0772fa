"""Vectors as bits: the rotation, the signs, and where learned rotations are kept."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mappings.codes.coder import Coder, require_codable, seeded_rotation
from mappings.codes.learning import learn_rotation, quantization_loss
from mappings.codes.rotations import Rotations
from mappings.fields import Modality, VectorField
from plugin_config.catalogue import VectorStorage
from plugin_config.errors import ConfigurationError

DIMENSION = 32
FIELD = VectorField(Modality.TEXT, "0123456789ab", DIMENSION, storage=VectorStorage.BITS)
Floats = NDArray[np.float32]


def clustered(count: int, seed: int = 3) -> Floats:
    """Unit vectors around some centres, in directions of unequal importance, as those of texts are."""
    chance = np.random.default_rng(seed)
    scale = np.geomspace(1, 0.05, DIMENSION)
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((DIMENSION, DIMENSION)))[0]
    centres = np.random.default_rng(1).standard_normal((20, DIMENSION)) * scale
    rows = (centres[chance.integers(0, 20, count)] + 0.4 * chance.standard_normal((count, DIMENSION)) * scale) @ turn
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def overlap(vectors: Floats, rotation: Floats, *, nearest: int = 10, looked_at: int = 50) -> float:
    """The share of each vector's nearest ones that are among those with the fewest differing bits."""
    codes = np.unpackbits(Coder(rotation).codes(vectors).view(np.uint8), axis=1)
    exact = np.argsort(-(vectors[:50] @ vectors.T), axis=1)[:, :nearest]
    differing = (codes[:50, None, :] != codes[None, :, :]).sum(axis=2)
    found = np.argsort(differing, axis=1, kind="stable")[:, :looked_at]
    return float(np.mean([len(set(a) & set(b)) / nearest for a, b in zip(exact, found, strict=True)]))


def test_bits_are_the_signs_after_the_rotation_first_bit_highest() -> None:
    vectors = np.array([[1, -1, 1, -1, -1, -1, -1, 1], [-1] * 8], dtype=np.float32)
    codes = Coder(np.eye(8, dtype=np.float32)).codes(vectors)
    assert codes.dtype == np.int8
    assert codes.view(np.uint8).tolist() == [[0b10100001], [0]]


def test_an_arbitrary_rotation_is_a_rotation_and_always_the_same_for_an_encoder() -> None:
    rotation = seeded_rotation("0123456789ab", 48)
    np.testing.assert_allclose(rotation.T @ rotation, np.eye(48), atol=1e-5)
    np.testing.assert_array_equal(rotation, seeded_rotation("0123456789ab", 48))
    assert not np.allclose(rotation, seeded_rotation("ba9876543210", 48))


def test_the_share_of_differing_bits_estimates_the_angle() -> None:
    dimension = 1024
    chance = np.random.default_rng(5)
    first = chance.standard_normal(dimension)
    across = chance.standard_normal(dimension)
    across -= first * (across @ first) / (first @ first)
    across *= np.linalg.norm(first) / np.linalg.norm(across)
    angles = np.array([0.2, 0.8, 1.5])
    others = np.cos(angles)[:, None] * first + np.sin(angles)[:, None] * across
    codes = Coder(seeded_rotation("any", dimension)).codes(np.vstack([first, others]).astype(np.float32))
    bits = np.unpackbits(codes.view(np.uint8), axis=1)
    np.testing.assert_allclose((bits[0] != bits[1:]).mean(axis=1), angles / np.pi, atol=0.05)


def test_a_learned_rotation_is_orthogonal_and_loses_less_than_an_arbitrary_one() -> None:
    vectors = clustered(2_000)
    learned, arbitrary = learn_rotation(vectors), seeded_rotation("any", DIMENSION)
    np.testing.assert_allclose(learned.T @ learned, np.eye(DIMENSION), atol=1e-4)
    unseen = clustered(1_000, seed=9)
    assert quantization_loss(unseen, learned) < quantization_loss(unseen, arbitrary)
    assert overlap(unseen, learned) >= overlap(unseen, arbitrary)


def test_each_step_of_learning_loses_less() -> None:
    vectors = clustered(500)
    losses = [quantization_loss(vectors, learn_rotation(vectors, iterations=count)) for count in (1, 5, 25)]
    assert losses == sorted(losses, reverse=True)


def test_too_few_vectors_teach_nothing() -> None:
    with pytest.raises(ValueError, match="too few"):
        learn_rotation(clustered(DIMENSION))


def test_a_kept_rotation_comes_back_and_an_altered_one_is_refused(tmp_path: Path) -> None:
    rotation = learn_rotation(clustered(500))
    name = Rotations(tmp_path).save(rotation)
    field = VectorField(Modality.TEXT, "0123456789ab", DIMENSION, storage=VectorStorage.BITS, rotation=name)
    np.testing.assert_array_equal(Rotations(tmp_path).coder(field).rotation, rotation)

    [path] = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    content[7] ^= 1
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="was altered"):
        Rotations(tmp_path).coder(field)
    path.unlink()
    with pytest.raises(ConfigurationError, match="vitrine rebuild"):
        Rotations(tmp_path).coder(field)


def test_only_fields_kept_as_bits_have_a_coder(tmp_path: Path) -> None:
    plain = VectorField(Modality.TEXT, "ba9876543210", DIMENSION)
    assert set(Rotations(tmp_path).coders([plain, FIELD])) == {FIELD.name}


def test_a_dimension_that_fills_no_bytes_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="divisible by 8"):
        require_codable(30, "encoders.text")
