"""The trained network as an ONNX graph, written from its tensors with batch norm folded into the convolutions.

Input `pictures`: uint8 (n, side, side, 4): red, green, blue and a channel that does not count (`with_spare_channel`), as
`frame` makes them; side divides by 32. Outputs `look` and `meaning`: float32, rows of
length 1, after the finish when the tensors have one: the training pictures' mean taken away, and for look their spread
evened out in part (`finish.look.centre`, `finish.look.spread`, `finish.meaning.centre`). With `finish.texture.*`, look
also has a share of `texture`: the strength of every channel that enters the last block, wherever in the picture it is
(generalized mean, Radenović et al. 2018, square-rooted). It names no class, so it serves goods that training never met.

Three things are written otherwise than they were trained, because processors run them several times faster so: there is a
fourth channel, short cuts halve the picture in their convolution instead of pooling before it, and bytes are centred on
128, the bias making up for the half that is missing (but at the very border, where there is padding).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Floats = NDArray[np.float32]
Tensors = Mapping[str, Floats]
ENTRY, SCALED = "channels", "scaled"  # bytes by channels, and what the first convolution gets
_NORM_EPSILON = 1e-5
FINISH = "finish"
CENTRE, SPREAD = 128.0, 64.0
_TRAINED_CENTRE = 127.5
_LEAST = 1e-4  # of a channel's strength: below it, roots of nothing


def write_network(tensors: Tensors, *, inner: bool = False) -> bytes:
    """The graph as bytes; with `inner`, `trunk` (n, 512) and `texture` (n, 128, rows of length 1) are outputs too.

    Raises KeyError naming a tensor that is missing.
    """
    return _Drawing(tensors).finish(inner=inner)


class _Drawing:
    def __init__(self, tensors: Tensors) -> None:
        self._tensors = tensors
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def finish(self, *, inner: bool) -> bytes:
        x = self._relu(self._stem(self._enter()))
        blocks = self._count_blocks()
        for number in range(blocks - 1):
            x = self._block(x, f"blocks.{number}")
        texture = self._texture(x) if inner or f"{FINISH}.texture.centre" in self._tensors else ""
        x = self._block(x, f"blocks.{blocks - 1}")
        x = self._relu(self._convolve(x, "widen", "widen_norm", stride=1))
        x = self._node("GlobalAveragePool", [x], "pooled")
        x = self._node("Flatten", [x], "trunk")
        look = self._finish(self._linear(x, "look", "look.raw"), "look", beside=texture)
        bent = x if self._is_identity("meaning.0") else self._relu(self._linear(x, "meaning.0", "bent"))
        meaning = self._finish(self._linear(bent, "meaning.2", "meaning.raw"), "meaning")
        entry = helper.make_tensor_value_info("pictures", TensorProto.UINT8, ["n", "side", "side", 4])
        names = (look, meaning, "trunk", texture) if inner else (look, meaning)
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", None]) for name in names]
        graph = helper.make_graph(self._nodes, "vitrine-picture", [entry], outputs, self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 9
        return bytes(onnx.ModelProto.SerializeToString(model))

    def _enter(self) -> str:
        x = self._node("Transpose", ["pictures"], ENTRY, perm=[0, 3, 1, 2])
        x = self._node("Cast", [x], "floats", to=TensorProto.FLOAT)
        x = self._node("Sub", [x, self._constant("centre", np.float32(CENTRE))], "centred")
        return self._node("Mul", [x, self._constant("spread", np.float32(1 / SPREAD))], SCALED)

    def _stem(self, x: str) -> str:
        weight, bias = self._folded("stem", "stem_norm")
        bias = bias + weight.sum(axis=(1, 2, 3)) * (CENTRE - _TRAINED_CENTRE) / SPREAD
        weight = np.concatenate([weight, np.zeros_like(weight[:, :1])], axis=1)
        return self._conv(x, "stem", weight, bias, stride=2)

    def _texture(self, x: str) -> str:
        least = self._constant("least", np.float32(_LEAST))
        x = self._node("Max", [x, least], f"{FINISH}.texture.strong")
        x = self._node("Pow", [x, self._constant("cube", np.float32(3))], f"{FINISH}.texture.cubed")
        x = self._node("GlobalAveragePool", [x], f"{FINISH}.texture.pooled")
        x = self._node("Flatten", [x], f"{FINISH}.texture.flat")
        x = self._node("Pow", [x, self._constant("root", np.float32(1 / 6))], f"{FINISH}.texture.root")
        return self._unit(x, f"{FINISH}.texture.unit")

    def _finish(self, x: str, part: str, beside: str = "") -> str:
        if f"{FINISH}.{part}.centre" not in self._tensors:
            return self._unit(x, part)
        x = self._even(self._unit(x, f"{FINISH}.{part}.unit"), part)
        if f"{FINISH}.texture.centre" in self._tensors and beside:
            x = self._node("Add", [x, self._even(beside, "texture")], f"{FINISH}.{part}.joined")
        return self._unit(x, part)

    def _even(self, x: str, part: str) -> str:
        centre, spread = f"{FINISH}.{part}.centre", f"{FINISH}.{part}.spread"
        x = self._node("Sub", [x, self._constant(centre, self._tensors[centre])], f"{FINISH}.{part}.centred")
        if spread in self._tensors:
            x = self._node("MatMul", [x, self._constant(spread, self._tensors[spread])], f"{FINISH}.{part}.even")
        return x

    def _unit(self, x: str, output: str) -> str:
        return self._node("LpNormalization", [x], output, axis=1, p=2)

    def _count_blocks(self) -> int:
        return 1 + max(int(name.split(".")[1]) for name in self._tensors if name.startswith("blocks."))

    def _block(self, x: str, path: str) -> str:
        # A block halves the picture exactly when its short cut pools, and every block that widens does both.
        widens = f"{path}.short.1.weight" in self._tensors
        y = self._relu(self._convolve(x, f"{path}.first", f"{path}.first_norm", stride=2 if widens else 1))
        y = self._convolve(y, f"{path}.second", f"{path}.second_norm", stride=1)
        if widens:
            weight, bias = self._folded(f"{path}.short.1", f"{path}.short.2")
            x = self._conv(x, f"{path}.short.1", np.tile(weight / 4, (1, 1, 2, 2)), bias, stride=2)
        return self._relu(self._node("Add", [y, x], f"{path}.sum"))

    def _convolve(self, x: str, name: str, norm: str, *, stride: int) -> str:
        return self._conv(x, name, *self._folded(name, norm), stride=stride)

    def _folded(self, name: str, norm: str) -> tuple[Floats, Floats]:
        tensor = self._tensors
        scale = tensor[f"{norm}.weight"] / np.sqrt(tensor[f"{norm}.running_var"] + _NORM_EPSILON)
        bias = tensor[f"{norm}.bias"] - tensor[f"{norm}.running_mean"] * scale
        return tensor[f"{name}.weight"] * scale[:, None, None, None], bias

    def _conv(self, x: str, name: str, weight: Floats, bias: Floats, *, stride: int) -> str:
        around = weight.shape[-1] // 2 if weight.shape[-1] % 2 else 0
        inputs = [x, self._constant(f"{name}.weight", weight), self._constant(f"{name}.bias", bias)]
        return self._node("Conv", inputs, f"{name}.out", strides=[stride, stride], pads=[around] * 4)

    def _linear(self, x: str, name: str, output: str) -> str:
        constants = [self._constant(f"{name}.{part}", self._tensors[f"{name}.{part}"]) for part in ("weight", "bias")]
        return self._node("Gemm", [x, *constants], output, transB=1)

    def _is_identity(self, name: str) -> bool:
        # Trunk is never negative, so a ReLU behind the identity does nothing either.
        weight, bias = self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"]
        return bool(np.array_equal(weight, np.eye(*weight.shape)) and not bias.any())

    def _relu(self, x: str) -> str:
        return self._node("Relu", [x], f"{x}.relu")

    def _constant(self, name: str, values: Any) -> str:
        self._constants.append(numpy_helper.from_array(np.asarray(values, dtype=np.float32), name))
        return name

    def _node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self._nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output
