"""From a catalogue's choice of encoder to the encoder.

Nothing here imports torch, transformers or onnxruntime: they come in when weights load.

How a server holds an encoder: call `text_encoder` or `picture_encoder` once per catalogue, at start or on the first
query (it reads configuration and hashes the weights, about 0.1 s the first time, then nothing), keep the object, and
call `load()` in a thread before the readiness check says yes. The objects are safe to share between threads: whichever
thread encodes first loads, the others wait, and encoding itself takes no lock. A writer and a reader that make the
encoder from the same choice and template get the same fingerprint.
"""

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias, cast

from encoders.encoder import EncoderDescription, EncoderError, PictureEncoder, TextEncoder, WordsInPictureSpace
from encoders.model_folder import MINILM
from encoders.picture.colour_edge import Colour, ColourEdge
from encoders.picture.shared_space import SharedSpace
from encoders.picture.vitrine_picture import NAME as VITRINE_PICTURE
from encoders.picture.vitrine_picture import VitrinePicture, find_vitrine_picture
from encoders.runtime import Runtime
from encoders.text.recipe import TextRecipe, read_recipe
from encoders.text.sentence_encoder import SentenceEncoder
from plugin_config.catalogue import EncoderChoice

Role: TypeAlias = Literal["text", "picture"]

_PICTURE_BUILT_IN: Mapping[str, Callable[[], PictureEncoder]] = {"colour-edge": ColourEdge, "colour": Colour}
_DEFAULT_RUNTIME = Runtime()


def describe(
    choice: EncoderChoice, *, role: Role, template: str | None = None, runtime: Runtime = _DEFAULT_RUNTIME
) -> EncoderDescription:
    """What the chosen encoder is called, its fingerprint, dimension and space, without loading weights.

    `template` is the text template of the catalogue, as it is; it counts for text only. Raises EncoderError.
    """
    if role == "text":
        return _text_recipe(choice).describe(template=template, runtime=runtime)
    return picture_encoder(choice, runtime=runtime).description


def text_encoder(
    choice: EncoderChoice, *, template: str | None = None, runtime: Runtime = _DEFAULT_RUNTIME
) -> TextEncoder:
    """The chosen text encoder, weights not yet loaded. Raises EncoderError."""
    return SentenceEncoder(_text_recipe(choice), runtime, template=template, engine=choice.runtime)


def _text_recipe(choice: EncoderChoice) -> TextRecipe:
    if choice.model in {*_PICTURE_BUILT_IN, VITRINE_PICTURE}:
        raise EncoderError(f"encoder {choice.model!r} is for pictures; choose minilm or a sentence model for text")
    return read_recipe(choice)


def picture_encoder(choice: EncoderChoice, *, runtime: Runtime = _DEFAULT_RUNTIME) -> PictureEncoder:
    """The chosen picture encoder, weights not yet loaded. Raises EncoderError."""
    own = find_vitrine_picture(choice.model)
    if own is not None:
        return VitrinePicture(runtime, text_encoder(EncoderChoice(model=MINILM), runtime=runtime), folder=own)
    built_in = _PICTURE_BUILT_IN.get(choice.model)
    return built_in() if built_in is not None else SharedSpace(choice, runtime)


def words_in_picture_space(encoder: PictureEncoder) -> WordsInPictureSpace:
    """The text tower of an encoder whose description says `shares_words`. Raises EncoderError for others."""
    if not encoder.description.shares_words:
        raise EncoderError(
            f"encoder {encoder.description.name!r} puts no words into its picture space; choose one that does"
        )
    return cast(WordsInPictureSpace, encoder)
