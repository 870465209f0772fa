"""Which ids came before in a feed, in sixteen bytes each: counting repeats must not cost the memory of the feed."""

import hashlib
from array import array
from typing import Final

# 16 million ids, 256 MB at most; a longer feed is still loaded right, only its repeats are no longer all counted.
_MOST_SLOTS: Final = 1 << 25


class SeenIds:
    """An open-addressed table of 64-bit hashes that grows with what it holds. Two ids with one hash would be one repeat
    too many in the count: about one chance in 37 million for a feed of a million."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * 4096))
        self._held = 0

    def add(self, id: str) -> bool:
        """Remember the id; whether it came before."""
        key = int.from_bytes(hashlib.blake2b(id.encode(), digest_size=8).digest(), "little") or 1
        if self._held * 3 > len(self._slots) * 2 and not self._grow():
            return False
        return self._put(key)

    def _put(self, key: int) -> bool:
        slots = self._slots
        mask = len(slots) - 1
        at = key & mask
        while held := slots[at]:
            if held == key:
                return True
            at = (at + 1) & mask
        slots[at] = key
        self._held += 1
        return False

    def _grow(self) -> bool:
        if len(self._slots) >= _MOST_SLOTS:
            return False
        old, self._held = self._slots, 0
        self._slots = array("Q", bytes(8 * 2 * len(old)))
        for key in old:
            if key:
                self._put(key)
        return True
