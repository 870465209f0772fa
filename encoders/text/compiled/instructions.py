"""Instructions that Numba does not offer, written for LLVM: the tile of a matrix product and a few bit patterns.

A tile is up to 8 tokens × 48 outputs, whose sums stay in registers. CPUs with AVX-512 BF16 multiply pairs of bfloat16 in one
instruction; others widen them to float32.
"""

import itertools
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

ROWS = 8
LANES = 16
VECTORS = 3
PANEL = LANES * VECTORS

_SCALAR, _WORD, _LONG = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_FLOATS, _WORDS = ir.VectorType(_SCALAR, LANES), ir.VectorType(_WORD, LANES)


class _BFloat(ir.Type):  # type: ignore[misc]
    """llvmlite has no name for LLVM's bfloat."""

    def _to_string(self) -> str:
        return "bfloat"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BFloat)

    def __hash__(self) -> int:
        return hash(_BFloat)


_PAIRS = ir.VectorType(_BFloat(), 2 * LANES)


def _instruction(function: Callable[..., Any]) -> Any:
    return intrinsic(function)  # typed as what it is to compiled callers


def _declared(builder: Any, kind: Any, name: str) -> Any:
    """A function of the module by its name, declared where it is not yet there."""
    return builder.module.globals.get(name) or ir.Function(builder.module, kind, name)


def _splat(builder: Any, value: Any) -> Any:
    first = builder.insert_element(ir.Constant(_WORDS, ir.Undefined), value, _WORD(0))
    return builder.shuffle_vector(first, ir.Constant(_WORDS, ir.Undefined), ir.Constant(_WORDS, [0] * LANES))


def _multiplier(context: Any, builder: Any) -> tuple[Any, Any]:
    """`(read, add)`: how 16 pairs of bfloat16 are made ready, and how their products are added to 16 sums."""
    if "+avx512bf16" in context.codegen().magic_tuple()[2]:
        kind = ir.FunctionType(_FLOATS, [_FLOATS, _PAIRS, _PAIRS])
        dot = _declared(builder, kind, "llvm.x86.avx512bf16.dpbf16ps.512")
        return (lambda pairs: builder.bitcast(pairs, _PAIRS)), (lambda sums, a, b: builder.call(dot, [sums, a, b]))
    kind = ir.FunctionType(_FLOATS, [_FLOATS] * 3)
    fused = _declared(builder, kind, "llvm.fmuladd.v16f32")
    sixteen, high = ir.Constant(_WORDS, [16] * LANES), ir.Constant(_WORDS, [0xFFFF0000] * LANES)

    def read(pairs: Any) -> tuple[Any, Any]:
        return builder.bitcast(builder.shl(pairs, sixteen), _FLOATS), builder.bitcast(
            builder.and_(pairs, high), _FLOATS
        )

    def add(sums: Any, a: tuple[Any, Any], b: tuple[Any, Any]) -> Any:
        return builder.call(fused, [a[1], b[1], builder.call(fused, [a[0], b[0], sums])])

    return read, add


def _write_tile(context: Any, builder: Any) -> None:
    """The body of `tile` into an empty function."""
    rows, left, left_stride, right, pairs, start, out, out_stride = builder.function.args
    read, add = _multiplier(context, builder)
    done = builder.append_basic_block("done")
    choice = builder.switch(rows, done)

    def at(address: Any, offset: Any, kind: Any) -> Any:
        return builder.inttoptr(builder.add(address, offset), ir.PointerType(kind))

    def load(address: Any) -> Any:
        value = builder.load(address)
        value.align = 2
        return value

    for count in range(1, ROWS + 1):
        entry, loop, leave = (builder.append_basic_block(f"{name}{count}") for name in ("rows", "loop", "leave"))
        choice.add_case(_LONG(count), entry)
        builder.position_at_end(entry)
        first = [load(at(start, _LONG(64 * v), _FLOATS)) for v in range(VECTORS)]
        begins = [builder.add(left, builder.mul(left_stride, _LONG(row))) for row in range(count)]
        builder.branch(loop)
        builder.position_at_end(loop)
        step = builder.phi(_LONG)
        sums = [[builder.phi(_FLOATS) for _ in range(VECTORS)] for _ in range(count)]
        place = builder.mul(step, _LONG(4 * PANEL))
        weights = [read(load(at(right, builder.add(place, _LONG(64 * v)), _WORDS))) for v in range(VECTORS)]
        totals = []
        for row in range(count):
            spread = read(_splat(builder, load(at(begins[row], builder.mul(step, _LONG(4)), _WORD))))
            totals.append([add(sums[row][v], spread, weights[v]) for v in range(VECTORS)])
        following = builder.add(step, _LONG(1))
        builder.cbranch(builder.icmp_signed("<", following, pairs), loop, leave)
        step.add_incoming(_LONG(0), entry)
        step.add_incoming(following, loop)
        for row, v in itertools.product(range(count), range(VECTORS)):
            sums[row][v].add_incoming(first[v], entry)
            sums[row][v].add_incoming(totals[row][v], loop)
        builder.position_at_end(leave)
        for row, v in itertools.product(range(count), range(VECTORS)):
            target = builder.add(out, builder.mul(out_stride, _LONG(row)))
            builder.store(totals[row][v], at(target, _LONG(64 * v), _FLOATS)).align = 4
        builder.branch(done)
    builder.position_at_end(done)
    builder.ret_void()


@_instruction
def tile(typing, rows, left, left_stride, right, pairs, start, out, out_stride):  # type: ignore[no-untyped-def]
    """out[rows, PANEL] = start + left[rows, 2 × pairs] · panel, for 1 to ROWS rows. Addresses and strides in bytes."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        kind = ir.FunctionType(ir.VoidType(), [_LONG] * 8)
        body = _declared(builder, kind, "vitrine_tile")
        if body.is_declaration:
            # One copy however often it is called: inlined, it would take seconds to compile.
            body.linkage = "internal"
            body.attributes.add("noinline")
            _write_tile(context, ir.IRBuilder(body.append_basic_block("entry")))
        builder.call(body, arguments)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 8), generate


@_instruction
def address(typing, array):  # type: ignore[no-untyped-def]
    """Where an array's values begin, as int64. The caller keeps the array alive."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.ptrtoint(data, _LONG)

    return types.int64(array), generate


@_instruction
def bfloat16(typing, value):  # type: ignore[no-untyped-def]
    """The upper 16 bits of a float32, rounded to nearest even."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        bits = builder.bitcast(arguments[0], _WORD)
        odd = builder.and_(builder.lshr(bits, _WORD(16)), _WORD(1))
        rounded = builder.add(builder.add(bits, _WORD(0x7FFF)), odd)
        return builder.trunc(builder.lshr(rounded, _WORD(16)), ir.IntType(16))

    return types.uint16(types.float32), generate


@_instruction
def power_of_two(typing, exponent):  # type: ignore[no-untyped-def]
    """2 to a whole number from −126 to 127, as float32."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.bitcast(builder.shl(builder.add(arguments[0], _WORD(127)), _WORD(23)), _SCALAR)

    return types.float32(types.int32), generate
