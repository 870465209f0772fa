"""Everything about a sentence model that changes its vectors, read from its folder and the catalogue's choice."""

from dataclasses import dataclass

from encoders.encoder import EncoderDescription
from encoders.fingerprint import fingerprint
from encoders.model_folder import ModelFolder, open_model_folder
from encoders.runtime import Runtime
from plugin_config.catalogue import EncoderChoice

_LONGEST = 512


@dataclass(frozen=True)
class TextRecipe:
    """`pooling`: mean, cls, last or pooler. `width`: the model's own dimension; `dimension`: what is kept of it."""

    folder: ModelFolder
    pooling: str
    query_prefix: str
    document_prefix: str
    normalize: bool
    max_length: int
    width: int
    dimension: int

    @property
    def idle_weights(self) -> tuple[str, ...]:
        """Starts of names of weights that make no vector; sentence models are often saved without them."""
        return () if self.pooling == "pooler" else ("pooler.",)

    def describe(self, *, template: str | None, runtime: Runtime) -> EncoderDescription:
        mark = fingerprint(
            {
                "role": "text",
                "weights": self.folder.contents_hash,
                "pooling": self.pooling,
                "query_prefix": self.query_prefix,
                "document_prefix": self.document_prefix,
                "normalize": self.normalize,
                "max_length": self.max_length,
                "dimension": self.dimension,
                "precision": runtime.precision_mark,
                "template": template,
            }
        )
        space = "innerproduct" if self.normalize else "cosinesimil"
        return EncoderDescription(self.folder.model, mark, self.dimension, space)


def read_recipe(choice: EncoderChoice) -> TextRecipe:
    """Read what the model's folder says about itself; the choice wins. Raises EncoderError."""
    folder = open_model_folder(choice.model)
    config = folder.config
    if "vision_config" in config or "hidden_size" not in config:
        raise folder.error(f"it is a {folder.kind or 'nameless'} model, not a sentence encoder; choose a text model")
    folder.require_tokenizer()
    width = int(config["hidden_size"])
    dimension = choice.dimension or width
    if dimension > width:
        raise folder.error(f"dimension {dimension} is asked for, but its vectors have {width}; ask for {width} or less")
    return TextRecipe(
        folder=folder,
        pooling=choice.pooling if choice.pooling != "auto" else _declared_pooling(folder),
        query_prefix=choice.query_prefix,
        document_prefix=choice.document_prefix,
        normalize=choice.normalize,
        max_length=choice.max_length or _declared_length(folder),
        width=width,
        dimension=dimension,
    )


def _declared_pooling(folder: ModelFolder) -> str:
    declared = folder.find_json("1_Pooling/config.json")
    if declared.get("pooling_mode_cls_token"):
        return "cls"
    if declared.get("pooling_mode_lasttoken"):
        return "last"
    return "mean"


def _declared_length(folder: ModelFolder) -> int:
    declared = folder.find_json("sentence_bert_config.json").get("max_seq_length")
    positions = int(folder.config.get("max_position_embeddings", _LONGEST))
    # RoBERTa layouts keep their first two positions for padding.
    usable = positions - 2 if folder.kind in {"roberta", "xlm-roberta", "camembert", "mpnet"} else positions
    return min(int(declared or _LONGEST), usable)
