"""Loading models through transformers: safetensors only, local files only, no code from the model's folder."""

from typing import Any

from encoders.encoder import EncoderError
from encoders.model_folder import ModelFolder


def pick_device(wanted: str) -> str:
    """`auto` is the first GPU when there is one. Raises EncoderError for a GPU that is not there."""
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise EncoderError(f"device {wanted!r} is set, but torch sees no GPU; set VITRINE_DEVICE=auto")
    return wanted


def pick_type(precision: str, device: str) -> Any:
    """The torch number type; `auto` is bf16 on a GPU and fp32 on a CPU. int8 is refused."""
    import torch

    if precision == "int8":
        raise EncoderError("precision int8 is not offered for models run by torch; set VITRINE_PRECISION=auto")
    if precision == "auto":
        return torch.bfloat16 if device.startswith("cuda") else torch.float32
    return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]


def load_model(folder: ModelFolder, device: str, number_type: Any, *, idle: tuple[str, ...] = ()) -> Any:
    """The model ready to encode. `idle`: starts of names of weights that are not used, and may be missing.

    Raises EncoderError when the folder is incomplete or of an unknown kind.
    """
    from transformers import AutoModel
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model, found = AutoModel.from_pretrained(
            folder.path, use_safetensors=True, local_files_only=True, trust_remote_code=False, dtype=number_type,
            output_loading_info=True,
        )  # fmt: skip
    except Exception as error:
        raise folder.error(f"transformers cannot load {folder.path}: {_first_line(error)}") from error
    # transformers draws what is missing by chance: each process would put its vectors elsewhere, and nobody would notice.
    missing = sorted(name for name in found["missing_keys"] if not name.startswith(idle))
    if missing:
        others = f" and {len(missing) - 1} others" if len(missing) > 1 else ""
        raise folder.error(f"the weights lack {missing[0]}{others}; copy the whole model folder")
    return model.to(device).eval()


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
