"""MobileNetV2 as a teacher: its weights stay outside, only its opinion of the training pictures is used.

The weights come as an archive of arrays named as in torchvision with batch norm folded in; TensorFlow's padding is
kept (before a 3 × 3 convolution of stride 2: nothing left and above, one right and below), or features drift.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

WIDTH = 1280
_SIDE = 160
# expansion, channels, repeats, first stride: the table of the paper (Sandler et al. 2018)
_BLOCKS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


class Teacher:
    """`features`: uint8 pictures (n, side, side, 3) to float32 (n, 1280), rows of length 1."""

    def __init__(self, weights: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        graph = _Drawing(weights).finish()
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def features(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        resized = [np.asarray(Image.fromarray(p).resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)) for p in pictures]
        given = (np.stack(resized).transpose(0, 3, 1, 2).astype(np.float32) - 127) / 127.5
        found = np.asarray(self._session.run(None, {"pictures": given})[0], dtype=np.float32).mean(axis=(2, 3))
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


class _Drawing:
    """MobileNetV2 up to its last convolution as an ONNX graph."""

    def __init__(self, weights: Path) -> None:
        self._arrays = np.load(weights, allow_pickle=False)
        self._nodes: list[Any] = []
        self._constants = [
            numpy_helper.from_array(np.array(0, dtype=np.float32), "zero"),
            numpy_helper.from_array(np.array(6, dtype=np.float32), "six"),
        ]

    def finish(self) -> bytes:
        x = self._convolve("pictures", "features.0.0", stride=2)
        number, entering = 1, 32
        for expansion, channels, repeats, first in _BLOCKS:
            for repeat in range(repeats):
                stride = first if repeat == 0 else 1
                y = self._block(x, number, expansion, stride)
                if stride == 1 and entering == channels:
                    self._nodes.append(helper.make_node("Add", [x, y], [f"sum{number}"]))
                    y = f"sum{number}"
                x, number, entering = y, number + 1, channels
        last = self._convolve(x, "features.18.0", stride=1)
        shape: list[str | int | None] = ["n", 3, _SIDE, _SIDE]
        entry = helper.make_tensor_value_info("pictures", TensorProto.FLOAT, shape)
        leaving = helper.make_tensor_value_info(last, TensorProto.FLOAT, ["n", WIDTH, None, None])
        graph = helper.make_graph(self._nodes, "teacher", [entry], [leaving], self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 9
        return bytes(onnx.ModelProto.SerializeToString(model))

    def _block(self, x: str, number: int, expansion: int, stride: int) -> str:
        path = f"features.{number}.conv"
        if expansion == 1:
            y = self._convolve(x, f"{path}.0.0", stride=stride, apart=True)
            return self._convolve(y, f"{path}.1", stride=1, bounded=False)
        y = self._convolve(x, f"{path}.0.0", stride=1)
        y = self._convolve(y, f"{path}.1.0", stride=stride, apart=True)
        return self._convolve(y, f"{path}.2", stride=1, bounded=False)

    def _convolve(self, x: str, name: str, *, stride: int, apart: bool = False, bounded: bool = True) -> str:
        weight = self._arrays[f"{name}.weight"].astype(np.float32)
        for kind, values in (("weight", weight), ("bias", self._arrays[f"{name}.bias"].astype(np.float32))):
            self._constants.append(numpy_helper.from_array(values, f"{name}.{kind}"))
        pads = [0, 0, 0, 0] if weight.shape[-1] == 1 else [0, 0, 1, 1] if stride == 2 else [1, 1, 1, 1]
        settings: dict[str, Any] = {"strides": [stride, stride], "pads": pads, "group": weight.shape[0] if apart else 1}
        self._nodes.append(helper.make_node("Conv", [x, f"{name}.weight", f"{name}.bias"], [name], **settings))
        if not bounded:
            return name
        self._nodes.append(helper.make_node("Clip", [name, "zero", "six"], [f"{name}.6"]))
        return f"{name}.6"


def write_opinions(weights: Path, work: Path, threads: int) -> None:
    """teacher.npy: float16 (photographs, 1280), the opinion of each whole picture; written once."""
    target = work / "teacher.npy"
    if target.is_file():
        return
    views = np.load(work / "views.npy", mmap_mode="r")
    teacher = Teacher(weights, threads)
    opinions = np.zeros((len(views), WIDTH), dtype=np.float16)
    told = time.monotonic()
    for start in range(0, len(views), 8):
        opinions[start : start + 8] = teacher.features(np.ascontiguousarray(views[start : start + 8, 0]))
        if time.monotonic() - told > 10:
            told = time.monotonic()
            print(f"teacher {start} of {len(views)}", flush=True)
    np.save(target, opinions)
