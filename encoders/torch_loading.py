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


def load_model(folder: ModelFolder, device: str, number_type: Any) -> Any:
    """The model ready to encode. Raises EncoderError when the folder is incomplete or of an unknown kind."""
    from transformers import AutoModel
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model = AutoModel.from_pretrained(
            folder.path, use_safetensors=True, local_files_only=True, trust_remote_code=False, dtype=number_type
        )
    except Exception as error:
        raise folder.error(f"transformers cannot load {folder.path}: {_first_line(error)}") from error
    return model.to(device).eval()


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
