"""A picture changed by words: “this, but in blue”, “but with long sleeves”."""

from typing import cast

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import EncoderError, Picture, PictureEncoder, WordsInPictureSpace
from encoders.picture.recolouring import named_colour, recoloured, says_more
from encoders.text.pooling import unit_rows

Vector = NDArray[np.float32]


def encode_changed(encoder: PictureEncoder, picture: Picture, words: str) -> Vector:
    """The vector of a picture that is to be as the words say; shape (dimension,), length 1.

    A colour is painted into the picture itself, so that every part of the vector sees it. Whatever else is said moves the vector
    along the words' direction, by the same step whatever the picture showed along it; that takes an encoder that
    understands words. Raises EncoderError for one that does not.
    """
    colour = named_colour(words)
    if colour is not None:
        picture = recoloured(picture, colour)
    vector: Vector = encoder.encode_pictures([picture])[0]
    if colour is not None and not says_more(words, colour):
        return vector
    if not encoder.description.shares_words:
        raise EncoderError(
            f"“{words[:60]}”: the picture encoder {encoder.description.name!r} understands no words; name a colour only, or "
            "choose an encoder that shares its space with words"
        )
    direction: Vector = cast(WordsInPictureSpace, encoder).encode_words([words])[0]
    return np.asarray(unit_rows((without_direction(vector, direction) + direction)[None])[0])


def without_direction(vector: Vector, unwanted: Vector, *, share: float = 1.0) -> Vector:
    """The vector without what it says in an unwanted direction; what points away from it stays. Length 1, or `vector` itself
    when nothing else is left. `unwanted`: length 1; `share`: from 0 (nothing) to 1 (all of it).
    """
    along = float(vector @ unwanted)
    if along <= 0:
        return vector
    left = vector - np.float32(share * along) * unwanted
    length = float(np.linalg.norm(left))
    return np.asarray(left / np.float32(length), dtype=np.float32) if length > 1e-6 else vector
