"""Which kind of recording some bytes are, by their first ones: FFmpeg is then told the kind and guesses nothing.

Guessing would let a text file pose as a playlist and make FFmpeg open the addresses in it.
"""

from typing import Final

# Of ISO base media files only these names of FFmpeg's demuxers are used; each takes the whole family.
_ISO: Final = "mov"
_MP3_SECOND_BYTES: Final = frozenset({0xFA, 0xFB, 0xF2, 0xF3, 0xE2, 0xE3})


def container_of(data: bytes) -> str | None:
    """The name of FFmpeg's demuxer for these bytes; None for what is neither sound nor moving picture."""
    head = data[:16]
    if head[:4] in (b"RIFF", b"RF64") and len(head) >= 12:
        return {b"WAVE": "wav", b"AVI ": "avi"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _ISO
    for start, name in ((b"fLaC", "flac"), (b"OggS", "ogg"), (b"\x1aE\xdf\xa3", "matroska"), (b"GIF8", "gif")):
        if head.startswith(start):
            return name
    if head.startswith(b"ID3") or _is_mp3_frame(head):
        return "mp3"
    return None


def _is_mp3_frame(head: bytes) -> bool:
    return len(head) > 2 and head[0] == 0xFF and head[1] in _MP3_SECOND_BYTES and head[2] >> 4 not in (0, 15)


def reason_of(error: Exception) -> str:
    """Why FFmpeg cannot read something, in its words without its numbers and names."""
    return str(getattr(error, "strerror", None) or error)
