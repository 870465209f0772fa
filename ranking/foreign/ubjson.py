"""Reads Universal Binary JSON (draft 12, https://ubjson.org), in which XGBoost keeps models unless told otherwise."""

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ranking.errors import ForeignModelError

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"] | NDArray[np.generic]
_DEEPEST: Final = 64
_NUMBERS: Final = {b"i": ">i1", b"U": ">u1", b"I": ">i2", b"l": ">i4", b"L": ">i8", b"d": ">f4", b"D": ">f8"}
_WORDS: Final[dict[bytes, Value]] = {b"Z": None, b"T": True, b"F": False}


def read_ubjson(data: bytes) -> Value:
    """The value; a typed array of numbers becomes a numpy array. Raises ForeignModelError for damaged bytes."""
    reader = _Reader(data)
    try:
        value = reader.value(reader.take(1), 0)
    except (struct.error, UnicodeDecodeError, ValueError, OverflowError) as error:
        raise ForeignModelError(f"damaged at byte {reader.at}: {error}") from error
    if reader.at != len(data):
        raise ForeignModelError(f"there are {len(data) - reader.at} bytes behind its end")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self._data):
            raise ForeignModelError(f"it ends too early, at byte {len(self._data)}")
        self.at += count
        return self._data[self.at - count : self.at]

    def value(self, mark: bytes, depth: int) -> Value:
        if depth > _DEEPEST:
            raise ForeignModelError(f"nested deeper than {_DEEPEST} levels")
        if mark in _WORDS:
            return _WORDS[mark]
        if mark in _NUMBERS:
            return self._number(mark)
        if mark == b"C":
            return self.take(1).decode("ascii")
        if mark == b"S":
            return self.take(self._length()).decode("utf-8")
        if mark == b"[":
            return self._array(depth)
        if mark == b"{":
            return self._object(depth)
        raise ForeignModelError(f"damaged at byte {self.at - 1}: {mark!r} is no type of value")

    def _number(self, mark: bytes) -> int | float:
        kind = np.dtype(_NUMBERS[mark])
        number: int | float = np.frombuffer(self.take(kind.itemsize), kind)[0].item()
        return number

    def _length(self) -> int:
        mark = self.take(1)
        if mark not in _NUMBERS or mark in b"dD":
            raise ForeignModelError(f"damaged at byte {self.at - 1}: {mark!r} is no type of a length")
        return int(self._number(mark))

    def _peek(self, mark: bytes) -> bool:
        if self._data[self.at : self.at + 1] != mark:
            return False
        self.at += 1
        return True

    def _array(self, depth: int) -> Value:
        kind = self.take(1) if self._peek(b"$") else None
        if not self._peek(b"#"):
            if kind is not None:
                raise ForeignModelError(f"damaged at byte {self.at}: a typed array without a count")
            return self._until_closed(depth)
        count = self._length()
        if kind is None:  # each value takes a byte at least, so a false count ends with the data
            return [self.value(self.take(1), depth + 1) for _ in range(min(count, len(self._data)))]
        if kind not in _NUMBERS:
            raise ForeignModelError(f"damaged at byte {self.at}: an array of {kind!r}")
        number = np.dtype(_NUMBERS[kind])
        return np.frombuffer(self.take(count * number.itemsize), number)

    def _until_closed(self, depth: int) -> list[Value]:
        found: list[Value] = []
        while not self._peek(b"]"):
            found.append(self.value(self.take(1), depth + 1))
        return found

    def _object(self, depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while not self._peek(b"}"):
            name = self.take(self._length()).decode("utf-8")
            found[name] = self.value(self.take(1), depth + 1)
        return found
