import subprocess
import sys

HEAVY = ("torch", "torchvision", "transformers", "onnxruntime", "onnx", "huggingface_hub")
SCRIPT = f"""
import sys
from encoders.registry import describe, picture_encoder, text_encoder
from plugin_config.catalogue import EncoderChoice
text_encoder(EncoderChoice(model="minilm"), template="x")
describe(EncoderChoice(model="minilm"), role="text")
picture_encoder(EncoderChoice(model="colour-edge"))
print(*[name for name in {HEAVY!r} if name in sys.modules])
"""


def test_describing_and_constructing_encoders_imports_no_heavy_library() -> None:
    ended = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == ""
