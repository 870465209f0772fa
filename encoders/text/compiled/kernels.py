"""The forward pass of a BERT layout, compiled: bfloat16 into every matrix product, float32 everywhere else.

Weights lie in panels of 48 outputs in the order in which they are read, so that a short text reads each weight once, in one
stream. Texts follow one another without padding.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from encoders.text.compiled import instructions
from encoders.text.compiled.instructions import PANEL, ROWS, address, bfloat16, power_of_two, tile
from plugin_config.compiling import compiled

_FAST: dict[str, Any] = {"nogil": True, "fastmath": True, "error_model": "numpy"}
_part: Any = numba.njit(**_FAST)


class Bert(NamedTuple):
    """Weights as the kernels read them. Panels: uint32 (layers, panels, input pairs, PANEL), two bfloat16 a value."""

    words: NDArray[np.float32]  # (vocabulary, width)
    places: NDArray[np.float32]  # (positions, width), the token type folded in
    norms: NDArray[np.float32]  # (1 + 2 × layers, 2, width): scale and shift
    joined: NDArray[np.uint32]  # query, key and value
    joined_bias: NDArray[np.float32]  # (layers, panels × PANEL), as all biases
    mixed: NDArray[np.uint32]
    mixed_bias: NDArray[np.float32]
    up: NDArray[np.uint32]
    up_bias: NDArray[np.float32]
    down: NDArray[np.uint32]
    down_bias: NDArray[np.float32]
    heads: int
    epsilon: float


_f = np.float32
_ONE, _HALF, _FOUR, _ROOT_HALF = _f(1), _f(0.5), _f(4), _f(0.5**0.5)
_LOG2E, _LOWEST = _f(np.log2(np.e)), _f(-126)
_E2, _E3, _E4, _E5, _E6 = (_f(1 / k) for k in (2, 6, 24, 120, 720))
_LN2 = _f(np.log(2))
# erf as a quotient of polynomials on [−4, 4], as Eigen and XLA have it.
_P0, _P1, _P2, _P3, _P4, _P5, _P6 = (
    _f(c)
    for c in (
        -1.60960333262415e-02, -2.95459980854025e-03, -7.34990630326855e-04, -5.69250639462346e-05,
        -2.10102402082508e-06, 2.77068142495902e-08, -2.72614225801306e-10,
    )
)  # fmt: skip
_Q0, _Q1, _Q2, _Q3, _Q4 = (
    _f(c)
    for c in (
        -1.42647390514189e-02, -7.37332916720468e-03, -1.68282697438203e-03, -2.13374055278905e-04, -1.45660718464996e-05,
    )
)  # fmt: skip


@_part
def _gelu(x):  # type: ignore[no-untyped-def]
    z = min(max(x * _ROOT_HALF, -_FOUR), _FOUR)
    s = z * z
    above = _P0 + s * (_P1 + s * (_P2 + s * (_P3 + s * (_P4 + s * (_P5 + s * _P6)))))
    below = _Q0 + s * (_Q1 + s * (_Q2 + s * (_Q3 + s * _Q4)))
    return _HALF * x * (_ONE + z * above / below)


@_part
def _exp(x):  # type: ignore[no-untyped-def]
    """e to a value that is not above 0."""
    t = max(x * _LOG2E, _LOWEST)
    whole = np.int32(t - _HALF)
    r = (t - np.float32(whole)) * _LN2
    return power_of_two(whole) * (_ONE + r * (_ONE + r * (_E2 + r * (_E3 + r * (_E4 + r * (_E5 + r * _E6))))))


@_part
def _multiply(count, left, left_stride, right, pairs, start, out, out_stride):  # type: ignore[no-untyped-def]
    """One panel for `count` rows, in tiles of about equal height; arguments as those of `tile`."""
    tiles = (count + ROWS - 1) // ROWS
    step = (count + tiles - 1) // tiles
    for first in range(0, count, step):
        rows = min(step, count - first)
        tile(rows, left + first * left_stride, left_stride, right, pairs, start, out + first * out_stride, out_stride)


@_part
def _linear(left, panels, bias, out):  # type: ignore[no-untyped-def]
    size, pairs = left.strides[0], panels.shape[1]
    for panel in range(panels.shape[0]):
        right, here = address(panels) + panel * panels.strides[0], 4 * PANEL * panel
        start, target = address(bias) + here, address(out) + here
        _multiply(left.shape[0], address(left), size, right, pairs, start, target, out.strides[0])


@_part
def _linear_to_bits(left, panels, bias, bend, tile, bits):  # type: ignore[no-untyped-def]
    """As `_linear`, through a GELU where `bend` says so, rounded. `tile`: room for one panel of all rows."""
    size, pairs = left.strides[0], panels.shape[1]
    for panel in range(panels.shape[0]):
        right, first = address(panels) + panel * panels.strides[0], PANEL * panel
        start = address(bias) + 4 * first
        _multiply(left.shape[0], address(left), size, right, pairs, start, address(tile), tile.strides[0])
        for row in range(left.shape[0]):
            source, target = tile[row], bits[row, first : first + PANEL]
            if bend:
                for j in range(PANEL):
                    target[j] = bfloat16(_gelu(source[j]))
            else:
                for j in range(PANEL):
                    target[j] = bfloat16(source[j])


@_part
def _add_and_normalize(x, added, norm, epsilon, bits):  # type: ignore[no-untyped-def]
    """x = norm(x + added), and the same rounded."""
    width = norm.shape[1]
    scale, shift = norm[0], norm[1]
    part = _ONE / np.float32(width)
    for row in range(x.shape[0]):
        here, more, target = x[row], added[row], bits[row]
        total = np.float32(0)
        for j in range(width):
            here[j] += more[j]
            total += here[j]
        mean = total * part
        spread = np.float32(0)
        for j in range(width):
            spread += (here[j] - mean) * (here[j] - mean)
        factor = _ONE / np.sqrt(spread * part + np.float32(epsilon))
        for j in range(width):
            here[j] = (here[j] - mean) * factor * scale[j] + shift[j]
            target[j] = bfloat16(here[j])


@_part
def _pack_keys(joined, column, size, keys):  # type: ignore[no-untyped-def]
    """keys (panels over tokens, pairs along the head, PANEL)."""
    for token in range(joined.shape[0]):
        row, panel, lane = joined[token], token // PANEL, token % PANEL
        for pair in range(size // 2):
            low, high = row[column + 2 * pair], row[column + 2 * pair + 1]
            keys[panel, pair, lane] = np.uint32(low) | np.uint32(high) << np.uint32(16)
        if size % 2:
            keys[panel, size // 2, lane] = np.uint32(row[column + size - 1])


@_part
def _pack_values(joined, column, size, values):  # type: ignore[no-untyped-def]
    """values (panels along the head, pairs of tokens, PANEL)."""
    count = joined.shape[0]
    for pair in range((count + 1) // 2):
        first = joined[2 * pair]
        second = joined[min(2 * pair + 1, count - 1)]  # its weight is zero where there is none
        for j in range(size):
            value = np.uint32(first[column + j]) | np.uint32(second[column + j]) << np.uint32(16)
            values[j // PANEL, pair, j % PANEL] = value


@_part
def _softmax(scores, count, factor, bits):  # type: ignore[no-untyped-def]
    """Weights of `count` keys before they are divided by their sum, rounded, zeros after them; returns one over the sum."""
    highest = scores[0]
    for j in range(1, count):
        highest = max(highest, scores[j])
    total = np.float32(0)
    for j in range(count):
        weight = _exp((scores[j] - highest) * factor)
        total += weight
        bits[j] = bfloat16(weight)
    for j in range(count, bits.shape[0]):
        bits[j] = 0
    return _ONE / total


@_part
def _attend(joined, width, heads, none, room, bits):  # type: ignore[no-untyped-def]
    """One text. joined: its rounded queries, keys and values; bits: what each token gathers, rounded."""
    keys, values, scores, weights, shares, gathered = room
    count, size = joined.shape[0], width // heads
    factor = _ONE / np.sqrt(np.float32(size))
    along, across = (size + 1) // 2, (count + 1) // 2
    query: Any = address(joined)
    start: Any = address(none)
    for head in range(heads):
        column = head * size
        _pack_keys(joined, width + column, size, keys)
        _pack_values(joined, 2 * width + column, size, values)
        for panel in range((count + PANEL - 1) // PANEL):
            right, target = address(keys) + panel * keys.strides[0], address(scores) + 4 * PANEL * panel
            left = query + 2 * column
            _multiply(count, left, joined.strides[0], right, along, start, target, scores.strides[0])
        for token in range(count):
            shares[token] = _softmax(scores[token], count, factor, weights[token, : 2 * across])
        for panel in range(values.shape[0]):
            right, target = address(values) + panel * values.strides[0], address(gathered) + 4 * PANEL * panel
            left = address(weights)
            _multiply(count, left, weights.strides[0], right, across, start, target, gathered.strides[0])
        for token in range(count):
            for j in range(size):
                bits[token, column + j] = bfloat16(gathered[token, j] * shares[token])


@_part
def _embed(numbers, table, out):  # type: ignore[no-untyped-def]
    for row in range(numbers.shape[0]):
        source, target = table[numbers[row]], out[row]
        for j in range(table.shape[1]):
            target[j] = source[j]


def _compile_forward(sources: str) -> Any:
    """`sources` is in the key of the kept machine code: Numba looks for changes in the file of this function alone."""

    @compiled(**_FAST)
    def forward(ids, positions, starts, bert, out):  # type: ignore[no-untyped-def]
        """Texts one after another without padding.

        ids and positions: int64 (tokens,). starts: int64 (texts + 1,), where each text begins. out: float32 (tokens, width
        rounded up to whole panels), receives a vector a token in its first columns.
        """
        _ = sources
        count, width, stride = ids.shape[0], bert.words.shape[1], out.shape[1]
        size, longest = width // bert.heads, 0
        for text in range(starts.shape[0] - 1):
            longest = max(longest, starts[text + 1] - starts[text])
        across, spans = (longest + 1) // 2, (longest + PANEL - 1) // PANEL
        room = (
            np.empty((spans, (size + 1) // 2, PANEL), dtype=np.uint32),
            np.empty(((size + PANEL - 1) // PANEL, across, PANEL), dtype=np.uint32),
            np.empty((longest, spans * PANEL), dtype=np.float32),
            np.empty((longest, 2 * across), dtype=np.uint16),
            np.empty(longest, dtype=np.float32),
            np.empty((longest, (size + PANEL - 1) // PANEL * PANEL), dtype=np.float32),
        )
        none, tile = np.zeros(PANEL, dtype=np.float32), np.empty((count, PANEL), dtype=np.float32)
        added, bits = np.empty((count, stride), dtype=np.float32), np.zeros((count, stride), dtype=np.uint16)
        gathered = np.zeros((count, stride), dtype=np.uint16)
        joined = np.empty((count, bert.joined_bias.shape[1]), dtype=np.uint16)
        wide = np.empty((count, bert.up_bias.shape[1]), dtype=np.uint16)
        _embed(ids, bert.words, out)
        _embed(positions, bert.places, added)
        layers = bert.joined.shape[0]
        for half in range(2 * layers + 1):
            _add_and_normalize(out, added, bert.norms[half], bert.epsilon, bits)
            layer = half // 2
            if half == 2 * layers:
                break
            if half % 2:
                _linear_to_bits(bits, bert.up[layer], bert.up_bias[layer], True, tile, wide)
                _linear(wide, bert.down[layer], bert.down_bias[layer], added)
            else:
                _linear_to_bits(bits, bert.joined[layer], bert.joined_bias[layer], False, tile, joined)
                for text in range(starts.shape[0] - 1):
                    first, last = starts[text], starts[text + 1]
                    if last > first:
                        _attend(joined[first:last], width, bert.heads, none, room, gathered[first:last])
                _linear(gathered, bert.mixed[layer], bert.mixed_bias[layer], added)

    return forward


forward = _compile_forward(sha256(Path(instructions.__file__).read_bytes()).hexdigest())
