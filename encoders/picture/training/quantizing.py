"""From the exact graph to the int8 one that serves: scales per channel, set on training pictures."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from encoders.picture.framing import with_spare_channel
from encoders.picture.network_graph import CENTRE, ENTRY, FINISH, SCALED, SPREAD

_ENTERING = (ENTRY, "floats", "centred", SCALED)
_LARGE = 4096  # numbers
_AS_FLOATS = ("pooled", "trunk", "meaning.raw")


class _Pictures(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, pictures: NDArray[np.uint8]) -> None:
        self._feeds = iter(
            [{"pictures": with_spare_channel(pictures[start : start + 16])} for start in range(0, len(pictures), 16)]
        )

    def get_next(self) -> dict[str, Any] | None:
        return next(self._feeds, None)


def quantize(exact: bytes, pictures: NDArray[np.uint8]) -> bytes:
    """The graph in int8, from bytes on: `pictures` (n, side, side, 3) set how far each activation reaches."""
    shown = np.concatenate([pictures, np.zeros_like(pictures[:1]), np.full_like(pictures[:1], 255)])
    with tempfile.TemporaryDirectory() as name:
        whole, ready, small = (Path(name) / f"{kind}.onnx" for kind in ("whole", "ready", "small"))
        whole.write_bytes(exact)
        quant_pre_process(whole, ready, skip_symbolic_shape=True)
        quantize_static(
            ready, small, _Pictures(shown), quant_format=QuantFormat.QDQ, per_channel=True,
            nodes_to_exclude=_nodes_in_floats(ready), weight_type=QuantType.QInt8, activation_type=QuantType.QUInt8,
        )  # fmt: skip
        model = onnx.load(small)
    _begin_at_bytes(model)
    _halve_large_constants(model)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _nodes_in_floats(graph: Path) -> list[str]:
    # Differences of nearly equal numbers need their full precision, and so does a head that evens out its inputs.
    nodes = onnx.load(graph).graph.node
    kept = (*_ENTERING, *_AS_FLOATS)
    return [n.name for n in nodes if n.name.startswith(FINISH) or n.name in kept or n.op_type == "LpNormalization"]


def _begin_at_bytes(model: Any) -> None:
    """A picture's bytes are its int8 numbers already, when 0 and 255 were shown: no way to floats and back is needed.

    Raises ValueError when the first scale is another one.
    """
    graph = model.graph
    values = {constant.name: numpy_helper.to_array(constant) for constant in graph.initializer}
    (packing,) = (node for node in graph.node if node.op_type == "QuantizeLinear" and node.input[0] == SCALED)
    scale, zero = float(values[packing.input[1]]), int(values[packing.input[2]])
    if abs(scale * SPREAD - 1) > 1e-5 or zero != CENTRE:
        raise ValueError(f"first scale {scale} and zero {zero}: 1/{SPREAD} and {CENTRE} were expected")
    for node in graph.node:
        for place, name in enumerate(node.input):
            if name == packing.output[0]:
                node.input[place] = ENTRY
    gone = {"floats", "centred", SCALED, packing.name}
    kept = [node for node in graph.node if node.name not in gone]
    del graph.node[:]
    graph.node.extend(kept)
    used = {name for node in kept for name in node.input}
    constants = [constant for constant in graph.initializer if constant.name in used]
    del graph.initializer[:]
    graph.initializer.extend(constants)
    del graph.value_info[:]


def _halve_large_constants(model: Any) -> None:
    """Tensors ship as fp16 anyway: kept so, they are brought to fp32 when the graph is opened, once, and lose nothing."""
    graph = model.graph
    for constant in list(graph.initializer):
        if constant.data_type == TensorProto.FLOAT and np.prod(constant.dims) > _LARGE:
            name = f"{constant.name}.fp16"
            half = numpy_helper.from_array(numpy_helper.to_array(constant).astype(np.float16), name)
            graph.node.insert(0, helper.make_node("Cast", [name], [constant.name], name=name, to=TensorProto.FLOAT))
            graph.initializer.remove(constant)
            graph.initializer.append(half)
