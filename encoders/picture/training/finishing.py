"""After training: centring and evening out, from the training pictures alone.

Vectors of a small network lie in a narrow cone, and words in another: taking each one's mean away lets likenesses
differ (Mu and Viswanath 2018). Dividing by a root of the spread along each principal direction (between none, 0, and
whitening, 0.5) keeps a few strong directions from deciding everything. Look then gets its share of texture, both in the
256 directions in which they differ most.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from encoders.picture.framing import resize_square, with_spare_channel
from encoders.picture.network_graph import FINISH, write_network

Floats = NDArray[np.float32]
_POWER = 0.15
_SHRINKAGE = 1.0  # as a share of the mean variance
_TEXTURE_SHARE, _TEXTURE_POWER, _TEXTURE_SHRINKAGE = 0.5, 0.25, 0.3
_BATCH = 32


@dataclass(frozen=True)
class Finish:
    """Tensors for the graph, and the mean caption vector for the words' side."""

    tensors: Mapping[str, Floats]
    words_centre: Floats


@dataclass(frozen=True)
class Inside:
    """What the network without a finish makes of n pictures; rows of length 1, but for `trunk`."""

    look: Floats
    meaning: Floats
    trunk: Floats
    texture: Floats


def look_inside(tensors: Mapping[str, Floats], pictures: NDArray[np.uint8], *, side: int) -> Inside:
    """`pictures` (n, any side, any side, 3), framed."""
    bare = {name: values for name, values in tensors.items() if not name.startswith(FINISH)}
    session = onnxruntime.InferenceSession(write_network(bare, inner=True), providers=["CPUExecutionProvider"])
    parts = []
    for start in range(0, len(pictures), _BATCH):
        resized = [resize_square(picture, side) for picture in pictures[start : start + _BATCH]]
        parts.append(session.run(None, {"pictures": with_spare_channel(np.stack(resized))}))
    return Inside(*(np.concatenate([part[number] for part in parts]) for number in range(4)))


def find_finish(seen: Inside, captions: Floats) -> Finish:
    """`seen`: training pictures, `captions` (m, 384) the vectors of what is said of them."""
    look = _evening(seen.look, _POWER, _SHRINKAGE)
    texture = _evening(seen.texture, _TEXTURE_POWER, _TEXTURE_SHRINKAGE) * _TEXTURE_SHARE
    centres = seen.look.mean(axis=0), seen.texture.mean(axis=0)
    joined = np.concatenate([(seen.look - centres[0]) @ look, (seen.texture - centres[1]) @ texture], axis=1)
    main = np.linalg.eigh(joined.T @ joined)[1][:, ::-1][:, : seen.look.shape[1]]
    width = seen.look.shape[1]
    found = {
        f"{FINISH}.look.centre": centres[0],
        f"{FINISH}.look.spread": look @ main[:width],
        f"{FINISH}.texture.centre": centres[1],
        f"{FINISH}.texture.spread": texture @ main[width:],
        f"{FINISH}.meaning.centre": seen.meaning.mean(axis=0),
    }
    return Finish(found, captions.mean(axis=0) if len(captions) else np.zeros(seen.meaning.shape[1], np.float32))


def _evening(vectors: Floats, power: float, shrinkage: float) -> Floats:
    """A matrix that evens out the spread and leaves vectors a mean length of 1."""
    away = vectors - vectors.mean(axis=0)
    variances, directions = np.linalg.eigh(np.cov(away.T))
    matrix = directions * (np.maximum(variances, 0) + shrinkage * variances.mean()) ** -power
    return np.asarray(matrix / np.linalg.norm(away @ matrix, axis=1).mean(), dtype=np.float32)
