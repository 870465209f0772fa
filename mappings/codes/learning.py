"""A rotation learned from a shop's own vectors, so that signs lose as little as can be."""

import numpy as np

from mappings.codes.coder import Floats

ITERATIONS = 50
LEAST_FOR_EACH_DIMENSION = 4  # fewer vectors than this many times the dimension describe themselves, not the shop


def learn_rotation(vectors: Floats, *, seed: int = 17, iterations: int = ITERATIONS) -> Floats:
    """The rotation that brings these unit vectors nearest to the corners of the cube: shape (dimension, dimension).

    Iterative quantization (Gong & Lazebnik, CVPR 2011) without the projection: signs are taken under the present rotation, then
    the rotation is fitted to them (orthogonal Procrustes problem), and again. The loss never rises.
    `vectors`: shape (n, dimension); raises ValueError for fewer than four times the dimension.
    """
    count, dimension = vectors.shape
    if count < LEAST_FOR_EACH_DIMENSION * dimension:
        raise ValueError(f"{count} vectors of dimension {dimension}: too few to learn a rotation from")
    q, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((dimension, dimension)))
    rotation = q.astype(np.float32)
    for _ in range(iterations):
        signs = np.where(vectors @ rotation > 0, np.float32(1), np.float32(-1))
        u, _, vt = np.linalg.svd(vectors.T @ signs)
        rotation = (u @ vt).astype(np.float32)
    return rotation


def recall_of_codes(
    vectors: Floats, questions: Floats, rotation: Floats, *, nearest: int = 10, looked_at: int = 100
) -> float:
    """The share of each question's nearest vectors that are among those whose bits differ least from the question's."""
    signs = np.where(vectors @ rotation > 0, np.float32(1), np.float32(-1))
    asked = np.where(questions @ rotation > 0, np.float32(1), np.float32(-1))
    found = np.argsort(-(asked @ signs.T), axis=1, kind="stable")[:, :looked_at]
    closeness = questions @ vectors.T
    least = np.sort(closeness, axis=1)[:, -nearest]
    near = np.take_along_axis(closeness, found, axis=1) >= least[:, None]
    return float(np.minimum(near.sum(axis=1), nearest).mean() / nearest)


def quantization_loss(vectors: Floats, rotation: Floats) -> float:
    """Mean squared distance from the rotated vectors to the nearest corners of the cube of half-width 1/√dimension."""
    rotated = vectors @ rotation
    corners = np.where(rotated > 0, 1.0, -1.0) / np.sqrt(vectors.shape[1])
    return float(((rotated - corners) ** 2).sum(axis=1).mean())
