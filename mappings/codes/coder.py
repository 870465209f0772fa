"""From unit vectors to bits, by a rotation and the signs of what comes out.

The sign of a projection keeps the angle between two vectors: the share of differing bits estimates it (Charikar, STOC 2002).
A rotation spreads the variance over all bits, so that none says nothing.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plugin_config.errors import ConfigurationError

Floats = NDArray[np.float32]
Codes = NDArray[np.int8]

BITS_A_BYTE = 8


@dataclass(frozen=True, slots=True)
class Coder:
    """`rotation`: float32, shape (dimension, dimension), orthogonal."""

    rotation: Floats

    def codes(self, vectors: Floats) -> Codes:
        """Packed signs of the rotated vectors as OpenSearch takes them: int8, shape (n, dimension / 8), for (n, dimension)."""
        return np.packbits(vectors @ self.rotation > 0, axis=1).view(np.int8)


def seeded_rotation(fingerprint: str, dimension: int) -> Floats:
    """An arbitrary rotation, always the same one for an encoder: shape (dimension, dimension).

    Haar-distributed: the Q of a Gaussian matrix with the signs of R's diagonal (Mezzadri, Notices of the AMS 2007).
    """
    seed = int.from_bytes(hashlib.sha256(f"rotation of {fingerprint}".encode()).digest()[:8], "big")
    gaussian = np.random.default_rng(seed).standard_normal((dimension, dimension))
    q, r = np.linalg.qr(gaussian)
    return np.asarray(q * np.sign(np.diag(r)), dtype=np.float32)


def require_codable(dimension: int, what: str) -> None:
    """Raises ConfigurationError for vectors whose bits do not fill bytes."""
    if dimension % BITS_A_BYTE:
        raise ConfigurationError(
            f"{what}: storage bits needs a dimension divisible by 8, its vectors have {dimension}; use float or sq7"
        )
