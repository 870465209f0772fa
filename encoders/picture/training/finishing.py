"""After training: centring and evening out, from the training pictures alone.

Vectors of a small network lie in a narrow cone, and words in another: taking each one's mean away lets likenesses
differ (Mu and Viswanath 2018). Dividing by a root of the spread along each principal direction (between none, 0, and
whitening, 0.5) keeps a few strong directions from deciding everything.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from encoders.picture.network_graph import FINISH, write_network

Floats = NDArray[np.float32]
_POWER = 0.15
_SHRINKAGE = 1.0  # as a share of the mean variance
_BATCH = 32


@dataclass(frozen=True)
class Finish:
    """Tensors for the graph, and the mean caption vector for the words' side."""

    tensors: Mapping[str, Floats]
    words_centre: Floats


def find_finish(
    tensors: Mapping[str, Floats], views: NDArray[np.uint8], captions: Floats, *, side: int, power: float = _POWER
) -> Finish:
    """`views` (n, side, side, 3) are training pictures, `captions` (m, 384) the vectors of their captions."""
    bare = {name: values for name, values in tensors.items() if not name.startswith(FINISH)}
    session = onnxruntime.InferenceSession(write_network(bare), providers=["CPUExecutionProvider"])
    parts = []
    for start in range(0, len(views), _BATCH):
        resized = [
            np.asarray(Image.fromarray(view).resize((side, side), Image.Resampling.BILINEAR))
            for view in views[start : start + _BATCH]
        ]
        parts.append(session.run(None, {"pictures": np.stack(resized)}))
    look, meaning = (np.concatenate([part[number] for part in parts]) for number in (0, 1))
    found = {
        f"{FINISH}.look.centre": look.mean(axis=0),
        f"{FINISH}.look.spread": _evening(look, power),
        f"{FINISH}.meaning.centre": meaning.mean(axis=0),
    }
    return Finish(found, captions.mean(axis=0) if len(captions) else np.zeros(meaning.shape[1], np.float32))


def _evening(vectors: Floats, power: float) -> Floats:
    variances, directions = np.linalg.eigh(np.cov((vectors - vectors.mean(axis=0)).T))
    scale = (np.maximum(variances, 0) + _SHRINKAGE * variances.mean()) ** -power
    return np.asarray(directions * scale / scale.mean(), dtype=np.float32)
